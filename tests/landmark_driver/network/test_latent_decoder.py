"""Half a basis moves both sides as the whole one does."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from landmark_driver.character import Character
from landmark_driver.network.latent_decoder import (
    HalvedDecoder,
    WholeDecoder,
    latent_decoder,
    moving_vertices,
)

LATENTS = np.random.default_rng(0).normal(size=(20, 1000)).astype(np.float32)


@pytest.fixture(scope="module")
def basis() -> NDArray[np.float32]:
    network = Character.load("default").network
    assert network is not None
    return network.head.basis


@pytest.fixture(scope="module")
def symmetric() -> NDArray[np.float32]:
    network = Character.load("default").network
    assert network is not None
    return network.weights.symmetric_head


def whole(basis: NDArray[np.float32]) -> WholeDecoder:
    return WholeDecoder(basis[:, : 3 * moving_vertices(basis)])


def test_half_of_the_head_tells_the_other_half(basis, symmetric) -> None:
    """Within a micrometre, by little more than half the multiplications."""
    decoder = latent_decoder(basis, symmetric)
    assert isinstance(decoder, HalvedDecoder)
    for latent in LATENTS[:, : len(basis)]:
        np.testing.assert_allclose(decoder(latent), whole(basis)(latent), atol=1e-6)
    assert sum(matrix.size for matrix in decoder.matrices) < 0.55 * whole(basis).basis.size


def test_a_lopsided_heads_own_shapes_are_corrected(basis, symmetric) -> None:
    """Vertices of both sides and of the middle line may move as nothing across from them does."""
    lopsided = basis.copy()
    rng = np.random.default_rng(1)
    columns = rng.choice(3 * moving_vertices(basis), 3000, replace=False)
    lopsided[5:9, columns] += rng.normal(0, 1e-3, (4, 3000)).astype(np.float32)
    decoder = latent_decoder(lopsided, symmetric)
    assert isinstance(decoder, HalvedDecoder)
    for latent in LATENTS[:, : len(basis)]:
        np.testing.assert_allclose(decoder(latent), whole(lopsided)(latent), atol=2e-6)
        assert np.abs(decoder(latent) - whole(basis)(latent)).max() > 1e-4


def test_a_basis_without_two_halves_is_taken_whole(basis, symmetric) -> None:
    one_sided = basis.copy()
    one_sided[60, np.repeat(symmetric[:, 0] > 0, 3)[: basis.shape[1]]] = 0.0
    for decoder in (latent_decoder(one_sided, symmetric), latent_decoder(basis, symmetric + 0.01)):
        assert isinstance(decoder, WholeDecoder)
    np.testing.assert_array_equal(
        latent_decoder(one_sided, symmetric)(LATENTS[0, : len(basis)]),
        whole(one_sided)(LATENTS[0, : len(basis)]),
    )
