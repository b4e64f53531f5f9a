/* The gaze of a performer from the iris landmarks (landmark_driver/landmarks/gaze.py). */

#include <math.h>

#include "face.h"

enum { EYES = 2 };

static const int IRIS[EYES] = {473, 468}, UPPER[EYES] = {386, 159}, LOWER[EYES] = {374, 145};
static const int OUTER[EYES] = {263, 33}, INNER[EYES] = {362, 133};
static const double EYEBALL_RADIUS_M = 0.012, CLOSED = 0.10, OPEN = 0.20, LARGEST = 0.7;

static double clip(double value, double low, double high) { return fmin(fmax(value, low), high); }

static double distance(const double *points, int one, int other) {
  const double *a = points + 3 * one, *b = points + 3 * other;
  double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
  return sqrt(x * x + y * y + z * z);
}

void follow_gaze(const double *points, const double *displacements, double *gaze) {
  for (int eye = 0; eye < EYES; eye++, gaze += 2) {
    const double *iris = displacements + 3 * IRIS[eye];
    const double *one = displacements + 3 * OUTER[eye], *other = displacements + 3 * INNER[eye];
    double across = iris[0] - (one[0] + other[0]) / 2, up = iris[1] - (one[1] + other[1]) / 2;
    double yaw = asin(clip(across / EYEBALL_RADIUS_M, -LARGEST, LARGEST));
    double pitch = asin(clip(-up / EYEBALL_RADIUS_M, -LARGEST, LARGEST));
    double opening = distance(points, UPPER[eye], LOWER[eye]) / distance(points, OUTER[eye], INNER[eye]);
    double trust = clip((opening - CLOSED) / (OPEN - CLOSED), 0, 1);
    gaze[0] += trust * (yaw - gaze[0]);
    gaze[1] += trust * (pitch - gaze[1]);
  }
}
