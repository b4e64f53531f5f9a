/* One performer's neutral laid over one character's (landmark_driver/landmarks/calibration.py).

   The rotation of the similarity is the quaternion of Horn (1987): the eigenvector of the largest eigenvalue of a symmetric
   4 x 4 matrix, found by Jacobi's rotations. It is never a reflection, and that eigenvalue is what Umeyama's singular values
   add up to. */

#include <math.h>
#include <string.h>

#include "face.h"

enum { SWEEPS = 12 };

typedef struct {
  double rotation[3][3], scale, translation[3];
} Similarity;

static void rotate(double a[4][4], double vectors[4][4], int p, int q) {
  if (a[p][q] == 0) return;
  double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  double t = (theta >= 0 ? 1 : -1) / (fabs(theta) + sqrt(theta * theta + 1)), c = 1 / sqrt(t * t + 1), s = t * c;
  for (int k = 0; k < 4; k++) {
    double one = a[k][p], other = a[k][q];
    a[k][p] = c * one - s * other;
    a[k][q] = s * one + c * other;
  }
  for (int k = 0; k < 4; k++) {
    double one = a[p][k], other = a[q][k];
    a[p][k] = c * one - s * other;
    a[q][k] = s * one + c * other;
    one = vectors[k][p], other = vectors[k][q];
    vectors[k][p] = c * one - s * other;
    vectors[k][q] = s * one + c * other;
  }
}

/* The rotation R that makes the trace of R' m largest; returns that trace. */
static double closest_rotation(double m[3][3], double rotation[3][3]) {
  double a[4][4] = {{m[0][0] + m[1][1] + m[2][2], m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1]},
                    {0, m[0][0] - m[1][1] - m[2][2], m[0][1] + m[1][0], m[2][0] + m[0][2]},
                    {0, 0, m[1][1] - m[0][0] - m[2][2], m[1][2] + m[2][1]},
                    {0, 0, 0, m[2][2] - m[0][0] - m[1][1]}};
  double vectors[4][4] = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
  int best = 0;
  for (int row = 1; row < 4; row++)
    for (int column = 0; column < row; column++) a[row][column] = a[column][row];
  for (int sweep = 0; sweep < SWEEPS; sweep++)
    for (int p = 0; p < 3; p++)
      for (int q = p + 1; q < 4; q++) rotate(a, vectors, p, q);
  for (int i = 1; i < 4; i++)
    if (a[i][i] > a[best][best]) best = i;
  double w = vectors[0][best], x = vectors[1][best], y = vectors[2][best], z = vectors[3][best];
  double found[3][3] = {{w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)},
                        {2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)},
                        {2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z}};
  memcpy(rotation, found, sizeof found);
  return a[best][best];
}

static Similarity fit(const double *source, const double *target, const double *fraction) {
  Similarity found;
  double from[3] = {0}, to[3] = {0}, across[3][3] = {{0}}, spread = 0;
  for (int i = 0; i < LANDMARKS; i++)
    for (int axis = 0; axis < 3; axis++) {
      from[axis] += fraction[i] * source[3 * i + axis];
      to[axis] += fraction[i] * target[3 * i + axis];
    }
  for (int i = 0; i < LANDMARKS; i++) {
    const double *s = source + 3 * i, *t = target + 3 * i;
    double a[3] = {s[0] - from[0], s[1] - from[1], s[2] - from[2]};
    for (int row = 0; row < 3; row++) {
      double weighted = fraction[i] * (t[row] - to[row]);
      for (int column = 0; column < 3; column++) across[row][column] += weighted * a[column];
    }
    spread += fraction[i] * (a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
  }
  found.scale = closest_rotation(across, found.rotation) / spread;
  for (int row = 0; row < 3; row++) {
    const double *r = found.rotation[row];
    found.translation[row] = to[row] - found.scale * (r[0] * from[0] + r[1] * from[1] + r[2] * from[2]);
  }
  return found;
}

/* The pose without the similarity from the face to the character, and without its scale. */
static void pose_of_head(const Similarity *over, const double *pose, const double *rotation, const double *origin,
                         double *head_pose) {
  double away[3], at[3], turned[3][3];
  for (int i = 0; i < 3; i++) away[i] = origin[i] - over->translation[i];
  for (int i = 0; i < 3; i++) {
    at[i] = 0;
    for (int k = 0; k < 3; k++) at[i] += over->rotation[k][i] * away[k] / over->scale;
    for (int j = 0; j < 3; j++) {
      turned[i][j] = 0;
      for (int k = 0; k < 3; k++) turned[i][j] += rotation[3 * i + k] * over->rotation[k][j];
    }
  }
  for (int i = 0; i < 3; i++) {
    head_pose[4 * i + 3] = pose[4 * i + 3];
    for (int j = 0; j < 3; j++) {
      head_pose[4 * i + j] = 0;
      head_pose[4 * i + 3] += pose[4 * i + j] * at[j];
      for (int k = 0; k < 3; k++) head_pose[4 * i + j] += pose[4 * i + k] * turned[j][k];
    }
  }
  for (int j = 0; j < 4; j++) head_pose[12 + j] = j == 3;
}

void calibrate(const double *seen, const double *pose, const double *neutral, const double *fraction,
               const double *rotation, const double *origin, const double *size, double *points, double *displacements,
               double *head_pose) {
  Similarity over = fit(seen, neutral, fraction);
  for (int i = 0; i < LANDMARKS; i++) {
    double moved[3];
    for (int axis = 0; axis < 3; axis++) {
      const double *r = over.rotation[axis], *s = seen + 3 * i;
      points[3 * i + axis] = over.scale * (r[0] * s[0] + r[1] * s[1] + r[2] * s[2]) + over.translation[axis];
      moved[axis] = points[3 * i + axis] - neutral[3 * i + axis];
    }
    for (int axis = 0; axis < 3; axis++) {
      const double *r = rotation + 3 * axis;
      displacements[3 * i + axis] = size[i] * (r[0] * moved[0] + r[1] * moved[1] + r[2] * moved[2]);
    }
  }
  pose_of_head(&over, pose, rotation, origin, head_pose);
}
