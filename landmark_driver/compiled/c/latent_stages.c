/* The stages that end in a latent, besides the bounds: looks, posterior, corrector, forward
   (landmark_driver/network/latent_stages.py). */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "panels.h"
#include "products.h"
#include "stage.h"

enum { ANGLES = 4, EYES = 2, HIDDEN_AT_MOST = 8 };

/* Looks: the gaze as latents of the eyeLook shapes. */

typedef struct {
  double angle_of_one[LOOKS]; /* Radians that a shape turns its eye by. */
} LooksState;

static void prepare_looks(void *state, Making *making) {
  LooksState *looks = state;
  const double *turns = need(making, "gaze_turns", "F64").values;
  for (int look = 0; turns && look < LOOKS; look++) {
    const double *t = turns + 3 * (EYES * EYE_LOOKS[look] + look / 4);
    looks->angle_of_one[look] = sqrt(t[0] * t[0] + t[1] * t[1] + t[2] * t[2]);
  }
}

static void run_looks(void *state, Frame *frame) {
  static const int positive[ANGLES] = {2, 0, 5, 4}, negative[ANGLES] = {1, 3, 6, 7};
  const LooksState *looks = state;
  memset(frame->looks, 0, LOOKS * sizeof *frame->looks);
  for (int number = 0; number < ANGLES; number++) {
    double angle = frame->gaze[number];
    int look = (angle >= 0 ? positive : negative)[number];
    frame->looks[look] = (float)(fmin(fabs(angle) / looks->angle_of_one[look], 1) / WEIGHT_UNIT);
  }
}

const Kind looks_kind = {"looks", sizeof(LooksState), prepare_looks, run_looks};

/* Posterior: z = G (d - L l) + g, whose eyeLook entries are l. */

typedef struct {
  Panels gain, looks; /* Transposed. */
  Array offset;
  int coordinates, knows_gaze;
  float *seen, *found; /* What the looks do not explain of the landmarks, and the latent without its offset. */
} PosteriorState;

static void prepare_posterior(void *state, Making *making) {
  PosteriorState *posterior = state;
  const Array *looks = find_own(making, "looks", "F32");
  Array gain = need(making, "gain", "F32");
  posterior->gain = panels_across(making, gain);
  posterior->coordinates = gain.columns;
  posterior->offset = need(making, "offset", "F32");
  posterior->knows_gaze = looks != NULL;
  if (looks) posterior->looks = panels_across(making, *looks);
  posterior->seen = allocate(making, gain.columns + PANEL, sizeof(float));
  posterior->found = allocate(making, PANEL * posterior->gain.count, sizeof(float));
}

static void run_posterior(void *state, Frame *frame) {
  const PosteriorState *posterior = state;
  int coordinates = posterior->coordinates;
  const float *seen = frame->displacements;
  if (posterior->knows_gaze) {
    times_panels(&posterior->looks, frame->looks, posterior->seen);
    for (int i = 0; i < coordinates; i++) posterior->seen[i] = frame->displacements[i] - posterior->seen[i];
    seen = posterior->seen;
  }
  times_panels(&posterior->gain, seen, posterior->found);
  for (int i = 0; i < posterior->offset.rows; i++)
    frame->latent[i] = posterior->found[i] + ((const float *)posterior->offset.values)[i];
  for (int look = 0; posterior->knows_gaze && look < LOOKS; look++) frame->latent[EYE_LOOKS[look]] = frame->looks[look];
}

const Kind posterior_kind = {"posterior", sizeof(PosteriorState), prepare_posterior, run_posterior};

/* Layers: x -> direct x + out silu(... silu(W1 x + b1) ...) + b. */

typedef struct {
  int hidden;
  Array weight[HIDDEN_AT_MOST + 1], bias[HIDDEN_AT_MOST + 1]; /* The last one gives the answer. */
  const float *direct; /* Null for none. */
  int inputs;
  float *values[2], *answer;
} Layers;

static void prepare_layers(void *state, Making *making) {
  Layers *layers = state;
  const Array *found;
  char name[32];
  int widest = 0;
  for (int layer = 0; layer < HIDDEN_AT_MOST; layer++) {
    snprintf(name, sizeof name, "%d.weight", layer);
    if (!(found = find_own(making, name, "F32"))) break;
    layers->weight[layer] = *found;
    widest = found->rows > widest ? found->rows : widest;
    snprintf(name, sizeof name, "%d.bias", layer);
    layers->bias[layer] = need(making, name, "F32");
    layers->hidden++;
  }
  layers->weight[layers->hidden] = need(making, "out.weight", "F32");
  layers->bias[layers->hidden] = need(making, "out.bias", "F32");
  if ((found = find_own(making, "direct", "F32"))) layers->direct = found->values, layers->inputs = found->columns;
  for (int i = 0; i < 2; i++) layers->values[i] = allocate(making, widest, sizeof(float));
  layers->answer = allocate(making, 2L * layers->weight[layers->hidden].rows, sizeof(float));
}

static const float *run_layers(const Layers *layers, const float *x) {
  const float *h = x;
  for (int layer = 0; layer < layers->hidden; layer++) {
    Array weight = layers->weight[layer];
    float *next = layers->values[layer % 2];
    rows_times(weight.rows, weight.columns, weight.values, h, layers->bias[layer].values, next);
    silu(weight.rows, next);
    h = next;
  }
  Array out = layers->weight[layers->hidden];
  rows_times(out.rows, out.columns, out.values, h, layers->bias[layers->hidden].values, layers->answer);
  if (layers->direct) {
    float *direct = layers->answer + out.rows;
    rows_times(out.rows, layers->inputs, layers->direct, x, NULL, direct);
    for (int i = 0; i < out.rows; i++) layers->answer[i] += direct[i];
  }
  return layers->answer;
}

/* Corrector: layers whose answer is added to the latent. */
static void run_corrector(void *state, Frame *frame) {
  const Layers *layers = state;
  const float *answer = run_layers(layers, frame->latent);
  for (int i = 0; i < layers->weight[layers->hidden].rows; i++) frame->latent[i] += answer[i];
}

const Kind corrector_kind = {"corrector", sizeof(Layers), prepare_layers, run_corrector};

/* Forward: layers from ARKit weights to the latent. */
static void run_forward(void *state, Frame *frame) {
  const Layers *layers = state;
  memcpy(frame->latent, run_layers(layers, frame->weights), sizeof(float) * layers->weight[layers->hidden].rows);
}

const Kind forward_kind = {"forward", sizeof(Layers), prepare_layers, run_forward};
