/* Seal: lips that are closed touch, and part by as much as the expression opens them (landmark_driver/head/lip_seal.py). */

#include <math.h>
#include <stdint.h>

#include "interpolation.h"
#include "processors.h"
#include "stage.h"

enum { SEAL_ROUNDS = 2, SLOPES = 9, BOTH = 2, UPPER = 0, LOWER = 1 };

static const double FIRST_SLOPE = -1.0, SLOPE_STEP = 0.25, APART_M = 1e-5;

typedef struct {
  Array opening, starts, columns, values, sections, give, touch, moving, share;
  const float *rest_latent;
  int *line[BOTH]; /* Of each section among those of the lower lip, and of each moving vertex among the sections. */
  double *place[BOTH], *reach[BOTH], *rise;
} Seal;

static void prepare_seal(void *state, Making *making) {
  Seal *seal = state;
  seal->opening = need(making, "opening", "F64");
  seal->starts = need(making, "starts", "I32");
  seal->columns = need(making, "columns", "I32");
  seal->values = need(making, "values", "F32");
  seal->sections = need(making, "sections", "I32");
  seal->give = need(making, "give", "F64");
  seal->touch = need(making, "touch", "F64");
  seal->moving = need(making, "moving", "I32");
  seal->share = need(making, "share", "F64");
  seal->rest_latent = need_of(making, "decoder", "rest_latent", "F32").values;
  int sections = seal->give.rows;
  seal->line[UPPER] = allocate(making, sections, sizeof(int));
  seal->line[LOWER] = allocate(making, seal->moving.rows, sizeof(int));
  seal->rise = allocate(making, sections, sizeof(double));
  for (int lip = 0; lip < BOTH; lip++) {
    seal->place[lip] = allocate(making, sections, sizeof(double));
    seal->reach[lip] = allocate(making, (long)SLOPES * sections, sizeof(double));
  }
}

static double within(double value, double least, double most) { return value < least ? least : value > most ? most : value; }

static double parting(const Seal *seal, const float *latent) {
  const double *opening = seal->opening.values;
  double sum = 0;
  for (int i = 0; i < seal->opening.rows; i++)
    sum += opening[i] * within(WEIGHT_UNIT * ((double)latent[i] - seal->rest_latent[i]), 0, 1);
  return within(sum, 0, 1);
}

/* The sections' places, and how far a lip reaches towards the other one along each slope: up for 1, down for -1. */
FOR_EVERY_PROCESSOR
static void measure_reach(Seal *seal, int lip, int sign, const float *restrict vertices) {
  int sections = seal->give.rows;
  const int32_t *first = (const int32_t *)seal->sections.values + lip * (sections + 1);
  const int32_t *starts = seal->starts.values, *columns = seal->columns.values;
  const float *values = seal->values.values;
  for (int section = 0; section < sections; section++) {
    double most[SLOPES], across = 0;
    for (int k = 0; k < SLOPES; k++) most[k] = -INFINITY;
    for (int row = first[section]; row < first[section + 1]; row++) {
      double x = 0, y = 0, z = 0;
      for (int k = starts[row]; k < starts[row + 1]; k++) {
        const float *vertex = vertices + 3 * columns[k];
        double value = values[k];
        x += value * vertex[0];
        y += value * vertex[1];
        z += value * vertex[2];
      }
      across += x;
      for (int k = 0; k < SLOPES; k++) {
        double height = sign * (y + z * (FIRST_SLOPE + k * SLOPE_STEP));
        most[k] = most[k] > height ? most[k] : height;
      }
    }
    for (int k = 0; k < SLOPES; k++) seal->reach[lip][SLOPES * section + k] = sign * most[k];
    double place = across / (first[section + 1] - first[section]);
    double least = section ? seal->place[lip][section - 1] + APART_M : place;
    seal->place[lip][section] = place > least ? place : least;
  }
}

/* The height of the widest slot of a section. */
static double gap_at(Seal *seal, int section) {
  int sections = seal->give.rows;
  const double *place = seal->place[LOWER], *low = seal->reach[UPPER] + SLOPES * section;
  double at = within(seal->place[UPPER][section], place[0], place[sections - 1]), gap = 0, along = 0;
  int j = 0;
  if (sections > 1) {
    j = seal->line[UPPER][section] = line_at(at, place, sections, seal->line[UPPER][section]);
    along = (at - place[j]) / (place[j + 1] - place[j]);
  }
  const double *right = seal->reach[LOWER] + SLOPES * j, *left = sections > 1 ? right + SLOPES : right;
  for (int k = 0; k < SLOPES; k++) {
    double slot = low[k] - (right[k] + along * (left[k] - right[k]));
    if (!k || slot > gap) gap = slot;
  }
  return gap;
}

static void run_seal(void *state, Frame *frame) {
  Seal *seal = state;
  double open = parting(seal, frame->latent);
  const double *give = seal->give.values, *touch = seal->touch.values, *share = seal->share.values;
  const int32_t *moving = seal->moving.values;
  int sections = seal->give.rows;
  for (int round = 0; round < SEAL_ROUNDS; round++) {
    measure_reach(seal, UPPER, -1, frame->vertices);
    measure_reach(seal, LOWER, 1, frame->vertices);
    for (int section = 0; section < sections; section++) {
      double gap = gap_at(seal, section), beyond = gap + touch[section];
      seal->rise[section] = (open * (beyond > 0 ? beyond : 0) - touch[section] - gap) / give[section];
    }
    for (int i = 0; i < seal->moving.rows; i++) {
      float *vertex = frame->vertices + 3 * moving[i];
      double rise = interpolate(vertex[0], seal->place[UPPER], seal->rise, sections, &seal->line[LOWER][i]);
      vertex[1] = (float)(vertex[1] + share[i] * rise);
    }
  }
}

const Kind seal_kind = {"seal", sizeof(Seal), prepare_seal, run_seal};
