"""The stages of the compiled frame that move lips, in NumPy.

    arches      v ← v with lips and cheeks in front of the teeth                  (`lip_arches.py`)
    seal        v ← v with lips that touch, but for what the weights of z open    (`lip_seal.py`)
    lips        v ← v with lips that do not cross                                 (`lip_separation.py`)

Heads have the first two; `lips` runs in files of earlier versions, and where there is no head but only its networks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.dress.dental_arches import ARCH_ANGLES, DentalArch
from landmark_driver.dress.teeth_pieces import spread_rows
from landmark_driver.head.head import Head
from landmark_driver.head.identity_model import PARTS
from landmark_driver.head.lip_arches import DIRECTIONS, LipArches, direction_number
from landmark_driver.head.lip_seal import LipSeal
from landmark_driver.head.lip_separation import LipSeparation
from landmark_driver.network.film_network import WEIGHT_UNIT
from landmark_driver.network.frame_program import Frame, FrameProgram

Arrays = dict[str, np.ndarray]

LIP_STAGES = ("lips", "arches", "seal")
_OPENING = {"jawOpen": 3.0, "mouthClose": -3.0, "mouthFunnel": 1.6, "tongueOut": 3.0} | dict.fromkeys(
    ("mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft", "mouthLowerDownRight"), 2.0
)
"""By how much shapes open lips; from one on they are open."""
OPENING = np.array([_OPENING.get(name, 0.0) for name in ARKIT_NAMES])
_ARCH_REACH_M = 0.014
"""Tissue that is further in front of an arch, or above or below it, stays out of it."""
_EDGE_M = 0.001
"""Tissue that is no further than this over the crowns' edges counts as above or below the arch."""
_UNDER_M = 0.0045
"""The floor of the mouth stays so far under the lowest crown."""
_LEAST_GAP_M, _MOST_GAP_M = 0.0006, 0.002
"""Tissue stays as far in front of an arch as at rest, within these: edges between its vertices cut corners."""
_MARKERS = 8


@dataclass(frozen=True)
class Lips:
    """The separation of lips that cross."""

    separation: LipSeparation
    name = "lips"

    def __call__(self, frame: Frame) -> None:
        assert frame.vertices is not None
        self.separation(frame.vertices)

    def arrays(self) -> Arrays:
        """Return the stage's arrays for a file.

        Returns:
            `upper`, `lower` (T, 3), `slit` (2, R), `moving` (N,), all int32, and `share` (N,).
        """
        arrays = self.separation.arrays()
        return {key: a if key == "share" else a.astype(np.int32) for key, a in arrays.items()}

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return the matrices that a frame multiplies.

        Returns:
            None: contact takes no product.
        """
        return ()


@dataclass(frozen=True)
class Arches:
    """Lips and cheeks in front of the teeth."""

    arches: LipArches
    name = "arches"

    def __call__(self, frame: Frame) -> None:
        assert frame.vertices is not None
        self.arches(frame.vertices)

    def arrays(self) -> Arrays:
        """Return the stage's arrays for a file.

        Returns:
            The arrays of `LipArches`.
        """
        return self.arches.arrays()

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return the matrices that a frame multiplies.

        Returns:
            None: a few markers give the mandible's pose.
        """
        return ()


@dataclass(frozen=True)
class Seal:
    """Lips that touch, but for what the expression opens: p = opening · w in 0..1, w the weights of the latent."""

    seal: LipSeal
    rest_latent: Float[np.ndarray, "latent"]
    """The decoder's."""
    opening: Float[np.ndarray, "52"]
    name = "seal"

    def __call__(self, frame: Frame) -> None:
        assert frame.latent is not None and frame.vertices is not None
        away = frame.latent[: len(self.opening)].astype(float) - self.rest_latent[: len(self.opening)]
        weights = np.clip(WEIGHT_UNIT * away, 0, 1)
        self.seal(frame.vertices, float(np.clip(weights @ self.opening, 0, 1)))

    def arrays(self) -> Arrays:
        """Return the stage's arrays for a file.

        Returns:
            `opening` (52,), and the arrays of `LipSeal`.
        """
        return {"opening": self.opening} | self.seal.arrays()

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return the matrices that a frame multiplies.

        Returns:
            None: the points on the lips are sparse.
        """
        return ()


def lip_arches(head: Head, arches: tuple[DentalArch, DentalArch]) -> LipArches:
    """Return the arches of a head and the tissue in front of them.

    Args:
        head: at rest, with its own coarse teeth, which mark the mandible.
        arches: the upper and the lower one, on this head.

    Returns:
        The arches for every frame.
    """
    neutral = head.neutral_vertices.astype(float)
    soft = np.isin(head.face_part, [PARTS.index("skin"), PARTS.index("mouth_cavity")])
    tissue = np.unique(head.faces[soft])
    jaw = np.unique(head.faces[head.face_part == PARTS.index("teeth_lower")])
    markers = spread_rows(neutral, jaw, _MARKERS)
    tables = np.stack([_radius(arch) for arch in arches])
    upper, lower = _in_front(tissue, neutral, arches, tables)
    inside, ceiling = _floor(head, arches[1], tables[1])
    still = np.concatenate([neutral[markers], np.ones((len(markers), 1))], 1)
    return LipArches(
        radius=tables,
        centre=np.stack([arch.centre for arch in arches]),
        heights=np.array([[arch.lowest, arch.highest] for arch in arches]),
        upper=upper[0].astype(np.int32),
        lower=lower[0].astype(np.int32),
        upper_gap=upper[1],
        lower_gap=lower[1],
        floor=inside.astype(np.int32),
        ceiling=ceiling,
        markers=markers.astype(np.int32),
        pose=np.linalg.pinv(still),
    )


def seal_of(program: FrameProgram) -> LipSeal | None:
    """Return the seal of a program's lips.

    Args:
        program: of a head.

    Returns:
        The seal; None where lips only part.
    """
    return next((stage.seal for stage in program.stages if isinstance(stage, Seal)), None)


def lips_at_rest(
    program: FrameProgram, neutral_vertices: Float[np.ndarray, "vertices 3"], gaze: Float[np.ndarray, "2 2"]
) -> Float[np.ndarray, "vertices 3"]:
    """Return the displacements by which a program's lip stages move a neutral head.

    Args:
        program: of the head.
        neutral_vertices: (V, 3) metres, head frame.
        gaze: (2, 2) radians, of eyes that look straight.

    Returns:
        (V, 3) metres, head frame, float32.
    """
    neutral = neutral_vertices.astype(np.float32)
    frame = Frame(gaze, vertices=neutral.copy())
    for stage in program.stages:
        if stage.name in LIP_STAGES:
            frame.latent = stage.rest_latent if isinstance(stage, Seal) else None
            stage(frame)
    assert frame.vertices is not None
    return frame.vertices - neutral


def _floor(head: Head, arch: DentalArch, table) -> tuple[np.ndarray, np.ndarray]:
    """Return the cavity's vertices under the lower arch and inside it, and the heights that they may reach."""
    cavity = np.unique(head.faces[head.face_part == PARTS.index("mouth_cavity")])
    points = head.neutral_vertices[cavity].astype(float)
    beyond, height = _beyond(points, arch, table), points[:, 1]
    under = (beyond <= 0) & (beyond > -_ARCH_REACH_M) & (height < arch.lowest + _UNDER_M)
    return cavity[under], np.full(np.count_nonzero(under), arch.lowest - _UNDER_M)


def _radius(arch: DentalArch) -> Float[np.ndarray, "directions"]:
    """Return an arch's radius at equal steps of `direction_number`, zero further back than it is known."""
    ahead = np.stack([np.sin(ARCH_ANGLES), np.cos(ARCH_ANGLES)], 1)
    numbers = np.linspace(-2, 2, DIRECTIONS)
    return np.interp(numbers, direction_number(ahead), arch.radius, left=0, right=0)


def _in_front(tissue, neutral, arches, tables) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the vertices of tissue in front of each arch, and the gaps that they keep.

    What is in front of one arch, and above or below the other at rest, comes in front of the other too when it gets there.
    """
    points = neutral[tissue]
    beyond = [_beyond(points, arch, table) for arch, table in zip(arches, tables, strict=True)]
    height, found = points[:, 1], []
    for own, other, arch in zip(beyond, beyond[::-1], arches, strict=True):
        level = (height > arch.lowest - _ARCH_REACH_M) & (height < arch.highest + _ARCH_REACH_M)
        aside = (height < arch.lowest + _EDGE_M) | (height > arch.highest - _EDGE_M)
        near = (own < _ARCH_REACH_M) & np.isfinite(own)
        front = level & near & ((own > 0) | aside & (other > 0))
        found.append((tissue[front], np.clip(own[front], _LEAST_GAP_M, _MOST_GAP_M)))
    return found


def _beyond(points, arch: DentalArch, table) -> Float[np.ndarray, "points"]:
    """Return how far points are in front of an arch, negative behind it; -inf further back than it is known."""
    away = points[:, [0, 2]] - arch.centre
    radius = np.interp(direction_number(away), np.linspace(-2, 2, DIRECTIONS), table)
    return np.where(radius > 0, np.hypot(*away.T) - radius, -np.inf)
