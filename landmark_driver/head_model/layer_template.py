"""Everything about layers that is decided once, on the default head, and kept by vertex index."""

from __future__ import annotations

import functools
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from landmark_driver.head_model.attachment import skin_carriers
from landmark_driver.head_model.bone_regions import slides_on_teeth, wrap_bones
from landmark_driver.head_model.face_regions import face_regions
from landmark_driver.head_model.fit_wraps import Attempt, WrapSolver, fit_wraps
from landmark_driver.head_model.identity_model import HeadModelError, IdentityHead
from landmark_driver.head_model.jaw_hinge import condyle_vertices
from landmark_driver.head_model.lip_patches import LipPatches, lip_patches
from landmark_driver.head_model.skin_wrap import build_skin_wrapper, vertex_normals
from landmark_driver.head_model.tissue_thickness import SOFT_SHARE, default_thickness, site_vertices
from landmark_driver.head_model.wrap_template import WrapTemplate, build_wrap_template

VERSION = 1
"""Raised whenever the default head's layers come out differently, so that an old cache is not read."""


@dataclass(frozen=True)
class LayerTemplate:
    """The default head's layers, and the labels that every head's layers share."""

    solver: WrapSolver
    skin_wrap: Float[np.ndarray, "wrap 3"]
    thickness: Float[np.ndarray, "wrap"]
    """Wanted distance from skin wrap to skull wrap on the default head, metres."""
    offsets: Float[np.ndarray, "layers wrap 3"]
    """Muscle and skull wrap of the default head relative to its skin wrap, in each vertex's own frame."""
    node_bone: UInt8[np.ndarray, "nodes"]
    sliding: Bool[np.ndarray, "nodes"]
    region: UInt8[np.ndarray, "wrap"]
    carriers: tuple[Int[np.ndarray, "skin 3"], Float[np.ndarray, "skin 3"]]
    lips: LipPatches
    condyles: Int[np.ndarray, "2 count"]
    sites: dict[str, int]

    @property
    def wrap(self) -> WrapTemplate:
        return self.solver.wrapper.template


def build_layer_template(default: IdentityHead, cache: Path | None = None) -> LayerTemplate:
    """The template of a topology from its default head; layering that head takes some seconds and is cached."""
    wrap = build_wrap_template(default.topology, default.vertices)
    solver = WrapSolver.of(build_skin_wrapper(wrap))
    skin = default.vertices[default.topology.vertices_of("skin")]
    skin_wrap = solver.wrapper.wrap(skin)
    thickness, nodes = _cached_layers(solver, skin, skin_wrap, cache)
    inner = nodes[wrap.size :].reshape(2, wrap.size, 3) - nodes[: wrap.size]
    free = np.zeros(2 * wrap.size, np.uint8)
    region = face_regions(skin_wrap, wrap.lip_loop)
    return LayerTemplate(
        solver=solver,
        skin_wrap=skin_wrap,
        thickness=thickness,
        offsets=np.einsum("vrc,lvr->lvc", vertex_frames(nodes[: wrap.size], wrap.faces), inner),
        node_bone=np.concatenate([free, wrap_bones(skin_wrap)]),
        sliding=np.concatenate([free.astype(bool), slides_on_teeth(skin_wrap)]),
        region=region,
        carriers=skin_carriers(wrap, skin, skin_wrap),
        lips=lip_patches(wrap, region),
        condyles=condyle_vertices(skin_wrap),
        sites=site_vertices(skin_wrap, wrap.faces),
    )


@functools.cache
def load_layer_template() -> LayerTemplate:
    """The template of the default identity model."""
    from landmark_driver.head_model.anny_identities import load_anny_identities

    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return build_layer_template(load_anny_identities().mean(), Path(root) / "softdeca")


def vertex_frames(
    points: Float[np.ndarray, "wrap 3"], faces: Int[np.ndarray, "faces 3"]
) -> Float[np.ndarray, "wrap 3 3"]:
    """A right-handed frame per vertex, as columns: a tangent, another, the smoothed normal.

    The first tangent points along the first edge of the vertex's first triangle, so that frames of
    two heads with one triangulation correspond.
    """
    normals = vertex_normals(points, faces, 2)
    first = np.full(len(points), -1)
    for k in (2, 1, 0):
        first[faces[::-1, k]] = faces[::-1, (k + 1) % 3]
    tangent = points[first] - points
    tangent -= (tangent * normals).sum(1, keepdims=True) * normals
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    return np.stack([tangent, np.cross(normals, tangent), normals], 2)


_FIRST_ATTEMPTS = ((Attempt(3, 250), Attempt(30, 150), Attempt(100, 100)),)
"""The default head starts from smoothed normals and may take its time."""


def _cached_layers(
    solver: WrapSolver,
    skin: Float[np.ndarray, "skin 3"],
    skin_wrap: Float[np.ndarray, "wrap 3"],
    cache: Path | None,
) -> tuple[Float[np.ndarray, "wrap"], Float[np.ndarray, "nodes 3"]]:
    key = hashlib.sha256(skin.round(7).tobytes()).hexdigest()[:12]
    path = None if cache is None else cache / f"default_layers_v{VERSION}_{key}.npz"
    if path is not None and path.exists():
        with np.load(path) as data:
            return data["thickness"], data["nodes"]
    thickness = default_thickness(solver.wrapper.template, skin_wrap)
    nodes, inverted = fit_wraps(solver, skin, split_layers(thickness), attempts=_FIRST_ATTEMPTS)
    if inverted:
        raise HeadModelError(
            f"The default head could not be layered: {inverted} inverted tetrahedra remain. "
            "Its skin must be smooth and free of self-intersections."
        )
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part.npz")
        np.savez_compressed(unfinished, thickness=thickness, nodes=nodes)
        unfinished.replace(path)
    return thickness, nodes


def split_layers(thickness: Float[np.ndarray, "wrap"]) -> Float[np.ndarray, "2 wrap"]:
    """Soft and muscle tissue's shares of the whole thickness."""
    return np.stack([SOFT_SHARE * thickness, (1 - SOFT_SHARE) * thickness])
