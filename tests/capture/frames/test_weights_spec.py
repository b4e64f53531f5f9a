"""Weights on the command line say what they mean or are refused."""

from __future__ import annotations

import pytest

from capture.frames.arkit import ARKIT_INDEX
from capture.frames.arkit_csv import WeightsFileError
from capture.frames.weights_spec import WeightsSpecError, parse_weights


def test_listed_weights_fill_one_frame_in_any_dialect() -> None:
    weights = parse_weights("jawOpen=0.7, mouthSmile_L=1").weights
    assert weights.shape == (1, 52)
    assert weights[0, ARKIT_INDEX["jawOpen"]] == 0.7
    assert weights[0, ARKIT_INDEX["mouthSmileLeft"]] == 1
    assert weights.sum() == 1.7


def test_no_weights_are_the_neutral() -> None:
    assert parse_weights("").weights.sum() == 0


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("jawOpen=2", "Expected a weight from 0 to 1, got jawOpen=2"),
        ("jawOpen=nan", "Expected a weight from 0 to 1, got jawOpen=nan"),
        ("jawOpen=-0.1", "Expected a weight from 0 to 1, got jawOpen=-0.1"),
        ("jawOpen", "Expected NAME=WEIGHT"),
        ("jawOpen=wide", "Expected NAME=WEIGHT"),
        ("jawOpne=1", "jawOpen"),
    ],
)
def test_impossible_weights_are_refused(spec: str, said: str) -> None:
    with pytest.raises(WeightsSpecError, match=said):
        parse_weights(spec)


def test_a_csv_is_read_as_a_recording() -> None:
    with pytest.raises(WeightsFileError, match="absent"):
        parse_weights("absent.csv")
