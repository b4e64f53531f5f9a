"""An edit's effect is measured against the physics it is given, and a second run solves nothing again."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("numba")

from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.hypernetwork.data.sample_generator import MovedHead
from landmark_driver.hypernetwork.data.training_data import load_training_data
from landmark_driver.hypernetwork.evaluation.edit_effects import EditsConfig, edits, measure_edits
from landmark_driver.identities.deformation_transfer import expression_transfer
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.network.head_basis import head_basis
from landmark_driver.network.head_network import folded_forward
from landmark_driver.network.shipped_networks import HELD_OUT_PATH, shipped_weights
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting


class _NetworkAsPhysics:
    """Settles a head where the network puts it, its resting head moved up by a millimetre under any edit; counts its solves."""

    def __init__(self, offset_m: float):
        self.settings = {"name": "the network"}
        self.offset_m, self.count = offset_m, 0

    def __call__(self, head: IdentityHead):
        trained = shipped_weights()
        code = trained.head_code(head.vertices)
        basis = head_basis(trained, head.vertices, expression_transfer(load_identities())(head)).matrix

        hanging = folded_forward(trained, code, default_setting())(np.zeros(52, np.float32))

        def generate(weights: np.ndarray, setting: TissueSetting) -> MovedHead:
            self.count += 1
            latent = folded_forward(trained, code, setting)(weights.astype(np.float32)) - hanging
            edited = np.abs(setting.code()).max() > 1e-3
            return MovedHead((latent @ basis).reshape(-1, 3) + np.array([0.0, self.offset_m * edited, 0.0]))

        return generate


def test_the_network_is_exact_against_itself_and_a_solved_rest_takes_out_what_an_edit_adds_at_rest(tmp_path):
    data, identities, config = (
        load_training_data(HELD_OUT_PATH),
        load_identities(),
        EditsConfig(1, 2, tables=False),
    )
    itself, raised = _NetworkAsPhysics(0.0), _NetworkAsPhysics(1e-3)
    rows = measure_edits(data, shipped_weights(), identities, tmp_path / "a", config, physics=itself)
    assert [row.edit for row in rows] == list(edits())
    moving = [row for row in rows if row.network is not None]
    assert len(moving) > 3 and all(row.network < 1e-3 for row in moving if row.network is not None)
    assert all(row.with_table is None and row.samples == 2 for row in rows)
    rows = measure_edits(data, shipped_weights(), identities, tmp_path / "b", config, physics=raised)
    for row in rows:
        assert row.network is not None and row.resting_head_solved is not None
        assert row.network > 0.1 and row.resting_head_solved < 1e-3
    assert raised.count == 2 * 8 + 7


def test_a_second_run_solves_nothing_again(tmp_path):
    data, identities, config = (
        load_training_data(HELD_OUT_PATH),
        load_identities(),
        EditsConfig(1, 1, tables=False),
    )
    first, second = _NetworkAsPhysics(0.0), _NetworkAsPhysics(0.0)
    found, again = (
        measure_edits(data, shipped_weights(), identities, tmp_path, config, physics=physics)
        for physics in (first, second)
    )
    assert first.count > 0 == second.count and found == again
