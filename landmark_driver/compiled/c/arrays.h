/* Named arrays: what the stages of a frame are made of, from Python's memory or from a file. */

#ifndef ARRAYS_H
#define ARRAYS_H

typedef struct {
  const char *name, *type; /* As in "posterior.gain"; F64, F32, F16 or I32, as safetensors has it. */
  const void *values;
  int rows, columns; /* The first dimension, and all others together. */
} Array;

typedef struct {
  const Array *arrays;
  int count;
} Arrays;

/* The array STAGE.NAME of a type; null where there is none. */
const Array *find(const Arrays *arrays, const char *stage, const char *name, const char *type);

#endif
