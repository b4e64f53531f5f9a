"""The parts of the page's puppet, run in node, against their Python twins on random problems."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.geometry.similarity import fit_similarity
from landmark_driver.head.lip_separation import _intersect, vertical_overlap
from landmark_driver.landmarks.calibration import local_size_ratio, neutral_points
from landmark_driver.network.bounded_least_squares import BoundedLeastSquares
from tests.node import run_module


def test_similarities_are_found_as_in_python_mirrored_clouds_included() -> None:
    rng = np.random.default_rng(0)
    problems = []
    for number in range(20):
        source = rng.normal(size=(40, 3))
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        target = 1.7 * source @ turn.T + rng.normal(size=3) + 0.1 * (number % 5) * rng.normal(size=(40, 3))
        problems.append((source, target, rng.uniform(0.1, 1, 40)))
    found = run_module(
        """
        const { fitSimilarity } = await import(PAGE + "/puppet/geometry/similarity.js");
        const found = argument.map(([source, target, weights]) => fitSimilarity(source, target, weights));
        console.log(JSON.stringify(found.map((s) => [...s.rotation, s.scale, ...s.translation])));
        """,
        [[source.ravel().tolist(), target.ravel().tolist(), w.tolist()] for source, target, w in problems],
    )
    expected = [fit_similarity(*problem) for problem in problems]
    flat = [np.concatenate([s.rotation.ravel(), [s.scale], s.translation]) for s in expected]
    np.testing.assert_allclose(found, flat, atol=1e-9)


def test_bounded_least_squares_end_at_the_same_point_as_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearly parallel columns make blocks of variables change sides to and fro, so that descents are among them."""
    rng = np.random.default_rng(7)
    descents = []
    descend = BoundedLeastSquares._descend
    monkeypatch.setattr(
        BoundedLeastSquares, "_descend", lambda self, *at: descents.append(1) or descend(self, *at)
    )
    problems = []
    for _ in range(60):
        matrix = rng.normal(size=(40, 1)) + 0.05 * rng.normal(size=(40, 25))
        gram, linear = matrix.T @ matrix + 1e-6 * np.eye(25), matrix.T @ rng.normal(0, 5, 40)
        problems.append((gram, linear, BoundedLeastSquares(gram, np.zeros(25), np.ones(25)).solve(linear)))
    assert descents
    found = run_module(
        """
        const { BoundedLeastSquares } = await import(PAGE + "/puppet/network/bounded_least_squares.js");
        const solve = ([gram, linear]) => [...new BoundedLeastSquares(gram, linear.length, 1).solve(linear)];
        console.log(JSON.stringify(argument.map(solve)));
        """,
        [[gram.ravel().tolist(), linear.tolist()] for gram, linear, _ in problems],
    )
    np.testing.assert_allclose(found, [solution for *_, solution in problems], atol=1e-6)


def test_pairs_of_triangles_cross_and_overlap_as_in_python() -> None:
    rng = np.random.default_rng(2)
    above, below = rng.uniform(-1, 1, (2, 3000, 3, 3))
    found = run_module(
        """
        const { crosses, verticalOverlap } = await import(PAGE + "/puppet/geometry/triangle_pair.js");
        console.log(JSON.stringify(argument.map(([a, b]) => [crosses(a, b), verticalOverlap(a, b)])));
        """,
        [[a.tolist(), b.tolist()] for a, b in zip(above, below, strict=True)],
    )
    crossing, overlap = (np.array(column) for column in zip(*found, strict=True))
    assert 0.02 < crossing.mean() < 0.9
    np.testing.assert_array_equal(crossing, _intersect(above, below))
    np.testing.assert_allclose(overlap, vertical_overlap(above, below), atol=1e-9)


def test_the_neutral_and_local_sizes_are_those_of_python() -> None:
    rng = np.random.default_rng(3)
    character = rng.normal(size=(478, 3))
    moments = [0.8 * character + 0.02 * rng.normal(size=(478, 3)) for _ in range(30)]
    moments[7] = moments[7] + 0.5
    points, ratio = run_module(
        """
        const { localSizeRatio, neutralPoints } = await import(PAGE + "/puppet/landmarks/calibration.js");
        const points = neutralPoints(argument.moments.map((moment) => Float64Array.from(moment)));
        console.log(JSON.stringify([[...points], [...localSizeRatio(points, argument.character)]]));
        """,
        {"moments": [m.ravel().tolist() for m in moments], "character": character.ravel().tolist()},
    )
    expected = neutral_points(moments)
    np.testing.assert_allclose(np.reshape(points, (478, 3)), expected, atol=1e-12)
    np.testing.assert_allclose(ratio, local_size_ratio(expected, character), atol=1e-9)
