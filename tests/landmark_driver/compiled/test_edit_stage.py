"""An edit's table in C: what the weights of the latent and their squares add to some vertices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landmark_driver.character import Character
from landmark_driver.compiled.compiled_program import CompiledProgram
from landmark_driver.compiled.evaluator import NUMPY, evaluating
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.network.film_network import WEIGHT_UNIT
from landmark_driver.network.frame_program import Frame, FrameProgram
from landmark_driver.network.vertex_stages import decoder_of
from tests.landmark_driver.compiled.driven import SAME_M, needs_library

pytestmark = needs_library

DIRECTIONS, MOVED = 32, 2500


@dataclass(frozen=True)
class Edit:
    """[w, w * w] coefficients directions, w the weights of the latent's way from rest."""

    rest_latent: np.ndarray
    own: dict[str, np.ndarray]
    name = "edit"

    def __call__(self, frame: Frame) -> None:
        assert frame.latent is not None and frame.vertices is not None
        weights = np.clip(WEIGHT_UNIT * (frame.latent - self.rest_latent)[:52], 0, 1)
        terms = np.concatenate([weights, weights**2]) @ self.own["coefficients"]
        frame.vertices[self.own["vertices"]] += (terms @ self.own["directions"]).reshape(-1, 3)

    def arrays(self) -> dict[str, np.ndarray]:
        return self.own

    def matrices(self) -> tuple[np.ndarray, ...]:
        return ()


def test_an_edits_table_adds_to_the_vertices_as_in_numpy(character: Character) -> None:
    with evaluating(NUMPY):
        driver = character.mesh_driver("landmarks").head_driver
    assert isinstance(driver, SparseDriver)
    program, rng = driver.program, np.random.default_rng(4)
    decoder = decoder_of(program)
    moved = np.sort(rng.choice(len(decoder.neutral_vertices), MOVED, replace=False))
    own = {
        "coefficients": rng.normal(0, 0.02, (104, DIRECTIONS)).astype(np.float32),
        "directions": (rng.normal(size=(DIRECTIONS, 3 * MOVED)) / 100).astype(np.float32),
        "vertices": moved.astype(np.int32),
    }
    stages = program.with_stage_before("sway", Edit(decoder.rest_latent, own), Edit.name).stages
    smile = character.head.landmark_expressions[:20].sum(0).astype(np.float32).ravel()
    expected, found, without = (
        each.run(Frame(np.zeros((2, 2)), smile)).vertices
        for each in (FrameProgram(stages), CompiledProgram(stages), program)
    )
    assert expected is not None and found is not None and without is not None
    assert np.abs(expected - without).max() > 1e-4
    np.testing.assert_allclose(found, expected, rtol=0, atol=SAME_M)
