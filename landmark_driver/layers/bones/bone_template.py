"""Cuts through the wrap and cavities that the bones of all heads share, decided on the default head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from landmark_driver.geometry.mesh_loops import boundary_loops
from landmark_driver.layers.bones.bone_regions import bone_fields
from landmark_driver.layers.bones.dental_arch import LOWER, UPPER, DentalMesh, dental_mesh
from landmark_driver.layers.bones.hollow import Hollow
from landmark_driver.layers.bones.level_set_patch import LevelSetPatch, cut_patch, subdivided
from landmark_driver.layers.wraps.wrap_template import WrapTemplate


@dataclass(frozen=True)
class LipMargin:
    """The place of the skin that says how far behind a lip the teeth stand."""

    skin_vertex: int
    teeth_depth: float
    """The distance from the skin to the teeth, metres on the default head."""


@dataclass(frozen=True)
class BoneTemplate:
    """The cuts, cavities and teeth that the bones of all heads share."""

    wrap: WrapTemplate
    cranium: LevelSetPatch
    hollows: tuple[Hollow, ...]
    cranium_is_maxilla: Bool[np.ndarray, "cranium_faces"]
    mandible: LevelSetPatch
    mandible_thickness: Float[np.ndarray, "mandible"]
    mandible_inwards: Float[np.ndarray, "mandible 3"]
    """Unit vectors from the mandible's outside to its inside: backwards at the chin, towards the middle at the rami."""
    mandible_rim: Int[np.ndarray, "rim"]
    cranium_edge: Float[np.ndarray, "cranium"]
    mandible_edge: Float[np.ndarray, "mandible"]
    """The distance of each vertex from the cut, metres on the default head; both fields alike."""
    dental: tuple[DentalMesh, DentalMesh]
    lip_margins: tuple[LipMargin, LipMargin]
    """The upper and the lower lip's."""
    around_mouth: Int[np.ndarray, "anchors"]
    """Skull wrap vertices whose affine map places teeth and alveolar processes."""
    default_skull: Float[np.ndarray, "wrap 3"]


def build_bone_template(
    wrap: WrapTemplate,
    skin_wrap: Float[np.ndarray, "wrap 3"],
    skull_wrap: Float[np.ndarray, "wrap 3"],
    lip_margins: tuple[LipMargin, LipMargin],
) -> BoneTemplate:
    """Return the cuts and hollows of all heads' bones, decided on the default head.

    Args:
        wrap: the wrap template.
        skin_wrap: (W, 3) metres, head frame, of the default head.
        skull_wrap: (W, 3) metres, head frame, of the default head.
        lip_margins: the upper and the lower lip's margin.

    Returns:
        The bone template.
    """
    fine = subdivided(wrap.faces, wrap.size)
    at = fine.place(skin_wrap)
    patches = [cut_patch(fine, field) for field in bone_fields(at)]
    fields = [bone_fields(patch.place(skin_wrap))[k] for k, patch in enumerate(patches)]
    cranium, mandible = patches
    points = cranium.place(skin_wrap)
    centres = points[cranium.faces].mean(1)
    face_front = (skin_wrap[:, 1] < -0.03) & (skin_wrap[:, 1] > -0.115) & (skin_wrap[:, 2] > -0.025)
    return BoneTemplate(
        wrap=wrap,
        cranium=cranium,
        hollows=_hollows(boundary_loops(cranium.faces), points),
        cranium_is_maxilla=(centres[:, 1] < -0.014)
        & (centres[:, 2] > -0.02)
        & (np.abs(centres[:, 0]) < 0.036),
        mandible=mandible,
        mandible_thickness=_mandible_thickness(mandible.place(skin_wrap)),
        mandible_inwards=_mandible_inwards(mandible.place(skin_wrap)),
        mandible_rim=boundary_loops(mandible.faces)[0],
        cranium_edge=np.maximum(fields[0], 0),
        mandible_edge=np.maximum(fields[1], 0),
        dental=(dental_mesh(UPPER), dental_mesh(LOWER)),
        lip_margins=lip_margins,
        around_mouth=np.flatnonzero(face_front),
        default_skull=skull_wrap,
    )


def _mandible_thickness(points: Float[np.ndarray, "mandible 3"]) -> Float[np.ndarray, "mandible"]:
    """Return the mandible's thickness in metres, blended along the side view.

    The body is 10 mm thick, the chin 12, the ramus 6.5, the condyle 9.
    """
    ramus = np.interp(points[:, 2], [-0.05, -0.03], [0.0065, 0.010])
    chin = np.interp(points[:, 2], [0.0, 0.02], [0.0, 0.002])
    condyle = 0.0025 * np.clip((points[:, 1] + 0.035) / 0.01, 0, 1) * (points[:, 2] < -0.058)
    return ramus + chin + condyle


def _mandible_inwards(points: Float[np.ndarray, "mandible 3"]) -> Float[np.ndarray, "mandible 3"]:
    sideways = -np.clip(points[:, 0] / 0.035, -1, 1)
    backwards = -np.interp(points[:, 2], [-0.03, 0.02], [0.05, 1.0])
    directions = np.stack([sideways, np.zeros(len(points)), backwards], 1)
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


def _hollows(loops: list[np.ndarray], points: Float[np.ndarray, "cranium 3"]) -> tuple[Hollow, ...]:
    """Return both orbits and the nasal cavity after the longest loop, which runs around the skull's base."""
    base = max(loops, key=lambda loop: np.ptp(points[loop], axis=0).sum())
    rim = points[base]
    arch = (np.abs(rim[:, 0]) > 0.038) & (rim[:, 2] > -0.08) & (rim[:, 2] < -0.012)
    lift = np.where(arch, 0.020, np.where(rim[:, 2] > -0.03, 0.007, 0.002))
    ring = np.stack([np.roll(lift, k) for k in range(-6, 7)]).mean(0)
    found = [
        Hollow(
            base,
            np.array([0, 0.012, 0.0]),
            (0.05, 0.3, 0.6, 0.9, 1),
            (0.96, 0.86, 0.68, 0.42, 0.2),
            ring,
            (0, 0.8, 1, 0.7, 0.3),
        )
    ]
    for loop in loops:
        centre = points[loop].mean(0)
        if loop is base or len(loop) < 20:
            continue
        if abs(centre[0]) > 0.015:
            end = np.array([-0.012 * np.sign(centre[0]), 0.0, -0.040])
            found.append(
                Hollow(
                    loop, end, (0.06, 0.3, 0.6, 0.88), (1.0, 0.95, 0.72, 0.35), np.zeros(len(loop)), (0,) * 4
                )
            )
        else:
            end = np.array([0, 0.008, -0.035])
            found.append(
                Hollow(loop, end, (0.08, 0.3, 0.6, 0.9), (0.96, 0.9, 0.7, 0.4), np.zeros(len(loop)), (0,) * 4)
            )
    return tuple(found)
