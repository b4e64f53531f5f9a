"""Annotations are checked while tests run: a public function, method or dataclass refuses arrays of another shape."""

from __future__ import annotations

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from landmark_driver.geometry.similarity import fit_similarity
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head.scan_texture import ScanTexture


def test_a_function_refuses_points_that_have_two_coordinates() -> None:
    with pytest.raises(TypeCheckError, match="vertices"):
        vertex_normals(np.zeros((4, 2)), np.zeros((1, 3), int))


def test_a_function_refuses_arrays_whose_sizes_do_not_agree() -> None:
    with pytest.raises(TypeCheckError, match="target"):
        fit_similarity(np.zeros((4, 3)), np.zeros((5, 3)), np.ones(4))


def test_a_function_refuses_numbers_of_another_kind() -> None:
    with pytest.raises(TypeCheckError, match="faces"):
        vertex_normals(np.zeros((4, 3)), np.zeros((1, 3)))


def test_a_dataclass_and_its_methods_refuse_other_shapes() -> None:
    with pytest.raises(TypeCheckError, match="coordinates"):
        ScanTexture((), np.zeros(2, int), np.zeros((3, 3, 2)))
    texture = ScanTexture((), np.zeros(2, int), np.zeros((2, 3, 2)))
    with pytest.raises(TypeCheckError, match="places"):
        texture.sample(np.zeros((1, 2)))
