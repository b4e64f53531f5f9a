"""The characters that ship: people of the default identity model.

    python -m landmark_driver.identities.build_character

writes the files of `landmark_driver.people` from the model's shapes, its landmark embedding and the skins' pictures.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from jaxtyping import Float, UInt8

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.dress.outfit import Outfit
from landmark_driver.dress.skin import skin_paints, skin_texture
from landmark_driver.dress.teeth import USUAL_TEETH
from landmark_driver.head.compact_expressions import on_steps
from landmark_driver.head.eyeballs import fit_sphere
from landmark_driver.head.head import LANDMARK_GROUPS, Head
from landmark_driver.head.identity_model import IdentityHead, IdentityModel
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.head.scan_texture import NO_PICTURE
from landmark_driver.identities.deformation_transfer import expression_transfer
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.identities.tongue_place import tongue_of, with_resting_tongue
from landmark_driver.landmarks.tracker_response import SURFACE_COUNT
from landmark_driver.people import PEOPLE, Person, person_path
from landmark_driver.rendering.detailed_head import DetailedHead, detailed_head

_LID_ZONE_M, _LIP_ZONE_M, _BROW_MOTION_M = 0.008, 0.012, 0.0025
_VERTICES_ACROSS = 256
"""Pixels across a skin's picture when each is about as wide as the finer mesh's triangles."""
_COVERED = 200
_BROW_SHAPES = ("browInnerUp", "browOuterUpLeft", "browOuterUpRight", "browDownLeft", "browDownRight")


def character_from(
    identities: IdentityModel, head: IdentityHead, provenance: dict, outfit: Outfit | None = None
) -> Character:
    """Make the character of a head of an identity model.

    Args:
        identities: gives landmarks, expressions, gaze and the painted template.
        head: the neutral head, metres, head frame, on the template's topology. Its tongue is laid behind the teeth.
        provenance: entries that join the model's name in the file.
        outfit: what it wears; None for teeth, and painted skin and brows.

    Returns:
        The character of the head alone, without networks and without a scan.
    """
    topology = head.topology
    tongue = tongue_of(identities.template())
    head = replace(head, vertices=with_resting_tongue(topology, head.vertices, tongue))
    embedding = identities.landmark_embedding()
    eyes = np.stack([topology.vertices_of("eyeball_left"), topology.vertices_of("eyeball_right")])
    expressions = on_steps(expression_transfer(identities)(head))
    outfit = outfit or Outfit(teeth=USUAL_TEETH)
    detail = detailed_head(identities.template())
    colors, paints, amounts = _skin_colors(detail, outfit.skin) if outfit.skin else _painted_colors(detail)
    made = Head(
        neutral_vertices=head.vertices.astype(np.float32),
        faces=topology.faces.astype(np.int32),
        face_part=topology.face_part.astype(np.uint8),
        expressions=expressions.astype(np.float32),
        landmark_corners=embedding.corners.astype(np.int32),
        landmark_weights=embedding.weights.astype(np.float32),
        landmark_groups=_groups(head, expressions, embedding),
        eye_centres=np.stack([fit_sphere(head.vertices[rows])[0] for rows in eyes]).astype(np.float32),
        eye_vertices=eyes.astype(np.int32),
        gaze_turns=identities.gaze_turns().astype(np.float32),
        display_colors=colors,
        paint_colors=paints,
        paint_amounts=amounts,
    )
    return Character(made, outfit=outfit, provenance={"identity_model": identities.name} | provenance)


def person(identities: IdentityModel, who: Person) -> Character:
    """Make a person who ships.

    Args:
        identities: the default identity model.
        who: the shape and the outfit.

    Returns:
        The character, without networks.
    """
    coefficients = identities.mean().coefficients.copy()
    for name, value in who.coefficients.items():
        coefficients[identities.coefficient_names.index(name)] = value
    return character_from(identities, identities.head(coefficients), {"identity": who.identity}, who.outfit)


Colors = tuple[UInt8[np.ndarray, "fine 3"], UInt8[np.ndarray, "paints 3"], UInt8[np.ndarray, "paints fine"]]
"""Of the finer mesh, and its paints, sRGB."""


def _painted_colors(detail: DetailedHead) -> Colors:
    paints = np.array([color for color, _ in detail.paints])
    amounts = np.round(255 * np.array([amount for _, amount in detail.paints])).astype(np.uint8)
    return _srgb(detail.colors), _srgb(paints), amounts


def _skin_colors(detail: DetailedHead, skin: str) -> Colors:
    """Return a skin's picture on the vertices, about a vertex wide, and its lips and hair as paints of their mean colours."""
    texture = skin_texture(skin, len(detail.faces) // 4).subdivided()
    pictured = texture.face_picture != NO_PICTURE
    rows = detail.faces[pictured].ravel()
    seen = texture.shrunk(_VERTICES_ACROSS).sample()[pictured].reshape(-1, 3)
    colors = _srgb(detail.colors)
    mean = np.stack([np.bincount(rows, seen[:, i], len(colors)) for i in range(3)], 1)
    count = np.bincount(rows, minlength=len(colors))
    colors[count > 0] = np.round(255 * mean[count > 0] / count[count > 0, None])
    amounts = skin_paints()
    paints = [np.average(colors[amount > _COVERED], axis=0) for amount in amounts]
    return colors, np.round(paints).astype(np.uint8), amounts


def _groups(
    head: IdentityHead, expressions: Float[np.ndarray, "52 vertices 3"], embedding: LandmarkEmbedding
) -> UInt8[np.ndarray, "478"]:
    points = embedding(head.vertices)
    brows = [ARKIT_NAMES.index(name) for name in _BROW_SHAPES]
    brow_motion = np.linalg.norm(embedding(expressions[brows]), axis=2).max(0)
    groups = np.full(len(points), LANDMARK_GROUPS.index("face"), np.uint8)
    groups[brow_motion > _BROW_MOTION_M] = LANDMARK_GROUPS.index("brows")
    lids = head.vertices[np.concatenate(head.topology.eye_loops)]
    groups[_distance(points, lids) < _LID_ZONE_M] = LANDMARK_GROUPS.index("lids")
    groups[_distance(points, head.vertices[head.topology.lip_loop]) < _LIP_ZONE_M] = LANDMARK_GROUPS.index(
        "lips"
    )
    groups[SURFACE_COUNT:] = LANDMARK_GROUPS.index("iris")
    return groups


def _distance(points, loop) -> Float[np.ndarray, "points"]:
    return np.linalg.norm(points[:, None] - loop[None], axis=2).min(1)


def _srgb(linear: Float[np.ndarray, "vertices 3"]) -> UInt8[np.ndarray, "vertices 3"]:
    return np.round(255 * np.clip(linear, 0, 1) ** (1 / 2.2)).astype(np.uint8)


def main() -> None:
    argparse.ArgumentParser(
        description=__doc__
    ).parse_args()  # so that --help and wrong arguments run nothing
    identities = load_identities()
    for name, who in PEOPLE.items():
        person(identities, who).save(person_path(name))


if __name__ == "__main__":
    main()
