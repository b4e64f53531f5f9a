/* Residual: what the latent leaves of the landmarks moves the vertices around them.

       r = d - C (z - z0),   r <- r - N (T r),   v_i += sum_k gain_ik r_(near ik)

   C is the decoder's basis at the landmarks, N a small motion of the whole head and other nuisance, T its least squares. */

#include <stddef.h>
#include <stdint.h>

#include "basis.h"
#include "products.h"
#include "stage.h"

typedef struct {
  Array nuisance, to_nuisance, vertices, near, gain;
  const float *rest_latent;
  int latents, coordinates;
  float *at_landmarks; /* C, a row for each coordinate of a landmark. */
  float *away, *left, *shares, *explained;
} Residual;

static void prepare_residual(void *state, Making *making) {
  Residual *residual = state;
  Array corners = need(making, "corners", "I32"), weights = need(making, "weights", "F32");
  Array rest = need_of(making, "decoder", "rest_latent", "F32");
  residual->nuisance = need(making, "nuisance", "F32");
  residual->to_nuisance = need(making, "to_nuisance", "F32");
  residual->vertices = need(making, "vertices", "I32");
  residual->near = need(making, "near", "I32");
  residual->gain = need(making, "gain", "F32");
  residual->rest_latent = rest.values;
  residual->latents = rest.rows;
  residual->coordinates = 3 * corners.rows;
  residual->at_landmarks = allocate(making, (long)residual->coordinates * rest.rows, sizeof(float));
  residual->away = allocate(making, rest.rows, sizeof(float));
  residual->left = allocate(making, residual->coordinates, sizeof(float));
  residual->explained = allocate(making, residual->coordinates, sizeof(float));
  residual->shares = allocate(making, residual->nuisance.columns, sizeof(float));
  if (!*making->problem) interpolate_basis(making, corners.values, weights.values, corners.rows, residual->at_landmarks);
}

static void run_residual(void *state, Frame *frame) {
  const Residual *residual = state;
  int coordinates = residual->coordinates, latents = residual->latents;
  int nuisances = residual->nuisance.columns, near = residual->near.columns;
  const int32_t *vertex = residual->vertices.values, *landmark = residual->near.values;
  const float *gain = residual->gain.values;
  float *left = residual->left;
  for (int i = 0; i < latents; i++) residual->away[i] = frame->latent[i] - residual->rest_latent[i];
  rows_times(coordinates, latents, residual->at_landmarks, residual->away, NULL, residual->explained);
  for (int i = 0; i < coordinates; i++) left[i] = frame->displacements[i] - residual->explained[i];
  rows_times(nuisances, coordinates, residual->to_nuisance.values, left, NULL, residual->shares);
  rows_times(coordinates, nuisances, residual->nuisance.values, residual->shares, NULL, residual->explained);
  for (int i = 0; i < coordinates; i++) left[i] -= residual->explained[i];
  for (int i = 0; i < residual->vertices.rows; i++) {
    float x = 0, y = 0, z = 0;
    for (int k = 0; k < near; k++, landmark++, gain += 3) {
      const float *of = left + 3 * *landmark;
      x += gain[0] * of[0];
      y += gain[1] * of[1];
      z += gain[2] * of[2];
    }
    float *to = frame->vertices + 3 * vertex[i];
    to[0] += x;
    to[1] += y;
    to[2] += z;
  }
}

const Kind residual_kind = {"residual", sizeof(Residual), prepare_residual, run_residual};
