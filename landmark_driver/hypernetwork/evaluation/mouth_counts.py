"""How often a character's mouth shows what it should not: teeth through closed lips, crowns in flesh, teeth outside the skin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.drawn_heads.acted_weights import random_weights
from landmark_driver.geometry.mesh_contact import distance_to_mesh
from landmark_driver.geometry.triangle_search import TriangleSearch
from landmark_driver.hypernetwork.evaluation.mouth_scene import Mesh, Mouth, MouthScene
from landmark_driver.rendering.render import orbit_camera

DEPTH_M = 3e-4
"""Teeth that are less deep in tissue, or less far outside the skin, do not count."""
_YAWS_DEG, _PITCHES_DEG = (-50.0, 0.0, 50.0), (-20.0, 0.0, 20.0)
_DISTANCE_M, _PIXEL_M, _SIZE_PX = 0.5, 2.5e-4, (320, 200)
_BEHIND_LIPS_M = 0.012
"""Views aim at a point so far behind the middle of the lips' rim."""
_PARTING = ("jawOpen", "mouthClose", "mouthFunnel", "mouthUpperUp", "mouthLowerDown", "tongueOut")
"""Beginnings of the names of shapes that may part lips."""
_NARROW = ("mouthPucker", "mouthFunnel")


@dataclass(frozen=True)
class MouthRow:
    """What a character's mouth shows in a group of poses."""

    poses_of: str
    """The kind of poses: closed lips, single shapes or mixtures."""
    poses: int
    seen: int | None
    """Poses that show teeth or tongue; None where lips may part."""
    seen_pixels: int | None
    """Pixels of 0.25 mm that show teeth or tongue, in all views of all poses."""
    in_tissue: int
    """Poses with a crown more than 0.3 mm deep in tissue."""
    deepest_mm: float
    outside: int
    """Poses with teeth or tongue more than 0.3 mm outside the skin and the lips; tongueOut's tongue is not counted."""
    worst: str
    """The pose with most pixels seen, or with the deepest crown."""
    pucker_width: float
    funnel_width: float
    """The mouth's width over its width at rest."""


def mouth_counts(
    character: Character,
    mixtures: int = 100,
    seed: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[MouthRow]:
    """Count what a character's mouth shows, driven by ARKit weights.

    Args:
        character: its networks drive where it has any, else its blendshapes.
        mixtures: how many random mixtures of shapes.
        seed: draws the mixtures.
        progress: called with the number of poses done and of all.

    Returns:
        Rows for closed lips, single shapes and mixtures.
    """
    scene = MouthScene(character)
    groups = {
        "closed lips": closed_poses(),
        "single shapes": {name: _weights(name) for name in ARKIT_NAMES},
        "mixtures": dict(_mixtures(mixtures, seed)),
    }
    total, done = sum(map(len, groups.values())), 0
    rest = scene.width(scene(np.zeros(len(ARKIT_NAMES))))
    pucker, funnel = (round(scene.width(scene(_weights(name))) / rest, 3) for name in _NARROW)
    rows = []
    for group, poses in groups.items():
        pixels, depths, outside = [], [], 0
        for name, weights in poses.items():
            mouth = scene(weights)
            pixels.append(seen_pixels(scene, mouth) if group == "closed lips" else 0)
            depths.append(depth_in_tissue(scene, mouth))
            outside += shows_outside(scene, mouth, tongue=name != "tongueOut")
            done += 1
            progress(done, total)
        counted = group == "closed lips"
        names, worst = list(poses), np.array(pixels if counted and max(pixels) else depths)
        rows.append(
            MouthRow(
                group,
                len(poses),
                int(np.count_nonzero(pixels)) if counted else None,
                int(sum(pixels)) if counted else None,
                int(np.count_nonzero(np.array(depths) > DEPTH_M)),
                round(1e3 * max(depths), 2),
                outside,
                names[int(worst.argmax())],
                pucker,
                funnel,
            )
        )
    return rows


def closed_poses() -> dict[str, Float[np.ndarray, "52"]]:
    """Return the poses of the mouth that keep the lips closed.

    Returns:
        ARKit weights by name: rest, every shape besides those of eyes and brows that does not part the lips, and both
        lips rolled in.
    """
    names = [name for name in ARKIT_NAMES if not name.startswith(("eye", "brow", *_PARTING))]
    poses = {"rest": np.zeros(len(ARKIT_NAMES))} | {name: _weights(name) for name in names}
    return poses | {"both lips rolled in": _weights("mouthRollUpper", "mouthRollLower")}


def seen_pixels(scene: MouthScene, mouth: Mouth) -> int:
    """Return how much of teeth and tongue a pose shows.

    Args:
        scene: of the character.
        mouth: the pose.

    Returns:
        Pixels of 0.25 mm in nine views from the front, the sides, above and below.
    """
    hidden = _joined(*mouth.teeth, mouth.tongue)
    everything = _joined((mouth.shown, scene.curtain), hidden)
    search, first = TriangleSearch(*hidden), len(scene.curtain)
    whole = TriangleSearch(*everything)
    target = mouth.head[scene.rim].mean(0) - [0, 0, _BEHIND_LIPS_M]
    field = float(np.rad2deg(2 * np.arctan(_PIXEL_M * _SIZE_PX[1] / 2 / _DISTANCE_M)))
    pixels = 0
    for yaw in _YAWS_DEG:
        for pitch in _PITCHES_DEG:
            camera = orbit_camera(_DISTANCE_M, yaw, pitch, _SIZE_PX, field, tuple(target))
            origin, directions = camera.rays()
            rays = directions.reshape(-1, 3)
            start = np.broadcast_to(origin, rays.shape)
            behind = search.first_hits(start, rays).face >= 0
            pixels += int((whole.first_hits(start[behind], rays[behind]).face >= first).sum())
    return pixels


def depth_in_tissue(scene: MouthScene, mouth: Mouth) -> float:
    """Return how deep crowns lie in tissue.

    Args:
        scene: of the character.
        mouth: the pose.

    Returns:
        Metres of the deepest vertex of a crown under the surface of skin and cavities; 0 for none.
    """
    flesh = scene.flesh
    within = mouth.crowns[flesh.encloses(mouth.crowns, mouth.head)]
    if not len(within):
        return 0.0
    return float(distance_to_mesh(within, flesh.vertices(mouth.head), flesh.faces).max())


def shows_outside(scene: MouthScene, mouth: Mouth, tongue: bool) -> bool:
    """Return whether teeth or tongue are outside the skin, whose mouth, eyes and neck are closed.

    Args:
        scene: of the character.
        mouth: the pose.
        tongue: whether the tongue counts.

    Returns:
        True where a vertex is further outside than `DEPTH_M`.
    """
    points = [vertices[np.unique(faces)] for vertices, faces in mouth.teeth]
    if tongue:
        points.append(mouth.tongue[0][np.unique(mouth.tongue[1])])
    skin, every = scene.skin, np.concatenate(points)
    lost = every[~skin.encloses(every, mouth.head)]
    if not len(lost):
        return False
    return bool((distance_to_mesh(lost, skin.vertices(mouth.head), skin.faces) > DEPTH_M).any())


def _joined(*meshes: Mesh) -> Mesh:
    count, vertices, faces = 0, [], []
    for points, triangles in meshes:
        vertices.append(points)
        faces.append(triangles + count)
        count += len(points)
    return np.concatenate(vertices), np.concatenate(faces)


def _weights(*names: str) -> Float[np.ndarray, "52"]:
    return np.isin(ARKIT_NAMES, names).astype(float)


def _mixtures(count: int, seed: int) -> Iterator[tuple[str, Float[np.ndarray, "52"]]]:
    rng = np.random.default_rng(seed)
    for number in range(count):
        weights = random_weights(rng, int(rng.integers(2, 7)))
        acting = [f"{ARKIT_NAMES[index]} {weights[index]:.2f}" for index in np.flatnonzero(weights)]
        yield f"{number}: {', '.join(acting)}", weights
