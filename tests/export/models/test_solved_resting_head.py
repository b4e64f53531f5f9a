"""The resting head that the simulator solved, in the description of an exported model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from export.formats.model_metadata import decoded, model_metadata
from export.graph.exported_driver import exported_driver
from landmark_driver.character import Character
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.drivers.weights_driver import WeightsDriver
from landmark_driver.head.eyes import NEUTRAL_GAZE
from landmark_driver.network.frame_program import Frame
from landmark_driver.tissue.solved_edit import SolvedEdit
from tests.export.models.exported_default import default_character, default_graph


@pytest.mark.parametrize("network", ["sparse", "soft"])
def test_a_models_description_has_the_solved_resting_head(network) -> None:
    edited = default_character().with_material({"all.volume": 1.3})
    assert edited.network is not None
    rest = 1e-3 * np.random.default_rng(0).normal(size=edited.head.neutral_vertices.shape)
    rest[edited.head.eye_vertices.ravel()] = 0
    solved = edited.network.with_solved(SolvedEdit(edited.network.target, rest.astype(np.float32)))
    character, graph = replace(edited, network=solved), default_graph(network, "fp32")
    offset = decoded(model_metadata(graph, character)["arrays"]["resting_offset_m"])
    driver = character.mesh_driver("landmarks" if network == "sparse" else "weights").head_driver
    assert isinstance(driver, SparseDriver | WeightsDriver)
    shown, known = (
        one.program.run(smile(character, network), until="sway").vertices
        for one in (driver, exported_driver(character, network))
    )
    assert shown is not None and known is not None
    assert 1e3 * np.abs(offset).max() > 1 and 1e3 * np.abs(known + offset - shown).max() < 0.005
    assert "resting_offset_m" not in model_metadata(graph, edited)["arrays"]


def smile(character: Character, network: str) -> Frame:
    weights = np.zeros(52)
    weights[[17, 24, 40]] = 0.3, 0.6, 0.4
    shown = np.tensordot(weights, character.head.landmark_expressions, 1).astype(np.float32)
    return Frame(NEUTRAL_GAZE, shown.ravel()) if network == "sparse" else Frame(NEUTRAL_GAZE, weights=weights)
