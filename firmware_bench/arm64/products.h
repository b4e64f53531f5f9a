/* Products of a matrix, row by row, and a vector: where a frame's time goes. */

#ifndef PRODUCTS_H
#define PRODUCTS_H

/* out = matrix x + constant. */
void rows_times(int rows, int columns, const float *matrix, const float *x, const float *constant, float *out);

/* out += x matrix. */
void add_times_rows(int rows, int columns, const float *x, const float *matrix, float *out);

#endif
