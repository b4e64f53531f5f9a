/* The tracker's perspective undone (landmark_driver/landmarks/perspective.py). */

#include <math.h>
#include <string.h>

#include "face.h"

static const double VERTICAL_FOV_DEG = 63, M_PER_CM = 0.01, SMALLEST_FACE_M = 0.01, DEGREE = 0.017453292519943295;
static const double CANONICAL_CENTROID_CM[3] = {0, -0.26252034, 3.74073924};

static int plausible(const double *points) {
  double widest = 0;
  for (int axis = 0; axis < 3; axis++) {
    double low = INFINITY, high = -INFINITY;
    for (int i = axis; i < 3 * LANDMARKS; i += 3) {
      if (!isfinite(points[i])) return 0;
      low = points[i] < low ? points[i] : low;
      high = points[i] > high ? points[i] : high;
    }
    widest = high - low > widest ? high - low : widest;
  }
  return widest > SMALLEST_FACE_M;
}

int undo_perspective(const double *picture, const double *pose_cm, const int *pose_landmarks,
                     const double *pose_weights, double *points, double *pose, int pose_count, double width,
                     double height) {
  double frustum_height = 2 * tan(VERTICAL_FOV_DEG * DEGREE / 2), frustum_width = frustum_height * width / height;
  double mean = 0, weighted = 0, depth_of_one = -pose_cm[11];
  for (int i = 0; i < LANDMARKS; i++) mean += picture[3 * i + 2] / LANDMARKS;
  for (int i = 0; i < pose_count; i++)
    weighted += pose_weights[i] * (1 + frustum_width * (picture[3 * pose_landmarks[i] + 2] - mean));
  for (int axis = 0; axis < 3; axis++) depth_of_one -= pose_cm[8 + axis] * CANONICAL_CENTROID_CM[axis];
  depth_of_one /= weighted;
  memcpy(pose, pose_cm, 16 * sizeof *pose);
  for (int axis = 0; axis < 3; axis++) pose[4 * axis + 3] *= M_PER_CM;
  for (int i = 0; i < LANDMARKS; i++) {
    const double *seen = picture + 3 * i;
    double depth = depth_of_one * (1 + frustum_width * (seen[2] - mean));
    double x = M_PER_CM * ((seen[0] - 0.5) * frustum_width * depth) - pose[3];
    double y = M_PER_CM * ((0.5 - seen[1]) * frustum_height * depth) - pose[7];
    double z = M_PER_CM * -depth - pose[11];
    for (int axis = 0; axis < 3; axis++) points[3 * i + axis] = x * pose[axis] + y * pose[4 + axis] + z * pose[8 + axis];
  }
  return plausible(points);
}
