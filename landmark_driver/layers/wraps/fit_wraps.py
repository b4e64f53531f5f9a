"""The three wraps of one head: skin wrap on the skin, inner wraps at the wanted depth, nothing inverted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8

from landmark_driver.geometry.vertex_normals import smoothed_normals
from landmark_driver.layers.wraps.inward_start import TrianglesAround, safest_directions, uninverted_start
from landmark_driver.layers.wraps.prism_tets import prism_tets, reference_prisms, signed_volumes
from landmark_driver.layers.wraps.skin_wrap import SkinWrapper, vertex_areas
from landmark_driver.layers.wraps.slit_directions import slit_directions, slit_vertices
from landmark_driver.layers.wraps.untangling import ReferenceShapes, untangle

_MM = 1e3
"""The untangling works in millimetres."""

_SLIT_FRACTION = 0.1
"""The hold of the inner nodes at lips and lids, as a fraction of the skin's."""


@dataclass(frozen=True)
class WrapSolver:
    """The skin wrapper and the tetrahedra that all heads of a topology share."""

    wrapper: SkinWrapper
    tets: Int[np.ndarray, "tets 4"]
    tissue: UInt8[np.ndarray, "tets"]
    face_of: Int[np.ndarray, "tets"]

    @classmethod
    def of(cls, wrapper: SkinWrapper) -> WrapSolver:
        """Return the solver of a wrapper's topology, with its prisms cut into tetrahedra.

        Args:
            wrapper: the skin wrapper.

        Returns:
            The solver.
        """
        return cls(wrapper, *prism_tets(wrapper.template.faces, wrapper.template.size))


@dataclass(frozen=True)
class Stage:
    """A stage of the fit: the hold of the skin wrap to the skin, and the number of iterations.

    The hold is per mm^2 of skin, against energy per mm^3.
    """

    hold: float
    iterations: int


STAGES = (Stage(0.3, 25), Stage(3.0, 25), Stage(30.0, 35))
"""The stages from the default head's shape to this head's skin, with a growing hold."""

DEFAULT_HEAD_STAGES = (Stage(3.0, 200), Stage(30.0, 120), Stage(100.0, 60))
"""The stages of the default head, which starts from smoothed normals and needs more iterations."""


def fit_wraps(
    solver: WrapSolver,
    skin: Float[np.ndarray, "skin 3"],
    layers: Float[np.ndarray, "layers wrap"],
    default_nodes: Float[np.ndarray, "nodes 3"],
) -> tuple[Float[np.ndarray, "nodes 3"], int]:
    """Return the nodes of skin, muscle and skull wrap, and the number of inverted tetrahedra.

    Args:
        solver: the solver of the topology.
        skin: (S, 3) metres, head frame.
        layers: (2, W) metres, the wanted thicknesses of soft and muscle tissue.
        default_nodes: (3 W, 3) metres, head frame: the default head's, with no tetrahedron inverted.

    Returns:
        (3 W, 3) metres, head frame, and the number of inverted tetrahedra (0 but for a bug).

    The nodes start as an affine image of the default head's, in which nothing is inverted, and no step of
    the untangling inverts anything. Where the skin folds over itself the wrap therefore stays off it.
    """
    target = solver.wrapper.wrap(skin)
    start = affine_image(default_nodes[: len(target)], target, default_nodes)
    return _untangled(solver, target, layers, start, STAGES)


def fit_default_wraps(
    solver: WrapSolver, skin: Float[np.ndarray, "skin 3"], layers: Float[np.ndarray, "layers wrap"]
) -> tuple[Float[np.ndarray, "nodes 3"], int]:
    """Return the nodes of the default head, from which all other heads start, as `fit_wraps` does for those.

    Args:
        solver: the solver of the topology.
        skin: (S, 3) metres, head frame.
        layers: (2, W) metres, the wanted thicknesses of soft and muscle tissue.

    Returns:
        (3 W, 3) metres, head frame, and the number of inverted tetrahedra.

    The fit starts from a thin layer where a thick one fails.
    """
    target = solver.wrapper.wrap(skin)
    faces = solver.wrapper.template.faces
    offsets = -np.cumsum(layers, 0)[..., None] * smoothed_normals(target, faces, 6)
    around = TrianglesAround.of(faces, len(target))
    safest, _ = safest_directions(target, around)
    volumes = _shapes(solver, target, layers).volumes / _MM**3
    start, _ = uninverted_start(target, offsets, safest, around, solver.tets, volumes)
    return _untangled(solver, target, layers, start, DEFAULT_HEAD_STAGES)


def affine_image(
    source: Float[np.ndarray, "n 3"], target: Float[np.ndarray, "n 3"], points: Float[np.ndarray, "points 3"]
) -> Float[np.ndarray, "points 3"]:
    """Return points under the affine map that takes `source` nearest to `target` (least squares).

    Args:
        source: (N, 3) metres.
        target: (N, 3) metres.
        points: (P, 3) metres, in the frame of the source.

    Returns:
        (P, 3) metres, in the frame of the target.
    """
    columns = np.concatenate([source, np.ones((len(source), 1))], 1)
    mapping = np.linalg.lstsq(columns, target, rcond=None)[0]
    return points @ mapping[:3] + mapping[3]


def _untangled(
    solver: WrapSolver,
    target: Float[np.ndarray, "wrap 3"],
    layers: Float[np.ndarray, "layers wrap"],
    start: Float[np.ndarray, "nodes 3"],
    stages: tuple[Stage, ...],
) -> tuple[Float[np.ndarray, "nodes 3"], int]:
    shapes = _shapes(solver, target, layers)
    goals, fraction = _goals(solver, _MM * target, _MM * np.cumsum(layers, 0))
    nodes = _MM * start
    for stage in stages:
        nodes = untangle(nodes, shapes, goals, stage.hold * fraction, stage.iterations)
    return nodes / _MM, int((signed_volumes(nodes, solver.tets) <= 0).sum())


def _shapes(
    solver: WrapSolver, target: Float[np.ndarray, "wrap 3"], layers: Float[np.ndarray, "layers wrap"]
) -> ReferenceShapes:
    faces = solver.wrapper.template.faces
    corners = reference_prisms(_MM * target, faces, _MM * layers, solver.tets, solver.face_of)
    return ReferenceShapes.of(solver.tets, corners)


def _goals(
    solver: WrapSolver, points: Float[np.ndarray, "wrap 3"], depths: Float[np.ndarray, "layers wrap"]
) -> tuple[Float[np.ndarray, "nodes 3"], Float[np.ndarray, "nodes"]]:
    """Return the positions to be held at and the weights of the hold.

    Held are the skin wrap, and the inner nodes behind lips and lids.
    """
    template = solver.wrapper.template
    areas = vertex_areas(points, template.faces)
    slit = slit_vertices(template)
    inner = slit_directions(template, points)
    goals, fraction = np.tile(points, (3, 1)), np.zeros(3 * template.size)
    fraction[: template.size] = areas
    for layer, depth in enumerate(depths, 1):
        rows = layer * template.size + slit
        goals[rows] = points[slit] + depth[slit, None] * inner
        fraction[rows] = _SLIT_FRACTION * areas[slit]
    return goals, fraction
