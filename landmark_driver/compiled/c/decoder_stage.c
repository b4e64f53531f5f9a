/* Decoder: v = r + (I + M)(z - z0) D, with half of the basis where the head has two halves
   (landmark_driver/network/latent_decoder.py), else with the whole of it. */

#include <stdint.h>
#include <string.h>

#include "basis.h"
#include "panels.h"
#include "products.h"
#include "stage.h"

/* Far less than floats of vertices can tell: what is left of zeros of the head's own shapes where two sides were averaged. */
static const float NEGLIGIBLE_M = 1e-12f;

/* left = E s + O t, right = mirrored (E s - O t) + C a. Columns are x, then y, then z of the left half, then y and z of the
   middle for E and its x for O. */
typedef struct {
  Panels even, odd;
  Array pairs, alike, opposite, correction, to_correction;
  int left, middle, first;
  int *vertex_at;  /* Of each place: left, right, middle. */
  float *s, *t, *even_moved, *odd_moved, *shares, *more;
} Halves;

/* A row for each latent, and the vertices that the columns belong to. */
typedef struct {
  float *basis, *moved;
  Array vertices;
} Whole;

typedef struct {
  Array rest_latent, resting_vertices;
  const float *material_map; /* Null for the default material. */
  float *difference, *away;
  int has_halves;
  Halves halves;
  Whole whole;
} Decoder;

static void prepare_halves(Halves *halves, Making *making) {
  Array order = need(making, "order", "I32"), sizes = need(making, "sizes", "I32");
  Array even = need(making, "even", "F32"), odd = need(making, "odd", "F32");
  halves->even = panels_of(making, even, NEGLIGIBLE_M);
  halves->odd = panels_of(making, odd, NEGLIGIBLE_M);
  halves->pairs = need(making, "pairs", "I32");
  halves->alike = need(making, "alike", "I32");
  halves->opposite = need(making, "opposite", "I32");
  halves->correction = need(making, "correction", "F32");
  halves->to_correction = need(making, "to_correction", "F32");
  halves->vertex_at = allocate(making, order.rows, sizeof(int));
  halves->s = allocate(making, even.rows, sizeof(float));
  halves->t = allocate(making, odd.rows, sizeof(float));
  halves->even_moved = allocate(making, PANEL * halves->even.count, sizeof(float));
  halves->odd_moved = allocate(making, PANEL * halves->odd.count, sizeof(float));
  halves->shares = allocate(making, halves->correction.rows, sizeof(float));
  halves->more = allocate(making, halves->correction.columns, sizeof(float));
  if (*making->problem) return;
  halves->left = ((const int32_t *)sizes.values)[0];
  halves->middle = ((const int32_t *)sizes.values)[1];
  halves->first = ((const int32_t *)sizes.values)[2];
  for (int vertex = 0; vertex < order.rows; vertex++)
    halves->vertex_at[((const int32_t *)order.values)[vertex]] = vertex;
}

static void prepare_whole(Whole *whole, Making *making) {
  whole->vertices = need(making, "vertices", "I32");
  whole->basis = whole_basis(making);
  whole->moved = allocate(making, 3L * whole->vertices.rows, sizeof(float));
}

static void prepare_decoder(void *state, Making *making) {
  Decoder *decoder = state;
  Array map = need(making, "material_map", "F32");
  decoder->rest_latent = need(making, "rest_latent", "F32");
  decoder->resting_vertices = need(making, "resting_vertices", "F32");
  decoder->difference = allocate(making, decoder->rest_latent.rows, sizeof(float));
  decoder->away = allocate(making, decoder->rest_latent.rows, sizeof(float));
  for (long i = 0; i < (long)map.rows * map.columns; i++)
    if (((const float *)map.values)[i] != 0) decoder->material_map = map.values;
  decoder->has_halves = find_own(making, "even", "F32") != NULL;
  if (decoder->has_halves)
    prepare_halves(&decoder->halves, making);
  else
    prepare_whole(&decoder->whole, making);
}

/* s are latents of shapes alike on both sides and sums of pairs, t latents of opposite shapes and differences of pairs. */
static void split_latent(const Halves *halves, const float *latent) {
  const int32_t *pair = halves->pairs.values, *alike = halves->alike.values, *opposite = halves->opposite.values;
  float *s = halves->s, *t = halves->t;
  for (int i = 0; i < halves->alike.rows; i++) *s++ = latent[alike[i]];
  for (int i = 0; i < halves->opposite.rows; i++) *t++ = latent[opposite[i]];
  for (int i = 0; i < halves->pairs.rows; i++, pair += 2) {
    *s++ = latent[pair[0]] + latent[pair[1]];
    *t++ = latent[pair[0]] - latent[pair[1]];
  }
}

static void put_together(const Halves *halves, const float *resting, float *vertices) {
  int left = halves->left, middle = halves->middle;
  const int *left_at = halves->vertex_at, *right_at = left_at + left, *middle_at = right_at + left;
  const float *even = halves->even_moved, *odd = halves->odd_moved;
  for (int k = 0; k < left; k++) {
    float x = even[k], y = even[left + k], z = even[2 * left + k];
    float odd_x = odd[k], odd_y = odd[left + k], odd_z = odd[2 * left + k];
    const float *one = resting + 3 * left_at[k], *other = resting + 3 * right_at[k];
    float *to = vertices + 3 * left_at[k], *across = vertices + 3 * right_at[k];
    to[0] = one[0] + (x + odd_x);
    to[1] = one[1] + (y + odd_y);
    to[2] = one[2] + (z + odd_z);
    across[0] = other[0] + (odd_x - x);
    across[1] = other[1] + (y - odd_y);
    across[2] = other[2] + (z - odd_z);
  }
  for (int k = 0; k < middle; k++) {
    const float *from = resting + 3 * middle_at[k];
    float *to = vertices + 3 * middle_at[k];
    to[0] = from[0] + odd[3 * left + k];
    to[1] = from[1] + even[3 * left + k];
    to[2] = from[2] + even[3 * left + middle + k];
  }
}

/* What the halves of the head's own shapes have not in common. */
static void correct(const Halves *halves, const float *latent, float *vertices) {
  int count = halves->correction.columns / 3, rows = halves->correction.rows;
  const int *vertex = halves->vertex_at + halves->first;
  const float *more = halves->more;
  memset(halves->shares, 0, rows * sizeof(float));
  memset(halves->more, 0, 3 * count * sizeof(float));
  add_times_rows(halves->to_correction.rows, rows, latent, halves->to_correction.values, halves->shares);
  add_times_rows(rows, 3 * count, halves->shares, halves->correction.values, halves->more);
  for (int k = 0; k < count; k++)
    for (int axis = 0; axis < 3; axis++) vertices[3 * vertex[k] + axis] += more[axis * count + k];
}

static void decode_halves(const Halves *halves, const float *latent, const float *resting, float *vertices) {
  split_latent(halves, latent);
  times_panels(&halves->even, halves->s, halves->even_moved);
  times_panels(&halves->odd, halves->t, halves->odd_moved);
  put_together(halves, resting, vertices);
  if (halves->correction.rows && halves->correction.columns) correct(halves, latent, vertices);
}

static void decode_whole(const Whole *whole, int latents, const float *latent, float *vertices) {
  int coordinates = 3 * whole->vertices.rows;
  const int32_t *vertex = whole->vertices.values;
  memset(whole->moved, 0, coordinates * sizeof(float));
  add_times_rows(latents, coordinates, latent, whole->basis, whole->moved);
  for (int i = 0; i < coordinates; i++) vertices[3 * vertex[i / 3] + i % 3] += whole->moved[i];
}

static void run_decoder(void *state, Frame *frame) {
  const Decoder *decoder = state;
  int latents = decoder->rest_latent.rows;
  const float *rest = decoder->rest_latent.values, *resting = decoder->resting_vertices.values;
  for (int i = 0; i < latents; i++) decoder->difference[i] = frame->latent[i] - rest[i];
  const float *away = decoder->difference;
  if (decoder->material_map) {
    rows_times(latents, latents, decoder->material_map, decoder->difference, decoder->difference, decoder->away);
    away = decoder->away;
  }
  memcpy(frame->vertices, resting, 3 * sizeof(float) * decoder->resting_vertices.rows);
  if (decoder->has_halves)
    decode_halves(&decoder->halves, away, resting, frame->vertices);
  else
    decode_whole(&decoder->whole, latents, away, frame->vertices);
}

const Kind decoder_kind = {"decoder", sizeof(Decoder), prepare_decoder, run_decoder};
