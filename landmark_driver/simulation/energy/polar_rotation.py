"""The rotation nearest to a 3x3 matrix, from one root of a quartic: no singular values, no state.

With invariants I1 = ||G||^2, I2 = sum of s_i^2 s_j^2 over pairs, J = det G, the trace
f = s1 + s2 + s3 of the stretch (s3 signed like J) is the largest root of

    (f^2 - I1)^2 - 4 I2 - 8 J f = 0,

and the rotation is df/dG = ((f^2 + I1) G - 2 G G^T G + 2 f cof G) / (f^3 - I1 f - 2 J).
Newton from sqrt(3 I1) >= f falls onto that root monotonically and quadratically: 3 or 4 steps at facial
strains. The gap to the next root is 2 (s2 + s3), so only a matrix whose nearest rotation is not unique is
ill-conditioned. Quartic: Lin, Chitalu and Komura 2022 (isotropic ARAP from Cauchy-Green invariants).
"""

from __future__ import annotations

from math import sqrt

from landmark_driver.simulation.energy.tensor3 import blend, cofactor, element_function, product, transpose

_MAX_STEPS = 30
_RELATIVE_STEP = 1e-9


@element_function
def stretch_trace(i1, i2, j):
    """Return the largest root f; a Newton step below 1e-9 of f leaves an error of its square.

    Args:
        i1: I1.
        i2: I2.
        j: J.

    Returns:
        f = s1 + s2 + s3, in the unit of the matrix.
    """
    f = sqrt(3 * i1)
    for _ in range(_MAX_STEPS):
        excess = f * f - i1
        slope = 4 * (f * excess - 2 * j)
        if slope <= 0.0:
            break
        step = (excess * excess - 4 * i2 - 8 * j * f) / slope
        f -= step
        if step < _RELATIVE_STEP * f:
            break
    return f


@element_function
def polar_rotation(g):
    """Return the rotation R that minimises ||G - R||, and so maximises R : G.

    Args:
        g: G, nine scalars row by row.

    Returns:
        R, nine scalars row by row.
    """
    c = product(transpose(g), g)
    k = cofactor(g)
    i1 = c[0] + c[4] + c[8]
    i2 = c[0] * c[4] + c[4] * c[8] + c[8] * c[0] - c[1] * c[1] - c[2] * c[2] - c[5] * c[5]
    j = g[0] * k[0] + g[1] * k[1] + g[2] * k[2]
    f = stretch_trace(i1, i2, j)
    scale = 1 / (f * (f * f - i1) - 2 * j)
    linear = blend((f * f + i1) * scale, g, 2 * f * scale, k)
    return blend(1.0, linear, -2 * scale, product(g, c))
