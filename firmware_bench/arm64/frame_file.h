/* The file of a compiled frame, in which arrays are found by name (landmark_driver/network/frame_file.py). */

#ifndef FRAME_FILE_H
#define FRAME_FILE_H

typedef struct {
  const void *values;
  int rows, columns; /* The first dimension, and all others together. */
} Array;

typedef struct {
  const char *header, *data;
  long data_bytes;
} FrameFile;

/* Prints a sentence as printf does and ends the program. */
_Noreturn void fail(const char *format, ...);

/* Memory that is kept until the program ends. */
void *allocate(long count, long size);

FrameFile read_frame_file(const char *path);

/* The array STAGE.NAME of a type, which is F64, F32, F16 or I32. */
Array find(const FrameFile *file, const char *stage, const char *name, const char *type);

/* The same, whose values are null where the file has no such array. */
Array find_if_any(const FrameFile *file, const char *stage, const char *name, const char *type);

/* The stages in order, with spaces between them. */
char *stage_names(const FrameFile *file);

#endif
