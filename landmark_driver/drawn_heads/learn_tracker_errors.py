"""Learns the errors that the tracker's response leaves, as patterns of the whole face.

    python -m landmark_driver.drawn_heads.learn_tracker_errors --take a_recording.csv

Random identities that taught the response nothing act (`acted_sights.py`), the response corrects what MediaPipe reports, and the
principal patterns of what is then wrong go to landmark_driver/assets/tracker_errors.npz (about ten minutes, nearly all of them
for the pictures). Sights are kept in the cache folder head by head, so an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json

import numpy as np
from jaxtyping import Float

from landmark_driver.drawn_heads.learn_tracker_response import (
    FIRST_SEED,
    HEADS,
    add_options,
    head_sights,
    mirrored_landmarks,
    reported_neutral,
    with_mirror_images,
)
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.landmarks.tracker_response import (
    ERRORS,
    SURFACE_COUNT,
    TrackerResponse,
    load_response_map,
)

_PATTERNS = 40


def error_patterns(
    errors: Float[np.ndarray, "samples 468 3"], count: int
) -> Float[np.ndarray, "patterns 468 3"]:
    """Return the principal patterns of errors.

    Args:
        errors: metres, of any number of pictures.
        count: how many patterns.

    Returns:
        (count, 468, 3) metres: second moments of errors are about the sum of the patterns' products with themselves.
    """
    flat = errors.reshape(len(errors), -1)
    _, sizes, directions = np.linalg.svd(flat / np.sqrt(len(flat)), full_matrices=False)
    return (sizes[:count, None] * directions[:count]).reshape(count, *errors.shape[1:])


def left_errors(response: TrackerResponse, reported, true) -> Float[np.ndarray, "samples 468 3"]:
    """Return what a response leaves wrong.

    Args:
        response: the map.
        reported: (samples, 478, 3) metres from neutral, head frame.
        true: (samples, 478, 3) metres from neutral, head frame.

    Returns:
        Metres, head frame.
    """
    surface = reported[:, :SURFACE_COUNT].reshape(len(reported), -1)
    return response.surface(surface).reshape(-1, SURFACE_COUNT, 3) - true[:, :SURFACE_COUNT]


def main() -> None:
    parser = argparse.ArgumentParser(description="Learns the errors that the tracker's response leaves.")
    add_options(parser, heads=12)
    options = parser.parse_args()
    across = mirrored_landmarks(reported_neutral(load_identities(options.identities)))
    response, errors = load_response_map(), []
    for number in range(options.heads):
        seen = with_mirror_images(head_sights(FIRST_SEED + HEADS + number, options), across)
        errors.append(left_errors(response, seen.reported, seen.true))
        print(f"head {number + 1} of {options.heads}: {len(seen.kind)} sights", flush=True)
    made = {
        "heads": options.heads,
        "first_seed": FIRST_SEED + HEADS,
        "take": options.take and options.take.name,
    }
    patterns_mm = 1e3 * error_patterns(np.concatenate(errors), _PATTERNS)
    np.savez_compressed(ERRORS, patterns_mm=patterns_mm.astype(np.float16), made=np.array(json.dumps(made)))


if __name__ == "__main__":
    main()
