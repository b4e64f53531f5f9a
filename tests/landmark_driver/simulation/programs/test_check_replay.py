"""The replay check: its expressions, its measures and its table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_INDEX, ARKIT_NAMES
from landmark_driver.simulation.programs import check_replay as program
from landmark_driver.simulation.programs.check_replay import CheckReplay, TargetVolume, check_replay, replay
from landmark_driver.simulation.programs.replay_expressions import mixture, single_shapes
from landmark_driver.simulation.programs.replay_table import bounds_mm, record_line, replay_table
from tests.landmark_driver.simulation.conftest import expression


def test_mixtures_have_no_opposites_and_close_no_mouth_further_than_the_jaw_opens() -> None:
    opposites = (
        ("jawLeft", "jawRight"),
        ("eyeBlinkLeft", "eyeWideLeft"),
        ("mouthSmileRight", "mouthFrownRight"),
    )
    closed = 0
    for seed in range(300):
        weights = mixture(np.random.default_rng(seed))
        used = weights[weights > 0]
        assert 2 <= len(used) <= 7 and used.min() >= 0.2 and used.max() <= 1.0
        assert weights[ARKIT_INDEX["mouthClose"]] <= weights[ARKIT_INDEX["jawOpen"]]
        closed += weights[ARKIT_INDEX["mouthClose"]] > 0
        for one, other in opposites:
            assert min(weights[ARKIT_INDEX[one]], weights[ARKIT_INDEX[other]]) == 0
    assert closed > 10


def test_a_mixture_is_its_seeds() -> None:
    same, again, other = (mixture(np.random.default_rng([0, seed])) for seed in (1, 1, 2))
    assert (same == again).all() and (same != other).any()


def test_single_shapes_are_each_at_full_strength() -> None:
    shapes = single_shapes()
    assert tuple(shapes) == ARKIT_NAMES
    assert all(weights[ARKIT_INDEX[name]] == 1 and weights.sum() == 1 for name, weights in shapes.items())


def test_blendshapes_at_rest_change_no_volume(head, neutral) -> None:
    volume = TargetVolume(head)
    assert volume.change(neutral, head) == pytest.approx(0, abs=1e-9)


def test_puffed_cheeks_gain_volume_and_simulated_tissue_gains_less(head) -> None:
    record = replay(head, expression(cheekPuff=1.0), TargetVolume(head))
    assert record["target_volume_change"] > 0.03
    assert abs(record["volume_change"]) < 0.03
    assert record["inversions"] == 0 and record["smallest_volume_ratio"] > 0
    assert record["moving"] > 50 and record["mean_mm"] < 0.35 and record["max_mm"] < 2.5


def test_expressions_in_the_results_are_not_replayed_again(tmp_path: Path, monkeypatch) -> None:
    config = CheckReplay(1, 1, 0.47, shapes=("jawOpen", "mixture_0"), results=tmp_path / "r.jsonl")
    asked = []

    def replay_head(number, expressions, config):
        asked.append((number, list(expressions)))
        return [_record(name, number=number) for name in expressions]

    monkeypatch.setattr(program, "replay_head", replay_head)
    first = check_replay(config)
    assert asked == [(0, ["jawOpen", "mixture_0"])]
    assert check_replay(config) == first and len(asked) == 1
    (tmp_path / "r.jsonl").write_text(json.dumps(first[0]) + "\n")
    check_replay(config)
    assert asked[1:] == [(0, ["mixture_0"])]


def test_a_shape_that_does_not_exist_is_named(tmp_path: Path) -> None:
    config = CheckReplay(1, 2, shapes=("jawOpn",), results=tmp_path / "r.jsonl")
    with pytest.raises(ValueError, match=r"Expected shapes or mixtures up to mixture_1, got \['jawOpn'\]"):
        check_replay(config)


def test_the_table_counts_what_is_over_its_bounds() -> None:
    records = [
        _record("jawOpen", mean_mm=0.4, max_mm=2.6, volume_change=-0.04),
        _record("mouthClose", mean_mm=0.1, max_mm=2.2, target_volume_change=0.05),
        {"head": 1, "expression": "cheekPuff", "error": "NotConvergedError: no"},
    ]
    volumes = ["-4.00% (jawOpen)", "+5.00% (mouthClose)", "1", "1"]
    head, other, every = (line.split(" | ") for line in replay_table(records, 0.47).splitlines()[2:])
    assert head[1:12] == ["2", "0.400 (jawOpen)", "2.60 (jawOpen)", "1", "1", "0", "0", *volumes]
    assert other[6] == "1" and other[2] == "–"
    assert every[1] == "3" and every[6] == "1"
    assert replay_table(records, 0.33).splitlines()[2].split(" | ")[5] == "2"
    assert bounds_mm(0.33) == (0.3, 2.0) and bounds_mm(0.47) == (0.35, 2.5)
    assert record_line(records[2]) == "head 1 cheekPuff            NotConvergedError: no"


def _record(name: str, number: int = 0, **changes: float) -> dict:
    record = {"head": number, "poisson_ratio": 0.47, "expression": name, "mean_mm": 0.1, "max_mm": 1.0}
    record |= {"inversions": 0, "volume_change": 0.0, "target_volume_change": 0.0, "seconds": 1.0}
    return record | changes
