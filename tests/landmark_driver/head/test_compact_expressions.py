"""Expressions in whole steps come back to the bit, and no step moves a vertex by more than it may."""

import numpy as np
import pytest

from landmark_driver.head.compact_expressions import compact_arrays, on_steps, whole_expressions


def _expressions(size_m: float) -> np.ndarray:
    rng = np.random.default_rng(0)
    shapes = rng.normal(size=(5, 40, 3)) * rng.integers(0, 2, (5, 40, 1))
    return (size_m * shapes / np.abs(shapes).max()).astype(np.float32)


@pytest.mark.parametrize("size_m", [1e-7, 3e-4, 0.0312, 0.0313, 0.06])
def test_steps_come_back_to_the_bit(size_m):
    stepped = on_steps(_expressions(size_m))
    assert np.abs(stepped - _expressions(size_m)).max() <= size_m / 2**15
    assert np.array_equal(on_steps(stepped), stepped)
    arrays = compact_arrays(stepped)
    assert arrays is not None
    assert np.array_equal(whole_expressions(arrays, 40), stepped)
    assert len(arrays["expression_rows"]) < 5 * 40, "still vertices take no room"


def test_a_shape_that_moves_nothing_is_kept():
    stepped = on_steps(_expressions(0.01))
    stepped[2] = 0
    arrays = compact_arrays(stepped)
    assert arrays is not None
    assert np.array_equal(whole_expressions(arrays, 40), stepped)


def test_what_steps_would_round_is_not_compact():
    assert compact_arrays(_expressions(0.03)) is None


def test_a_file_for_fewer_vertices_is_refused():
    arrays = compact_arrays(on_steps(_expressions(0.03)))
    assert arrays is not None
    with pytest.raises(ValueError, match="rows of expressions"):
        whole_expressions(arrays, 30)
