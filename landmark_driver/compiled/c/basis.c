#include "basis.h"

#include <math.h>
#include <stdint.h>

static float from_half(uint16_t half) {
  int exponent = half >> 10 & 31, fraction = half & 1023;
  float size = exponent ? ldexpf((float)(fraction + 1024), exponent - 25) : ldexpf((float)fraction, -24);
  return half >> 15 ? -size : size;
}

/* The displacement of a coordinate for a latent of one. */
static float entry(const Array *own, const Array *shared, float scale, int latent, long coordinate) {
  if (latent < own->rows) return ((const float *)own->values)[(long)latent * own->columns + coordinate];
  long at = (long)(latent - own->rows) * shared->columns + coordinate;
  return scale * from_half(((const uint16_t *)shared->values)[at]);
}

typedef struct {
  Array own, shared, scale;
} Parts;

static Parts parts_of(Making *making) {
  return (Parts){need_of(making, "decoder", "own", "F32"), need_of(making, "decoder", "shared", "F16"),
                 need_of(making, "decoder", "scale", "F32")};
}

float *whole_basis(Making *making) {
  Parts parts = parts_of(making);
  int latents = parts.own.rows + parts.shared.rows, coordinates = parts.own.columns;
  float *basis = allocate(making, (long)latents * coordinates, sizeof(float));
  for (int latent = 0; !*making->problem && latent < latents; latent++)
    for (int i = 0; i < coordinates; i++)
      basis[(long)latent * coordinates + i] =
          entry(&parts.own, &parts.shared, *(const float *)parts.scale.values, latent, i);
  return basis;
}

void interpolate_basis(Making *making, const int *corners, const float *weights, int landmarks, float *out) {
  Parts parts = parts_of(making);
  Array vertices = need_of(making, "decoder", "vertices", "I32");
  Array all = need_of(making, "decoder", "neutral_vertices", "F32");
  int latents = parts.own.rows + parts.shared.rows;
  int *place = allocate(making, all.rows, sizeof(int)); /* Of a vertex among those that move, counted from one. */
  if (*making->problem) return;
  for (int i = 0; i < vertices.rows; i++) place[((const int32_t *)vertices.values)[i]] = i + 1;
  for (int landmark = 0; landmark < landmarks; landmark++)
    for (int axis = 0; axis < 3; axis++, out += latents)
      for (int corner = 0; corner < 3; corner++) {
        int at = place[corners[3 * landmark + corner]] - 1;
        float weight = weights[3 * landmark + corner];
        for (int latent = 0; at >= 0 && latent < latents; latent++)
          out[latent] += weight * entry(&parts.own, &parts.shared, *(const float *)parts.scale.values, latent, 3L * at + axis);
      }
}
