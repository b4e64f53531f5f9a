/* Bounds: weights back in 0..1, and the other latents with them.

       minimise x' G x / 2 - h' x  with  0 <= x <= HIGHEST

   by block principal pivoting, as in landmark_driver/network/bounded_least_squares.py, in double like there. */

#include <math.h>
#include <string.h>

#include "processors.h"
#include "products.h"
#include "stage.h"

enum { ROUNDS_AT_MOST = 40, DESCENTS_AT_MOST = 10, PATIENCE = 3, LANES = 4, AT_LOWEST = -1, FREE = 0, AT_HIGHEST = 1 };

static const double HIGHEST = 1 / 0.25, FLAT = 1e-12;

typedef struct {
  const double *gram;
  Array follow;
  float *followed;
  int side[SHAPES]; /* Those of the last frame are the first guess for the next. */
  double upper[SHAPES][SHAPES];
} Bounds;

static void prepare_bounds(void *state, Making *making) {
  Bounds *bounds = state;
  Array precision = need(making, "precision", "F64");
  expect(making, precision.rows == SHAPES, "a precision of 52 weights");
  bounds->gram = precision.values;
  bounds->follow = need(making, "follow", "F32");
  bounds->followed = allocate(making, bounds->follow.rows, sizeof(float));
}

static double clip(double value) { return fmin(fmax(value, 0), HIGHEST); }

/* out += gram x. The matrix is symmetric, so its rows are its columns: each is added whole, and most weights are zero. */
FOR_EVERY_PROCESSOR
static void add_gram_times(const double *gram, const double *x, double *out) {
  for (int j = 0; j < SHAPES; j++)
    for (int i = 0; x[j] != 0 && i < SHAPES; i++) out[i] += gram[SHAPES * j + i] * x[j];
}

static void gram_times(const double *gram, const double *x, double *out) {
  memset(out, 0, SHAPES * sizeof *out);
  add_gram_times(gram, x, out);
}

/* Sets the free entries of x to the minimum that the others leave them, by Cholesky's factors. Each column is taken off those
   to the right of it as soon as it is known, so that no sum waits for the one before. */
FOR_EVERY_PROCESSOR
static void solve_free(Bounds *bounds, const int *free, const double *linear, double *x) {
  double(*upper)[SHAPES] = bounds->upper; /* The factor's transpose: row k is its column k. */
  int rows[SHAPES], count = 0;
  double y[SHAPES], fixed[SHAPES], taken[SHAPES];
  for (int i = 0; i < SHAPES; i++) {
    fixed[i] = free[i] ? 0 : x[i];
    if (free[i]) rows[count++] = i;
  }
  gram_times(bounds->gram, fixed, taken);
  for (int i = 0; i < count; i++) {
    const double *row = bounds->gram + SHAPES * rows[i];
    y[i] = linear[rows[i]] - taken[rows[i]];
    for (int j = i; j < count; j++) upper[i][j] = row[rows[j]];
  }
  int end = (count + LANES - 1) / LANES * LANES; /* Whole vectors; entries before the diagonal and after the last count for nothing. */
  for (int k = 0; k < count; k++) {
    double over_pivot = 1 / sqrt(upper[k][k]), *column = upper[k];
    for (int j = k / LANES * LANES; j < end; j++) column[j] *= over_pivot;
    y[k] *= over_pivot;
    for (int i = k + 1; i < count; i++) {
      double factor = column[i], *left = upper[i];
      for (int j = i / LANES * LANES; j < end; j++) left[j] -= factor * column[j];
      y[i] -= factor * y[k];
    }
  }
  for (int k = count - 1; k >= 0; k--) {
    double found = y[k] / upper[k][k];
    for (int i = 0; i < k; i++) y[i] -= upper[i][k] * found;
    x[rows[k]] = found;
  }
}

/* The solution with these sides, and the sides that its optimality conditions ask for. Returns how many differ. */
static int step(Bounds *bounds, const int *sides, const double *linear, double *x, int *wanted) {
  int free[SHAPES], differ = 0;
  double slope[SHAPES];
  for (int i = 0; i < SHAPES; i++) {
    free[i] = sides[i] == FREE;
    x[i] = sides[i] == AT_LOWEST ? 0 : HIGHEST;
  }
  solve_free(bounds, free, linear, x);
  gram_times(bounds->gram, x, slope);
  for (int i = 0; i < SHAPES; i++) {
    double down = slope[i] - linear[i];
    wanted[i] = sides[i];
    if (free[i] && x[i] < 0) wanted[i] = AT_LOWEST;
    if (free[i] && x[i] > HIGHEST) wanted[i] = AT_HIGHEST;
    if ((sides[i] == AT_LOWEST && down < 0) || (sides[i] == AT_HIGHEST && down > 0)) wanted[i] = FREE;
    differ += wanted[i] != sides[i];
  }
  return differ;
}

/* The minimum over the free variables; those that meet a bound on the way stay there. */
static void settle(Bounds *bounds, double *x, int *free, const double *linear) {
  for (;;) {
    double target[SHAPES], least = INFINITY;
    int first = -1;
    memcpy(target, x, sizeof target);
    solve_free(bounds, free, linear, target);
    for (int i = 0; i < SHAPES; i++) {
      if (target[i] >= 0 && target[i] <= HIGHEST) continue;
      double share = fmin(fmax((clip(target[i]) - x[i]) / (target[i] - x[i]), 0), 1);
      if (share < least) least = share, first = i;
    }
    if (first < 0) {
      memcpy(x, target, sizeof target);
      return;
    }
    for (int i = 0; i < SHAPES; i++) x[i] = clip(x[i] + least * (target[i] - x[i]));
    x[first] = clip(target[first]);
    free[first] = 0;
  }
}

/* From a point within the bounds ever downhill: free the steepest, go until a bound stops. */
static void descend(Bounds *bounds, double *x, const double *linear) {
  int free[SHAPES];
  double slope[SHAPES], largest = 1;
  for (int i = 0; i < SHAPES; i++) {
    free[i] = x[i] > 0 && x[i] < HIGHEST;
    largest = fmax(largest, fabs(linear[i]));
  }
  for (int round = 0; round < DESCENTS_AT_MOST * SHAPES; round++) {
    settle(bounds, x, free, linear);
    gram_times(bounds->gram, x, slope);
    int steepest = -1;
    double most = FLAT * largest;
    for (int i = 0; i < SHAPES; i++) {
      double inwards = x[i] <= 0 ? linear[i] - slope[i] : slope[i] - linear[i];
      if (!free[i] && inwards > most) most = inwards, steepest = i;
    }
    if (steepest < 0) break;
    free[steepest] = 1;
  }
  for (int i = 0; i < SHAPES; i++) bounds->side[i] = free[i] ? FREE : x[i] <= 0 ? AT_LOWEST : AT_HIGHEST;
}

static void solve(Bounds *bounds, const double *linear, double *x) {
  int sides[SHAPES], wanted[SHAPES], fewest = SHAPES + 1, patience = PATIENCE;
  memcpy(sides, bounds->side, sizeof sides);
  int differ = step(bounds, sides, linear, x, wanted);
  for (int round = 0; round < ROUNDS_AT_MOST; round++) {
    if (differ == 0) {
      memcpy(bounds->side, sides, sizeof sides);
      for (int i = 0; i < SHAPES; i++) x[i] = clip(x[i]);
      return;
    }
    if (differ < fewest || patience) {
      patience = differ < fewest ? PATIENCE : patience - 1;
      fewest = differ < fewest ? differ : fewest;
      memcpy(sides, wanted, sizeof sides);
    } else { /* One at a time, which always ends. */
      int last = SHAPES - 1;
      while (wanted[last] == sides[last]) last--;
      sides[last] = wanted[last];
    }
    differ = step(bounds, sides, linear, x, wanted);
  }
  for (int i = 0; i < SHAPES; i++) x[i] = clip(x[i]);
  descend(bounds, x, linear);
}

static void run_bounds(void *state, Frame *frame) {
  Bounds *bounds = state;
  double weights[SHAPES], linear[SHAPES], bounded[SHAPES];
  float change[SHAPES];
  int outside = 0;
  for (int i = 0; i < SHAPES; i++) {
    weights[i] = frame->latent[i];
    outside |= !(weights[i] >= 0 && weights[i] <= HIGHEST);
  }
  if (!outside) return;
  gram_times(bounds->gram, weights, linear);
  solve(bounds, linear, bounded);
  for (int i = 0; i < SHAPES; i++) {
    change[i] = (float)bounded[i] - frame->latent[i];
    frame->latent[i] = (float)bounded[i];
  }
  rows_times(bounds->follow.rows, SHAPES, bounds->follow.values, change, NULL, bounds->followed);
  for (int row = 0; row < bounds->follow.rows; row++) frame->latent[SHAPES + row] += bounds->followed[row];
}

const Kind bounds_kind = {"bounds", sizeof(Bounds), prepare_bounds, run_bounds};
