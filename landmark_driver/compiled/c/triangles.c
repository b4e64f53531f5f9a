/* In double and in the order of landmark_driver/head/lip_separation.py, since the last bit decides which triangles cross.
   Compile it without contraction of expressions (-ffp-contract=off). */

#include "triangles.h"

#include <math.h>

static void minus(const double *a, const double *b, double *out) {
  for (int axis = 0; axis < 3; axis++) out[axis] = a[axis] - b[axis];
}

/* Six times the signed volume of a tetrahedron. */
static double volume(const double *a, const double *b, const double *c, const double *d) {
  double u[3], v[3], w[3];
  minus(b, a, u);
  minus(c, a, v);
  minus(d, a, w);
  return u[0] * (v[1] * w[2] - v[2] * w[1]) + u[1] * (v[2] * w[0] - v[0] * w[2]) + u[2] * (v[0] * w[1] - v[1] * w[0]);
}

Triangle triangle_of(const double *a, const double *b, const double *c) {
  double p[3], q[3];
  minus(b, a, p);
  minus(c, a, q);
  return (Triangle){{a, b, c}, {p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]}};
}

/* Whether the corners of one are on both sides of the other's plane. */
static int reaches_across(const Triangle *one, const Triangle *plane) {
  const double *origin = plane->corners[0], *normal = plane->normal;
  int over[3];
  for (int i = 0; i < 3; i++) {
    double away[3];
    minus(one->corners[i], origin, away);
    over[i] = away[0] * normal[0] + away[1] * normal[1] + away[2] * normal[2] > 0;
  }
  return over[0] != over[1] || over[1] != over[2];
}

/* Whether an edge of one passes through the other. */
static int pierces(const Triangle *one, const Triangle *other) {
  const double *a = other->corners[0], *b = other->corners[1], *c = other->corners[2];
  for (int i = 0; i < 3; i++) {
    const double *start = one->corners[i], *end = one->corners[(i + 1) % 3];
    if ((volume(start, a, b, c) > 0) == (volume(end, a, b, c) > 0)) continue;
    int side = volume(start, end, a, b) > 0;
    if (side == (volume(start, end, b, c) > 0) && side == (volume(start, end, c, a) > 0)) return 1;
  }
  return 0;
}

int intersect(const Triangle *first, const Triangle *second) {
  return reaches_across(first, second) && reaches_across(second, first) &&
         (pierces(first, second) || pierces(second, first));
}

/* Of vectors seen from above. */
static double cross(const double *a, const double *b) { return a[0] * b[2] - a[2] * b[0]; }

static double turn(const double *a, const double *b, const double *c) {
  double along[3], apart[3];
  minus(b, a, along);
  minus(c, a, apart);
  return cross(along, apart);
}

/* Height of a point over a triangle's plane, not-a-number where it is not above or below it. */
static double height_over(const Triangle *triangle, const double *point) {
  const double *a = triangle->corners[0], *b = triangle->corners[1], *c = triangle->corners[2];
  double whole = turn(a, b, c);
  double at_a = turn(point, b, c) / whole, at_b = turn(a, point, c) / whole, at_c = turn(a, b, point) / whole;
  double height = point[1] - (at_a * a[1] + at_b * b[1] + at_c * c[1]);
  return at_a >= 0 && at_b >= 0 && at_c >= 0 && isfinite(height) ? height : NAN;
}

/* Height of the edge p r over the edge q s where they cross, seen from above, else not-a-number. */
static double edge_height(const double *p, const double *p_end, const double *q, const double *q_end) {
  double r[3], s[3], apart[3];
  minus(p_end, p, r);
  minus(q_end, q, s);
  minus(q, p, apart);
  double across = cross(r, s), t = cross(apart, s) / across, u = cross(apart, r) / across;
  double height = p[1] + t * r[1] - q[1] - u * s[1];
  return t >= 0 && t <= 1 && u >= 0 && u <= 1 && isfinite(height) ? height : NAN;
}

/* The lesser of two; the first where the other is not a number. */
static double lesser(double one, double other) { return other < one ? other : one; }

double vertical_overlap(const Triangle *above, const Triangle *below) {
  double least = 0;
  for (int i = 0; i < 3; i++) {
    least = lesser(least, height_over(below, above->corners[i]));
    least = lesser(least, -height_over(above, below->corners[i]));
    for (int j = 0; j < 3; j++)
      least = lesser(least, edge_height(above->corners[i], above->corners[(i + 1) % 3], below->corners[j],
                                      below->corners[(j + 1) % 3]));
  }
  return -least;
}
