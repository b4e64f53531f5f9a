/* One frame, and the stages that it goes through (landmark_driver/network/frame_program.py).

   A stage keeps its matrices where they are, so they have to outlive it. It owns its state and its scratch memory, so that
   many programs live in one process; one stage runs one frame at a time. */

#ifndef STAGE_H
#define STAGE_H

#include "arrays.h"
#include "export.h"

enum { SHAPES = 52, LOOKS = 8, PROBLEM_BYTES = 200 };

typedef struct {
  const float *displacements; /* Landmarks' coordinates, metres. */
  const double *gaze;         /* (left, right) x (yaw, pitch), radians. */
  const double *sway;         /* Three coordinates, m/s^2; null for none. */
  const float *weights;       /* ARKit's, in 0..1, where they drive. */
  float *looks;               /* Latents of the eyeLook shapes. */
  float *latent;
  float *vertices; /* x, y, z of each, metres, head frame. */
} Frame;

typedef struct Stage Stage;

/* Makes the stage of a name from a program's arrays. Returns null, and says in `problem` (PROBLEM_BYTES) what was expected,
   where they are not those of such a stage. */
EXPORT Stage *make_stage(const char *name, const Arrays *arrays, char *problem);

EXPORT void run_stage(Stage *stage, Frame *frame);

/* Stages in order. */
EXPORT void run_stages(Stage *const *stages, int count, Frame *frame);

EXPORT void free_stage(Stage *stage);

/* --- For the stages themselves. --- */

typedef struct {
  const char *name;
  const Arrays *arrays;
  Stage *stage;
  char *problem;
} Making;

/* The stage's own array of a name; null where there is none. */
const Array *find_own(const Making *making, const char *name, const char *type);

/* The array STAGE.NAME that the stage cannot do without: where it is missing the problem is noted, and the result is empty. */
Array need_of(Making *making, const char *stage, const char *name, const char *type);

/* The same of the stage's own arrays. */
Array need(Making *making, const char *name, const char *type);

/* Notes a problem unless this is true. */
void expect(Making *making, int is, const char *problem);

/* Zeroed memory that is freed with the stage; null, and a problem, where there is none. */
void *allocate(Making *making, long count, long size);

typedef struct {
  const char *name;
  long state_bytes;
  void (*prepare)(void *state, Making *making); /* What it prepares is not used where a problem is noted. */
  void (*run)(void *state, Frame *frame);
} Kind;

extern const Kind looks_kind, posterior_kind, corrector_kind, bounds_kind, forward_kind;
extern const Kind decoder_kind, residual_kind, edit_kind, sway_kind;
extern const Kind arches_kind, seal_kind, lips_kind, eyes_kind;

/* The eyeLook shapes among ARKit's: down, in, out, up of the left eye, then of the right one. */
static const int EYE_LOOKS[LOOKS] = {1, 2, 3, 4, 8, 9, 10, 11};

/* The ARKit weight of a latent of one. */
static const double WEIGHT_UNIT = 0.25;

#endif
