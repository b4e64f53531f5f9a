"""The character that ships: the default head of the default identity model.

    python -m landmark_driver.identities.build_character

writes landmark_driver/assets/default.safetensors from its shapes and landmark embedding.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from jaxtyping import Float, UInt8

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import DEFAULT_PATH, Character
from landmark_driver.dress.outfit import Outfit
from landmark_driver.dress.teeth import USUAL_TEETH
from landmark_driver.head.eyeballs import fit_sphere
from landmark_driver.head.head import LANDMARK_GROUPS, Head
from landmark_driver.head.identity_model import IdentityHead, IdentityModel
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.identities.deformation_transfer import expression_transfer
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.identities.tongue_place import tongue_of, with_resting_tongue
from landmark_driver.landmarks.tracker_response import SURFACE_COUNT
from landmark_driver.rendering.detailed_head import detailed_head

_LID_ZONE_M, _LIP_ZONE_M, _BROW_MOTION_M = 0.008, 0.012, 0.0025
_BROW_SHAPES = ("browInnerUp", "browOuterUpLeft", "browOuterUpRight", "browDownLeft", "browDownRight")


def character_from(identities: IdentityModel, head: IdentityHead, provenance: dict) -> Character:
    """Make the character of a head of an identity model.

    Args:
        identities: gives landmarks, expressions, gaze and the painted template.
        head: the neutral head, metres, head frame, on the template's topology. Its tongue is laid behind the teeth.
        provenance: entries that join the model's name in the file.

    Returns:
        The character of the head alone, without networks and without a scan.
    """
    topology = head.topology
    tongue = tongue_of(identities.template())
    head = replace(head, vertices=with_resting_tongue(topology, head.vertices, tongue))
    embedding = identities.landmark_embedding()
    eyes = np.stack([topology.vertices_of("eyeball_left"), topology.vertices_of("eyeball_right")])
    expressions = expression_transfer(identities)(head)
    detail = detailed_head(identities.template())
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
        display_colors=_srgb(detail.colors),
        paint_colors=_srgb(np.array([color for color, _ in detail.paints])),
        paint_amounts=np.round(255 * np.array([amount for _, amount in detail.paints])).astype(np.uint8),
    )
    outfit = Outfit(teeth=USUAL_TEETH)
    return Character(made, outfit=outfit, provenance={"identity_model": identities.name} | provenance)


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
    DEFAULT_PATH.parent.mkdir(exist_ok=True)
    character_from(identities, identities.template(), {"identity": "default adult"}).save(DEFAULT_PATH)


if __name__ == "__main__":
    main()
