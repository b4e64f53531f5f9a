"""What is claimed of numbers stored as places in a palette."""

from __future__ import annotations

import numpy as np
import pytest

from export.quantization.coarse_weights import StoredArray
from export.quantization.palette import nearest, packed, palette_for

PEAKED = np.random.default_rng(0).laplace(0, 0.1, (40, 50)).astype(np.float32)


@pytest.mark.parametrize("bits", [4, 6])
def test_a_palette_is_closer_to_peaked_numbers_than_even_steps(bits: int) -> None:
    even = np.linspace(PEAKED.min(), PEAKED.max(), 2**bits).astype(np.float32)
    chosen = palette_for(PEAKED, bits)
    assert len(chosen) == 2**bits and (np.diff(chosen) >= 0).all()
    assert squared_error(chosen) < 0.9 * squared_error(even)


def squared_error(palette: np.ndarray) -> float:
    return float(((palette[nearest(PEAKED, palette)] - PEAKED) ** 2).mean())


def test_every_number_takes_its_nearest_value() -> None:
    palette = palette_for(PEAKED, 4)
    away = np.abs(PEAKED[..., None] - palette)
    np.testing.assert_array_equal(np.abs(palette[nearest(PEAKED, palette)] - PEAKED), away.min(-1))


def test_numbers_fewer_than_a_palette_are_exact() -> None:
    few = np.array([[0.0, 0.25], [0.25, 1.0]], np.float32)
    palette = palette_for(few, 4)
    np.testing.assert_array_equal(palette[nearest(few, palette)], few)


def test_places_are_packed_from_the_lowest_bit_up() -> None:
    """Core ML's own example: 2, 3 | 0, 1 in two bits, lowest first."""
    assert packed(np.array([[0, 3], [1, 2], [3, 0]], np.uint8), 2).tolist() == [0b10011100, 0b0011]
    assert packed(np.array([63, 0, 1], np.uint8), 6).tolist() == [0b00111111, 0b00010000, 0]


def test_a_stored_palette_is_the_same_when_turned() -> None:
    array = StoredArray(np.arange(6, dtype=np.uint8).reshape(2, 3), palette=np.arange(16, dtype=np.float32))
    np.testing.assert_array_equal(array.transposed.array, array.array.T)
