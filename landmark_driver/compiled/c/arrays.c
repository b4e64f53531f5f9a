#include "arrays.h"

#include <stddef.h>
#include <string.h>

const Array *find(const Arrays *arrays, const char *stage, const char *name, const char *type) {
  size_t length = strlen(stage);
  for (int i = 0; i < arrays->count; i++) {
    const Array *array = &arrays->arrays[i];
    if (!strncmp(array->name, stage, length) && array->name[length] == '.' &&
        !strcmp(array->name + length + 1, name) && !strcmp(array->type, type))
      return array;
  }
  return NULL;
}
