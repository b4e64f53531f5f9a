/* The inverse of the tracker's response (landmark_driver/landmarks/tracker_response.py).

       true = M r + k(f) A D,   f = r F,   k_i(f) = exp(-|f - p_i|^2 / 2) - exp(-(|f|^2 + |p_i|^2) / 2) */

#include <math.h>
#include <string.h>

#include "face.h"
#include "products.h"

enum { COORDINATES = 3 * SURFACE_LANDMARKS, NEIGHBOURS_AT_MOST = 64 };

/* M r: each landmark's three rows over the coordinates of the landmarks around it. */
static void add_local(const float *reported, const int *near, const float *local, int neighbours, float *out) {
  int read = 3 * neighbours;
  float around[3 * NEIGHBOURS_AT_MOST], sums[3];
  for (int landmark = 0; landmark < SURFACE_LANDMARKS; landmark++, near += neighbours, local += 3 * read) {
    for (int k = 0; k < neighbours; k++) memcpy(around + 3 * k, reported + 3 * near[k], 3 * sizeof *around);
    rows_times(3, read, local, around, NULL, sums);
    for (int axis = 0; axis < 3; axis++) out[3 * landmark + axis] += sums[axis];
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
  rows_times(points, features, support, feature, NULL, kernel);
  for (int i = 0; i < points; i++) kernel[i] = fminf(kernel[i] - half[i] - own, 0);
  exponential(points, kernel);
  for (int i = 0; i < points; i++) kernel[i] -= far * fallen[i];
  memset(along, 0, rank * sizeof *along);
  add_times_rows(points, rank, kernel, dual, along);
  memset(out, 0, COORDINATES * sizeof *out);
  add_times_rows(rank, COORDINATES, along, outward, out);
  add_local(flat, near, local, neighbours, out);
  memcpy(corrected, reported, 3 * LANDMARKS * sizeof *corrected);
  for (int i = 0; i < COORDINATES; i++) corrected[i] = out[i];
}
