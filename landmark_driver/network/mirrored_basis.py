"""A basis of half the size, for a head model whose left half mirrors its right one.

The shared basis was trained on heads and their mirror images, so each of its components is the same on both
sides, or the opposite; and blendshapes come in pairs that mirror each other. With E and O the basis on the left half,

    left = E s + O t,   right = mirrored (E s - O t) + C a

The latents s belong to components that are alike on both sides, and end with the sums of pairs of shapes. The latents t
belong to opposite components, and end with the differences of pairs. The weights' latents are a, and C is the difference
between the two sides of the head's own shapes, on the vertices where there is one. On the middle line x moves with t alone,
y and z with s alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import KDTree

from capture.frames.arkit import MIRROR
from capture.frames.landmark_frame import ARKIT_COUNT

_LARGEST_M = 2e-4
_SAME_M = 2e-7
"""Shapes whose sides differ by less, for a latent of one, are the same on both."""
_OPPOSITE_FRACTION = 0.01
_ACROSS = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class MirroredBasis:
    """The basis on the left half and on the middle line, and the correction of the rest.

    Columns of `even` are x, then y, then z of the left half, y and z of the middle; columns of `odd` likewise, with x of the
    middle. Vertices come out in the order left, right, middle. The correction's vertices begin at the place `first` of this
    order: its columns are x of all of them, then y, then z. `order` gives the place of each vertex of the head in it.
    """

    MATRICES: ClassVar = ("even", "odd", "correction", "to_correction")

    even: Float[np.ndarray, "even even_coordinates"]
    odd: Float[np.ndarray, "odd odd_coordinates"]
    pairs: Int[np.ndarray, "pairs 2"]
    """Shapes of one side and of the other. s and t end with their sums and their differences."""
    alike: Int[np.ndarray, "alike"]
    """Latents that s begins with."""
    opposite: Int[np.ndarray, "opposite"]
    """Latents that t begins with."""
    correction: Float[np.ndarray, "corrections corrected_coordinates"]
    to_correction: Float[np.ndarray, "52 corrections"]
    first: int
    left: int
    """Number of vertices of the left half."""
    middle: int
    """Number of vertices on the middle line."""
    order: Int[np.ndarray, "moving"]

    def halves(self, latents: Float[np.ndarray, "*some latent"]) -> tuple[np.ndarray, np.ndarray]:
        """Return the latents s and t of the two halves.

        Args:
            latents: (…, Z).

        Returns:
            s (…, S) for `even`, and t (…, T) for `odd`.
        """
        one, other = latents[..., self.pairs[:, 0]], latents[..., self.pairs[:, 1]]
        alike, opposite = latents[..., self.alike], latents[..., self.opposite]
        return np.concatenate([alike, one + other], -1), np.concatenate([opposite, one - other], -1)

    def as_float32(self) -> MirroredBasis:
        """Return the basis with contiguous matrices in float32.

        Returns:
            The same basis, ready for the live path.
        """
        names = ("even", "odd", "correction", "to_correction")
        return replace(
            self, **{name: np.ascontiguousarray(getattr(self, name), np.float32) for name in names}
        )


@dataclass(frozen=True)
class _Sides:
    """Vertices of the left half, the vertices across from them, and the vertices between."""

    left: Int[np.ndarray, "left"]
    right: Int[np.ndarray, "left"]
    middle: Int[np.ndarray, "middle"]


def mirrored_basis(
    basis: Float[np.ndarray, "latent moving 3"], symmetric: Float[np.ndarray, "vertices 3"]
) -> MirroredBasis | None:
    """Return the two halves of a basis, for the vertices that move, which come first.

    Args:
        basis: (Z, M, 3) metres, head frame, displacements for latents of one, 52 blendshapes first.
        symmetric: (V, 3) a head of the model that is its own mirror image, in any unit near a metre; V >= M.

    Returns:
        The halved basis; None where model or basis has no mirror image.
    """
    sides = _sides(symmetric[: basis.shape[1]])
    signs = None if sides is None else _signs(basis[ARKIT_COUNT:], sides)
    if sides is None or signs is None:
        return None
    own, shared = basis[:ARKIT_COUNT], basis[ARKIT_COUNT:]
    asymmetric = np.abs(_asymmetry(own, sides)).max((0, 2)) > _SAME_M
    sided = len(sides.left)
    last, first = (
        np.argsort(asymmetric[:sided], kind="stable"),
        np.argsort(~asymmetric[sided:], kind="stable"),
    )
    sides = _Sides(sides.left[last], sides.right[last], sides.middle[first])
    left = np.concatenate([own[:, sides.left], _averaged(shared, sides, signs)], 0)
    middle = basis[:, sides.middle]
    pairs = np.array([(shape, other) for shape, other in enumerate(MIRROR) if shape < other])
    alike = np.concatenate(
        [np.flatnonzero(np.arange(ARKIT_COUNT) == MIRROR), ARKIT_COUNT + np.flatnonzero(signs > 0)]
    )
    opposite = ARKIT_COUNT + np.flatnonzero(signs < 0)
    even, even_middle = (_combined(half, alike, pairs, 1) for half in (left, middle))
    odd, odd_middle = (_combined(half, opposite, pairs, -1) for half in (left, middle))
    count = int(asymmetric.sum())
    begin = 2 * sided - int(asymmetric[:sided].sum())
    different = _asymmetry(own, sides)[:, begin - sided : begin - sided + count]
    to_correction, correction = _factored(_in_turn(different, "xyz"))
    return MirroredBasis(
        even=np.concatenate([_in_turn(even, "xyz"), _in_turn(even_middle, "yz")], 1),
        odd=np.concatenate([_in_turn(odd, "xyz"), _in_turn(odd_middle, "x")], 1),
        pairs=pairs,
        alike=alike,
        opposite=opposite,
        correction=correction,
        to_correction=to_correction,
        first=begin,
        left=sided,
        middle=len(sides.middle),
        order=np.argsort(np.concatenate([sides.left, sides.right, sides.middle])),
    )


def _sides(symmetric: Float[np.ndarray, "vertices 3"]) -> _Sides | None:
    distance, nearest = KDTree(symmetric).query(_ACROSS * symmetric)
    across, every = np.asarray(nearest), np.arange(len(symmetric))
    if np.max(distance) > _LARGEST_M or (across[across] != every).any():
        return None
    left = np.flatnonzero((across != every) & (symmetric[:, 0] > symmetric[across, 0]))
    return _Sides(left, across[left], np.flatnonzero(across == every))


def _signs(
    shared: Float[np.ndarray, "shared vertices 3"], sides: _Sides
) -> Float[np.ndarray, "shared"] | None:
    """Return 1 for components alike on both sides, -1 for opposite ones; None where one is neither."""
    left, right = shared[:, sides.left], shared[:, sides.right] * _ACROSS
    energy = (left**2 + right**2).sum((1, 2))
    alike = 2 * (left * right).sum((1, 2)) / energy
    return np.sign(alike) if (np.abs(alike) > 1 - _OPPOSITE_FRACTION).all() else None


def _averaged(shared, sides: _Sides, signs) -> Float[np.ndarray, "shared left 3"]:
    return (shared[:, sides.left] + signs[:, None, None] * shared[:, sides.right] * _ACROSS) / 2


def _asymmetry(own: Float[np.ndarray, "52 vertices 3"], sides: _Sides) -> Float[np.ndarray, "52 both 3"]:
    """Return the part of the right half and of the middle that does not follow from the left half."""
    right = own[:, sides.right] - (own[MIRROR] * _ACROSS)[:, sides.left]
    middle = (own - own[MIRROR] * _ACROSS)[:, sides.middle] / 2
    return np.concatenate([right, middle], 1)


def _combined(
    basis: Float[np.ndarray, "latent some 3"], alone, pairs, sign: int
) -> Float[np.ndarray, "half some 3"]:
    """Return the basis of s or t: a pair's sum moves by the mean of both shapes, its difference by half their difference."""
    first, second = basis[pairs[:, 0]], basis[pairs[:, 1]]
    return np.concatenate([basis[alone], (first + sign * second) / 2])


def _in_turn(basis: Float[np.ndarray, "some vertices 3"], axes: str) -> Float[np.ndarray, "some coordinates"]:
    """Return one coordinate of all vertices after the other."""
    return np.concatenate([basis[..., "xyz".index(axis)] for axis in axes], 1)


def _factored(basis: Float[np.ndarray, "52 coordinates"]) -> tuple[np.ndarray, np.ndarray]:
    """Return two matrices whose product is the basis, as thin as its rank."""
    turn, sizes, directions = np.linalg.svd(basis, full_matrices=False)
    kept = sizes > _SAME_M
    return turn[:, kept], sizes[kept, None] * directions[kept]
