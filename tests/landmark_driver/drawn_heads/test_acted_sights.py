"""Sights of heads that act: what they do, and how they are kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.drawn_heads.acted_sights import Sights, kept_sights
from landmark_driver.drawn_heads.acted_weights import random_weights


def test_random_weights_are_a_few_shapes_within_bounds_and_never_the_tongue() -> None:
    rng = np.random.default_rng(0)
    mirrored = 0
    for shapes in (2, 4, 6):
        for _ in range(30):
            weights = random_weights(rng, shapes)
            assert ((weights >= 0) & (weights <= 1)).all()
            assert np.count_nonzero(weights) <= 2 * shapes
            assert weights[ARKIT_NAMES.index("tongueOut")] == 0
            mirrored += int(
                weights[ARKIT_NAMES.index("mouthSmileLeft")] > 0
                and weights[ARKIT_NAMES.index("mouthSmileRight")] > 0
            )
    assert mirrored > 3


def test_sights_are_made_once_and_read_back_as_they_were(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    reported, true = rng.normal(size=(2, 5, 478, 3)).astype(np.float32)
    made = Sights(reported, true, np.array([0, 0, 1, 2, 2]))
    calls = []

    def make() -> Sights:
        calls.append(1)
        return made

    path = tmp_path / "head.npz"
    for _ in range(2):
        found = kept_sights(path, make)
        for name in ("reported", "true", "kind"):
            np.testing.assert_array_equal(getattr(found, name), getattr(made, name))
    assert len(calls) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["head.npz"], "no part is left over"
