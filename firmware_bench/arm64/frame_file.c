/* A safetensors file: eight bytes with the length of a flat JSON header, the header, then the arrays. */

#include "frame_file.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "\"format\":\"softdeca-frame\""
#define VERSION "\"format_version\":\"1\""
#define STAGES "\"stages\":\""
#define TYPE "\":{\"dtype\":\""
#define SHAPE "\"shape\":["
#define OFFSETS "],\"data_offsets\":["

enum { LENGTH_BYTES = 8, ALIGNMENT = 64 };

_Noreturn void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("frame_program: ", stderr);
  vfprintf(stderr, format, arguments);
  fputs("\n", stderr);
  va_end(arguments);
  exit(2);
}

void *keep(long count, long size) {
  void *memory = calloc(count > 0 ? count : 1, size);
  if (!memory) fail("Expected %ld bytes of memory, got none. Close other programs.", count * size);
  return memory;
}

/* A copy of the text up to a quotation mark. */
static char *quoted(const char *from) {
  long length = (long)strcspn(from, "\"");
  char *copy = keep(length + 1, 1);
  memcpy(copy, from, length);
  return copy;
}

/* Reads the array whose entry begins with its type, as in F32","shape":[2,3],"data_offsets":[0,24]}. Values outside the file
   are null. */
static Array array_at(const FrameFile *file, const char *name, char *at) {
  Array array = {quoted(name), quoted(at), NULL, 0, 1};
  at = strstr(at, SHAPE);
  if (!at) return array;
  array.rows = (int)strtol(at + strlen(SHAPE), &at, 10);
  while (*at == ',') array.columns *= (int)strtol(at + 1, &at, 10);
  if (strncmp(at, OFFSETS, strlen(OFFSETS))) return array;
  long begin = strtol(at + strlen(OFFSETS), &at, 10), end = strtol(at + 1, NULL, 10);
  long each = atoi(array.type + 1) / 8;
  if (begin >= 0 && end <= file->data_bytes && end - begin == each * array.rows * array.columns)
    array.values = file->data + begin;
  return array;
}

static Arrays arrays_of(const FrameFile *file) {
  int count = 0;
  for (char *at = strstr(file->header, TYPE); at; at = strstr(at + 1, TYPE)) count++;
  Array *arrays = keep(count, sizeof *arrays);
  count = 0;
  for (char *at = strstr(file->header, TYPE); at; at = strstr(at + 1, TYPE)) {
    const char *name = at; /* The name ends where the type's entry begins. */
    while (name > file->header && name[-1] != '"') name--;
    Array array = array_at(file, name, at + strlen(TYPE));
    if (array.values) arrays[count++] = array;
  }
  return (Arrays){arrays, count};
}

FrameFile read_frame_file(const char *path) {
  FILE *opened = fopen(path, "rb");
  if (!opened) fail("Expected a compiled frame, got '%s', which cannot be opened. Give its path.", path);
  fseek(opened, 0, SEEK_END);
  long size = ftell(opened);
  rewind(opened);
  char *bytes = aligned_alloc(ALIGNMENT, (size + ALIGNMENT) / ALIGNMENT * ALIGNMENT);
  uint64_t header_bytes = 0;
  if (!bytes || size < LENGTH_BYTES || fread(bytes, 1, size, opened) != (size_t)size)
    fail("Expected a compiled frame, got '%s', which cannot be read. Write it again.", path);
  fclose(opened);
  memcpy(&header_bytes, bytes, LENGTH_BYTES);
  if (header_bytes % LENGTH_BYTES || header_bytes > (uint64_t)(size - LENGTH_BYTES))
    fail("Expected a compiled frame, got '%s', which is of another kind. Write it with softdeca.", path);
  long start = LENGTH_BYTES + (long)header_bytes;
  /* The header moves to the front, which makes room for the zero that ends it. */
  memmove(bytes, bytes + LENGTH_BYTES, header_bytes);
  bytes[header_bytes] = 0;
  if (!strstr(bytes, FORMAT) || !strstr(bytes, VERSION))
    fail("Expected a compiled frame of version 1, got '%s'. Write it with this version of softdeca.", path);
  FrameFile file = {bytes, bytes + start, size - start, {NULL, 0}};
  file.arrays = arrays_of(&file);
  return file;
}

Array required(const FrameFile *file, const char *stage, const char *name, const char *type) {
  const Array *array = find(&file->arrays, stage, name, type);
  if (!array)
    fail("Expected %s.%s (%s) in the compiled frame, got none. Write it with this version of softdeca.", stage,
         name, type);
  return *array;
}

char *stage_names(const FrameFile *file) {
  const char *names = strstr(file->header, STAGES);
  if (!names) fail("Expected the names of stages in the compiled frame, got none. Write it again.");
  return quoted(names + strlen(STAGES));
}
