#include "products.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "processors.h"

#if defined(__clang__)
#pragma clang fp contract(fast)
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=fast")
#endif

#define INLINE static inline __attribute__((always_inline))

enum { LANES = 8, BLOCK = 1024 };

typedef float Lanes __attribute__((vector_size(4 * LANES)));
typedef int32_t Integers __attribute__((vector_size(4 * LANES)));

#define LOAD(lanes, from) memcpy(&(lanes), from, sizeof(lanes))
#define STORE(to, lanes) memcpy(to, &(lanes), sizeof(lanes))

#define SUM(lanes) \
  ((((lanes)[0] + (lanes)[4]) + ((lanes)[1] + (lanes)[5])) + (((lanes)[2] + (lanes)[6]) + ((lanes)[3] + (lanes)[7])))

FOR_EVERY_PROCESSOR
void rows_times(int rows, int columns, const float *restrict matrix, const float *restrict x,
                const float *restrict constant, float *restrict out) {
  int whole = columns - columns % LANES, row = 0;
  for (; row + 4 <= rows; row += 4) {
    const float *a = matrix + (long)row * columns, *b = a + columns, *c = b + columns, *d = c + columns;
    Lanes sum_a = {0}, sum_b = {0}, sum_c = {0}, sum_d = {0}, u, v;
    for (int i = 0; i < whole; i += LANES) {
      LOAD(u, x + i);
      LOAD(v, a + i);
      sum_a += u * v;
      LOAD(v, b + i);
      sum_b += u * v;
      LOAD(v, c + i);
      sum_c += u * v;
      LOAD(v, d + i);
      sum_d += u * v;
    }
    float total[4] = {SUM(sum_a), SUM(sum_b), SUM(sum_c), SUM(sum_d)};
    for (int k = 0; k < 4; k++) {
      for (int i = whole; i < columns; i++) total[k] += a[(long)k * columns + i] * x[i];
      out[row + k] = constant ? total[k] + constant[row + k] : total[k];
    }
  }
  for (; row < rows; row++) {
    const float *a = matrix + (long)row * columns;
    Lanes sum = {0}, u, v;
    for (int i = 0; i < whole; i += LANES) {
      LOAD(u, x + i);
      LOAD(v, a + i);
      sum += u * v;
    }
    float total = SUM(sum);
    for (int i = whole; i < columns; i++) total += a[i] * x[i];
    out[row] = constant ? total + constant[row] : total;
  }
}

/* Four rows at a time, and as many columns as the first cache keeps. Rows whose factor is zero are not read. */
FOR_EVERY_PROCESSOR
void add_times_rows(int rows, int columns, const float *restrict x, const float *restrict matrix,
                    float *restrict out) {
  for (int start = 0; start < columns; start += BLOCK) {
    int end = start + BLOCK < columns ? start + BLOCK : columns, row = 0;
    while (row < rows) {
      const float *along[4] = {matrix, matrix, matrix, matrix};
      float factor[4] = {0};
      int taken = 0;
      for (; row < rows && taken < 4; row++)
        if (x[row] != 0) along[taken] = matrix + (long)row * columns, factor[taken++] = x[row];
      const float *a = along[0], *b = along[1], *c = along[2], *d = along[3];
      int i = start;
      for (; taken && i + LANES <= end; i += LANES) {
        Lanes sum, u, v, w, y;
        LOAD(sum, out + i);
        LOAD(u, a + i);
        LOAD(v, b + i);
        LOAD(w, c + i);
        LOAD(y, d + i);
        sum += factor[0] * u;
        sum += factor[1] * v;
        sum += factor[2] * w;
        sum += factor[3] * y;
        STORE(out + i, sum);
      }
      for (; taken && i < end; i++)
        out[i] += factor[0] * a[i] + factor[1] * b[i] + factor[2] * c[i] + factor[3] * d[i];
    }
  }
}

/* 2^k e^r with |r| <= ln 2 / 2, by the series of e^r to the seventh power: 1e-7 of the result. Below -87 it is zero. */
INLINE void exponential_of_lanes(float *values) {
  const float per_log2 = 1.44269504f, log2_high = 0.693145752f, log2_low = 1.42860677e-6f;
  Lanes x, sum, scale;
  LOAD(x, values);
  Integers small = x < -87.0f, power;
  Integers k = __builtin_convertvector(x * per_log2 - 0.5f, Integers); /* Rounded towards zero, for x at most 0. */
  Lanes whole = __builtin_convertvector(k, Lanes);
  Lanes r = (x - whole * log2_high) - whole * log2_low;
  sum = r * (1 / 5040.0f) + 1 / 720.0f;
  sum = sum * r + 1 / 120.0f;
  sum = sum * r + 1 / 24.0f;
  sum = sum * r + 1 / 6.0f;
  sum = sum * r + 0.5f;
  sum = sum * r + 1;
  sum = sum * r + 1;
  power = ((k + 127) << 23) & ~small;
  memcpy(&scale, &power, sizeof scale);
  sum *= scale;
  STORE(values, sum);
}

FOR_EVERY_PROCESSOR
void exponential(int count, float *x) {
  int whole = count - count % LANES;
  float rest[LANES] = {0};
  for (int i = 0; i < whole; i += LANES) exponential_of_lanes(x + i);
  memcpy(rest, x + whole, sizeof(float) * (count - whole));
  exponential_of_lanes(rest);
  memcpy(x + whole, rest, sizeof(float) * (count - whole));
}

/* By the exponential of -|x|, which does not overflow. */
FOR_EVERY_PROCESSOR
void silu(int count, float *x) {
  for (int start = 0; start < count; start += LANES) {
    int some = count - start < LANES ? count - start : LANES;
    float down[LANES] = {0};
    for (int i = 0; i < some; i++) down[i] = -fabsf(x[start + i]);
    exponential_of_lanes(down);
    for (int i = 0; i < some; i++) x[start + i] *= (x[start + i] < 0 ? down[i] : 1) / (1 + down[i]);
  }
}
