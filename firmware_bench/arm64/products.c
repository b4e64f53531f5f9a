#include "products.h"

#include <math.h>

enum { LANES = 8 };

/* Fused where the processor does so at once. The compiler fuses nothing by itself: lips need NumPy's rounding. */
static inline float multiply_add(float a, float b, float c) {
#ifdef FP_FAST_FMAF
  return fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

void rows_times(int rows, int columns, const float *restrict matrix, const float *restrict x,
                const float *restrict constant, float *restrict out) {
  for (int row = 0; row < rows; row++) {
    const float *restrict weights = matrix + (long)row * columns;
    float sum[LANES] = {0};
    int i = 0;
    for (; i + LANES <= columns; i += LANES)
      for (int lane = 0; lane < LANES; lane++)
        sum[lane] = multiply_add(weights[i + lane], x[i + lane], sum[lane]);
    float total = constant[row];
    for (; i < columns; i++) total = multiply_add(weights[i], x[i], total);
    for (int lane = 0; lane < LANES; lane++) total += sum[lane];
    out[row] = total;
  }
}

void add_times_rows(int rows, int columns, const float *restrict x, const float *restrict matrix,
                    float *restrict out) {
  for (int row = 0; row < rows; row++) {
    const float *restrict weights = matrix + (long)row * columns;
    for (int i = 0; i < columns; i++) out[i] = multiply_add(x[row], weights[i], out[i]);
  }
}
