"""The residual in C: what the latent leaves of the landmarks moves the vertices around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landmark_driver.character import Character
from landmark_driver.compiled.compiled_program import CompiledProgram
from landmark_driver.compiled.evaluator import NUMPY, evaluating
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.network.frame_program import Frame, FrameProgram
from landmark_driver.network.vertex_stages import Decoder, decoder_of
from tests.landmark_driver.compiled.driven import SAME_M, needs_library

pytestmark = needs_library

NEAR, NUISANCE = 24, 8


@dataclass(frozen=True)
class Residual:
    """r = d - C (z - z0), less its nuisance, times the gain of the landmarks around each vertex."""

    decoder: Decoder
    own: dict[str, np.ndarray]
    name = "residual"

    def __call__(self, frame: Frame) -> None:
        own = self.own
        assert frame.latent is not None and frame.displacements is not None and frame.vertices is not None
        latents = len(frame.latent)
        basis = self.decoder.basis.matrix.reshape(latents, -1, 3)[:, own["corners"]]
        at_landmarks = np.einsum("zlck,lc->lkz", basis, own["weights"]).reshape(-1, latents)
        rest = frame.displacements - at_landmarks @ (frame.latent - self.decoder.rest_latent)
        rest = (rest - own["nuisance"] @ (own["to_nuisance"] @ rest)).reshape(-1, 3)
        frame.vertices[own["vertices"]] += (own["gain"] * rest[own["near"]]).sum(1)

    def arrays(self) -> dict[str, np.ndarray]:
        return self.own

    def matrices(self) -> tuple[np.ndarray, ...]:
        return ()


def test_what_the_latent_leaves_moves_the_vertices_as_in_numpy(character: Character) -> None:
    with evaluating(NUMPY):
        driver = character.mesh_driver("landmarks").head_driver
    assert isinstance(driver, SparseDriver)
    program, decoder, rng = driver.program, decoder_of(driver.program), np.random.default_rng(2)
    embedding = character.head.embedding
    count = len(embedding.weights)
    vertices = np.sort(rng.choice(len(decoder.neutral_vertices), 3000, replace=False))
    single = {
        "weights": embedding.weights,
        "nuisance": rng.normal(size=(3 * count, NUISANCE)),
        "to_nuisance": rng.normal(size=(NUISANCE, 3 * count)) / (3 * count),
        "gain": rng.normal(0, 0.2, (len(vertices), NEAR, 3)),
    }
    whole = {
        "corners": embedding.corners,
        "vertices": vertices,
        "near": rng.integers(0, count, (len(vertices), NEAR)),
    }
    arrays = {name: a.astype(np.float32) for name, a in single.items()} | {
        name: a.astype(np.int32) for name, a in whole.items()
    }
    stages = program.with_stages(Residual(decoder, arrays)).stages
    moved = rng.normal(0, 2e-3, 3 * count).astype(np.float32)
    expected, found, without = (
        each.run(Frame(np.zeros((2, 2)), moved)).vertices
        for each in (FrameProgram(stages), CompiledProgram(stages), program)
    )
    assert expected is not None and found is not None and without is not None
    assert np.abs(expected - without).max() > 1e-3
    np.testing.assert_allclose(found, expected, rtol=0, atol=SAME_M)
