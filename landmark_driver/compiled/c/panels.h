/* A matrix in panels: some columns of it at a time, row after row, without the rows that are zero there. A product reads it from
   beginning to end, and its sums stay in registers. */

#ifndef PANELS_H
#define PANELS_H

#include <stdint.h>

#include "stage.h"

enum { PANEL = 32 };

typedef struct {
  int count;             /* Of panels; the last one is filled up with zeros. */
  const int16_t *rows;   /* Those of a panel, then -1, then those of the next one. */
  const float *values;   /* PANEL columns of each of these rows. */
} Panels;

/* The panels of a matrix (rows, columns), in which smaller numbers than `negligible` count for nothing. */
Panels panels_of(Making *making, Array matrix, float negligible);

/* The panels of its transpose (columns, rows). */
Panels panels_across(Making *making, Array matrix);

/* out = x matrix; `out` has room for whole panels. */
void times_panels(const Panels *panels, const float *x, float *out);

#endif
