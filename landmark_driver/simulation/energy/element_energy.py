"""The energy density of one tetrahedron, its stress and the change of its stress.

    psi(F) = mu min_R ||F - R A||^2 + lambda (det F - det A)^2 + w b(J_b - det F)

    b(l) = 0 for l <= 0,   l^3 / (3 J_b) for 0 < l < J_b,   l^2 - J_b l + J_b^2 / 3 beyond

A is the symmetric actuation; A = I gives passive tissue. Since ||F - R A||^2 = ||F||^2 - 2 R : (F A) +
||A||^2, the minimising rotation is the polar factor of F A, *not* of F. They differ as soon as A is not a
multiple of I.

The last term is zero above J_b, so it does not act at rest, in rigid motion and in moderate strain. It is
twice continuously differentiable, and pushes a tetrahedron out of inversion. It is finite, and below zero
only quadratic, so that one sliver cannot stop the step of a whole head. A cubic took six times the
iterations. The form and weight of the term are ours.

mu, lambda and w are in Pa, densities in J/m^3. Stress is the first Piola-Kirchhoff tensor P = d psi / dF in
Pa. F, P and other full matrices are nine scalars row by row; the actuation is six (xx, yy, zz, xy, xz, yz).
"""

from __future__ import annotations

from landmark_driver.simulation.energy.polar_rotation import polar_rotation
from landmark_driver.simulation.energy.tensor3 import (
    blend,
    cofactor,
    cofactor_change,
    element_function,
    inner,
    product,
    transpose,
    unpacked,
)

BARRIER_VOLUME = 0.3


@element_function
def volume_barrier(volume):
    """Return (b, b', b'') at the lack of volume J_b - det F.

    Args:
        volume: det F.

    Returns:
        The barrier and its derivatives by the lack of volume, without unit.
    """
    lack = BARRIER_VOLUME - volume
    if lack <= 0.0:
        return 0.0, 0.0, 0.0
    if lack < BARRIER_VOLUME:
        bend = 2 * lack / BARRIER_VOLUME
        return bend * lack * lack / 6, bend * lack / 2, bend
    return (
        lack * (lack - BARRIER_VOLUME) + BARRIER_VOLUME * BARRIER_VOLUME / 3,
        2 * lack - BARRIER_VOLUME,
        2.0,
    )


@element_function
def element_stress(F, actuation, det_actuation, mu, lam, barrier):
    """Return (psi, P) of one tetrahedron.

    Args:
        F: nine scalars.
        actuation: A, six scalars.
        det_actuation: det A.
        mu: Pa.
        lam: lambda, Pa.
        barrier: w, Pa.

    Returns:
        The density in J/m^3, and the stress as nine scalars in Pa.
    """
    A = unpacked(actuation)
    rotation = polar_rotation(product(F, A))
    strain = blend(1.0, F, -1.0, product(rotation, A))
    k = cofactor(F)
    volume = F[0] * k[0] + F[1] * k[1] + F[2] * k[2]
    swelling = volume - det_actuation
    guard, push, _ = volume_barrier(volume)
    density = mu * inner(strain, strain) + lam * swelling * swelling + barrier * guard
    pressure = 2 * lam * swelling - barrier * push
    return density, blend(2 * mu, strain, pressure, k)


@element_function
def element_stress_change(F, dF, actuation, det_actuation, mu, lam, barrier):
    """Return dP in direction dF: the exact Hessian, which is indefinite where tissue is compressed.

    With G = F A = R S the rotation turns by dR = R [omega], (tr(S) I - S) omega = axial(R^T dG - dG^T R).

    Args:
        F: nine scalars.
        dF: nine scalars.
        actuation: A, six scalars.
        det_actuation: det A.
        mu: Pa.
        lam: lambda, Pa.
        barrier: w, Pa.

    Returns:
        Nine scalars, Pa.
    """
    A = unpacked(actuation)
    G = product(F, A)
    R = polar_rotation(G)
    S = product(transpose(R), G)
    omega = _turn(S, product(transpose(R), product(dF, A)))
    spin = (0.0, -omega[2], omega[1], omega[2], 0.0, -omega[0], -omega[1], omega[0], 0.0)
    strain_change = blend(1.0, dF, -1.0, product(product(R, spin), A))
    k = cofactor(F)
    volume = F[0] * k[0] + F[1] * k[1] + F[2] * k[2]
    volume_change = inner(k, dF)
    _, push, bend = volume_barrier(volume)
    pressure = 2 * lam * (volume - det_actuation) - barrier * push
    pressure_change = (2 * lam + barrier * bend) * volume_change
    return blend(1.0, blend(2 * mu, strain_change, pressure_change, k), pressure, cofactor_change(F, dF))


@element_function
def _turn(S, W):
    """Return omega of (tr(S) I - S) omega = axial(W - W^T), by the adjugate of the 3x3 system."""
    a, b, c = S[4] + S[8], S[0] + S[8], S[0] + S[4]
    d, e, f = -0.5 * (S[1] + S[3]), -0.5 * (S[2] + S[6]), -0.5 * (S[5] + S[7])
    x, y, z = W[7] - W[5], W[2] - W[6], W[3] - W[1]
    xx, yy, zz = b * c - f * f, a * c - e * e, a * b - d * d
    xy, xz, yz = e * f - d * c, d * f - b * e, d * e - a * f
    scale = 1 / (a * xx + d * xy + e * xz)
    return (
        (xx * x + xy * y + xz * z) * scale,
        (xy * x + yy * y + yz * z) * scale,
        (xz * x + yz * y + zz * z) * scale,
    )
