"""Bones of one head: cranium with orbits and nasal opening, maxilla, mandible with condyles, teeth.

Cranium and mandible are cut from the skull wrap, so that they follow it on every head and lie under
all tissue by construction. Orbits, nasal cavity, skull base and the inside of the mandible, which the
wrap does not show, are built onto the cuts' edges. Teeth and alveolar processes are rigid shapes of
their own, moved with the face to their depth behind the lips and drawn back until lips and cheeks clear them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from landmark_driver.geometry.mesh_contact import distance_to_mesh
from landmark_driver.geometry.triangle_intersections import intersecting_pairs
from landmark_driver.geometry.vertex_normals import smoothed_normals
from landmark_driver.layers.bones.bone_clearance import CLEARANCE_M, clear_of_tissue
from landmark_driver.layers.bones.bone_template import BoneTemplate, LipMargin
from landmark_driver.layers.bones.dental_arch import LOWER, UPPER, DentalMesh
from landmark_driver.layers.bones.hollow import hollow_faces, hollow_points
from landmark_driver.layers.bones.level_set_patch import LevelSetPatch

BONE_PARTS = ("cranium", "maxilla", "mandible", "upper_teeth", "lower_teeth")
"""Labels of bone triangles. The mandible and the lower teeth move with the jaw, the rest with the head."""

_SUNK_M = 2.5e-4
"""Bone lies this far under the skull wrap, so that the two never touch."""

_THROAT = np.array([0.0, -0.075, -0.045])
"""The point of the default head that teeth are drawn towards."""

_DRAWN, _DRAW_STEP = (0.6, 1.1), 0.0125
"""The teeth's distance from the throat over that on the default head: its range, and its steps backwards."""


@dataclass(frozen=True)
class Bones:
    """Closed triangle meshes, metres, head frame."""

    vertices: Float[np.ndarray, "vertices 3"]
    faces: Int[np.ndarray, "faces 3"]
    part: UInt8[np.ndarray, "faces"]
    """The index into `BONE_PARTS` for every triangle."""
    moves_with_jaw: Bool[np.ndarray, "vertices"]
    """Whether each vertex belongs to the mandible or the lower teeth."""


def build_bones(
    template: BoneTemplate,
    skull_wrap: Float[np.ndarray, "wrap 3"],
    skin: Float[np.ndarray, "skin 3"],
    skin_faces: Int[np.ndarray, "faces 3"],
) -> Bones:
    """Return the bones under a skull wrap, moved to `CLEARANCE_M` from the skin where they are nearer.

    Args:
        template: the bone template of the topology.
        skull_wrap: (W, 3) metres, head frame.
        skin: (S, 3) metres, head frame.
        skin_faces: (F, 3) the skin's triangles.

    Returns:
        The bones, metres, head frame.
    """
    inward = -smoothed_normals(skull_wrap, template.wrap.faces, 8)
    to_default = _affine(template.default_skull[template.around_mouth], skull_wrap[template.around_mouth])
    scale = float(np.cbrt(abs(np.linalg.det(to_default[:3]))))
    cranium, cranium_faces, cranium_part = _cranium(template, skull_wrap, inward, scale)
    mandible, mandible_faces = _mandible(template, skull_wrap, inward, scale)
    skin_mesh, wrap_mesh = (skin, skin_faces), (skull_wrap, template.wrap.faces)
    cranium = clear_of_tissue((cranium, cranium_faces), skin_mesh, wrap_mesh, _towards_middle(cranium))
    mandible = clear_of_tissue((mandible, mandible_faces), skin_mesh, wrap_mesh, _towards_middle(mandible))
    teeth = _placed_teeth(template, to_default, scale, skull_wrap, skin, skin_faces)
    pieces = [(cranium, cranium_faces, cranium_part, False)]
    pieces.append(
        (mandible, mandible_faces, np.full(len(mandible_faces), BONE_PARTS.index("mandible")), True)
    )
    for jaw, bone, tooth in ((UPPER, "maxilla", "upper_teeth"), (LOWER, "mandible", "lower_teeth")):
        dental = template.dental[jaw]
        part = np.where(dental.is_tooth > 0, BONE_PARTS.index(tooth), BONE_PARTS.index(bone))
        pieces.append((teeth[jaw], dental.faces, part, jaw == LOWER))
    starts = np.cumsum([0] + [len(piece[0]) for piece in pieces[:-1]])
    return Bones(
        np.concatenate([piece[0] for piece in pieces]),
        np.concatenate([piece[1] + start for piece, start in zip(pieces, starts, strict=True)]),
        np.concatenate([piece[2] for piece in pieces]).astype(np.uint8),
        np.concatenate([np.full(len(piece[0]), piece[3]) for piece in pieces]),
    )


def _cranium(
    template: BoneTemplate,
    skull_wrap: Float[np.ndarray, "wrap 3"],
    inward: Float[np.ndarray, "wrap 3"],
    scale: float,
) -> tuple[Float[np.ndarray, "points 3"], Int[np.ndarray, "faces 3"], Int[np.ndarray, "faces"]]:
    """Return vertices, triangles and parts: the cut wrap with orbits, nasal cavity and base."""
    patch = template.cranium
    rounding = scale * 0.0015 * np.clip(1 - template.cranium_edge / 0.003, 0, 1) ** 2
    outside = _under_wrap(patch, skull_wrap, inward, _SUNK_M + rounding)
    points, faces = [outside], [patch.faces]
    part = [np.where(template.cranium_is_maxilla, BONE_PARTS.index("maxilla"), BONE_PARTS.index("cranium"))]
    count = len(outside)
    for hollow in template.hollows:
        points.append(hollow_points(hollow, outside[hollow.rim], scale))
        faces.append(hollow_faces(hollow, count))
        part.append(np.full(len(faces[-1]), BONE_PARTS.index("cranium")))
        count += len(points[-1])
    return np.concatenate(points), np.concatenate(faces), np.concatenate(part)


def _mandible(
    template: BoneTemplate,
    skull_wrap: Float[np.ndarray, "wrap 3"],
    inward: Float[np.ndarray, "wrap 3"],
    scale: float,
) -> tuple[Float[np.ndarray, "points 3"], Int[np.ndarray, "faces 3"]]:
    """Return vertices and triangles: the cut wrap as outside, an inside parallel to it, and the wall between."""
    patch = template.mandible
    edge = np.clip(1 - template.mandible_edge / 0.004, 0, 1) ** 2
    outside = _under_wrap(patch, skull_wrap, inward, _SUNK_M + scale * 0.0018 * edge)
    thickness = scale * template.mandible_thickness * (1 - 0.55 * edge)
    inside = outside + thickness[:, None] * template.mandible_inwards
    rim, following = template.mandible_rim, np.roll(template.mandible_rim, -1)
    count = len(outside)
    wall = np.concatenate(
        [np.stack([following, rim, rim + count], 1), np.stack([following, rim + count, following + count], 1)]
    )
    return np.concatenate([outside, inside]), np.concatenate(
        [patch.faces, patch.faces[:, ::-1] + count, wall]
    )


def _towards_middle(points: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points 3"]:
    """Return unit vectors to a bone's middle: the way in from every side of a head."""
    towards = points.mean(0) - points
    return towards / np.linalg.norm(towards, axis=1, keepdims=True)


def _under_wrap(
    patch: LevelSetPatch,
    skull_wrap: Float[np.ndarray, "wrap 3"],
    inward: Float[np.ndarray, "wrap 3"],
    depth: Float[np.ndarray, "vertices"],
) -> Float[np.ndarray, "vertices 3"]:
    """Return the patch moved under the skull wrap by `depth`, metres."""
    direction = patch.place(inward)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    return patch.place(skull_wrap) + np.reshape(depth, (-1, 1)) * direction


def _placed_teeth(
    template: BoneTemplate,
    to_head: Float[np.ndarray, "4 3"],
    scale: float,
    skull_wrap: Float[np.ndarray, "wrap 3"],
    skin: Float[np.ndarray, "skin 3"],
    skin_faces: Int[np.ndarray, "faces 3"],
) -> list[Float[np.ndarray, "_ 3"]]:
    """Return both jaws' dental meshes on this head, drawn back towards the throat until nothing touches them.

    They start as deep behind the lip's margin as measurements say.
    """
    return [
        _placed_jaw(dental, lip, to_head, scale, (skull_wrap, template.wrap.faces), (skin, skin_faces))
        for dental, lip in zip(template.dental, template.lip_margins, strict=True)
    ]


def _placed_jaw(
    dental: DentalMesh,
    lip: LipMargin,
    to_head: Float[np.ndarray, "4 3"],
    scale: float,
    wrap: tuple[Float[np.ndarray, "wrap 3"], Int[np.ndarray, "wrap_faces 3"]],
    skin: tuple[Float[np.ndarray, "skin 3"], Int[np.ndarray, "faces 3"]],
) -> Float[np.ndarray, "points 3"]:
    def at(draw: float) -> Float[np.ndarray, "points 3"]:
        drawn = _THROAT + (dental.vertices - _THROAT) * [draw, 1, draw]
        return np.concatenate([drawn, np.ones((len(drawn), 1))], 1) @ to_head

    depth = distance_to_mesh(skin[0][[lip.skin_vertex]], at(1), dental.faces)[0]
    reach = scale * (dental.vertices[:, 2].max() - _THROAT[2])
    first = float(np.clip(1 + (depth - scale * lip.teeth_depth) / reach, *_DRAWN))
    placed = at(first)
    for draw in np.arange(first, _DRAWN[0], -_DRAW_STEP):
        placed = at(float(draw))
        free = distance_to_mesh(placed, *skin).min() > CLEARANCE_M
        if free and len(intersecting_pairs(placed, dental.faces, *wrap)) == 0:
            break
    return placed


def _affine(source: Float[np.ndarray, "n 3"], target: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "4 3"]:
    """Return the affine map of least squares: [source, 1] @ map = target."""
    return np.linalg.lstsq(np.concatenate([source, np.ones((len(source), 1))], 1), target, rcond=None)[0]
