"""Heads that act, are seen, and are driven again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.hypernetwork.evaluation.closed_loop import Acting, acted_head, closed_loop
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.network.shipped_networks import shipped_weights
from tests.tracker_file import tracking_model_or_skip

KINDS = {"mixtures", "natural combinations"}


@pytest.fixture(autouse=True)
def tracker() -> None:
    tracking_model_or_skip()


def test_every_kind_has_a_row_for_each_method_and_moves_less_wrongly_than_nothing() -> None:
    acting = Acting(single=False, mixtures=2, natural=4)
    rows = closed_loop(load_identities(), 1, acting, 5, weights=shipped_weights())
    assert {(row.method, row.split) for row in rows} == {
        (method, kind) for method in ("do nothing", "linear", "SparseSoftDECA") for kind in KINDS
    }
    error = {(row.method, row.split): row.mean_mm for row in rows}
    for kind in KINDS:
        assert error["SparseSoftDECA", kind] < 0.8 * error["do nothing", kind]
    assert {row.expressions for row in rows if row.split == "natural combinations"} == {4}


def test_pictures_say_more_than_landmarks() -> None:
    acting = Acting(single=False, mixtures=6, natural=0, textured=True, looks_at_pictures=True)
    rows = closed_loop(load_identities(), 1, acting, 5, weights=shipped_weights())
    error = {row.method: row.mean_mm for row in rows}
    assert error["SparseSoftDECA, pictures"] < 0.9 * error["SparseSoftDECA"] < error["do nothing"]


def test_a_recording_is_acted_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    weights = np.zeros((9, len(ARKIT_NAMES)))
    weights[:, ARKIT_NAMES.index("jawOpen")] = np.linspace(0, 0.8, 9)
    take = tmp_path / "take.csv"
    rows = [",".join(ARKIT_NAMES), *(",".join(str(value) for value in row) for row in weights)]
    take.write_text("\n".join(rows), encoding="utf-8")
    acting = Acting(single=False, mixtures=0, natural=3, take=take, textured=True, yaw_deg=10.0)
    acted = acted_head(load_identities(), 5, acting)
    np.testing.assert_allclose(acted.weights, weights[[0, 4, 8]])
    assert acted.splits == ["natural combinations"] * 3
    plain = acted_head(load_identities(), 5, Acting(single=False, mixtures=0, natural=3, take=take))
    assert all(frame.landmarks is not None for frame in (*acted.frames, *plain.frames))
    turned = [faces.frames[0].face_transform for faces in (acted, plain)]
    assert turned[0] is not None and turned[1] is not None
    assert abs(turned[0][0, 2] - turned[1][0, 2]) > np.sin(np.deg2rad(5))
