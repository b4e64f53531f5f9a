/* Arches: lips and cheeks slide out in front of the teeth (landmark_driver/head/lip_arches.py). */

#include <math.h>
#include <stdint.h>

#include "stage.h"

enum { JAWS = 2, UPPER = 0, LOWER = 1, AXES = 3 };

static const double MOST_M = 0.012, LEAST_M = 1e-4, BEYOND_M = 0.002, WITHIN_M = 0.0005;

typedef struct {
  Array radius, front[JAWS], markers, pose;
  Array floor, ceiling;
  const double *gap[JAWS];
  const double *centre, *heights;
  double *farthest; /* The largest radius of either arch. */
} Arches;

static void prepare_arches(void *state, Making *making) {
  Arches *arches = state;
  arches->radius = need(making, "radius", "F64");
  arches->centre = need(making, "centre", "F64").values;
  arches->heights = need(making, "heights", "F64").values;
  arches->front[UPPER] = need(making, "upper", "I32");
  arches->front[LOWER] = need(making, "lower", "I32");
  arches->gap[UPPER] = need(making, "upper_gap", "F64").values;
  arches->gap[LOWER] = need(making, "lower_gap", "F64").values;
  arches->floor = need(making, "floor", "I32");
  arches->ceiling = need(making, "ceiling", "F64");
  arches->markers = need(making, "markers", "I32");
  arches->pose = need(making, "pose", "F64");
  arches->farthest = allocate(making, JAWS, sizeof(double));
  if (*making->problem) return;
  for (int jaw = 0; jaw < JAWS; jaw++)
    for (int k = 0; k < arches->radius.columns; k++)
      arches->farthest[jaw] = fmax(arches->farthest[jaw], ((const double *)arches->radius.values)[jaw * arches->radius.columns + k]);
}

/* How much of a push there is at a height: none beyond the crowns, all within them. */
static double amount_at(double y, double lowest, double highest) {
  double over = (y - lowest + BEYOND_M) / (BEYOND_M + WITHIN_M), under = (highest + BEYOND_M - y) / (BEYOND_M + WITHIN_M);
  double least = over < under ? over : under;
  return least < 0 ? 0 : least > 1 ? 1 : least;
}

/* The radius in a direction, from the table by numbers that grow with its angle. */
static double radius_at(const double *table, int count, double x, double z) {
  double both = fabs(x) + fabs(z), share = x / (both > 1e-12 ? both : 1e-12);
  double number = (z >= 0 ? share : copysign(2.0, x) - share) + 2;
  double at = number * (count - 1) / 4;
  int j = at >= count - 1 ? count - 2 : (int)at;
  return table[j] + (at - j) * (table[j + 1] - table[j]);
}

/* Moves a point out of an arch, with a gap. Returns whether it moved. */
static int slide(const Arches *arches, int jaw, double gap, double *point) {
  const double *centre = arches->centre + 2 * jaw, *heights = arches->heights + 2 * jaw;
  double amount = amount_at(point[1], heights[0], heights[1]), x = point[0] - centre[0], z = point[2] - centre[1];
  double squared = x * x + z * z, farthest = arches->farthest[jaw] + gap;
  if (amount <= 0 || squared >= farthest * farthest) return 0;
  int count = arches->radius.columns;
  double distance = sqrt(squared);
  double push = radius_at((const double *)arches->radius.values + jaw * count, count, x, z) + gap - distance;
  if (push <= 0) return 0;
  push = amount * (push > MOST_M ? MOST_M : push) / (distance > LEAST_M ? distance : LEAST_M);
  point[0] += x * push;
  point[2] += z * push;
  return 1;
}

/* The mandible's pose: rows of its affine map, then its shift. */
static void fit_pose(const Arches *arches, const float *vertices, double pose[4][AXES]) {
  const int32_t *markers = arches->markers.values;
  const double *weights = arches->pose.values;
  int count = arches->markers.rows;
  for (int row = 0; row < 4; row++)
    for (int axis = 0; axis < AXES; axis++) {
      pose[row][axis] = 0;
      for (int k = 0; k < count; k++) pose[row][axis] += weights[row * count + k] * vertices[AXES * markers[k] + axis];
    }
}

static void invert(double m[4][AXES], double out[AXES][AXES]) {
  double determinant = 0;
  for (int i = 0; i < AXES; i++)
    for (int j = 0; j < AXES; j++) {
      int a = (i + 1) % 3, b = (i + 2) % 3, c = (j + 1) % 3, d = (j + 2) % 3;
      out[j][i] = m[a][c] * m[b][d] - m[a][d] * m[b][c];
    }
  for (int i = 0; i < AXES; i++) determinant += m[0][i] * out[i][0];
  for (int i = 0; i < AXES; i++)
    for (int j = 0; j < AXES; j++) out[i][j] /= determinant;
}

static void into_jaw(const float *vertex, double pose[4][AXES], double back[AXES][AXES], double *point) {
  double away[AXES];
  for (int axis = 0; axis < AXES; axis++) away[axis] = vertex[axis] - pose[3][axis];
  for (int axis = 0; axis < AXES; axis++) point[axis] = away[0] * back[0][axis] + away[1] * back[1][axis] + away[2] * back[2][axis];
}

static void from_jaw(const double *point, double pose[4][AXES], float *vertex) {
  for (int axis = 0; axis < AXES; axis++)
    vertex[axis] = (float)(point[0] * pose[0][axis] + point[1] * pose[1][axis] + point[2] * pose[2][axis] + pose[3][axis]);
}

static void run_arches(void *state, Frame *frame) {
  const Arches *arches = state;
  double pose[4][AXES], back[AXES][AXES];
  const int32_t *upper = arches->front[UPPER].values, *lower = arches->front[LOWER].values;
  for (int i = 0; i < arches->front[UPPER].rows; i++) {
    float *vertex = frame->vertices + AXES * upper[i];
    double point[AXES] = {vertex[0], vertex[1], vertex[2]};
    if (!slide(arches, UPPER, arches->gap[UPPER][i], point)) continue;
    for (int axis = 0; axis < AXES; axis++) vertex[axis] = (float)point[axis];
  }
  fit_pose(arches, frame->vertices, pose);
  invert(pose, back);
  for (int i = 0; i < arches->front[LOWER].rows; i++) {
    float *vertex = frame->vertices + AXES * lower[i];
    double point[AXES];
    into_jaw(vertex, pose, back, point);
    if (slide(arches, LOWER, arches->gap[LOWER][i], point)) from_jaw(point, pose, vertex);
  }
  for (int i = 0; i < arches->floor.rows; i++) {
    float *vertex = frame->vertices + AXES * ((const int32_t *)arches->floor.values)[i];
    double point[AXES], ceiling = ((const double *)arches->ceiling.values)[i];
    into_jaw(vertex, pose, back, point);
    if (point[1] <= ceiling) continue;
    point[1] = ceiling;
    from_jaw(point, pose, vertex);
  }
}

const Kind arches_kind = {"arches", sizeof(Arches), prepare_arches, run_arches};
