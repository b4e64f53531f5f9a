/* The inverse of the tracker's response (landmark_driver/landmarks/tracker_response.py).

       true = M r + k(f) A D,   f = r F,   k_i(f) = exp(-|f - p_i|^2 / 2) - exp(-(|f|^2 + |p_i|^2) / 2) */

#include <math.h>
#include <string.h>

#include "face.h"
#include "processors.h"
#include "products.h"

enum { COORDINATES = 3 * SURFACE_LANDMARKS, COLUMN = 4 };

/* M r: each landmark's columns, of three numbers and a zero, over the coordinates of the landmarks around it. */
FOR_EVERY_PROCESSOR
static void add_local(const float *reported, const int *near, const float *local, int neighbours, float *out) {
  for (int landmark = 0; landmark < SURFACE_LANDMARKS; landmark++, near += neighbours, out += 3) {
    float sums[3][COLUMN] = {{0}};
    for (int k = 0; k < neighbours; k++)
      for (int axis = 0; axis < 3; axis++, local += COLUMN)
        for (int i = 0; i < COLUMN; i++) sums[axis][i] += reported[3 * near[k] + axis] * local[i];
    for (int i = 0; i < 3; i++) out[i] += sums[0][i] + sums[1][i] + sums[2][i];
  }
}

void correct_response(const double *reported, const int *near, const float *local, const float *inward,
                      const float *support, const float *half, const float *fallen, const float *dual,
                      const float *outward, float *scratch, double *corrected, int neighbours, int features,
                      int points, int rank) {
  float *flat = scratch, *out = flat + COORDINATES, *feature = out + COORDINATES, *kernel = feature + features;
  float *along = kernel + points;
  float own = 0, far;
  for (int i = 0; i < COORDINATES; i++) flat[i] = (float)reported[i];
  rows_times(features, COORDINATES, inward, flat, NULL, feature);
  for (int i = 0; i < features; i++) own += feature[i] * feature[i] / 2;
  far = expf(-own);
  memset(kernel, 0, points * sizeof *kernel);
  add_times_rows(features, points, feature, support, kernel);
  for (int i = 0; i < points; i++) {
    float exponent = kernel[i] - half[i] - own;
    kernel[i] = exponent < 0 ? exponent : 0;
  }
  exponential(points, kernel);
  for (int i = 0; i < points; i++) kernel[i] -= far * fallen[i];
  rows_times(rank, points, dual, kernel, NULL, along);
  memset(out, 0, COORDINATES * sizeof *out);
  add_times_rows(rank, COORDINATES, along, outward, out);
  add_local(flat, near, local, neighbours, out);
  memcpy(corrected, reported, 3 * LANDMARKS * sizeof *corrected);
  for (int i = 0; i < COORDINATES; i++) corrected[i] = out[i];
}
