/* One frame, and the stages that it goes through (landmark_driver/network/frame_program.py). */

#ifndef STAGE_H
#define STAGE_H

#include "frame_file.h"

enum { SHAPES = 52, LOOKS = 8, LATENTS_AT_MOST = 1024 };

typedef struct {
  const float *displacements; /* Landmarks' coordinates, metres. */
  const double *gaze;         /* (left, right) x (yaw, pitch), radians. */
  const double *sway;         /* Three coordinates, m/s^2. */
  float looks[LOOKS];
  float latent[LATENTS_AT_MOST];
  float *vertices; /* x, y, z of each, metres, head frame. */
} Frame;

typedef struct {
  const char *name;
  void (*prepare)(const FrameFile *file);
  void (*run)(Frame *frame);
} Stage;

extern const Stage looks_stage, posterior_stage, corrector_stage, bounds_stage;
extern const Stage decoder_stage, sway_stage, lips_stage, eyes_stage;

/* The eyeLook shapes among ARKit's: down, in, out, up of the left eye, then of the right one. */
static const int EYE_LOOKS[LOOKS] = {1, 2, 3, 4, 8, 9, 10, 11};

/* The ARKit weight of a latent of one. */
static const double WEIGHT_UNIT = 0.25;

#endif
