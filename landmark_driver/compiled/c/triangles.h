/* Two triangles: whether they cross, and by how much one must rise to be nowhere below the other. */

#ifndef TRIANGLES_H
#define TRIANGLES_H

typedef struct {
  const double *corners[3];
  double normal[3]; /* Twice the area long. */
} Triangle;

Triangle triangle_of(const double *a, const double *b, const double *c);

/* Whether an edge of one passes through the other. */
int intersect(const Triangle *first, const Triangle *second);

/* Metres, at least 0; y is up. */
double vertical_overlap(const Triangle *above, const Triangle *below);

#endif
