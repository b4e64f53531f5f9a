/* The file of a compiled frame, in which arrays are found by name (landmark_driver/network/frame_file.py). */

#ifndef FRAME_FILE_H
#define FRAME_FILE_H

#include "arrays.h"

typedef struct {
  const char *header, *data;
  long data_bytes;
  Arrays arrays;
} FrameFile;

/* Prints a sentence as printf does and ends the program. */
_Noreturn void fail(const char *format, ...);

/* Memory that is kept until the program ends. */
void *keep(long count, long size);

FrameFile read_frame_file(const char *path);

/* The array STAGE.NAME of a type, without which the program ends. */
Array required(const FrameFile *file, const char *stage, const char *name, const char *type);

/* The stages in order, with spaces between them. */
char *stage_names(const FrameFile *file);

#endif
