/* Lips: those that cross are moved apart, upper up and lower down (landmark_driver/head/lip_separation.py). */

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "interpolation.h"
#include "processors.h"
#include "stage.h"
#include "triangles.h"

enum { ROUNDS = 24, STRIPS = 10, STRIPS_WITH_MARGIN = STRIPS + 4, PLACES = 51, BOTH = 2, UPPER = 0, LOWER = 1 };

/* Of finite numbers; C's fmin and fmax ask more than that and take longer. */
#define LESSER(a, b) ((a) < (b) ? (a) : (b))
#define LARGER(a, b) ((a) > (b) ? (a) : (b))

static const double MARGIN_M = 2e-5, BAND_M = 0.008, LEAST_SHARE = 0.5, SLACK_M = 5e-4;
static const double FIRST_PLACE_M = -0.05, SPACING_M = 0.002;
static const float SLACK_PLACE_M = 1e-6f; /* More than a rounding of a place across the mouth. */

/* The box of a triangle of a lip that may touch the other lip. */
typedef struct {
  float low[3], high[3];
  int triangle;
} Near;

typedef struct {
  Array triangles[BOTH], slit, moving, share;
  int *used[BOTH], used_count[BOTH]; /* Vertices of each lip, each of them once. */
  double *share_of, *height, *point; /* Of every vertex of the head, the point in double. */
  int *strip, *line; /* Of every vertex: across the mouth, and of the slit in the last round. */
  char *reaching;      /* Whether it reaches past the other lip. */
  Triangle *lower;     /* The triangles of the lower lip that may touch, in the order of their boxes. */
  float *low[3], *high[3]; /* Their boxes by coordinate. */
  int32_t *hit;
  int *found;          /* The triangles whose boxes overlap one's. */
  double *rim_x, *rim_y; /* Of the slit. */
  Near *near[BOTH];
} Lips;

static float least_x(const int32_t *corners, const float *vertices) {
  float a = vertices[3 * corners[0]], b = vertices[3 * corners[1]], c = vertices[3 * corners[2]];
  return LESSER(LESSER(a, b), c);
}

/* The triangles across the neutral mouth, so that a frame has little to sort. */
static void sort_triangles(Making *making, Array *triangles, const float *neutral) {
  int32_t *sorted = allocate(making, triangles->rows, 3 * sizeof(int32_t));
  const int32_t *given = triangles->values;
  for (int i = 0; !*making->problem && i < triangles->rows; i++, given += 3) {
    int32_t *to = sorted + 3 * i;
    for (; to > sorted && least_x(to - 3, neutral) > least_x(given, neutral); to -= 3) memcpy(to, to - 3, 3 * sizeof *to);
    memcpy(to, given, 3 * sizeof *to);
  }
  triangles->values = sorted;
}

static void prepare_lips(void *state, Making *making) {
  Lips *lips = state;
  Array neutral = need_of(making, "decoder", "neutral_vertices", "F32");
  int vertices = neutral.rows;
  lips->triangles[UPPER] = need(making, "upper", "I32");
  lips->triangles[LOWER] = need(making, "lower", "I32");
  for (int lip = 0; lip < BOTH; lip++) sort_triangles(making, &lips->triangles[lip], neutral.values);
  lips->slit = need(making, "slit", "I32");
  lips->moving = need(making, "moving", "I32");
  lips->share = need(making, "share", "F64");
  lips->share_of = allocate(making, vertices, sizeof(double));
  lips->height = allocate(making, vertices, sizeof(double));
  lips->point = allocate(making, 3L * vertices, sizeof(double));
  lips->strip = allocate(making, vertices, sizeof(int));
  lips->line = allocate(making, vertices, sizeof(int));
  lips->reaching = allocate(making, vertices, 1);
  lips->lower = allocate(making, lips->triangles[LOWER].rows, sizeof(Triangle));
  for (int axis = 0; axis < 3; axis++) {
    lips->low[axis] = allocate(making, lips->triangles[LOWER].rows, sizeof(float));
    lips->high[axis] = allocate(making, lips->triangles[LOWER].rows, sizeof(float));
  }
  lips->hit = allocate(making, lips->triangles[LOWER].rows, sizeof(int32_t));
  lips->found = allocate(making, lips->triangles[LOWER].rows, sizeof(int));
  lips->rim_x = allocate(making, lips->slit.columns, sizeof(double));
  lips->rim_y = allocate(making, lips->slit.columns, sizeof(double));
  char *seen = allocate(making, vertices, BOTH);
  for (int lip = 0; lip < BOTH; lip++) {
    lips->used[lip] = allocate(making, 3L * lips->triangles[lip].rows, sizeof(int));
    lips->near[lip] = allocate(making, lips->triangles[lip].rows + 1, sizeof(Near));
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
      for (int axis = 0; axis < 3; axis++) lips->point[3 * vertex + axis] = vertices[3 * vertex + axis];
      int strip = (int)((x - first) * ((float)STRIPS / width));
      lips->strip[vertex] = (strip < -1 ? -1 : strip > STRIPS ? STRIPS : strip) + 2;
      lips->height[vertex] = vertices[3 * vertex + 1] - interpolate(x, rim_x, rim_y, count, &lips->line[vertex]);
    }
}

/* How far a lip reaches past the slit in each strip and those beside it: the highest for 1, the deepest for -1. */
static void measure_reach(Lips *lips, int lip, int sign, double *reach) {
  double own[STRIPS_WITH_MARGIN];
  for (int strip = 0; strip < STRIPS_WITH_MARGIN; strip++) own[strip] = -1;
  for (int i = 0; i < lips->used_count[lip]; i++) {
    int vertex = lips->used[lip][i];
    own[lips->strip[vertex]] = LARGER(own[lips->strip[vertex]], sign * lips->height[vertex]);
  }
  for (int strip = 1; strip + 1 < STRIPS_WITH_MARGIN; strip++)
    reach[strip] = LARGER(LARGER(own[strip - 1], own[strip]), own[strip + 1]);
}

static void measure_box(Near *near, const int32_t *triangles, const float *vertices) {
  const int32_t *corners = triangles + 3 * near->triangle;
  const float *first = vertices + 3 * corners[0], *second = vertices + 3 * corners[1], *third = vertices + 3 * corners[2];
  for (int axis = 0; axis < 3; axis++) {
    float a = first[axis], b = second[axis], c = third[axis], low = LESSER(a, b), high = LARGER(a, b);
    near->low[axis] = LESSER(low, c);
    near->high[axis] = LARGER(high, c);
  }
}

/* The triangles of a lip that reach past the other one in a strip of one of their corners, with their boxes. Returns how many. */
static int gather_near(Lips *lips, int lip, int sign, const double *reach, const float *vertices) {
  const int32_t *triangle = lips->triangles[lip].values;
  char *reaching = lips->reaching;
  int count = 0;
  for (int i = 0; i < lips->used_count[lip]; i++) {
    int vertex = lips->used[lip][i];
    reaching[vertex] = sign * lips->height[vertex] <= reach[lips->strip[vertex]] + SLACK_M;
  }
  for (int i = 0; i < lips->triangles[lip].rows; i++, triangle += 3) { /* Which ones cannot be guessed: no branch. */
    lips->near[lip][count].triangle = i;
    count += reaching[triangle[0]] | reaching[triangle[1]] | reaching[triangle[2]];
  }
  for (int i = 0; i < count; i++) measure_box(&lips->near[lip][i], lips->triangles[lip].values, vertices);
  return count;
}

/* By the least x, which few rounds change much. Returns a little more than the largest width. */
static float sort_by_place(Near *near, int count) {
  float widest = 0;
  for (int i = 0; i < count; i++) {
    Near moved = near[i];
    int j = i;
    for (; j > 0 && near[j - 1].low[0] > moved.low[0]; j--) near[j] = near[j - 1];
    near[j] = moved;
    widest = LARGER(widest, moved.high[0] - moved.low[0]);
  }
  return widest + SLACK_PLACE_M;
}

/* The first of sorted boxes whose least x is not below this. The search walks from a guess: triangles follow their neighbours. */
static int first_beside(const Near *near, int count, float x, int guess) {
  while (guess < count && near[guess].low[0] < x) guess++;
  while (guess > 0 && near[guess - 1].low[0] >= x) guess--;
  return guess;
}

/* The boxes of the lower lip by coordinate, so that one is compared with several at a time. */
static void line_up(Lips *lips, int count) {
  for (int j = 0; j < count; j++)
    for (int axis = 0; axis < 3; axis++) {
      lips->low[axis][j] = lips->near[LOWER][j].low[axis];
      lips->high[axis][j] = lips->near[LOWER][j].high[axis];
    }
}

/* The boxes of the lower lip that overlap one of the upper lip. Returns how many. */
FOR_EVERY_PROCESSOR
static int overlapping(Lips *lips, const Near *one, int first, int count) {
  const float *restrict x = lips->high[0], *restrict y = lips->high[1], *restrict z = lips->high[2];
  const float *restrict low_x = lips->low[0], *restrict low_y = lips->low[1], *restrict low_z = lips->low[2];
  float at_x = one->low[0], at_y = one->low[1], at_z = one->low[2];
  float to_x = one->high[0], to_y = one->high[1], to_z = one->high[2];
  int32_t *restrict hit = lips->hit;
  int found = 0;
  for (int j = first; j < count; j++)
    hit[j] = (at_x <= x[j]) & (low_x[j] <= to_x) & (at_y <= y[j]) & (low_y[j] <= to_y) & (at_z <= z[j]) & (low_z[j] <= to_z);
  for (int j = first; j < count; j++)
    if (hit[j]) lips->found[found++] = j;
  return found;
}

static Triangle triangle_at(const Lips *lips, const int32_t *corners) {
  const double *point = lips->point;
  return triangle_of(point + 3 * corners[0], point + 3 * corners[1], point + 3 * corners[2]);
}

static double mean_share(const Lips *lips, const int32_t *corners) {
  return (lips->share_of[corners[0]] + lips->share_of[corners[1]] + lips->share_of[corners[2]]) / 3;
}

/* The last of the places across the mouth that is not to the left of x, or a neighbour of it. */
static int place_before(double x) {
  double place = (x - FIRST_PLACE_M) / SPACING_M;
  return !(place > 0) ? 0 : place > PLACES - 2 ? PLACES - 2 : (int)place;
}

/* Raises what a pair that crosses asks for, across the mouth. */
static void want(const Triangle *above, const Triangle *below, double give, double eager, const double *places,
                 double *wanted) {
  double depth = eager * (vertical_overlap(above, below) + MARGIN_M) / LARGER(give, LEAST_SHARE);
  double low = INFINITY, high = -INFINITY;
  for (int corner = 0; corner < 3; corner++) {
    low = LESSER(low, LESSER(above->corners[corner][0], below->corners[corner][0]));
    high = LARGER(high, LARGER(above->corners[corner][0], below->corners[corner][0]));
  }
  int first = place_before(low - eager * BAND_M - SPACING_M), last = place_before(high + eager * BAND_M + SPACING_M) + 1;
  for (int place = first; place <= last; place++) { /* Beyond them the band is zero. */
    double outside = LARGER(low - places[place], places[place] - high);
    outside = LESSER(LARGER((outside - SPACING_M) / (eager * BAND_M), 0), 1);
    double band = 1 - outside * outside;
    wanted[place] = LARGER(wanted[place], depth * (band * band));
  }
}

/* One round. Returns how many triangles crossed. */
static int part(Lips *lips, float *vertices, double eager) {
  double high[STRIPS_WITH_MARGIN], deep[STRIPS_WITH_MARGIN], places[PLACES], wanted[PLACES] = {0};
  const int32_t *moving = lips->moving.values;
  const int32_t *upper_corners = lips->triangles[UPPER].values, *lower_corners = lips->triangles[LOWER].values;
  const double *share = lips->share.values;
  int pairs = 0, first = 0, last = 0;
  measure_heights(lips, vertices);
  measure_reach(lips, LOWER, 1, high);
  measure_reach(lips, UPPER, -1, deep);
  int upper = gather_near(lips, UPPER, 1, high, vertices), lower = gather_near(lips, LOWER, -1, deep, vertices);
  for (int place = 0; place < PLACES; place++)
    places[place] = FIRST_PLACE_M + place * ((FIRST_PLACE_M + SPACING_M) - FIRST_PLACE_M);
  Near *beside = lips->near[LOWER];
  float widest = sort_by_place(beside, lower);
  line_up(lips, lower);
  for (int j = 0; j < lower; j++) lips->lower[j] = triangle_at(lips, lower_corners + 3 * beside[j].triangle);
  for (int i = 0; i < upper; i++) {
    const Near *one = &lips->near[UPPER][i];
    const int32_t *corners = upper_corners + 3 * one->triangle;
    first = first_beside(beside, lower, one->low[0] - widest, first);
    last = first_beside(beside, lower, one->high[0] + SLACK_PLACE_M, last);
    int overlaps = overlapping(lips, one, first, last);
    if (!overlaps) continue;
    Triangle above = triangle_at(lips, corners);
    for (int k = 0; k < overlaps; k++) {
      int j = lips->found[k];
      if (!intersect(&above, &lips->lower[j])) continue;
      double give = mean_share(lips, corners) - mean_share(lips, lower_corners + 3 * beside[j].triangle);
      want(&above, &lips->lower[j], give, eager, places, wanted);
      pairs++;
    }
  }
  for (int i = 0; pairs && i < lips->moving.rows; i++) {
    float *vertex = vertices + 3 * moving[i];
    int guess = place_before(vertex[0]);
    vertex[1] = (float)(vertex[1] + share[i] * interpolate(vertex[0], places, wanted, PLACES, &guess));
  }
  return pairs;
}

static void run_lips(void *state, Frame *frame) {
  for (int round = 0; round < ROUNDS; round++)
    if (!part(state, frame->vertices, 1 + round / 3.0)) return;
}

const Kind lips_kind = {"lips", sizeof(Lips), prepare_lips, run_lips};
