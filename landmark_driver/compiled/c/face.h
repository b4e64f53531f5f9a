/* The stages of a tracked face, before a head is driven (landmark_driver/landmarks/). All arrays are the caller's, row by row:
   points and displacements are (landmarks, 3) in metres, transforms (4, 4). Numbers are double, as in Python. */

#ifndef FACE_H
#define FACE_H

#include "export.h"

enum { LANDMARKS = 478, SURFACE_LANDMARKS = 468 };

/* Picture landmarks to points in the face's own frame, and the pose in metres. `pose_landmarks` with their weights carry the
   pose. Returns whether the numbers can be a face's. */
EXPORT int undo_perspective(const double *picture, const double *pose_cm, const int *pose_landmarks,
                            const double *pose_weights, double *points, double *pose, int pose_count, double width,
                            double height);

/* Points laid over the performer's neutral by a similarity, the displacements on the character, and the head's pose.
   `fraction` are the weights of the fit, with sum 1; `rotation` (3, 3) and `origin` carry the performer's neutral to the
   character's axes; `size` is the local ratio of sizes. */
EXPORT void calibrate(const double *seen, const double *pose, const double *neutral, const double *fraction,
                      const double *rotation, const double *origin, const double *size, double *points,
                      double *displacements, double *head_pose);

/* The tracker's response undone, on the surface landmarks. Matrices are float: `local` has columns of four, `inward` and
   `support` a row for each feature, `dual` and `outward` one for each rank. */
EXPORT void correct_response(const double *reported, const int *near, const float *local, const float *inward,
                             const float *support, const float *half, const float *fallen, const float *dual,
                             const float *outward, float *scratch, double *corrected, int neighbours, int features,
                             int points, int rank);

/* Lids and lips set by how far the performer's are open. `pairs` are upper and lower landmarks: seven of the left lid, seven of
   the right one, nine of the lips. `performer` has the neutral openings of both lids, the distance of the eye corners and the
   neutral gap of the lips; `character` has the distance of its eye corners, then the heights of all pairs. `usual` is kept. */
EXPORT void set_apertures(const int *pairs, const double *performer, const double *character,
                          const double *lip_fractions, double *usual, const double *points,
                          const double *displacements, double *moved, double elapsed_s);

/* One step of the innovation filter on (count, 3) values. */
EXPORT void advance_filter(const double *cutoff_hz, const double *threshold, const double *values, double *smooth,
                           int count, double elapsed_s);

/* The gaze (2, 2), radians, which changes in place. */
EXPORT void follow_gaze(const double *points, const double *displacements, double *gaze);

/* The state of flesh that lags: zero at rest. */
typedef struct {
  double u[3], v[3];               /* m/s^2 in the head's frame, and its rate. */
  double place[3][3], time_s[3];   /* The last smoothed places of the flesh, metres in the world; the newest last. */
  double seen;                     /* How many of them there are. */
} Motion;

/* One frame of it; `centre` is the flesh's in the head's frame, `omega` its speed, `damping` relative to critical. */
EXPORT void move_flesh(Motion *motion, const double *pose, const double *centre, double omega, double damping,
                       double time_s);

#endif
