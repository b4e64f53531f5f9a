/* Stages that move some vertices: edit, sway and eyes (landmark_driver/network/vertex_stages.py). */

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "products.h"
#include "stage.h"

enum { EYES = 2, AXES = 3 };

/* Edit: the solved effect of an edit on the head's own shapes, [w, w^2] C B for the weights w of the latent. */

typedef struct {
  Array coefficients, directions, vertices;
  const float *rest_latent;
  float *weights, *terms, *moved;
} Edit;

static void prepare_edit(void *state, Making *making) {
  Edit *edit = state;
  edit->coefficients = need(making, "coefficients", "F32");
  edit->directions = need(making, "directions", "F32");
  edit->vertices = need(making, "vertices", "I32");
  edit->rest_latent = need_of(making, "decoder", "rest_latent", "F32").values;
  edit->weights = allocate(making, edit->coefficients.rows, sizeof(float));
  edit->terms = allocate(making, edit->coefficients.columns, sizeof(float));
  edit->moved = allocate(making, edit->directions.columns, sizeof(float));
}

static void run_edit(void *state, Frame *frame) {
  const Edit *edit = state;
  int shapes = edit->coefficients.rows / 2, directions = edit->coefficients.columns, columns = edit->directions.columns;
  const int32_t *vertex = edit->vertices.values;
  for (int i = 0; i < shapes; i++) {
    float weight = (float)WEIGHT_UNIT * (frame->latent[i] - edit->rest_latent[i]);
    weight = weight < 0 ? 0 : weight > 1 ? 1 : weight;
    edit->weights[i] = weight;
    edit->weights[shapes + i] = weight * weight;
  }
  memset(edit->terms, 0, directions * sizeof *edit->terms);
  memset(edit->moved, 0, columns * sizeof *edit->moved);
  add_times_rows(2 * shapes, directions, edit->weights, edit->coefficients.values, edit->terms);
  add_times_rows(directions, columns, edit->terms, edit->directions.values, edit->moved);
  for (int i = 0; i < edit->vertices.rows; i++)
    for (int axis = 0; axis < AXES; axis++) frame->vertices[AXES * vertex[i] + axis] += edit->moved[AXES * i + axis];
}

const Kind edit_kind = {"edit", sizeof(Edit), prepare_edit, run_edit};

/* Sway: tissue that gives way to an acceleration. */

typedef struct {
  Array vertices, compliance;
  int in_a_row; /* Whether each of the vertices follows the one before. */
} Sway;

static void prepare_sway(void *state, Making *making) {
  Sway *sway = state;
  sway->vertices = need(making, "vertices", "I32");
  sway->compliance = need(making, "compliance", "F32");
  if (*making->problem) return;
  const int32_t *vertex = sway->vertices.values;
  sway->in_a_row = sway->vertices.rows > 0;
  for (int i = 1; i < sway->vertices.rows; i++) sway->in_a_row &= vertex[i] == vertex[i - 1] + 1;
}

static void run_sway(void *state, Frame *frame) {
  const Sway *sway = state;
  const int32_t *vertex = sway->vertices.values;
  int columns = sway->compliance.columns;
  const float *x = sway->compliance.values, *y = x + columns, *z = y + columns;
  if (!frame->sway) return;
  float way[AXES];
  for (int axis = 0; axis < AXES; axis++) way[axis] = (float)frame->sway[axis];
  if (sway->in_a_row) {
    add_times_rows(AXES, columns, way, x, frame->vertices + AXES * vertex[0]);
    return;
  }
  for (int i = 0; i < columns; i++)
    frame->vertices[AXES * vertex[i / AXES] + i % AXES] += way[0] * x[i] + way[1] * y[i] + way[2] * z[i];
}

const Kind sway_kind = {"sway", sizeof(Sway), prepare_sway, run_sway};

/* Eyes: eyeballs turned about their centres, by pitch about x and then by yaw about y. */

typedef struct {
  Array vertices;
  const double *centres;
  const float *neutral_vertices;
} Eyes;

static void prepare_eyes(void *state, Making *making) {
  Eyes *eyes = state;
  eyes->vertices = need(making, "vertices", "I32");
  eyes->centres = need(making, "centres", "F64").values;
  eyes->neutral_vertices = need_of(making, "decoder", "neutral_vertices", "F32").values;
}

static void run_eyes(void *state, Frame *frame) {
  const Eyes *eyes = state;
  for (int eye = 0; eye < EYES; eye++) {
    const int32_t *vertex = (const int32_t *)eyes->vertices.values + eye * eyes->vertices.columns;
    const double *centre = eyes->centres + 3 * eye, *gaze = frame->gaze + 2 * eye;
    double cy = cos(gaze[0]), sy = sin(gaze[0]), cp = cos(gaze[1]), sp = sin(gaze[1]);
    for (int i = 0; i < eyes->vertices.columns; i++) {
      const float *from = eyes->neutral_vertices + 3 * vertex[i];
      float *to = frame->vertices + 3 * vertex[i];
      double x = from[0] - centre[0], y = from[1] - centre[1], z = from[2] - centre[2];
      double forward = sp * y + cp * z;
      to[0] = (float)(cy * x + sy * forward + centre[0]);
      to[1] = (float)(cp * y - sp * z + centre[1]);
      to[2] = (float)(cy * forward - sy * x + centre[2]);
    }
  }
}

const Kind eyes_kind = {"eyes", sizeof(Eyes), prepare_eyes, run_eyes};
