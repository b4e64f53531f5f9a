/* Lids and lips by how far they are open (landmark_driver/landmarks/apertures.py has the reasons and the names). */

#include <math.h>
#include <string.h>

#include "face.h"

enum { LIDS = 7, LIPS = 9, MIDDLE = 3, SIDES = 2 };

static const double WIDEST = 1.8, UPPER_LID = 0.9, UPPER_LIP = 0.5, USUAL_RATE_HZ = 0.3, LEAST_USUAL = 0.3;
static const double CLOSED = 0.2, AJAR = 0.4, AJAR_HEIGHT = 0.35, PRESSED = -0.11;
static const double SHUT = 0.02, PARTED = 0.06, PRESSED_LIPS = 0.5, PRESSED_FROM_M = 1.5e-3;

static double clip(double value, double low, double high) { return fmin(fmax(value, low), high); }

static double gap(const double *points, const int *pair) { return points[3 * pair[0] + 1] - points[3 * pair[1] + 1]; }

static double middle_gap(const double *points, const int *pairs) {
  return (gap(points, pairs) + gap(points, pairs + 2) + gap(points, pairs + 4)) / MIDDLE;
}

static void open_by(double *displacements, const int *pair, double by, double upper) {
  displacements[3 * pair[0] + 1] += upper * by;
  displacements[3 * pair[1] + 1] -= (1 - upper) * by;
}

/* The height between two known ones. */
static double between(double at, double low, double high, double from, double to) {
  return from + (to - from) / (high - low) * (at - low);
}

static double lid_height(double opening, double usual) {
  double closed = CLOSED * fmin(usual, 1), ajar = AJAR * fmin(usual, 1);
  if (opening <= closed) return PRESSED;
  if (opening < ajar) return between(opening, closed, ajar, PRESSED, AJAR_HEIGHT);
  return AJAR_HEIGHT + (opening - ajar) * (1 - AJAR_HEIGHT) / (1 - ajar);
}

static double lip_gap(double reported) {
  if (reported >= PARTED) return reported;
  return reported <= SHUT ? 0 : between(reported, SHUT, PARTED, 0, PARTED);
}

static void open_mouth(const int *pairs, double width, double neutral_gap, double scale, const double *own,
                       const double *fractions, const double *points, const double *displacements, double *moved) {
  double seen = middle_gap(points, pairs) / width, parted = clip((seen - SHUT) / (PARTED - SHUT), 0, 1);
  double wider = scale * fmin(lip_gap(seen) - lip_gap(neutral_gap), seen - neutral_gap), away = 0;
  double change = wider - middle_gap(moved, pairs);
  if (change > 0) change *= parted; /* What is shut already stays as it is. */
  for (int k = 0; k < LIPS; k++) open_by(moved, pairs + 2 * k, change * fractions[k], UPPER_LIP);
  for (int k = 0; k < 2 * LIPS; k++) {
    const double *d = displacements + 3 * pairs[k];
    away += sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) / (2 * LIPS);
  }
  for (int k = 0; k < LIPS; k++) {
    double pressed = PRESSED_LIPS * fmin(away / PRESSED_FROM_M, 1) * own[k];
    open_by(moved, pairs + 2 * k, (parted - 1) * fmax(gap(moved, pairs + 2 * k) + pressed, 0), UPPER_LIP);
  }
}

void set_apertures(const int *pairs, const double *performer, const double *character, const double *lip_fractions,
                   double *usual, const double *points, const double *displacements, double *moved, double elapsed_s) {
  const double *height = character + 1;
  double step = USUAL_RATE_HZ * elapsed_s;
  memcpy(moved, displacements, 3 * LANDMARKS * sizeof *moved);
  for (int side = 0; side < SIDES; side++, pairs += 2 * LIDS, height += LIDS) {
    double opening = fmin(middle_gap(points, pairs) / performer[side], WIDEST);
    usual[side] = fmax(usual[side] + clip(opening - usual[side], -step, step), LEAST_USUAL);
    double open = lid_height(opening, usual[side]);
    for (int k = 0; k < LIDS; k++)
      open_by(moved, pairs + 2 * k, open * height[k] - height[k] - gap(moved, pairs + 2 * k), UPPER_LID);
  }
  open_mouth(pairs, performer[2], performer[3], character[0], height, lip_fractions, points, displacements, moved);
}
