"""The small solver against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from landmark_driver.network.bounded_least_squares import BoundedLeastSquares


def random_problem(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A matrix with correlated columns, and bounds of which some are infinite."""
    matrix = rng.normal(size=(3 * size + 2, size)) @ (np.eye(size) + 0.6 * rng.normal(size=(size, size)))
    lower, upper = -rng.uniform(0, 1, size), rng.uniform(0.01, 1, size)
    lower[rng.uniform(size=size) < 0.2], upper[rng.uniform(size=size) < 0.2] = -np.inf, np.inf
    return matrix, lower, upper


@pytest.mark.parametrize("size", [1, 2, 5, 20, 50])
def test_it_finds_what_scipy_finds_from_any_warm_start(size: int) -> None:
    rng = np.random.default_rng(size)
    for _ in range(6):
        matrix, lower, upper = random_problem(rng, size)
        gram = matrix.T @ matrix
        solver = BoundedLeastSquares(gram, lower, upper)
        for _ in range(5):  # each right side starts from the sides of the one before
            wanted = matrix @ rng.normal(0, 1.5, size) + rng.normal(size=len(matrix))
            found = solver.solve(matrix.T @ wanted)
            reference = lsq_linear(matrix, wanted, (lower, upper), tol=1e-14, max_iter=1000).x

            def cost(x: np.ndarray, gram: np.ndarray = gram, linear: np.ndarray = matrix.T @ wanted) -> float:
                return float(0.5 * x @ gram @ x - linear @ x)

            assert ((lower <= found) & (found <= upper)).all()
            assert cost(found) <= cost(reference) + 1e-9 * abs(cost(reference))
            np.testing.assert_allclose(found, reference, atol=1e-4)


def test_the_solution_meets_its_optimality_conditions() -> None:
    """Free where the slope is zero, at a bound where it points outwards."""
    rng = np.random.default_rng(0)
    for _ in range(40):
        matrix, lower, upper = random_problem(rng, 30)
        gram, linear = matrix.T @ matrix, matrix.T @ rng.normal(0, 3, len(matrix))
        x = BoundedLeastSquares(gram, lower, upper).solve(linear)
        slope = (gram @ x - linear) / np.abs(np.diag(gram))
        inside = (x > lower) & (x < upper)
        assert np.abs(slope[inside]).max(initial=0) < 1e-8
        assert (slope[x == lower] >= -1e-8).all() and (slope[x == upper] <= 1e-8).all()


def test_without_bounds_it_is_plain_least_squares() -> None:
    rng = np.random.default_rng(1)
    matrix, wanted = rng.normal(size=(20, 6)), rng.normal(size=20)
    free = np.full(6, np.inf)
    found = BoundedLeastSquares(matrix.T @ matrix, -free, free).solve(matrix.T @ wanted)
    np.testing.assert_allclose(found, np.linalg.lstsq(matrix, wanted, rcond=None)[0], atol=1e-10)


def test_a_problem_that_once_made_blocks_cycle_still_ends_at_the_optimum() -> None:
    """Nearly parallel columns make whole blocks of variables change sides to and fro."""
    rng = np.random.default_rng(7)
    for _ in range(30):
        matrix = rng.normal(size=(40, 1)) + 0.05 * rng.normal(size=(40, 25))
        gram, linear = matrix.T @ matrix + 1e-6 * np.eye(25), matrix.T @ rng.normal(0, 5, 40)
        x = BoundedLeastSquares(gram, np.zeros(25), np.ones(25)).solve(linear)
        slope = gram @ x - linear
        assert np.abs(slope[(x > 0) & (x < 1)]).max(initial=0) < 1e-6
        assert (slope[x == 0] >= -1e-6).all() and (slope[x == 1] <= 1e-6).all()
