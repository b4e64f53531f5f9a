/* Products of a matrix, row by row, and a vector: where a frame's time goes.

   Sums are taken in an order of their own, and products are fused with them where the processor can. So results differ
   from NumPy's in the last bits. */

#ifndef PRODUCTS_H
#define PRODUCTS_H

/* out = matrix x + constant, of which `constant` may be null. */
void rows_times(int rows, int columns, const float *matrix, const float *x, const float *constant, float *out);

/* out += x matrix. */
void add_times_rows(int rows, int columns, const float *x, const float *matrix, float *out);

/* x becomes x / (1 + exp(-x)). */
void silu(int count, float *x);

/* The exponential of numbers that are at most 0. */
void exponential(int count, float *x);

#endif
