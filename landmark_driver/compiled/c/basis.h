/* The decoder's basis as its arrays have it: a head's own shapes in single precision, then shared ones in half precision. */

#ifndef BASIS_H
#define BASIS_H

#include "stage.h"

/* Both parts over the vertices that move, in metres: (latents, 3 moving). Null where something is missing. */
float *whole_basis(Making *making);

/* The basis at landmarks on triangles, (3 landmarks, latents): `corners` (landmarks, 3) with barycentric `weights`. */
void interpolate_basis(Making *making, const int *corners, const float *weights, int landmarks, float *out);

#endif
