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

void *allocate(long count, long size) {
  void *memory = calloc(count > 0 ? count : 1, size);
  if (!memory) fail("Expected %ld bytes of memory, got none. Close other programs.", count * size);
  return memory;
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
  return (FrameFile){bytes, bytes + start, size - start};
}

Array find_if_any(const FrameFile *file, const char *stage, const char *name, const char *type) {
  char key[128];
  Array array = {NULL, 0, 1};
  snprintf(key, sizeof key, "\"%s.%s\":{\"dtype\":\"%s\",\"shape\":[", stage, name, type);
  char *at = strstr(file->header, key);
  if (!at) return array;
  array.rows = (int)strtol(at + strlen(key), &at, 10);
  while (*at == ',') array.columns *= (int)strtol(at + 1, &at, 10);
  if (strncmp(at, OFFSETS, strlen(OFFSETS))) return array;
  long begin = strtol(at + strlen(OFFSETS), &at, 10), end = strtol(at + 1, NULL, 10);
  long each = atoi(type + 1) / 8;
  if (begin >= 0 && end <= file->data_bytes && end - begin == each * array.rows * array.columns)
    array.values = file->data + begin;
  return array;
}

Array find(const FrameFile *file, const char *stage, const char *name, const char *type) {
  Array array = find_if_any(file, stage, name, type);
  if (!array.values)
    fail("Expected %s.%s (%s) in the compiled frame, got none. Write it with this version of softdeca.", stage,
         name, type);
  return array;
}

char *stage_names(const FrameFile *file) {
  const char *names = strstr(file->header, STAGES);
  if (!names) fail("Expected the names of stages in the compiled frame, got none. Write it again.");
  names += strlen(STAGES);
  long length = (long)strcspn(names, "\"");
  char *copy = allocate(length + 1, 1);
  memcpy(copy, names, length);
  return copy;
}
