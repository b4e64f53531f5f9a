"""The three wraps of one head: skin wrap on the skin, inner wraps at the wanted depth, nothing inverted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8

from landmark_driver.head_model.inward_start import TrianglesAround, safest_directions, uninverted_start
from landmark_driver.head_model.prism_tets import prism_tets, reference_prisms, signed_volumes
from landmark_driver.head_model.skin_wrap import SkinWrapper, vertex_areas, vertex_normals
from landmark_driver.head_model.slit_directions import slit_directions, slit_vertices
from landmark_driver.head_model.untangling import ReferenceShapes, untangle

_UNTANGLED = 1e3
"""The untangling works in millimetres."""

_SEES_INWARDS = 0.15
"""Sine of the least angle between a vertex's inward direction and its tangent planes; below it is bridged."""


@dataclass(frozen=True)
class WrapSolver:
    """What fitting needs and all heads of a topology share."""

    wrapper: SkinWrapper
    around: TrianglesAround
    tets: Int[np.ndarray, "tets 4"]
    tissue: UInt8[np.ndarray, "tets"]
    face_of: Int[np.ndarray, "tets"]

    @classmethod
    def of(cls, wrapper: SkinWrapper) -> WrapSolver:
        faces, size = wrapper.template.faces, wrapper.template.size
        return cls(wrapper, TrianglesAround.of(faces, size), *prism_tets(faces, size))


@dataclass(frozen=True)
class Attempt:
    """How firmly the skin wrap is held to the skin (per mm^2 of skin, against energy per mm^3) and for how long."""

    hold: float
    iterations: int


ATTEMPTS = (
    (Attempt(30, 60), Attempt(100, 25)),
    (Attempt(3, 80), Attempt(30, 60)),
    (Attempt(1, 150), Attempt(10, 100)),
)
"""Tried in order until no tetrahedron is inverted. Each later one lets go of the skin further."""


def fit_wraps(
    solver: WrapSolver,
    skin: Float[np.ndarray, "skin 3"],
    layers: Float[np.ndarray, "layers wrap"],
    offsets: Float[np.ndarray, "layers wrap 3"] | None = None,
    attempts: tuple[tuple[Attempt, ...], ...] = ATTEMPTS,
) -> tuple[Float[np.ndarray, "nodes 3"], int]:
    """Nodes of skin, muscle and skull wrap in metres, and the number of inverted tetrahedra left.

    `layers` are the wanted thicknesses of soft and muscle tissue, `offsets` a guess of the inner
    wraps relative to the skin wrap (default: along smoothed normals). All in metres.
    """
    target = sighted_skin_wrap(solver, skin)
    depths = np.cumsum(layers, 0)
    if offsets is None:
        offsets = -depths[..., None] * vertex_normals(target, solver.wrapper.template.faces, 6)
    points, offsets, depths = (_UNTANGLED * array for array in (target, offsets, depths))
    corners = reference_prisms(
        points, solver.wrapper.template.faces, _UNTANGLED * layers, solver.tets, solver.face_of
    )
    shapes = ReferenceShapes.of(solver.tets, corners)
    safest, _ = safest_directions(points, solver.around)
    start, _ = uninverted_start(points, offsets, safest, solver.around, solver.tets, shapes.volumes)
    goals, share = _goals(solver, points, depths)
    inverted, nodes = len(solver.tets), start
    for stages in attempts:
        moving = start
        for stage in stages:
            moving = untangle(moving, shapes, goals, stage.hold * share, stage.iterations)
        count = int((signed_volumes(moving, solver.tets) <= 0).sum())
        if count < inverted:
            inverted, nodes = count, moving
        if inverted == 0:
            break
    return nodes / _UNTANGLED, inverted


def sighted_skin_wrap(solver: WrapSolver, skin: Float[np.ndarray, "skin 3"]) -> Float[np.ndarray, "wrap 3"]:
    """The skin wrap with folds bridged until every vertex has a valid inward direction."""
    points = solver.wrapper.wrap(skin)
    for rings in (1, 2, 2, 3, 3, 4):
        _, sight = safest_directions(points, solver.around, 60)
        if sight.min() > _SEES_INWARDS:
            break
        points = solver.wrapper.bridge_over(points, sight <= _SEES_INWARDS, rings)
    return points


def _goals(
    solver: WrapSolver, points: Float[np.ndarray, "wrap 3"], depths: Float[np.ndarray, "layers wrap"]
) -> tuple[Float[np.ndarray, "nodes 3"], Float[np.ndarray, "nodes"]]:
    """Places to be held at, and how firmly: the skin wrap, and the inner nodes behind lips and lids."""
    template = solver.wrapper.template
    areas = vertex_areas(points, template.faces)
    slit = slit_vertices(template)
    inner = slit_directions(template, points)
    goals, share = np.tile(points, (3, 1)), np.zeros(3 * template.size)
    share[: template.size] = areas
    for layer, depth in enumerate(depths, 1):
        rows = layer * template.size + slit
        goals[rows] = points[slit] + depth[slit, None] * inner
        share[rows] = _SLIT_SHARE * areas[slit]
    return goals, share


_SLIT_SHARE = 0.1
"""Hold of the inner nodes at slits, as a share of the skin's."""
