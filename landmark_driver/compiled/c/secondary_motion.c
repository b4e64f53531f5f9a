/* Flesh that lags behind a moving head (landmark_driver/landmarks/secondary_motion.py). */

#include <math.h>
#include <string.h>

#include "face.h"

static const double GAP_S = 0.5, LARGEST_M_S2 = 45;

/* The oscillator over one step, exactly, with a target that holds. */
static void advance(Motion *motion, const double *target, double omega, double damping, double step_s) {
  double turned = omega * sqrt(1 - damping * damping);
  double fade = exp(-damping * omega * step_s), c = cos(turned * step_s), s = sin(turned * step_s);
  for (int axis = 0; axis < 3; axis++) {
    double away = motion->u[axis] - target[axis], v = motion->v[axis];
    motion->u[axis] = target[axis] + fade * (away * c + (v + damping * omega * away) * s / turned);
    motion->v[axis] = fade * (v * c - (damping * omega * v + omega * omega * away) * s / turned);
  }
}

/* Minus the acceleration through three places, no larger than flesh is shown to feel. */
static void felt_acceleration(const Motion *motion, double *felt) {
  const double *t = motion->time_s;
  double length = 0, most;
  for (int axis = 0; axis < 3; axis++) {
    double a = motion->place[0][axis], b = motion->place[1][axis], c = motion->place[2][axis];
    felt[axis] = -2 * ((c - b) / (t[2] - t[1]) - (b - a) / (t[1] - t[0])) / (t[2] - t[0]);
    length += felt[axis] * felt[axis];
  }
  most = fmin(1, LARGEST_M_S2 / fmax(sqrt(length), 1e-9));
  for (int axis = 0; axis < 3; axis++) felt[axis] *= most;
}

void move_flesh(Motion *motion, const double *pose, const double *centre, double omega, double damping, double time_s) {
  double place[3], felt[3], target[3], elapsed_s = time_s - motion->time_s[2];
  static const double cutoff_hz = 4, threshold = INFINITY;
  if (motion->seen && !(elapsed_s > 0 && elapsed_s <= GAP_S)) memset(motion, 0, sizeof *motion);
  for (int i = 0; i < 3; i++) {
    const double *row = pose + 4 * i;
    place[i] = row[0] * centre[0] + row[1] * centre[1] + row[2] * centre[2] + row[3];
  }
  memmove(motion->time_s, motion->time_s + 1, 2 * sizeof *motion->time_s);
  memmove(motion->place, motion->place + 1, 2 * sizeof *motion->place);
  motion->time_s[2] = time_s; /* The last place is still the one before, from which the filter goes on. */
  if (motion->seen)
    advance_filter(&cutoff_hz, &threshold, place, motion->place[2], 1, elapsed_s);
  else
    memcpy(motion->place[2], place, sizeof place);
  if (motion->seen < 3) motion->seen++;
  if (motion->seen < 3) return;
  felt_acceleration(motion, felt);
  for (int j = 0; j < 3; j++) target[j] = pose[j] * felt[0] + pose[4 + j] * felt[1] + pose[8 + j] * felt[2];
  advance(motion, target, omega, damping, motion->time_s[2] - motion->time_s[1]);
}
