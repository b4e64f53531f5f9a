/* Stages by their names, and the memory that each of them owns. */

#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Block {
  struct Block *next;
  double values[];
} Block;

struct Stage {
  const Kind *kind;
  void *state;
  Block *blocks;
};

static const Kind *const KINDS[] = {&looks_kind,    &posterior_kind, &corrector_kind, &bounds_kind, &forward_kind,
                                    &decoder_kind,  &residual_kind,  &edit_kind,      &sway_kind,   &arches_kind,
                                    &seal_kind,     &lips_kind,      &eyes_kind};

static void note(Making *making, const char *problem) {
  if (!*making->problem) snprintf(making->problem, PROBLEM_BYTES, "%s", problem);
}

void expect(Making *making, int is, const char *problem) {
  if (!is) note(making, problem);
}

const Array *find_own(const Making *making, const char *name, const char *type) {
  return find(making->arrays, making->name, name, type);
}

Array need_of(Making *making, const char *stage, const char *name, const char *type) {
  const Array *found = find(making->arrays, stage, name, type);
  char problem[PROBLEM_BYTES];
  if (found) return *found;
  snprintf(problem, sizeof problem, "%s.%s (%s)", stage, name, type);
  note(making, problem);
  return (Array){name, type, NULL, 0, 0};
}

Array need(Making *making, const char *name, const char *type) { return need_of(making, making->name, name, type); }

void *allocate(Making *making, long count, long size) {
  Block *block = calloc(1, sizeof *block + (size_t)(count > 0 ? count : 1) * (size_t)size);
  if (!block) {
    note(making, "more memory");
    return NULL;
  }
  block->next = making->stage->blocks;
  making->stage->blocks = block;
  return block->values;
}

Stage *make_stage(const char *name, const Arrays *arrays, char *problem) {
  Stage *stage = calloc(1, sizeof *stage);
  Making making = {name, arrays, stage, problem};
  *problem = 0;
  if (!stage) {
    note(&making, "more memory");
    return NULL;
  }
  for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
    if (!strcmp(KINDS[i]->name, name)) stage->kind = KINDS[i];
  expect(&making, stage->kind != NULL, "a stage from looks to eyes");
  if (stage->kind) stage->state = allocate(&making, 1, stage->kind->state_bytes);
  if (stage->state) stage->kind->prepare(stage->state, &making);
  if (!*problem) return stage;
  free_stage(stage);
  return NULL;
}

void run_stage(Stage *stage, Frame *frame) { stage->kind->run(stage->state, frame); }

void run_stages(Stage *const *stages, int count, Frame *frame) {
  for (int i = 0; i < count; i++) run_stage(stages[i], frame);
}

void free_stage(Stage *stage) {
  while (stage->blocks) {
    Block *block = stage->blocks;
    stage->blocks = block->next;
    free(block);
  }
  free(stage);
}

/* Of the sources that this library was built of. */
#ifdef SOURCES_CHECKSUM
EXPORT const char *sources_checksum = SOURCES_CHECKSUM;
#else
EXPORT const char *sources_checksum = "";
#endif
