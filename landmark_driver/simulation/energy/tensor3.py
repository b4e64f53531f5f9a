"""3x3 algebra on tuples of nine scalars, row by row: compiled alike for the CPU and for CUDA.

Tuples stay in registers on both. Numba's CUDA compiler takes `njit` functions as device functions, so these
are the one set that every kernel calls. Symmetric matrices are six scalars (xx, yy, zz, xy, xz, yz).
"""

from __future__ import annotations

from numba import njit

element_function = njit(error_model="numpy", forceinline=True)


@element_function
def product(a, b):
    """Return a b.

    Args:
        a: nine scalars.
        b: nine scalars.

    Returns:
        Nine scalars.
    """
    return (
        a[0] * b[0] + a[1] * b[3] + a[2] * b[6],
        a[0] * b[1] + a[1] * b[4] + a[2] * b[7],
        a[0] * b[2] + a[1] * b[5] + a[2] * b[8],
        a[3] * b[0] + a[4] * b[3] + a[5] * b[6],
        a[3] * b[1] + a[4] * b[4] + a[5] * b[7],
        a[3] * b[2] + a[4] * b[5] + a[5] * b[8],
        a[6] * b[0] + a[7] * b[3] + a[8] * b[6],
        a[6] * b[1] + a[7] * b[4] + a[8] * b[7],
        a[6] * b[2] + a[7] * b[5] + a[8] * b[8],
    )


@element_function
def transpose(a):
    """Return a^T.

    Args:
        a: nine scalars.

    Returns:
        Nine scalars.
    """
    return (a[0], a[3], a[6], a[1], a[4], a[7], a[2], a[5], a[8])


@element_function
def unpacked(s):
    """Return the nine entries of a symmetric matrix given by six.

    Args:
        s: six scalars.

    Returns:
        Nine scalars.
    """
    return (s[0], s[3], s[4], s[3], s[1], s[5], s[4], s[5], s[2])


@element_function
def blend(alpha, a, beta, b):
    """Return alpha a + beta b.

    Args:
        alpha: the factor on a.
        a: nine scalars.
        beta: the factor on b.
        b: nine scalars.

    Returns:
        Nine scalars.
    """
    return (
        alpha * a[0] + beta * b[0],
        alpha * a[1] + beta * b[1],
        alpha * a[2] + beta * b[2],
        alpha * a[3] + beta * b[3],
        alpha * a[4] + beta * b[4],
        alpha * a[5] + beta * b[5],
        alpha * a[6] + beta * b[6],
        alpha * a[7] + beta * b[7],
        alpha * a[8] + beta * b[8],
    )


@element_function
def inner(a, b):
    """Return a : b, the sum of products of entries.

    Args:
        a: nine scalars.
        b: nine scalars.

    Returns:
        One scalar.
    """
    return (
        (a[0] * b[0] + a[1] * b[1] + a[2] * b[2])
        + (a[3] * b[3] + a[4] * b[4] + a[5] * b[5])
        + (a[6] * b[6] + a[7] * b[7] + a[8] * b[8])
    )


@element_function
def cofactor(a):
    """Return d det(a) / da; a : cofactor(a) = 3 det(a).

    Args:
        a: nine scalars.

    Returns:
        Nine scalars.
    """
    return (
        a[4] * a[8] - a[5] * a[7],
        a[5] * a[6] - a[3] * a[8],
        a[3] * a[7] - a[4] * a[6],
        a[2] * a[7] - a[1] * a[8],
        a[0] * a[8] - a[2] * a[6],
        a[1] * a[6] - a[0] * a[7],
        a[1] * a[5] - a[2] * a[4],
        a[2] * a[3] - a[0] * a[5],
        a[0] * a[4] - a[1] * a[3],
    )


@element_function
def cofactor_change(a, da):
    """Return the derivative of cofactor(a) in direction da.

    The cofactor is quadratic, so the derivative is its polar form.

    Args:
        a: nine scalars.
        da: nine scalars.

    Returns:
        Nine scalars.
    """
    return (
        a[4] * da[8] + da[4] * a[8] - a[5] * da[7] - da[5] * a[7],
        a[5] * da[6] + da[5] * a[6] - a[3] * da[8] - da[3] * a[8],
        a[3] * da[7] + da[3] * a[7] - a[4] * da[6] - da[4] * a[6],
        a[2] * da[7] + da[2] * a[7] - a[1] * da[8] - da[1] * a[8],
        a[0] * da[8] + da[0] * a[8] - a[2] * da[6] - da[2] * a[6],
        a[1] * da[6] + da[1] * a[6] - a[0] * da[7] - da[0] * a[7],
        a[1] * da[5] + da[1] * a[5] - a[2] * da[4] - da[2] * a[4],
        a[2] * da[3] + da[2] * a[3] - a[0] * da[5] - da[0] * a[5],
        a[0] * da[4] + da[0] * a[4] - a[1] * da[3] - da[1] * a[3],
    )
