#include "panels.h"

#include <math.h>
#include <string.h>

#include "processors.h"

#if defined(__clang__)
#pragma clang fp contract(fast)
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=fast")
#endif

enum { LANES = 8, VECTORS = PANEL / LANES, END = -1 };

typedef float Lanes __attribute__((vector_size(4 * LANES)));

static int counts(const float *values, int width, float negligible) {
  for (int i = 0; i < width; i++)
    if (fabsf(values[i]) >= negligible) return 1;
  return 0;
}

Panels make_panels(Making *making, const float *matrix, int rows, int columns, float negligible) {
  Panels panels = {(columns + PANEL - 1) / PANEL, NULL, NULL};
  long kept = 0;
  for (int start = 0; matrix && start < columns; start += PANEL)
    for (int row = 0; row < rows; row++) {
      int width = columns - start < PANEL ? columns - start : PANEL;
      kept += counts(matrix + (long)row * columns + start, width, negligible);
    }
  int16_t *to_row = allocate(making, kept + panels.count, sizeof(int16_t));
  float *to = allocate(making, kept * PANEL, sizeof(float));
  panels.rows = to_row;
  panels.values = to;
  if (*making->problem) return panels;
  for (int start = 0; start < columns; start += PANEL, *to_row++ = END)
    for (int row = 0; row < rows; row++) {
      int width = columns - start < PANEL ? columns - start : PANEL;
      const float *from = matrix + (long)row * columns + start;
      if (!counts(from, width, negligible)) continue;
      memcpy(to, from, width * sizeof(float));
      to += PANEL;
      *to_row++ = (int16_t)row;
    }
  return panels;
}

FOR_EVERY_PROCESSOR
void times_panels(const Panels *panels, const float *restrict x, float *restrict out) {
  const int16_t *row = panels->rows;
  const float *values = panels->values;
  for (int panel = 0; panel < panels->count; panel++, row++, out += PANEL) {
    Lanes sums[VECTORS] = {{0}};
    for (; *row != END; row++, values += PANEL)
      for (int i = 0; i < VECTORS; i++) {
        Lanes some;
        memcpy(&some, values + LANES * i, sizeof some);
        sums[i] += x[*row] * some;
      }
    memcpy(out, sums, sizeof sums);
  }
}
