"""The closed loop: a head with known vertices is drawn, MediaPipe tracks it, the driver moves it again.

It measures the product rather than a network: picture, tracker, calibration and driver together.
Errors are over the skin vertices that the expression moves by more than half a millimetre, in
millimetres, beside doing nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, UInt8

from capture.frames.arkit import ARKIT_NAMES
from capture.frames.landmark_frame import LandmarkFrame
from capture.tracking.residual_flow import ReferencePicture
from landmark_driver.character import Character
from landmark_driver.drawn_heads.acted_weights import natural_weights, random_weights
from landmark_driver.drawn_heads.learn_tracker_response import FIRST_SEED
from landmark_driver.drawn_heads.rendered_head import PerformingHead, portrait_camera
from landmark_driver.drawn_heads.skin_look import random_look
from landmark_driver.head.identity_model import IdentityModel
from landmark_driver.hypernetwork.data.learn_take_statistics import recorded_weights
from landmark_driver.hypernetwork.data.moving_vertices import MOVES_MM
from landmark_driver.identities.build_character import character_from
from landmark_driver.landmarks.perspective import undo_perspective
from landmark_driver.live.face_driver import FaceDriver
from landmark_driver.live.one_blas_thread import one_blas_thread
from landmark_driver.network.character_network import character_network
from landmark_driver.network.head_network import HeadNetwork
from landmark_driver.network.network_weights import NetworkWeights
from landmark_driver.network.shipped_networks import shipped_weights
from landmark_driver.rendering.render import Camera
from landmark_driver.rendering.seen_by_tracker import track_pictures
from landmark_driver.seeing.seen_expression import SeenExpression, surface_pixels
from landmark_driver.tissue.tissue_setting import default_setting

_WITH_PICTURES = "SparseSoftDECA, pictures"
_HOLD = 4
_FRAME_SPACING_S = 1.0
"""Unrelated pictures are a second apart for the driver, so that its smoothing starts anew."""


@dataclass(frozen=True)
class ClosedLoopRow:
    """The errors of one method on one kind of expressions."""

    method: str
    split: str
    """The kind of expressions: single shapes, mixtures or natural combinations."""
    expressions: int
    mean_mm: float
    p95_mm: float
    max_mm: float
    ms_per_frame_1_thread: float
    landmarks: int = 478


@dataclass(frozen=True)
class ActedHead:
    """One head with known vertices, and what MediaPipe saw of it."""

    character: Character
    head: PerformingHead
    neutral: Float[np.ndarray, "478 3"]
    """Metres, MediaPipe's face frame."""
    weights: Float[np.ndarray, "expressions 52"]
    splits: list[str]
    """The kind of each expression."""
    frames: list[LandmarkFrame]
    reference: LandmarkFrame
    """Of the neutral face."""
    pictures: list[UInt8[np.ndarray, "height width 3"]]
    """What the tracker saw: the neutral face, then each expression; none where they are not looked at."""
    camera: Camera


@dataclass(frozen=True)
class Acting:
    """What every head acts, and how it is seen."""

    single: bool = True
    """The 52 single shapes at full strength."""
    mixtures: int = 30
    natural: int = 60
    """The number of natural combinations."""
    take: Path | None = None
    """The Live Link Face recording that these are frames of; None for samples of the statistics that ship."""
    textured: bool = False
    yaw_deg: float = 0.0
    looks_at_pictures: bool = False
    """Whether one more row has drivers that are told what pictures show (`landmark_driver/seeing`)."""


def closed_loop(
    identities: IdentityModel,
    heads: int = 3,
    acting: Acting | None = None,
    seed: int = 1,
    progress: Callable[[str], None] = lambda line: None,
    weights: NetworkWeights | None = None,
) -> list[ClosedLoopRow]:
    """Return rows for doing nothing, the linear driver and, given network weights, SparseSoftDECA.

    Args:
        identities: the identity model to draw heads from.
        heads: the number of heads; the tracker response was learned from none of them.
        acting: what they act; None for single shapes, 30 mixtures and 60 natural combinations of a plain head from the front.
        seed: the seed of the first head; the others follow.
        progress: called with a line for each head.
        weights: the network weights; None for no SparseSoftDECA.

    Returns:
        One row for each method and kind of expressions; errors in millimetres.
    """
    assert seed + heads <= FIRST_SEED, "identities from FIRST_SEED on taught the tracker response"
    errors: dict[tuple[str, str], list[np.ndarray]] = {}
    durations: dict[str, list[float]] = {"do nothing": [0.0]}
    with one_blas_thread():
        for number in range(seed, seed + heads):
            progress(f"head {number - seed + 1} of {heads}")
            measure_head(acted_head(identities, number, acting or Acting()), weights, errors, durations)
    cost = {method: 1e3 * float(np.median(seconds)) for method, seconds in durations.items()}
    return [_row(method, split, samples, cost[method]) for (method, split), samples in errors.items()]


def acted_head(identities: IdentityModel, seed: int, acting: Acting) -> ActedHead:
    """Draw a random head with expressions and let MediaPipe see it.

    Args:
        identities: the identity model to draw the head from.
        seed: draws the head, its mixtures and its skin.
        acting: what it acts, and how it is seen.

    Returns:
        The head, its expressions and their frames.
    """
    rng = np.random.default_rng(seed)
    character = character_from(identities, identities.sample(rng), {"seed": seed})
    shapes = len(ARKIT_NAMES)
    mixed = [random_weights(rng, int(rng.integers(2, 7))) for _ in range(acting.mixtures)]
    parts = {
        "single shapes": np.eye(shapes) if acting.single else np.zeros((0, shapes)),
        "mixtures": np.reshape(mixed, (-1, shapes)),
        "natural combinations": _natural(acting, seed),
    }
    weights = np.concatenate(list(parts.values()))
    head = PerformingHead(character.head, identities.template(), shipped_weights().lips)
    camera = portrait_camera(acting.yaw_deg)
    look = random_look(rng) if acting.textured else None
    acted = np.concatenate([np.zeros((2, shapes)), weights])
    kept: list[np.ndarray] = []

    def pictures() -> Iterator[np.ndarray]:
        for one in acted:
            picture = head.picture(one, camera) if look is None else head.looking(one, camera, look, rng)
            if acting.looks_at_pictures:
                kept.append(picture)
            yield picture

    frames = list(track_pictures(pictures(), hold=_HOLD))
    splits = [name for name, part in parts.items() for _ in part]
    neutral = undo_perspective(frames[1]).points
    return ActedHead(character, head, neutral, weights, splits, frames[2:], frames[1], kept[1:], camera)


def _natural(acting: Acting, seed: int) -> Float[np.ndarray, "natural 52"]:
    if acting.take is not None and acting.natural:
        recorded = np.clip(recorded_weights(acting.take), 0, 1)
        return recorded[np.linspace(0, len(recorded) - 1, acting.natural).astype(int)]
    return natural_weights(None, acting.natural, seed)


def measure_head(
    acted: ActedHead,
    trained: NetworkWeights | None,
    errors: dict[tuple[str, str], list[np.ndarray]],
    durations: dict[str, list[float]],
) -> None:
    """Drive a head by what MediaPipe saw of it, and add the errors.

    Args:
        acted: a head with known expressions.
        trained: the network weights; None for no SparseSoftDECA.
        errors: millimetres of moving skin by method and kind of expressions, one array for each expression; is added to.
        durations: seconds of each frame by method; is added to.
    """
    own = acted.character.head
    drivers, seen = {"linear": FaceDriver(acted.character)}, None
    if trained is not None:
        network = character_network(
            trained, own.neutral_vertices.astype(float), own.expressions, default_setting()
        )
        character = replace(acted.character, network=network)
        drivers["SparseSoftDECA"] = FaceDriver(character)
        if acted.pictures:
            drivers[_WITH_PICTURES], seen = FaceDriver(character), _seen(acted, network.head)
    frames = [
        replace(frame, capture_time_s=index * _FRAME_SPACING_S) for index, frame in enumerate(acted.frames)
    ]
    for driver in drivers.values():
        driver.use_neutral(acted.neutral)
        driver.settle(frames)
    skin = np.zeros(len(own.neutral_vertices), bool)
    skin[own.faces[own.face_part == 0]] = True
    for index, (frame, weight) in enumerate(zip(frames, acted.weights, strict=True)):
        true = acted.head.vertices(weight)
        results = {"do nothing": own.neutral_vertices}
        for method, driver in drivers.items():
            solved = seen(index) if method == _WITH_PICTURES and seen is not None else None
            results[method], seconds = _drive(driver, frame, solved)
            durations.setdefault(method, []).append(seconds)
        for method, vertices in results.items():
            error = moving_error_mm(vertices, true, own.neutral_vertices, skin)
            if len(error):
                errors.setdefault((method, acted.splits[index]), []).append(error)


def _seen(acted: ActedHead, network: HeadNetwork) -> Callable[[int], np.ndarray | None]:
    """Return what gives the displacements that each picture shows, of a performer whose head is known."""
    height = acted.camera.size_px[1]
    focal_px = height / 2 / np.tan(np.deg2rad(acted.camera.vertical_fov_deg) / 2)
    expression = SeenExpression(acted.character.head, network, acted.reference, focal_px)
    reference = ReferencePicture(acted.pictures[0], surface_pixels(acted.reference))

    def solved(index: int) -> np.ndarray | None:
        frame = acted.frames[index]
        if not frame.has_face:
            return None
        expression.restart()
        return expression(frame, partial(reference, acted.pictures[index + 1]))

    return solved


def _drive(
    driver: FaceDriver, frame: LandmarkFrame, solved: Float[np.ndarray, "478 3"] | None
) -> tuple[np.ndarray, float]:
    start_s = time.perf_counter()
    face = driver(frame, solved)
    return face.vertices, time.perf_counter() - start_s


def moving_error_mm(
    vertices: Float[np.ndarray, "vertices 3"],
    true: Float[np.ndarray, "vertices 3"],
    neutral: Float[np.ndarray, "vertices 3"],
    skin: Bool[np.ndarray, "vertices"],
) -> Float[np.ndarray, "moving"]:
    """Return the errors of the skin vertices that an expression moves.

    Args:
        vertices: (V, 3) metres, head frame, from a driver.
        true: (V, 3) metres, head frame.
        neutral: (V, 3) metres, head frame.
        skin: (V,) true on the skin.

    Returns:
        (M,) millimetres, for the M skin vertices that truly move by more than `MOVES_MM`.
    """
    moving = skin & (1e3 * np.linalg.norm(true - neutral, axis=1) > MOVES_MM)
    return 1e3 * np.linalg.norm(vertices - true, axis=1)[moving]


def _row(method: str, split: str, samples: list[np.ndarray], cost_ms: float) -> ClosedLoopRow:
    """Return mean and percentile over expressions of each expression's mean, and the maximum over everything."""
    means = np.array([sample.mean() for sample in samples])
    return ClosedLoopRow(
        method=method,
        split=split,
        expressions=len(samples),
        mean_mm=round(float(means.mean()), 3),
        p95_mm=round(float(np.percentile(means, 95)), 3),
        max_mm=round(float(max(sample.max() for sample in samples)), 3),
        ms_per_frame_1_thread=round(cost_ms, 3),
    )
