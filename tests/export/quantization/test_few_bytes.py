"""What is claimed of products in few bytes: how far off each tier is, and what is exact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from export.model_choices import Precision
from export.quantization.coarse_weights import round_weights
from export.quantization.error_feedback import rounded_for
from export.quantization.tiered_product import TieredProduct, Tiers
from export.quantization.trunk_products import RegionProduct, WholeProduct, film_product, region_product
from landmark_driver.tissue.tissue_parameters import REGIONS

RNG = np.random.default_rng(7)
INNER, OUT = 30, 600
MIXED = RNG.normal(size=(INNER, INNER)) * 0.7 ** np.arange(INNER)
COVARIANCE = MIXED @ MIXED.T
ROWS = RNG.laplace(size=(OUT, INNER))
SEEN = RNG.normal(size=(500, INNER)) @ MIXED.T
"""Inputs of that covariance."""


def product_of(module: nn.Module, inner: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return module(torch.from_numpy(inner.astype(np.float32))).numpy()


def tier_error(tiers: Tiers, precision: Precision = "palettised") -> float:
    """Root mean square of a rounded product's error, as a share of the product's."""
    module = TieredProduct(ROWS, COVARIANCE, tiers)
    round_weights(module, precision)
    exact = SEEN @ ROWS.T
    return float(np.sqrt(((product_of(module, SEEN) - exact) ** 2).mean() / (exact**2).mean()))


def test_a_product_of_all_columns_before_rounding_is_the_product() -> None:
    module = TieredProduct(ROWS, COVARIANCE, Tiers(half=7, byte=8, six=6, four=100))
    np.testing.assert_allclose(product_of(module, SEEN), SEEN @ ROWS.T, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    ("tiers", "fraction"),
    [
        (Tiers(half=INNER), 2**-11),
        (Tiers(byte=INNER), 2**-7),
        (Tiers(six=INNER), 2**-5),
        (Tiers(four=INNER), 2**-3),
    ],
)
def test_each_tier_is_off_by_less_than_a_step_of_its_bits(tiers: Tiers, fraction: float) -> None:
    """Of numbers up to one in size, half floats keep 11 bits; the others one less than they have, which is the sign."""
    assert 0 < tier_error(tiers) < fraction


def test_finer_tiers_first_are_better_than_the_same_tiers_last() -> None:
    """Columns come in the order of how much they move: with half of them fine, most of the error is gone."""
    assert tier_error(Tiers(half=15, four=15)) < 0.2 * tier_error(Tiers(four=30))


def test_columns_that_are_dropped_move_little() -> None:
    assert tier_error(Tiers(half=20)) < 0.1
    assert tier_error(Tiers(half=10)) > tier_error(Tiers(half=20))


def test_columns_stored_twice_are_closer_than_half_floats() -> None:
    once, twice = (first_columns_error(tiers) for tiers in (Tiers(half=2), Tiers(twice=2)))
    assert twice < 0.01 * once


def first_columns_error(tiers: Tiers) -> float:
    """How far the stored columns of both parts are from the ones that they stand for."""
    module, exact = (TieredProduct(ROWS, COVARIANCE, tiers) for _ in range(2))
    round_weights(module, "int8")
    stored = module.fine.rows.numpy().astype(float)
    columns = exact.fine.rows.numpy().astype(float)[:, -2:]
    whole = stored if tiers.twice == 0 else stored[:, :2] + stored[:, 2:]
    return float(np.abs(whole - columns).max())


def test_landmarks_that_move_alike_keep_their_sum() -> None:
    """All inputs are one number and a little noise: what the columns do together stays right, plain rounding's drifts."""
    matrix = RNG.normal(0, 3, (200, 100))
    covariance = np.ones((100, 100)) + 1e-3 * np.eye(100)
    together = matrix.sum(1)
    fed_back = np.abs(rounded_for(matrix, covariance).sum(1) - together)
    plain = np.abs(np.rint(matrix).sum(1) - together)
    assert fed_back.max() < 1.0 < plain.mean()


def test_what_is_fed_back_are_whole_numbers_in_their_places() -> None:
    matrix = RNG.normal(0, 30, (50, 40))
    spread = np.diag(RNG.uniform(1, 5, 40))
    np.testing.assert_array_equal(rounded_for(matrix, spread), np.rint(matrix))
    mixed = RNG.normal(size=(40, 40))
    rounded = rounded_for(matrix, mixed @ mixed.T + np.eye(40))
    np.testing.assert_array_equal(rounded, np.rint(rounded))


def test_rounding_for_inputs_is_closer_over_them() -> None:
    matrix = 5 * ROWS
    fed_back, plain = rounded_for(matrix, COVARIANCE), np.rint(matrix)
    errors = [np.sqrt((((rounded - matrix) @ SEEN.T) ** 2).mean()) for rounded in (fed_back, plain)]
    assert errors[0] < 0.7 * errors[1]


def blocks(out: int, inner: int) -> np.ndarray:
    """A matrix with one full block for each region along its diagonal."""
    count = len(REGIONS)
    dense = np.zeros((count, out, count, inner))
    for region in range(count):
        dense[region, :, region] = RNG.uniform(1, 2, (out, inner))
    return dense.reshape(count * out, count * inner)


def test_a_product_of_regions_is_the_dense_one_in_fewer_numbers() -> None:
    dense = blocks(3, 4)
    module = region_product(dense)
    assert isinstance(module, RegionProduct) and module.blocks.numel() * len(REGIONS) == dense.size
    inner = RNG.normal(size=(2, dense.shape[1]))
    np.testing.assert_allclose(product_of(module, inner), inner @ dense.T, rtol=1e-5, atol=1e-5)


def test_a_product_that_crosses_regions_stays_whole() -> None:
    dense = blocks(3, 4)
    dense[0, -1] = 1.0
    for other in (dense, dense[:-1]):
        module = region_product(other)
        inner = RNG.normal(size=(2, other.shape[1]))
        assert isinstance(module, WholeProduct)
        np.testing.assert_allclose(product_of(module, inner), inner @ other.T, rtol=1e-5, atol=1e-4)


def test_film_is_tiered_only_where_that_is_smaller() -> None:
    few = Tiers(half=4, byte=8)
    assert isinstance(film_product(ROWS, COVARIANCE, few), TieredProduct)
    for tiers in (None, replace(few, byte=20)):
        module = film_product(ROWS, COVARIANCE, tiers)
        assert isinstance(module, WholeProduct)
        np.testing.assert_allclose(product_of(module, SEEN), SEEN @ ROWS.T, rtol=1e-4, atol=1e-3)
