"""The fractions of a residual that exported models give a material are those of the driver's networks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from export.graph.exported_driver import exported_driver, network_of
from export.graph.exported_graph import tissue_inputs
from export.graph.frame_network import residual_of
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting
from tests.export.models.exported_default import default_character, default_graph


def state_of(setting: TissueSetting) -> np.ndarray:
    """What `specialise` gives for landmarks: the fractions less one."""
    specialise = default_graph("sparse", "fp32").specialise
    given = (torch.from_numpy(array) for array in tissue_inputs(setting).values())
    with torch.no_grad():
        return specialise.module(*given)["tissue_state"].numpy()[-478:]


def test_default_material_follows_all_of_the_residual() -> None:
    np.testing.assert_array_equal(state_of(default_setting()), 0.0)


@pytest.mark.parametrize("edits", [{"cheek_left.strength": 0.0}, {"all.stiffness": 4.0, "chin.volume": 1.5}])
def test_a_material_follows_as_much_of_it_as_in_the_driver(edits: dict[str, float]) -> None:
    network = network_of(default_character())
    setting = network.target.with_values(edits)
    stage = residual_of(exported_driver(default_character()).program)
    followed = network.with_target(setting).followed(stage.rows)
    matter = np.unique(stage.near)
    assert followed[matter].min() < 0.9
    np.testing.assert_allclose(1 + state_of(setting)[matter], followed[matter], atol=1e-4)
