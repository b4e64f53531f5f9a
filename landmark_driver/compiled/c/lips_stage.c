/* Lips: those that cross are moved apart, upper up and lower down (landmark_driver/head/lip_separation.py). */

#include <math.h>
#include <stdint.h>

#include "stage.h"
#include "triangles.h"

enum { ROUNDS = 24, STRIPS = 10, STRIPS_WITH_MARGIN = STRIPS + 4, PLACES = 51, BOTH = 2, UPPER = 0, LOWER = 1 };

static const double MARGIN_M = 2e-5, BAND_M = 0.008, LEAST_SHARE = 0.5, SLACK_M = 5e-4;
static const double FIRST_PLACE_M = -0.05, SPACING_M = 0.002;

/* A bound of each triangle of a lip that may touch the other. */
typedef struct {
  float low[3], high[3];
  const int32_t *triangle;
} Near;

typedef struct {
  Array triangles[BOTH], slit, moving, share;
  int *used[BOTH], used_count[BOTH]; /* Vertices of each lip, each of them once. */
  double *share_of, *height;         /* Of every vertex of the head. */
  int *strip;
  double *rim_x, *rim_y; /* Of the slit. */
  Near *near[BOTH];
} Lips;

static void prepare_lips(void *state, Making *making) {
  Lips *lips = state;
  int vertices = need_of(making, "decoder", "neutral_vertices", "F32").rows;
  lips->triangles[UPPER] = need(making, "upper", "I32");
  lips->triangles[LOWER] = need(making, "lower", "I32");
  lips->slit = need(making, "slit", "I32");
  lips->moving = need(making, "moving", "I32");
  lips->share = need(making, "share", "F64");
  lips->share_of = allocate(making, vertices, sizeof(double));
  lips->height = allocate(making, vertices, sizeof(double));
  lips->strip = allocate(making, vertices, sizeof(int));
  lips->rim_x = allocate(making, lips->slit.columns, sizeof(double));
  lips->rim_y = allocate(making, lips->slit.columns, sizeof(double));
  char *seen = allocate(making, vertices, BOTH);
  for (int lip = 0; lip < BOTH; lip++) {
    lips->used[lip] = allocate(making, 3L * lips->triangles[lip].rows, sizeof(int));
    lips->near[lip] = allocate(making, lips->triangles[lip].rows, sizeof(Near));
  }
  if (*making->problem) return;
  for (int i = 0; i < lips->moving.rows; i++)
    lips->share_of[((const int32_t *)lips->moving.values)[i]] = ((const double *)lips->share.values)[i];
  for (int lip = 0; lip < BOTH; lip++)
    for (int i = 0; i < 3 * lips->triangles[lip].rows; i++) {
      int vertex = ((const int32_t *)lips->triangles[lip].values)[i];
      if (!seen[BOTH * vertex + lip]) lips->used[lip][lips->used_count[lip]++] = vertex;
      seen[BOTH * vertex + lip] = 1;
    }
}

/* The straight lines through the points, level beyond them; as numpy.interp. */
static double interpolate(double at, const double *x, const double *y, int count) {
  if (at < x[0]) return y[0];
  if (at >= x[count - 1]) return y[count - 1];
  int j = 0;
  while (at >= x[j + 1]) j++;
  return (y[j + 1] - y[j]) / (x[j + 1] - x[j]) * (at - x[j]) + y[j];
}

/* Each lip vertex's height over the slit, and its strip across the mouth. */
static void measure_heights(Lips *lips, const float *vertices) {
  int count = lips->slit.columns;
  const int32_t *slit = lips->slit.values;
  double *rim_x = lips->rim_x, *rim_y = lips->rim_y;
  for (int i = 0; i < count; i++) {
    const float *a = vertices + 3 * slit[i], *b = vertices + 3 * slit[count + i];
    rim_x[i] = (a[0] + b[0]) / 2.0f; /* In float, as NumPy. */
    rim_y[i] = (a[1] + b[1]) / 2.0f;
  }
  float first = (float)rim_x[0], width = (float)rim_x[count - 1] - first;
  for (int lip = 0; lip < BOTH; lip++)
    for (int i = 0; i < lips->used_count[lip]; i++) {
      int vertex = lips->used[lip][i];
      float x = vertices[3 * vertex];
      int strip = (int)((x - first) * ((float)STRIPS / width));
      lips->strip[vertex] = (strip < -1 ? -1 : strip > STRIPS ? STRIPS : strip) + 2;
      lips->height[vertex] = vertices[3 * vertex + 1] - interpolate(x, rim_x, rim_y, count);
    }
}

/* How far a lip reaches past the slit in each strip and those beside it: the highest for 1, the deepest for -1. */
static void measure_reach(Lips *lips, int lip, int sign, double *reach) {
  double own[STRIPS_WITH_MARGIN];
  for (int strip = 0; strip < STRIPS_WITH_MARGIN; strip++) own[strip] = -1;
  for (int i = 0; i < lips->used_count[lip]; i++) {
    int vertex = lips->used[lip][i];
    own[lips->strip[vertex]] = fmax(own[lips->strip[vertex]], sign * lips->height[vertex]);
  }
  for (int strip = 1; strip + 1 < STRIPS_WITH_MARGIN; strip++)
    reach[strip] = fmax(fmax(own[strip - 1], own[strip]), own[strip + 1]);
}

/* The triangles of a lip that reach past the other one, with their boxes. Returns how many. */
static int gather_near(Lips *lips, int lip, int sign, const double *reach, const float *vertices) {
  const int32_t *triangle = lips->triangles[lip].values;
  int count = 0;
  for (int i = 0; i < lips->triangles[lip].rows; i++, triangle += 3) {
    int reaching = 0;
    for (int corner = 0; corner < 3; corner++) {
      int vertex = triangle[corner];
      reaching |= sign * lips->height[vertex] <= reach[lips->strip[vertex]] + SLACK_M;
    }
    if (!reaching) continue;
    Near *near = &lips->near[lip][count++];
    near->triangle = triangle;
    for (int axis = 0; axis < 3; axis++) {
      float a = vertices[3 * triangle[0] + axis], b = vertices[3 * triangle[1] + axis];
      float c = vertices[3 * triangle[2] + axis];
      near->low[axis] = fminf(fminf(a, b), c);
      near->high[axis] = fmaxf(fmaxf(a, b), c);
    }
  }
  return count;
}

static int boxes_overlap(const Near *a, const Near *b) {
  for (int axis = 0; axis < 3; axis++)
    if (a->low[axis] > b->high[axis] || b->low[axis] > a->high[axis]) return 0;
  return 1;
}

static Triangle corners_of(const int32_t *triangle, const float *vertices) {
  Triangle found;
  for (int corner = 0; corner < 3; corner++)
    for (int axis = 0; axis < 3; axis++) found.corners[corner][axis] = vertices[3 * triangle[corner] + axis];
  return found;
}

static double mean_share(Lips *lips, const int32_t *triangle) {
  return (lips->share_of[triangle[0]] + lips->share_of[triangle[1]] + lips->share_of[triangle[2]]) / 3;
}

/* Raises what a pair that crosses asks for, across the mouth. */
static void want(const Triangle *above, const Triangle *below, double give, double eager, const double *places,
                 double *wanted) {
  double depth = eager * (vertical_overlap(above, below) + MARGIN_M) / fmax(give, LEAST_SHARE);
  double low = INFINITY, high = -INFINITY;
  for (int corner = 0; corner < 3; corner++) {
    low = fmin(low, fmin(above->corners[corner][0], below->corners[corner][0]));
    high = fmax(high, fmax(above->corners[corner][0], below->corners[corner][0]));
  }
  for (int place = 0; place < PLACES; place++) {
    double outside = fmax(low - places[place], places[place] - high);
    outside = fmin(fmax((outside - SPACING_M) / (eager * BAND_M), 0), 1);
    double band = 1 - outside * outside;
    wanted[place] = fmax(wanted[place], depth * (band * band));
  }
}

/* One round. Returns how many triangles crossed. */
static int part(Lips *lips, float *vertices, double eager) {
  double high[STRIPS_WITH_MARGIN], deep[STRIPS_WITH_MARGIN], places[PLACES], wanted[PLACES] = {0};
  const int32_t *moving = lips->moving.values;
  const double *share = lips->share.values;
  int pairs = 0;
  measure_heights(lips, vertices);
  measure_reach(lips, LOWER, 1, high);
  measure_reach(lips, UPPER, -1, deep);
  int upper = gather_near(lips, UPPER, 1, high, vertices), lower = gather_near(lips, LOWER, -1, deep, vertices);
  for (int place = 0; place < PLACES; place++)
    places[place] = FIRST_PLACE_M + place * ((FIRST_PLACE_M + SPACING_M) - FIRST_PLACE_M);
  for (int i = 0; i < upper; i++)
    for (int j = 0; j < lower; j++) {
      const Near *one = &lips->near[UPPER][i], *other = &lips->near[LOWER][j];
      if (!boxes_overlap(one, other)) continue;
      Triangle above = corners_of(one->triangle, vertices), below = corners_of(other->triangle, vertices);
      if (!intersect(&above, &below)) continue;
      want(&above, &below, mean_share(lips, one->triangle) - mean_share(lips, other->triangle), eager, places, wanted);
      pairs++;
    }
  for (int i = 0; pairs && i < lips->moving.rows; i++) {
    float *vertex = vertices + 3 * moving[i];
    vertex[1] = (float)(vertex[1] + share[i] * interpolate(vertex[0], places, wanted, PLACES));
  }
  return pairs;
}

static void run_lips(void *state, Frame *frame) {
  for (int round = 0; round < ROUNDS; round++)
    if (!part(state, frame->vertices, 1 + round / 3.0)) return;
}

const Kind lips_kind = {"lips", sizeof(Lips), prepare_lips, run_lips};
