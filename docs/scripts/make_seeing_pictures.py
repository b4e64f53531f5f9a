"""The pictures of docs/seeing.md: `python -m docs.scripts.make_seeing_pictures` (some minutes; needs the development extra).

A head that nothing was learned from acts before MediaPipe; the first picture shows how much of each signal every stage has, the
second a blink, the third the two looks that the response learned from.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
from jaxtyping import Float

matplotlib.use("Agg")
from matplotlib import pyplot
from PIL import Image

from capture.frames.arkit import ARKIT_NAMES
from capture.frames.landmark_frame import LandmarkFrame
from landmark_driver.character import Character
from landmark_driver.drawn_heads.acted_weights import natural_weights
from landmark_driver.drawn_heads.rendered_head import PerformingHead, portrait_camera
from landmark_driver.drawn_heads.skin_look import random_look
from landmark_driver.identities.build_character import character_from
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.landmarks.perspective import face_in, undo_perspective
from landmark_driver.live.face_driver import FaceDriver, TrackedFace
from landmark_driver.network.shipped_networks import shipped_network, shipped_weights
from landmark_driver.real_faces.face_signals import face_signals, lid_openings
from landmark_driver.rendering.seen_by_tracker import track_pictures

PICTURES = Path(__file__).parents[1] / "pictures"
_STAGES = {
    "calibration": "calibrated",
    "tracker response": "corrected",
    "apertures": "opened",
    "smoothing": "filtered",
}
_SEED, _FPS, _BLINK_FRAMES = 2, 30.0, 6
_SIGNALS = (
    "lid_left",
    "lip_gap",
    "jaw",
    "mouth_width",
    "corner_up",
    "brows",
    "upper_lip",
    "nose_wing",
    "cheek",
)


def acting_head() -> tuple[Character, PerformingHead]:
    """A head that no part of the program has learned from."""
    model = load_identities()
    character = character_from(model, model.sample(np.random.default_rng(_SEED)), {})
    character = replace(character, network=shipped_network(character.head))
    return character, PerformingHead(character.head, model.template(), shipped_weights().lips)


def stages(
    character: Character, neutral: LandmarkFrame, frames: list[LandmarkFrame], seconds_apart: float
) -> dict[str, Float[np.ndarray, "frames 478 3"]]:
    """Landmarks after each stage, metres, head frame."""
    driver = FaceDriver(character)
    driver.use_neutral(undo_perspective(neutral).points)
    own = character.head
    found: dict[str, list[np.ndarray]] = {name: [] for name in (*_STAGES.values(), "driven")}
    for number, frame in enumerate(frames):
        landmarks = face_in(frame)
        assert landmarks is not None, "MediaPipe sees every drawn face"
        face = TrackedFace(landmarks, number * seconds_apart)
        for name, stage in driver.stages:
            stage(face)
            if name in _STAGES:
                found[_STAGES[name]].append(own.neutral_landmarks + face.displacements)
        driven = driver.driver(driver.given)
        found["driven"].append(own.embedding(driven.vertices.astype(float)))
    return {name: np.stack(points) for name, points in found.items()}


def signals_by_stage() -> None:
    """Of each signal, the slope against the truth after every stage, on natural combinations."""
    character, head = acting_head()
    acted = natural_weights(None, 80, _SEED)
    shown = [np.zeros(len(ARKIT_NAMES))] * 2 + list(acted)
    frames = list(track_pictures((head.picture(w, portrait_camera()) for w in shown), hold=4))
    found = stages(character, frames[1], frames[2:], 1.0)
    true = np.stack([head.head.embedding(head.vertices(w).astype(float)) for w in acted])
    reference = face_signals(true)
    figure, axes = pyplot.subplots(figsize=(10, 4.2))
    for number, (stage, points) in enumerate(found.items()):
        slopes = []
        for name in _SIGNALS:
            signal, own = face_signals(points)[name], reference[name]
            own = own - own.mean()
            slopes.append(float((signal - signal.mean()) @ own / (own @ own)))
        axes.bar(np.arange(len(_SIGNALS)) + 0.16 * (number - 2), slopes, 0.15, label=stage)
    axes.axhline(1, color="0.4", linewidth=0.8)
    axes.set_xticks(range(len(_SIGNALS)), _SIGNALS, rotation=20)
    axes.set_ylabel("part of the true motion")
    axes.legend(ncols=5, frameon=False, fontsize=8)
    figure.tight_layout()
    figure.savefig(PICTURES / "seeing_signals.png", dpi=110)


def blink() -> None:
    """The opening of an eye in a blink of a fifth of a second, after every stage."""
    character, head = acting_head()
    closing = np.zeros(45)
    closing[20 : 20 + _BLINK_FRAMES + 1] = 0.5 - 0.5 * np.cos(np.linspace(0, 2 * np.pi, _BLINK_FRAMES + 1))
    acted = np.zeros((len(closing), len(ARKIT_NAMES)))
    for side in ("Left", "Right"):
        acted[:, ARKIT_NAMES.index(f"eyeBlink{side}")] = closing
    frames = list(track_pictures((head.picture(w, portrait_camera()) for w in acted), hold=1))
    found = stages(character, frames[10], frames, 1 / _FPS)
    true = np.stack([head.head.embedding(head.vertices(w).astype(float)) for w in acted])
    figure, axes = pyplot.subplots(figsize=(10, 3.4))
    time_s = np.arange(len(closing)) / _FPS
    axes.plot(time_s, lid_openings(true)["left"], color="black", label="true")
    for stage, points in found.items():
        axes.plot(time_s, lid_openings(points)["left"], label=stage)
    axes.set_xlabel("seconds")
    axes.set_ylabel("opening of the left eye")
    axes.set_xlim(0.4, 1.3)
    axes.legend(ncols=6, frameon=False, fontsize=8)
    figure.tight_layout()
    figure.savefig(PICTURES / "seeing_blink.png", dpi=110)


def looks() -> None:
    """One expression, plain and with four random skins."""
    _, head = acting_head()
    weights = natural_weights(None, 4, _SEED)[3]
    camera = portrait_camera(size_px=(480, 480))
    row = [head.picture(weights, camera)]
    for seed in range(4):
        rng = np.random.default_rng(seed)
        row.append(head.looking(weights, camera, random_look(rng), rng))
    Image.fromarray(np.concatenate([picture[:, 70:410] for picture in row], axis=1)[::2, ::2]).save(
        PICTURES / "seeing_looks.png"
    )


def main() -> None:
    signals_by_stage()
    blink()
    looks()


if __name__ == "__main__":
    main()
