/* The compiled frame on a 64-bit ARM core (or any other little-endian one), without a library.

       frame_program FILE FRAMES OUT [INPUTS]

   Runs the file's example FRAMES times and writes the vertices (float32) to OUT: the difference in instructions between
   two numbers of frames is what a frame costs. With INPUTS, a file of doubles with the displacements, the gaze (4) and the
   sway (3) of one frame after the other, it runs the first FRAMES of them and writes the vertices of all. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame_file.h"
#include "stage.h"

enum { STAGES_AT_MOST = 16, GAZE = 4, SWAY = 3 };

typedef struct {
  Stage *stages[STAGES_AT_MOST];
  int stage_count, coordinates, latents, vertices;
} Program;

static Program prepare(const FrameFile *file) {
  Array gain = required(file, "posterior", "gain", "F32");
  Program program = {.coordinates = gain.columns,
                     .latents = gain.rows,
                     .vertices = required(file, "decoder", "resting_vertices", "F32").rows};
  for (char *name = strtok(stage_names(file), " "); name; name = strtok(NULL, " ")) {
    char problem[PROBLEM_BYTES];
    if (program.stage_count == STAGES_AT_MOST) fail("Expected %d stages at most, got more.", STAGES_AT_MOST);
    Stage *stage = make_stage(name, &file->arrays, problem);
    if (!stage)
      fail("Expected %s in the compiled frame, got none. Write it with this version of softdeca.", problem);
    program.stages[program.stage_count++] = stage;
  }
  return program;
}

static void run(const Program *program, Frame *frame) { run_stages(program->stages, program->stage_count, frame); }

static void write_vertices(const Program *program, const Frame *frame, FILE *out) {
  size_t count = 3 * (size_t)program->vertices;
  if (fwrite(frame->vertices, sizeof(float), count, out) != count)
    fail("Expected room for the vertices, got none. Give another place.");
}

static void run_example(const Program *program, const FrameFile *file, Frame *frame, long frames) {
  frame->displacements = required(file, "example", "displacements", "F32").values;
  frame->gaze = required(file, "example", "gaze", "F64").values;
  frame->sway = required(file, "example", "sway", "F64").values;
  for (long number = 0; number < frames; number++) run(program, frame);
}

static void run_inputs(const Program *program, const char *path, Frame *frame, long frames, FILE *out) {
  int each = program->coordinates + GAZE + SWAY;
  double *input = keep(each, sizeof(double));
  float *displacements = keep(program->coordinates, sizeof(float));
  FILE *inputs = fopen(path, "rb");
  frame->displacements = displacements;
  frame->gaze = input + program->coordinates;
  frame->sway = frame->gaze + GAZE;
  for (long number = 0; number < frames; number++) {
    if (!inputs || fread(input, sizeof(double), each, inputs) != (size_t)each)
      fail("Expected %ld frames of %d doubles in '%s', got %ld. Ask for fewer.", frames, each, path, number);
    for (int i = 0; i < program->coordinates; i++) displacements[i] = (float)input[i];
    run(program, frame);
    write_vertices(program, frame, out);
  }
  fclose(inputs);
}

int main(int count, char **arguments) {
  static float looks[LOOKS];
  if (count != 4 && count != 5) fail("Expected FILE FRAMES OUT [INPUTS], got %d arguments.", count - 1);
  FrameFile file = read_frame_file(arguments[1]);
  Program program = prepare(&file);
  long frames = atol(arguments[2]);
  Frame frame = {.looks = looks,
                 .latent = keep(program.latents, sizeof(float)),
                 .vertices = keep(3 * (long)program.vertices, sizeof(float))};
  FILE *out = fopen(arguments[3], "wb");
  if (!out) fail("Expected a file for the vertices, got '%s', which cannot be opened. Give another.", arguments[3]);
  if (count == 5) {
    run_inputs(&program, arguments[4], &frame, frames, out);
  } else {
    run_example(&program, &file, &frame, frames);
    write_vertices(&program, &frame, out);
  }
  return fclose(out) ? 2 : 0;
}
