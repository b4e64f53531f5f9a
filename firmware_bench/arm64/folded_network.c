/* The per-frame network on a 64-bit ARM core (or any other little-endian one), without a library.

   folded_network NETWORK FRAMES OUT
   reads the file that network_file.py writes, runs its example input FRAMES times, writes the vertices (float32) to OUT.
   The difference in instructions between two numbers of frames is what a frame costs. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS_AT_MOST = 8, WIDTH_AT_MOST = 4096 };

typedef struct {
  const float *values;
  int rows, columns;
} Array;

static void fail(const char *why) {
  fprintf(stderr, "folded_network: %s\n", why);
  exit(2);
}

/* The array called `name`: its header entry is "name": {"shape": [rows, columns], "offset": bytes}. */
static Array find(const char *header, const char *data, const char *name) {
  char key[64];
  Array array = {0, 0, 1};
  long offset = -1;
  snprintf(key, sizeof key, "\"%s\": {\"shape\": [", name);
  const char *entry = strstr(header, key);
  if (!entry) fail(name);
  entry += strlen(key);
  if (sscanf(entry, "%d, %d], \"offset\": %ld", &array.rows, &array.columns, &offset) != 3 &&
      (array.columns = 1, sscanf(entry, "%d], \"offset\": %ld", &array.rows, &offset) != 2))
    fail(name);
  array.values = (const float *)(data + offset);
  return array;
}

static void rows_times(Array matrix, const float *restrict x, const float *restrict constant, float *restrict out) {
  for (int row = 0; row < matrix.rows; row++) {
    const float *restrict weights = matrix.values + (long)row * matrix.columns;
    float sum[8] = {0};
    int i = 0;
    for (; i + 8 <= matrix.columns; i += 8)
      for (int lane = 0; lane < 8; lane++) sum[lane] += weights[i + lane] * x[i + lane];
    float total = constant[row];
    for (; i < matrix.columns; i++) total += weights[i] * x[i];
    for (int lane = 0; lane < 8; lane++) total += sum[lane];
    out[row] = total;
  }
}

static void add_times_rows(const float *restrict x, Array matrix, float *restrict out) {
  for (int row = 0; row < matrix.rows; row++) {
    const float *restrict weights = matrix.values + (long)row * matrix.columns;
    for (int i = 0; i < matrix.columns; i++) out[i] += x[row] * weights[i];
  }
}

static char *read_whole(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) fail("the network cannot be opened");
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  /* The header's line is a multiple of 16 bytes, so the arrays are aligned as the whole is. */
  char *data = aligned_alloc(64, (size + 128) / 64 * 64);
  if (!data || fread(data, 1, size, file) != (size_t)size) fail("the network cannot be read");
  data[size] = 0;
  fclose(file);
  return data;
}

int main(int count, char **arguments) {
  static float z0[WIDTH_AT_MOST], z[WIDTH_AT_MOST], first[WIDTH_AT_MOST], second[WIDTH_AT_MOST];
  if (count != 4) fail("expected NETWORK FRAMES OUT");
  char *header = read_whole(arguments[1]);
  char *data = strchr(header, '\n');
  if (!data) fail("the network has no header");
  *data++ = 0;
  Array gain = find(header, data, "gain"), offset = find(header, data, "offset");
  Array out = find(header, data, "out"), out_bias = find(header, data, "out_bias");
  Array decoder = find(header, data, "decoder"), decoder_offset = find(header, data, "decoder_offset");
  Array input = find(header, data, "input"), weights[LAYERS_AT_MOST], biases[LAYERS_AT_MOST];
  const char *layers_entry = strstr(header, "\"layers\": ");
  int layers = layers_entry ? atoi(layers_entry + 10) : 0;
  if (layers < 1 || layers > LAYERS_AT_MOST || gain.rows > WIDTH_AT_MOST) fail("the network's sizes");
  for (int layer = 0; layer < layers; layer++) {
    char name[32];
    snprintf(name, sizeof name, "weight_%d", layer);
    weights[layer] = find(header, data, name);
    snprintf(name, sizeof name, "bias_%d", layer);
    biases[layer] = find(header, data, name);
    if (weights[layer].rows > WIDTH_AT_MOST) fail("the network's sizes");
  }
  float *vertices = malloc(sizeof(float) * decoder.columns);
  for (long frame = 0; frame < atol(arguments[2]); frame++) {
    rows_times(gain, input.values, offset.values, z0);
    const float *h = z0;
    for (int layer = 0; layer < layers; layer++) {
      float *next = layer % 2 ? second : first;
      rows_times(weights[layer], h, biases[layer].values, next);
      for (int i = 0; i < weights[layer].rows; i++) next[i] /= 1 + expf(-next[i]);
      h = next;
    }
    rows_times(out, h, out_bias.values, z);
    for (int i = 0; i < out.rows; i++) z[i] += z0[i];
    memcpy(vertices, decoder_offset.values, sizeof(float) * decoder.columns);
    add_times_rows(z, decoder, vertices);
  }
  FILE *result = fopen(arguments[3], "wb");
  if (!result || fwrite(vertices, sizeof(float), decoder.columns, result) != (size_t)decoder.columns)
    fail("the vertices cannot be written");
  return fclose(result) ? 2 : 0;
}
