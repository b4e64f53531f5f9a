"""The layers of the default head, decided once and kept by vertex index."""

from __future__ import annotations

import functools
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from landmark_driver.geometry.mesh_contact import distance_to_mesh
from landmark_driver.head.cache_folder import cache_folder
from landmark_driver.head.identity_model import HeadModelError, IdentityHead
from landmark_driver.layers.bones.bone_regions import slides_on_teeth, wrap_bones
from landmark_driver.layers.bones.bone_template import BoneTemplate, LipMargin, build_bone_template
from landmark_driver.layers.bones.bones import build_bones
from landmark_driver.layers.bones.cartilage import CartilageTemplate, build_cartilage_template
from landmark_driver.layers.bones.jaw_hinge import condyle_vertices
from landmark_driver.layers.muscles import MuscleTemplate, build_muscle_template, muscle_of_tets
from landmark_driver.layers.tissue_thickness import (
    CORRECTED_SITES,
    MEASURED_SITES,
    ON_TEETH,
    SOFT_FRACTION,
    default_thickness,
    site_vertices,
)
from landmark_driver.layers.wraps.attachment import skin_carriers
from landmark_driver.layers.wraps.fit_wraps import WrapSolver, fit_default_wraps
from landmark_driver.layers.wraps.lip_patches import LipPatches, lip_patches
from landmark_driver.layers.wraps.skin_wrap import build_skin_wrapper
from landmark_driver.layers.wraps.wrap_template import WrapTemplate, build_wrap_template, ear_vertices
from landmark_driver.tissue.face_regions import face_regions

VERSION = 6
"""Raised whenever the default head's layers come out differently, so that an old cache is not read."""

_CORRECTIONS = 4
"""How often the wanted thickness is corrected until the bones' distance meets the sources."""

_LARGEST_CORRECTION_MM = 6.0

_BEFORE_TEETH_MM = 1.0
"""At sites on teeth the skull wrap lies this far in front of them, so that they need not be drawn back."""


@dataclass(frozen=True)
class LayerTemplate:
    """The default head's layers, and the labels that every head's layers share. Points in metres, head frame."""

    solver: WrapSolver
    skin_wrap: Float[np.ndarray, "wrap 3"]
    thickness: Float[np.ndarray, "wrap"]
    """The wanted distance from skin wrap to skull wrap on the default head, metres."""
    nodes: Float[np.ndarray, "nodes 3"]
    """The default head's own layers, with no tetrahedron inverted."""
    node_bone: UInt8[np.ndarray, "nodes"]
    sliding: Bool[np.ndarray, "nodes"]
    region: UInt8[np.ndarray, "wrap"]
    carriers: tuple[Int[np.ndarray, "skin 3"], Float[np.ndarray, "skin 3"]]
    lips: LipPatches
    condyles: Int[np.ndarray, "2 count"]
    sites: dict[str, tuple[int, ...]]
    """Skin vertices of each measured site: one on the midline, or left and right."""
    outside_ears: Int[np.ndarray, "outside_ears 3"]
    """Skin triangles without the ears."""
    bones: BoneTemplate
    muscles: MuscleTemplate
    cartilage: CartilageTemplate
    tet_muscle: Int[np.ndarray, "tets"]
    """The index into the muscles' names, -1 where a tetrahedron has no muscle."""
    tet_fibre_step: Int[np.ndarray, "tets"]

    @property
    def wrap(self) -> WrapTemplate:
        return self.solver.wrapper.template


def build_layer_template(default: IdentityHead, cache: Path | None = None) -> LayerTemplate:
    """Return the layer template of a topology, built on its default head.

    Args:
        default: the default head of an identity model.
        cache: the folder that keeps the default head's layers; None to keep nothing.

    Returns:
        The layer template.

    Raises:
        HeadModelError: where tetrahedra of the default head stay inverted.

    Layering the default head takes about a minute.
    """
    topology = default.topology
    wrap = build_wrap_template(topology, default.vertices)
    solver = WrapSolver.of(build_skin_wrapper(wrap))
    skin = default.vertices[topology.vertices_of("skin")]
    skin_faces = topology.faces_of("skin")
    skin_wrap = solver.wrapper.wrap(skin)
    sites = _skin_sites(wrap, skin_wrap)
    thickness, nodes = _cached_layers(solver, skin, skin_faces, sites, cache)
    layers = nodes.reshape(3, wrap.size, 3)
    muscles = build_muscle_template(wrap, layers)
    sheets = muscles.place(layers[1], layers[2])
    muscle, step = muscle_of_tets(muscles, sheets, nodes[solver.tets].mean(1))
    is_muscle = solver.tissue == 1
    free = np.zeros(2 * wrap.size, np.uint8)
    region = face_regions(skin_wrap, wrap.lip_loop)
    return LayerTemplate(
        solver=solver,
        skin_wrap=skin_wrap,
        thickness=thickness,
        nodes=nodes,
        node_bone=np.concatenate([free, wrap_bones(skin_wrap)]),
        sliding=np.concatenate([free.astype(bool), slides_on_teeth(skin_wrap)]),
        region=region,
        carriers=skin_carriers(wrap, skin, skin_wrap),
        lips=lip_patches(wrap, region),
        condyles=condyle_vertices(skin_wrap),
        sites={name: sites[name] for name in MEASURED_SITES},
        outside_ears=skin_faces[~ear_vertices(skin)[skin_faces].any(1)],
        bones=build_bone_template(wrap, skin_wrap, layers[2], _lip_margins(sites)),
        muscles=muscles,
        cartilage=build_cartilage_template(wrap, skin_wrap, skin, skin_faces),
        tet_muscle=np.where(is_muscle, muscle, -1).astype(np.int16),
        tet_fibre_step=np.where(is_muscle, step, -1),
    )


@functools.cache
def load_layer_template(default: IdentityHead) -> LayerTemplate:
    """Return the layer template of an identity model, built once per process, its layers once per machine.

    Args:
        default: the model's `template()`.

    Returns:
        The layer template, the same object for the same head.

    Raises:
        HeadModelError: where tetrahedra of the default head stay inverted.
    """
    return build_layer_template(default, cache_folder())


def split_layers(thickness: Float[np.ndarray, "wrap"]) -> Float[np.ndarray, "2 wrap"]:
    """Return the thicknesses of soft and muscle tissue, `SOFT_FRACTION` of the whole and the rest.

    Args:
        thickness: (W,) metres, from skin wrap to skull wrap.

    Returns:
        (2, W) metres: skin wrap to muscle wrap, muscle wrap to skull wrap.
    """
    return np.stack([SOFT_FRACTION * thickness, (1 - SOFT_FRACTION) * thickness])


def _skin_sites(wrap: WrapTemplate, skin_wrap: Float[np.ndarray, "wrap 3"]) -> dict[str, tuple[int, ...]]:
    sites = {}
    for name, vertex in site_vertices(skin_wrap, wrap.faces).items():
        mirrored = int(np.linalg.norm(skin_wrap - skin_wrap[vertex] * [-1, 1, 1], axis=1).argmin())
        both = (vertex,) if mirrored == vertex else (vertex, mirrored)
        sites[name] = tuple(int(wrap.skin_vertex[row]) for row in both)
        assert min(sites[name]) >= 0, "measured sites lie on the skin, not on an ear's patch"
    return sites


def _lip_margins(sites: dict[str, tuple[int, ...]]) -> tuple[LipMargin, LipMargin]:
    upper, lower = (LipMargin(sites[name][0], 1e-3 * MEASURED_SITES[name].thickness_mm) for name in ON_TEETH)
    return upper, lower


def _cached_layers(
    solver: WrapSolver,
    skin: Float[np.ndarray, "skin 3"],
    skin_faces: Int[np.ndarray, "faces 3"],
    sites: dict[str, tuple[int, ...]],
    cache: Path | None,
) -> tuple[Float[np.ndarray, "wrap"], Float[np.ndarray, "nodes 3"]]:
    asked_for = default_thickness(solver.wrapper.template, solver.wrapper.wrap(skin), {})
    key = hashlib.sha256(np.concatenate([skin.ravel(), asked_for]).round(7).tobytes()).hexdigest()[:12]
    path = None if cache is None else cache / f"default_layers_v{VERSION}_{key}.npz"
    if path is not None and path.exists():
        with np.load(path) as data:
            return data["thickness"], data["nodes"]
    thickness, nodes = _corrected_layers(solver, skin, skin_faces, sites)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}.part.npz")
        np.savez_compressed(unfinished, thickness=thickness, nodes=nodes)
        unfinished.replace(path)
    return thickness, nodes


def _corrected_layers(
    solver: WrapSolver,
    skin: Float[np.ndarray, "skin 3"],
    skin_faces: Int[np.ndarray, "faces 3"],
    sites: dict[str, tuple[int, ...]],
) -> tuple[Float[np.ndarray, "wrap"], Float[np.ndarray, "nodes 3"]]:
    """Return the wanted thickness and the nodes of the default head such that bones lie as deep as the table says.

    Curved prisms come out thinner or thicker than wanted, so each site's shortfall is added to its wanted thickness.
    """
    template = solver.wrapper.template
    skin_wrap = solver.wrapper.wrap(skin)
    additional_mm = dict.fromkeys(CORRECTED_SITES, 0.0) | dict.fromkeys(ON_TEETH, -_BEFORE_TEETH_MM)
    thickness, nodes = np.empty(0), np.empty(0)
    for round_number in range(1 + _CORRECTIONS):
        thickness = default_thickness(template, skin_wrap, additional_mm)
        nodes, inverted = fit_default_wraps(solver, skin, split_layers(thickness))
        if inverted:
            raise HeadModelError(
                f"Expected no inverted tetrahedra in the default head, got {inverted}. "
                "Take a skin that is smooth and free of self-intersections."
            )
        if round_number == _CORRECTIONS:
            break
        skull_wrap = nodes[2 * template.size :]
        bone_template = build_bone_template(template, skin_wrap, skull_wrap, _lip_margins(sites))
        bones = build_bones(bone_template, skull_wrap, skin, skin_faces)
        for name, site in CORRECTED_SITES.items():
            vertices = sites[name]
            found_mm = 1e3 * distance_to_mesh(skin[list(vertices)], bones.vertices, bones.faces).mean()
            additional_mm[name] += 0.8 * (site.thickness_mm - found_mm)
            most = _LARGEST_CORRECTION_MM
            additional_mm[name] = float(np.clip(additional_mm[name], -most, most))
    return thickness, nodes
