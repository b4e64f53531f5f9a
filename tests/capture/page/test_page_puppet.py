"""The parts of the page's puppet, run in node, against their Python twins on random problems."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.character import Character
from landmark_driver.geometry.similarity import fit_similarity
from landmark_driver.head.lip_separation import _intersect, vertical_overlap
from landmark_driver.landmarks.apertures import INNER_LIPS, LID_MIDDLES, Apertures
from landmark_driver.landmarks.calibration import local_size_ratio, neutral_points
from landmark_driver.landmarks.smoothing import InnovationFilter
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


def test_a_tie_of_moments_is_decided_as_in_python() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(0, 0.05, (2, 478, 3))
    points = run_module(
        """
        const { neutralPoints } = await import(PAGE + "/puppet/landmarks/calibration.js");
        console.log(JSON.stringify([...neutralPoints(argument.map((moment) => Float64Array.from(moment)))]));
        """,
        [moment.ravel().tolist() for moment in (a, a, b, b)],
    )
    np.testing.assert_allclose(np.reshape(points, (478, 3)), neutral_points([a, a, b, b]), atol=1e-12)


def test_lids_and_lips_open_as_in_python() -> None:
    """Openings from far below closed to far above neutral, on a performer with other eyes, frame after frame."""
    rng = np.random.default_rng(5)
    character = Character.load("default").head.neutral_landmarks
    performer = character * [1.1, 0.9, 1.0]
    frames = []
    for number in range(60):
        points, displacements = performer.copy(), rng.normal(0, 1e-3, (478, 3))
        for middles, largest in ((LID_MIDDLES[:6], 2.0), (LID_MIDDLES[6:], 2.0), (INNER_LIPS, 9.0)):
            upper, lower = list(middles[::2]), list(middles[1::2])
            middle = (points[upper, 1] + points[lower, 1]) / 2
            half = rng.uniform(-0.3, largest) * (0.004 if middles is not INNER_LIPS else 0.001)
            points[upper, 1], points[lower, 1] = middle + half, middle - half
        frames.append((points, displacements, 0.1 * number - 0.25 * (number == 20)))
    found = run_module(
        """
        const { Apertures } = await import(PAGE + "/puppet/landmarks/apertures.js");
        const apertures = new Apertures(argument.performer, argument.character);
        const moved = argument.frames.map(([points, displacements, timeS]) => {
          const opened = Float64Array.from(displacements);
          apertures.apply(points, opened, timeS);
          return [...opened];
        });
        console.log(JSON.stringify(moved));
        """,
        {
            "performer": performer.ravel().tolist(),
            "character": character.ravel().tolist(),
            "frames": [[points.ravel().tolist(), moved.ravel().tolist(), t] for points, moved, t in frames],
        },
    )
    apertures = Apertures(performer, character)
    expected = np.array([apertures(*frame) for frame in frames])
    np.testing.assert_allclose(np.reshape(found, (60, 478, 3)), expected, atol=1e-12)


def test_the_filter_smooths_as_in_python() -> None:
    rng = np.random.default_rng(6)
    values = rng.normal(0, 2e-3, (40, 4, 3))
    times_s = np.cumsum(rng.uniform(0.005, 0.1, 40))
    times_s[20:] += 1
    times_s[30] = times_s[29]
    cutoff_hz, threshold = rng.uniform(0.5, 4, 4), np.array([0.5e-3, 1e-3, 2e-3, np.inf])
    found = run_module(
        """
        const { InnovationFilter } = await import(PAGE + "/puppet/landmarks/smoothing.js");
        const smooth = new InnovationFilter(argument.cutoffHz, [...argument.threshold, Infinity]);
        const out = new Float64Array(12);
        const found = argument.values.map((values, frame) => {
          smooth.apply(values, argument.times[frame], out);
          return [...out];
        });
        console.log(JSON.stringify(found));
        """,
        {
            "cutoffHz": cutoff_hz.tolist(),
            "threshold": threshold[:3].tolist(),
            "values": values.reshape(40, 12).tolist(),
            "times": times_s.tolist(),
        },
    )
    smooth = InnovationFilter(cutoff_hz, threshold)
    expected = np.array(
        [smooth(value, time_s) for value, time_s in zip(values, times_s.tolist(), strict=True)]
    )
    np.testing.assert_allclose(np.reshape(found, (40, 4, 3)), expected, atol=1e-12)
