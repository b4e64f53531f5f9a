/* The stages that are products of matrices, and the eyeballs: looks, posterior, corrector, decoder, sway, eyes
   (landmark_driver/network/latent_stages.py). */

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "products.h"
#include "stage.h"

enum { LAYERS_AT_MOST = 8, WIDTH_AT_MOST = 1024, ANGLES = 4, EYES = 2 };

/* Looks: the gaze as latents of the eyeLook shapes. */

static double angle_of_one[LOOKS]; /* Radians that a shape turns its eye by. */

static void prepare_looks(const FrameFile *file) {
  const double *turns = find(file, "looks", "gaze_turns", "F64").values;
  for (int look = 0; look < LOOKS; look++) {
    const double *t = turns + 3 * (EYES * EYE_LOOKS[look] + look / 4);
    angle_of_one[look] = sqrt(t[0] * t[0] + t[1] * t[1] + t[2] * t[2]);
  }
}

static void run_looks(Frame *frame) {
  static const int positive[ANGLES] = {2, 0, 5, 4}, negative[ANGLES] = {1, 3, 6, 7};
  memset(frame->looks, 0, sizeof frame->looks);
  for (int number = 0; number < ANGLES; number++) {
    double angle = frame->gaze[number];
    int look = (angle >= 0 ? positive : negative)[number];
    frame->looks[look] = (float)(fmin(fabs(angle) / angle_of_one[look], 1) / WEIGHT_UNIT);
  }
}

const Stage looks_stage = {"looks", prepare_looks, run_looks};

/* Posterior: z = G (d - L l) + g, whose eyeLook entries are l. */

static struct {
  Array gain, offset, looks;
  float *seen; /* What the looks do not explain of the landmarks. */
} posterior;

static void prepare_posterior(const FrameFile *file) {
  posterior.gain = find(file, "posterior", "gain", "F32");
  posterior.offset = find(file, "posterior", "offset", "F32");
  posterior.looks = find_if_any(file, "posterior", "looks", "F32");
  posterior.seen = allocate(posterior.gain.columns, sizeof(float));
  if (posterior.gain.rows > LATENTS_AT_MOST)
    fail("Expected %d latents at most, got %d. Raise the limit.", LATENTS_AT_MOST, posterior.gain.rows);
}

static void run_posterior(Frame *frame) {
  int coordinates = posterior.gain.columns;
  const float *looks = posterior.looks.values;
  for (int i = 0; i < coordinates; i++) {
    float explained = 0;
    for (int look = 0; looks && look < LOOKS; look++) explained += looks[LOOKS * i + look] * frame->looks[look];
    posterior.seen[i] = frame->displacements[i] - explained;
  }
  rows_times(posterior.gain.rows, coordinates, posterior.gain.values, posterior.seen, posterior.offset.values,
             frame->latent);
  for (int look = 0; looks && look < LOOKS; look++) frame->latent[EYE_LOOKS[look]] = frame->looks[look];
}

const Stage posterior_stage = {"posterior", prepare_posterior, run_posterior};

/* Corrector: hidden layers with a SiLU after each, whose answer is added to the latent. */

static struct {
  int hidden;
  Array weight[LAYERS_AT_MOST + 1], bias[LAYERS_AT_MOST + 1]; /* The last one gives the answer. */
} corrector;

static void prepare_corrector(const FrameFile *file) {
  char name[32];
  corrector.hidden = 0;
  for (int layer = 0; layer < LAYERS_AT_MOST; layer++) {
    snprintf(name, sizeof name, "%d.weight", layer);
    corrector.weight[layer] = find_if_any(file, "corrector", name, "F32");
    if (!corrector.weight[layer].values) break;
    if (corrector.weight[layer].rows > WIDTH_AT_MOST)
      fail("Expected layers of %d at most, got %d. Raise the limit.", WIDTH_AT_MOST, corrector.weight[layer].rows);
    snprintf(name, sizeof name, "%d.bias", layer);
    corrector.bias[layer] = find(file, "corrector", name, "F32");
    corrector.hidden++;
  }
  corrector.weight[corrector.hidden] = find(file, "corrector", "out.weight", "F32");
  corrector.bias[corrector.hidden] = find(file, "corrector", "out.bias", "F32");
}

static void run_corrector(Frame *frame) {
  static float values[2][WIDTH_AT_MOST];
  const float *h = frame->latent;
  for (int layer = 0; layer <= corrector.hidden; layer++) {
    Array weight = corrector.weight[layer];
    float *next = values[layer % 2];
    rows_times(weight.rows, weight.columns, weight.values, h, corrector.bias[layer].values, next);
    for (int i = 0; layer < corrector.hidden && i < weight.rows; i++) next[i] /= 1 + expf(-next[i]);
    h = next;
  }
  for (int i = 0; i < corrector.weight[corrector.hidden].rows; i++) frame->latent[i] += h[i];
}

const Stage corrector_stage = {"corrector", prepare_corrector, run_corrector};

/* Decoder: v = r + (I + M)(z - z0) D. */

static struct {
  Array rest_latent, resting_vertices, vertices;
  const float *material_map; /* Null for the default material. */
  float *basis, *moved;
} decoder;

static float from_half(uint16_t half) {
  int exponent = half >> 10 & 31, fraction = half & 1023;
  float size = exponent ? ldexpf((float)(fraction + 1024), exponent - 25) : ldexpf((float)fraction, -24);
  return half >> 15 ? -size : size;
}

static void prepare_decoder(const FrameFile *file) {
  Array own = find(file, "decoder", "own", "F32"), shared = find(file, "decoder", "shared", "F16");
  Array map = find(file, "decoder", "material_map", "F32");
  float scale = *(const float *)find(file, "decoder", "scale", "F32").values;
  long owned = (long)own.rows * own.columns, sharing = (long)shared.rows * shared.columns;
  decoder.rest_latent = find(file, "decoder", "rest_latent", "F32");
  decoder.resting_vertices = find(file, "decoder", "resting_vertices", "F32");
  decoder.vertices = find(file, "decoder", "vertices", "I32");
  decoder.basis = allocate(owned + sharing, sizeof(float));
  decoder.moved = allocate(own.columns, sizeof(float));
  memcpy(decoder.basis, own.values, owned * sizeof(float));
  for (long i = 0; i < sharing; i++)
    decoder.basis[owned + i] = scale * from_half(((const uint16_t *)shared.values)[i]);
  decoder.material_map = NULL;
  for (long i = 0; i < (long)map.rows * map.columns; i++)
    if (((const float *)map.values)[i] != 0) decoder.material_map = map.values;
}

static void run_decoder(Frame *frame) {
  static float difference[LATENTS_AT_MOST], away[LATENTS_AT_MOST];
  int latents = decoder.rest_latent.rows, coordinates = 3 * decoder.vertices.rows;
  const float *rest = decoder.rest_latent.values, *resting = decoder.resting_vertices.values;
  const int32_t *vertices = decoder.vertices.values;
  for (int i = 0; i < latents; i++) away[i] = difference[i] = frame->latent[i] - rest[i];
  if (decoder.material_map) rows_times(latents, latents, decoder.material_map, difference, difference, away);
  memset(decoder.moved, 0, coordinates * sizeof(float));
  add_times_rows(latents, coordinates, away, decoder.basis, decoder.moved);
  memcpy(frame->vertices, resting, 3 * sizeof(float) * decoder.resting_vertices.rows);
  for (int i = 0; i < coordinates; i++) frame->vertices[3 * vertices[i / 3] + i % 3] += decoder.moved[i];
}

const Stage decoder_stage = {"decoder", prepare_decoder, run_decoder};

/* Sway: tissue that gives way to an acceleration. */

static Array swaying, compliance;

static void prepare_sway(const FrameFile *file) {
  swaying = find(file, "sway", "vertices", "I32");
  compliance = find(file, "sway", "compliance", "F32");
}

static void run_sway(Frame *frame) {
  const int32_t *vertices = swaying.values;
  const float *x = compliance.values, *y = x + compliance.columns, *z = y + compliance.columns;
  float a = (float)frame->sway[0], b = (float)frame->sway[1], c = (float)frame->sway[2];
  for (int i = 0; i < compliance.columns; i++)
    frame->vertices[3 * vertices[i / 3] + i % 3] += a * x[i] + b * y[i] + c * z[i];
}

const Stage sway_stage = {"sway", prepare_sway, run_sway};

/* Eyes: eyeballs turned about their centres, by pitch about x and then by yaw about y. */

static Array eyeballs, centres, neutral_vertices;

static void prepare_eyes(const FrameFile *file) {
  eyeballs = find(file, "eyes", "vertices", "I32");
  centres = find(file, "eyes", "centres", "F64");
  neutral_vertices = find(file, "decoder", "neutral_vertices", "F32");
}

static void run_eyes(Frame *frame) {
  const float *neutral = neutral_vertices.values;
  for (int eye = 0; eye < EYES; eye++) {
    const int32_t *vertices = (const int32_t *)eyeballs.values + eye * eyeballs.columns;
    const double *centre = (const double *)centres.values + 3 * eye, *gaze = frame->gaze + 2 * eye;
    double cy = cos(gaze[0]), sy = sin(gaze[0]), cp = cos(gaze[1]), sp = sin(gaze[1]);
    for (int i = 0; i < eyeballs.columns; i++) {
      const float *from = neutral + 3 * vertices[i];
      float *to = frame->vertices + 3 * vertices[i];
      double x = from[0] - centre[0], y = from[1] - centre[1], z = from[2] - centre[2];
      double forward = sp * y + cp * z;
      to[0] = (float)(cy * x + sy * forward + centre[0]);
      to[1] = (float)(cp * y - sp * z + centre[1]);
      to[2] = (float)(cy * forward - sy * x + centre[2]);
    }
  }
}

const Stage eyes_stage = {"eyes", prepare_eyes, run_eyes};
