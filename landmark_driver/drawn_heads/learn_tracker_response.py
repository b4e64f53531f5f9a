"""Learns how MediaPipe's landmarks follow a face, from heads with known vertices.

    python -m landmark_driver.drawn_heads.learn_tracker_response --take a_recording.csv

lets random identities act (`acted_sights.py`), regresses what is true on what MediaPipe reports, and writes
landmark_driver/assets/tracker_response.npz (about an hour on two cores, nearly all of it for the pictures). Natural
combinations come from a Live Link Face recording, or, without one, from the statistics that ship. Sights are kept in the cache
folder head by head, so an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float, Integer
from scipy.optimize import linear_sum_assignment

from capture.frames.landmark_frame import ARKIT_COUNT
from landmark_driver.character import Character
from landmark_driver.drawn_heads.acted_sights import KINDS, Sights, kept_sights, sights
from landmark_driver.drawn_heads.acted_weights import natural_weights
from landmark_driver.drawn_heads.rendered_head import PerformingHead, portrait_camera
from landmark_driver.drawn_heads.response_maps import kernel_map, local_map
from landmark_driver.head.cache_folder import cache_folder
from landmark_driver.head.identity_model import IdentityModel
from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES, load_identities
from landmark_driver.landmarks.perspective import undo_perspective
from landmark_driver.landmarks.tracker_response import ASSET, SURFACE_COUNT, TrackerResponse
from landmark_driver.rendering.seen_by_tracker import track_pictures

FIRST_SEED, HEADS = 1000, 36
"""Identities below the first seed are left for evaluation; the response learns from so many from it on."""
_KIND_WEIGHTS = (1.7, 2.0, 2.2)
"""How much a sight of each of `KINDS` counts."""
_FOLDS = 6
_MIDLINE = (1, 4, 5, 6, 9, 10, 151, 152, 168, 195, 197)


def learn(
    seen: Sights, neutral: Float[np.ndarray, "478 3"], across: Integer[np.ndarray, "478"]
) -> dict[str, np.ndarray]:
    """Return the map from reported to true displacements: a local one, and a kernel for what that leaves.

    Args:
        seen: of all heads.
        neutral: (478, 3) metres, head frame: the landmarks of the default head, which decide what is near.
        across: (478,) the landmark on the other side of each one.

    Returns:
        The arrays of a `TrackerResponse` by name, float32; `near` is int16.
    """
    both = with_mirror_images(seen, across)
    reported, true = (
        points[:, :SURFACE_COUNT].reshape(len(points), -1).astype(float)
        for points in (both.reported, both.true)
    )
    near, local = local_map(reported, true, neutral[:SURFACE_COUNT])
    response = TrackerResponse(
        near, local, **_no_kernel(reported.shape[1]), error_std_m=np.zeros((SURFACE_COUNT, 3))
    )
    left = true - response.surface(reported)
    weights = np.array(_KIND_WEIGHTS)[both.kind]
    return {"near": near, "local": local} | kernel_map(reported, true, left, weights)


def _no_kernel(coordinates: int) -> dict[str, np.ndarray]:
    shapes = {
        "inward": (coordinates, 1),
        "support_points": (1, 1),
        "dual_coefficients": (1, 1),
        "outward": (1, coordinates),
    }
    return {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}


def mirrored_landmarks(points: Float[np.ndarray, "478 3"]) -> Integer[np.ndarray, "478"]:
    """Return the landmark on the other side of each one.

    Args:
        points: (478, 3) metres, MediaPipe's face frame: a neutral face that looks into the camera. Landmarks embedded in a head
            will not do, because they are less symmetric.

    Returns:
        (478,) indices, a permutation that is its own inverse.
    """
    centred = points - points[list(_MIDLINE)].mean(0) * [1, 0, 0]
    cost = ((centred[:, None] - centred[None] * [-1, 1, 1]) ** 2).sum(2)
    across = linear_sum_assignment(cost + cost.T)[1]
    assert np.array_equal(across[across], np.arange(len(points)))
    return across


def reported_neutral(identities: IdentityModel) -> Float[np.ndarray, "478 3"]:
    """Return what MediaPipe reports of the template's neutral face, seen from the front.

    Args:
        identities: the model whose template is drawn.

    Returns:
        (478, 3) metres, MediaPipe's face frame.
    """
    head = PerformingHead(Character.load("default").head, identities.template())
    neutral = np.zeros(ARKIT_COUNT)
    pictures = (head.picture(neutral, portrait_camera()) for _ in range(2))
    return undo_perspective(list(track_pictures(pictures, hold=3))[-1]).points


def with_mirror_images(seen: Sights, across: Integer[np.ndarray, "478"]) -> Sights:
    """Return sights with their mirror images.

    Args:
        seen: of any number of pictures.
        across: (478,) the landmark on the other side of each one.

    Returns:
        Twice as many sights.
    """
    flip = np.array([-1, 1, 1])
    reported, true = (
        np.concatenate([points, points[:, across] * flip]) for points in (seen.reported, seen.true)
    )
    return Sights(reported, true, np.tile(seen.kind, 2))


def left_out_error(
    heads: list[Sights], neutral: Float[np.ndarray, "478 3"], across: Integer[np.ndarray, "478"]
) -> Float[np.ndarray, "468 3"]:
    """Return the root mean square error on heads under maps learned from the others.

    Args:
        heads: the sights of each head.
        neutral: (478, 3) metres, head frame: the landmarks of the default head.
        across: (478,) the landmark on the other side of each one.

    Returns:
        (468, 3) metres, by landmark and axis.

    It is the error that a driver has to expect of a corrected landmark: the tracker's noise and the map's own miss.
    """
    squared = []
    for fold in range(min(_FOLDS, len(heads))):
        others = [head for number, head in enumerate(heads) if number % _FOLDS != fold]
        response = TrackerResponse(
            **learn(joined(others), neutral, across), error_std_m=np.zeros((SURFACE_COUNT, 3))
        )
        for head in heads[fold::_FOLDS]:
            reported = head.reported[:, :SURFACE_COUNT].reshape(len(head.reported), -1)
            found = response.surface(reported).reshape(len(reported), SURFACE_COUNT, 3)
            squared.append(((found - head.true[:, :SURFACE_COUNT]) ** 2).mean(0))
    return np.sqrt(np.mean(squared, 0))


def joined(heads: list[Sights]) -> Sights:
    """Return the sights of several heads as one.

    Args:
        heads: at least one.

    Returns:
        All sights, in order.
    """
    return Sights(
        *(np.concatenate([getattr(head, name) for head in heads]) for name in ("reported", "true", "kind"))
    )


def head_sights(seed: int, options: argparse.Namespace) -> Sights:
    """Return the sights of a head, from the cache folder where it has them.

    Args:
        seed: of the head.
        options: of `add_options`.

    Returns:
        What MediaPipe saw of it.
    """
    identities = load_identities(options.identities)
    natural = natural_weights(options.take, options.natural, seed)
    source = "statistics" if options.take is None else options.take.stem
    name = f"{identities.name}_{seed}_{options.mixtures}_{options.natural}_{source}.npz"
    folder = cache_folder() / "tracker_response"
    folder.mkdir(parents=True, exist_ok=True)
    return kept_sights(folder / name, lambda: sights(seed, options.mixtures, natural, identities))


def add_options(parser: argparse.ArgumentParser, heads: int) -> None:
    """Add the options of a program that looks at drawn heads.

    Args:
        parser: of the program.
        heads: how many heads, unless the user says otherwise.
    """
    parser.add_argument("--heads", type=int, default=heads)
    parser.add_argument("--mixtures", type=int, default=20)
    parser.add_argument("--natural", type=int, default=80)
    parser.add_argument("--take", type=Path, help="Live Link Face CSV of natural combinations")
    parser.add_argument("--identities", default=DEFAULT_IDENTITIES)


def main() -> None:
    parser = argparse.ArgumentParser(description="Learns how MediaPipe's landmarks follow a face.")
    add_options(parser, HEADS)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    seeds = range(FIRST_SEED, FIRST_SEED + options.heads)
    heads: list[Sights] = []
    with ProcessPoolExecutor(options.workers) as pool:
        for number, head in enumerate(pool.map(partial(head_sights, options=options), seeds)):
            heads.append(head)
            print(f"head {number + 1} of {options.heads}: {len(head.kind)} sights", flush=True)
    neutral = Character.load("default").head.neutral_landmarks
    across = mirrored_landmarks(reported_neutral(load_identities(options.identities)))
    print("learning", flush=True)
    everything = joined(heads)
    made = {
        "heads": options.heads,
        "mixtures": options.mixtures,
        "natural": options.natural,
        "take": options.take and options.take.name,
        "first_seed": FIRST_SEED,
        "samples": {kind: int((everything.kind == number).sum()) for number, kind in enumerate(KINDS)},
    }
    arrays = learn(everything, neutral, across) | {
        "error_std": left_out_error(heads, neutral, across).astype(np.float32),
        "made": np.array(json.dumps(made)),
    }
    np.savez_compressed(ASSET, **arrays)  # type: ignore[arg-type] (its options are keywords too)


if __name__ == "__main__":
    main()
