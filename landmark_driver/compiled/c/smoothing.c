/* The innovation filter (landmark_driver/landmarks/smoothing.py). */

#include <math.h>
#include <string.h>

#include "face.h"

static const double TWO_PI = 6.283185307179586;

void advance_filter(const double *cutoff_hz, const double *threshold, const double *values, double *smooth, int count,
                    double elapsed_s) {
  for (int i = 0; i < count; i++, values += 3, smooth += 3) {
    double x = values[0] - smooth[0], y = values[1] - smooth[1], z = values[2] - smooth[2];
    double squared = x * x + y * y + z * z;
    double still = 1 / (1 + 1 / (TWO_PI * cutoff_hz[i] * elapsed_s));
    double gain = still + (1 - still) * squared / (squared + threshold[i] * threshold[i]);
    double next[3] = {smooth[0] + gain * x, smooth[1] + gain * y, smooth[2] + gain * z};
    int finite = isfinite(next[0]) && isfinite(next[1]) && isfinite(next[2]);
    memcpy(smooth, finite ? next : values, sizeof next);
  }
}
