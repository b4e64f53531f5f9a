"""The character of a fitted scan: the registered head drives, the scan is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int, UInt8

from landmark_driver.character import Character
from landmark_driver.head.eyeballs import fit_sphere
from landmark_driver.head.identity_model import HeadTopology, IdentityModel
from landmark_driver.head.scan_surface import ScanSurface
from landmark_driver.head_fit.attachment.bind_scan import bind_scan
from landmark_driver.head_fit.attachment.surface import Surface
from landmark_driver.head_fit.registration.fit_scan import FittedScan
from landmark_driver.identities.build_character import character_from
from landmark_driver.network.shipped_networks import shipped_network
from landmark_driver.rendering.detailed_head import detailed_head

_MOUTH_PARTS = ("mouth_cavity", "tongue", "teeth_upper", "teeth_lower")
_PLAIN = np.array([206, 163, 142], np.uint8)
"""sRGB of a scan without colours."""
_OWN_EYE_FRACTION = 0.5
_EYE_SURFACE_M = 0.004


def character_of_scan(model: IdentityModel, fitted: FittedScan, provenance: dict[str, Any]) -> Character:
    """Return the character of a fitted scan.

    Args:
        model: the identity model of the head.
        fitted: the scan with its registered head.
        provenance: entries that join the model's name in the file.

    Returns:
        The registered head's expressions, landmarks, eyes and networks, and the scan bound to it.
    """
    character = character_from(model, fitted.head, provenance)
    scan, topology = fitted.scan, model.topology
    vertices = fitted.to_head(scan.vertices)
    detail = detailed_head(model.template())
    fine = detail.subdivision(fitted.head.vertices)
    attached = bind_scan(
        vertices, scan.faces, topology, fitted.head.vertices, fine, detail.faces, detail.face_part
    )
    own_eyes = [_has_own_eye(fitted, side) for side in ("left", "right")]
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = fitted.to_head.rotation, fitted.to_head.translation
    surface = ScanSurface(
        vertices=scan.vertices,
        faces=scan.faces,
        bridging=attached.bridging,
        fine_face=attached.fine_face.astype(np.int32),
        weights=(attached.weights * attached.fraction[:, None]).astype(np.float32),
        colors=_colors(fitted),
        added_vertices=_added(topology, all(own_eyes)),
        T_head_scan=pose,
        scale_to_metres=fitted.to_head.scale,
        texture=scan.texture,
    )
    return replace(character, network=shipped_network(character.head), scan=surface)


def _added(topology: HeadTopology, own_eyes: bool) -> Int[np.ndarray, "added"]:
    """Return the template vertices to add: the mouth's inside, and eyes where the scan has none."""
    eyes = () if own_eyes else ("eye_cavity_left", "eye_cavity_right", "eyeball_left", "eyeball_right")
    return np.unique(topology.faces_of(*_MOUTH_PARTS, *eyes)).astype(np.int32)


def _has_own_eye(fitted: FittedScan, side: str) -> bool:
    """Return whether the scan has a surface at the front of the template's eyeball."""
    ball = fitted.head.vertices[fitted.head.topology.vertices_of(f"eyeball_{side}")]
    centre, radius = fit_sphere(ball)
    front = ball[(ball - centre)[:, 2] > 0.97 * radius]
    surface = Surface(fitted.clean_vertices, fitted.clean.faces)
    found = surface.nearest(front)
    near = (found.distance < _EYE_SURFACE_M) & ~surface.at_border(found)
    return bool(near.mean() > _OWN_EYE_FRACTION)


def _colors(fitted: FittedScan) -> UInt8[np.ndarray, "scan 3"]:
    own: Float[np.ndarray, "scan 3"] | None = fitted.scan.vertex_colors()
    if own is None:
        return np.tile(_PLAIN, (len(fitted.scan.vertices), 1))
    return np.round(255 * own).astype(np.uint8)
