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

/* Numbers in two directions, with the steps from one to the next. */
typedef struct {
  const float *values;
  int rows, columns;
  long row_step, column_step;
} Grid;

static int width_at(const Grid *grid, int start) {
  return grid->columns - start < PANEL ? grid->columns - start : PANEL;
}

static const float *entry(const Grid *grid, int row, int column) {
  return grid->values + row * grid->row_step + column * grid->column_step;
}

static int counts(const Grid *grid, int row, int start, float negligible) {
  for (int i = 0; i < width_at(grid, start); i++)
    if (fabsf(*entry(grid, row, start + i)) >= negligible) return 1;
  return 0;
}

static Panels panels_from(Making *making, const Grid *grid, float negligible) {
  Panels panels = {(grid->columns + PANEL - 1) / PANEL, NULL, NULL};
  long kept = 0;
  if (*making->problem) return panels;
  for (int start = 0; start < grid->columns; start += PANEL)
    for (int row = 0; row < grid->rows; row++) kept += counts(grid, row, start, negligible);
  int16_t *to_row = allocate(making, kept + panels.count, sizeof(int16_t));
  float *to = allocate(making, kept * PANEL, sizeof(float));
  panels.rows = to_row;
  panels.values = to;
  if (*making->problem) return panels;
  for (int start = 0; start < grid->columns; start += PANEL, *to_row++ = END)
    for (int row = 0; row < grid->rows; row++) {
      if (!counts(grid, row, start, negligible)) continue;
      for (int i = 0; i < width_at(grid, start); i++) to[i] = *entry(grid, row, start + i);
      to += PANEL;
      *to_row++ = (int16_t)row;
    }
  return panels;
}

Panels panels_of(Making *making, Array matrix, float negligible) {
  Grid grid = {matrix.values, matrix.rows, matrix.columns, matrix.columns, 1};
  return panels_from(making, &grid, negligible);
}

Panels panels_across(Making *making, Array matrix) {
  Grid grid = {matrix.values, matrix.columns, matrix.rows, 1, matrix.columns};
  return panels_from(making, &grid, 0);
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
