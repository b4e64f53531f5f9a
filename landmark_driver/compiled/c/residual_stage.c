/* Residual: what the latent leaves of the landmarks moves the vertices around them.

       r = d - C (z - z0),   r <- r - N (T r),   v_i += sum_k gain_ik r_(near ik)

   C is the decoder's basis at the landmarks, N a small motion of the whole head and other nuisance, T its least squares. Where
   the material is the default one, C (z - z0) is how far the decoder has moved the landmarks, which takes less reading: this
   stage comes directly after the decoder. */

#include <stddef.h>
#include <stdint.h>

#include "basis.h"
#include "panels.h"
#include "products.h"
#include "stage.h"

typedef struct {
  Panels nuisance; /* Transposed. */
  Array to_nuisance, vertices, near, gain, corners, weights;
  const float *rest_latent, *resting_vertices;
  int latents, coordinates;
  float *at_landmarks; /* C, a row for each coordinate of a landmark; null for the default material. */
  float *away, *left, *shares, *explained;
} Residual;

static int all_zero(const Array *array) {
  for (long i = 0; i < (long)array->rows * array->columns; i++)
    if (((const float *)array->values)[i] != 0) return 0;
  return 1;
}

static void prepare_residual(void *state, Making *making) {
  Residual *residual = state;
  Array nuisance = need(making, "nuisance", "F32"), rest = need_of(making, "decoder", "rest_latent", "F32");
  Array map = need_of(making, "decoder", "material_map", "F32");
  residual->corners = need(making, "corners", "I32");
  residual->weights = need(making, "weights", "F32");
  residual->to_nuisance = need(making, "to_nuisance", "F32");
  residual->vertices = need(making, "vertices", "I32");
  residual->near = need(making, "near", "I32");
  residual->gain = need(making, "gain", "F32");
  residual->rest_latent = rest.values;
  residual->resting_vertices = need_of(making, "decoder", "resting_vertices", "F32").values;
  residual->latents = rest.rows;
  residual->coordinates = 3 * residual->corners.rows;
  residual->nuisance = panels_across(making, nuisance);
  residual->away = allocate(making, rest.rows, sizeof(float));
  residual->left = allocate(making, residual->coordinates + 1L, sizeof(float));
  residual->explained = allocate(making, residual->coordinates + PANEL, sizeof(float));
  residual->shares = allocate(making, nuisance.columns, sizeof(float));
  if (*making->problem || all_zero(&map)) return;
  residual->at_landmarks = allocate(making, (long)residual->coordinates * rest.rows, sizeof(float));
  if (residual->at_landmarks)
    interpolate_basis(making, residual->corners.values, residual->weights.values, residual->corners.rows,
                      residual->at_landmarks);
}

/* How far the decoder has moved the landmarks. */
static void measure_motion(const Residual *residual, const float *vertices, float *out) {
  const int32_t *corner = residual->corners.values;
  const float *weight = residual->weights.values, *resting = residual->resting_vertices;
  for (int landmark = 0; landmark < residual->corners.rows; landmark++, corner += 3, weight += 3, out += 3) {
    out[0] = out[1] = out[2] = 0;
    for (int k = 0; k < 3; k++)
      for (int axis = 0; axis < 3; axis++) {
        long at = 3L * corner[k] + axis;
        out[axis] += weight[k] * (vertices[at] - resting[at]);
      }
  }
}

static void run_residual(void *state, Frame *frame) {
  const Residual *residual = state;
  int coordinates = residual->coordinates, latents = residual->latents;
  int nuisances = residual->to_nuisance.rows, near = residual->near.columns;
  float *left = residual->left, *explained = residual->explained, *shares = residual->shares;
  if (residual->at_landmarks) {
    for (int i = 0; i < latents; i++) residual->away[i] = frame->latent[i] - residual->rest_latent[i];
    rows_times(coordinates, latents, residual->at_landmarks, residual->away, NULL, explained);
  } else {
    measure_motion(residual, frame->vertices, explained);
  }
  for (int i = 0; i < coordinates; i++) left[i] = frame->displacements[i] - explained[i];
  rows_times(nuisances, coordinates, residual->to_nuisance.values, left, NULL, shares);
  times_panels(&residual->nuisance, shares, explained);
  for (int i = 0; i < coordinates; i++) left[i] -= explained[i];
  add_from_near(residual->vertices.rows, near, residual->vertices.values, residual->near.values, residual->gain.values, left,
                frame->vertices);
}

const Kind residual_kind = {"residual", sizeof(Residual), prepare_residual, run_residual};
