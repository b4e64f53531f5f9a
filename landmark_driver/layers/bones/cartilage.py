"""Cartilage of the nose and of both ears: thin closed shells under the skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int

from landmark_driver.geometry.mesh_loops import boundary_loops
from landmark_driver.geometry.triangle_intersections import intersecting_pairs
from landmark_driver.geometry.vertex_normals import smoothed_normals
from landmark_driver.layers.bones.bone_regions import polygon_signed_distance
from landmark_driver.layers.bones.level_set_patch import LevelSetPatch, cut_patch, subdivided
from landmark_driver.layers.wraps.wrap_template import WrapTemplate, ear_vertices

CARTILAGES = ("nose_cartilage", "ear_cartilage_left", "ear_cartilage_right")

_NOSE_XY = 1e-3 * np.array(
    [[0.0, -22.5], [7.0, -27.0], [13.5, -39.0], [14.5, -45.0], [9.0, -47.5], [0.0, -48.5]]
)
"""Lateral and alar cartilages seen from the front, left half."""

_NOSE_DEPTH = (0.2, 0.55)
"""The depths of the shell's faces in the muscle layer, as for muscles."""

_UNDER_EAR_SKIN_M = (0.0006, 0.0012)
"""The depths of the two faces of an ear's shell."""


_ROOT_X = 0.0745
"""The ears' shells begin this far from the middle of the default head."""


@dataclass(frozen=True)
class CartilageTemplate:
    """The nose's cut and the ears' triangles, which the cartilage of all heads shares."""

    nose: LevelSetPatch
    ears: tuple[Int[np.ndarray, "ear_faces 3"], Int[np.ndarray, "ear_faces 3"]]
    """Skin triangles of the left and the right ear."""
    skin_faces: Int[np.ndarray, "faces 3"]


def build_cartilage_template(
    wrap: WrapTemplate,
    skin_wrap: Float[np.ndarray, "wrap 3"],
    skin: Float[np.ndarray, "skin 3"],
    skin_faces: Int[np.ndarray, "faces 3"],
) -> CartilageTemplate:
    """Return the nose's shell, cut, and the ears' triangles, picked on the default head.

    Args:
        wrap: the wrap template.
        skin_wrap: (W, 3) metres, head frame, of the default head.
        skin: (S, 3) metres, head frame, of the default head.
        skin_faces: (F, 3) the skin's triangles.

    Returns:
        The cartilage template.
    """
    fine = subdivided(wrap.faces, wrap.size)
    at = fine.place(skin_wrap)
    outline = np.concatenate([_NOSE_XY, _NOSE_XY[-2:0:-1] * [-1, 1]])
    field = np.where(at[:, 2] > 0.02, polygon_signed_distance(outline, at[:, :2]), -1.0)
    nose = cut_patch(fine, field)
    stands_off = ear_vertices(skin) & (np.abs(skin[:, 0]) > _ROOT_X)
    on_ear = stands_off[skin_faces].all(1)
    ears = tuple(
        _one_piece(skin_faces[on_ear & (side * skin[skin_faces, 0].mean(1) > 0)]) for side in (1, -1)
    )
    return CartilageTemplate(nose, (ears[0], ears[1]), skin_faces)


def build_cartilage(
    template: CartilageTemplate,
    muscle_wrap: Float[np.ndarray, "wrap 3"],
    skull_wrap: Float[np.ndarray, "wrap 3"],
    skin: Float[np.ndarray, "skin 3"],
    bones: tuple[Float[np.ndarray, "bones 3"], Int[np.ndarray, "bone_faces 3"]],
) -> list[tuple[Float[np.ndarray, "_ 3"], Int[np.ndarray, "_ 3"]]]:
    """Return the shells of one head's cartilages.

    Args:
        template: the cartilage template of the topology.
        muscle_wrap: (W, 3) metres, head frame.
        skull_wrap: (W, 3) metres, head frame.
        skin: (S, 3) metres, head frame.
        bones: vertices (B, 3) in metres, head frame, and triangles.

    Returns:
        Vertices (P, 3) in metres, head frame, and triangles of each of `CARTILAGES`. The nose's shell lies
        shallower where it would cut into bone.
    """
    nose_faces = _shell_faces(template.nose.faces, int(template.nose.faces.max()) + 1)
    nose = np.empty(0)
    for shallower in 0.7 ** np.arange(10):
        layers = [
            (1 - depth * shallower) * muscle_wrap + depth * shallower * skull_wrap for depth in _NOSE_DEPTH
        ]
        nose = np.concatenate([template.nose.place(layer) for layer in layers])
        if len(intersecting_pairs(nose, nose_faces, *bones)) == 0:
            break
    normals = smoothed_normals(skin, template.skin_faces, 1)
    ears = [skin - depth * normals for depth in _UNDER_EAR_SKIN_M]
    return [
        (nose, nose_faces),
        *(_own_vertices(np.concatenate(ears), _shell_faces(faces, len(skin))) for faces in template.ears),
    ]


def _shell_faces(outer: Int[np.ndarray, "outer 3"], inner_start: int) -> Int[np.ndarray, "faces 3"]:
    """Return the outer face, the inner face (vertex i of it is inner_start + i) and the walls between their edges."""
    walls = []
    for loop in boundary_loops(outer):
        following = np.roll(loop, -1)
        walls.append(np.stack([following, loop, loop + inner_start], 1))
        walls.append(np.stack([following, loop + inner_start, following + inner_start], 1))
    return np.concatenate([outer, outer[:, ::-1] + inner_start, *walls])


def _own_vertices(
    points: Float[np.ndarray, "points 3"], faces: Int[np.ndarray, "faces 3"]
) -> tuple[Float[np.ndarray, "used 3"], Int[np.ndarray, "faces 3"]]:
    used, compact = np.unique(faces, return_inverse=True)
    return points[used], compact.reshape(-1, 3)


def _one_piece(faces: Int[np.ndarray, "faces 3"]) -> Int[np.ndarray, "kept 3"]:
    """Return the largest piece without triangles that touch it by a corner only."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    _, number = np.unique(edges, axis=0, return_inverse=True)
    triangle = np.tile(np.arange(len(faces)), 3)
    incidence = sparse.coo_matrix((np.ones(len(triangle)), (triangle, number.ravel()))).tocsr()
    label = sparse.csgraph.connected_components(incidence @ incidence.T, directed=False)[1]
    return faces[label == np.bincount(label).argmax()]
