"""The synthetic head is a head as far as physics goes, and the benchmark reports what it measured."""

import numpy as np
import pytest

from landmark_driver.simulation.energy.rest_mesh import CRANIUM, FREE, MANDIBLE
from landmark_driver.simulation.programs.benchmark import METHODS, BenchmarkArguments, benchmark_rows, table
from landmark_driver.simulation.programs.synthetic_head import (
    skin_nodes,
    sphere,
    synthetic_expression,
    synthetic_head,
)
from landmark_driver.simulation.solver.load import Load
from landmark_driver.simulation.solver.simulator import Simulator


@pytest.mark.parametrize("frequency", [1, 4])
def test_the_sphere_is_closed_round_and_of_the_promised_size(frequency):
    points, triangles = sphere(frequency)
    assert len(triangles) == 20 * frequency**2
    assert len(points) == 10 * frequency**2 + 2
    assert np.linalg.norm(points, axis=1) == pytest.approx(1.0)


def test_the_synthetic_head_has_both_bones_and_free_skin():
    mesh = synthetic_head(4)
    assert len(mesh.tets) == 120 * 4**2
    assert set(np.unique(mesh.bone)) == {FREE, CRANIUM, MANDIBLE}
    assert np.all(mesh.bone[skin_nodes(mesh)] == FREE)


def test_the_synthetic_expression_moves_the_skin_by_millimetres_and_keeps_volume():
    mesh = synthetic_head(6)
    actuation = synthetic_expression(mesh)
    assert np.linalg.det(actuation) == pytest.approx(1.0)
    settled = Simulator(mesh).solve_static(Load(actuation))
    moved = np.linalg.norm(settled.nodes - mesh.nodes, axis=1)[skin_nodes(mesh)]
    assert 2e-3 < moved.max() < 15e-3
    assert abs(settled.volume_change) < 0.02


def test_the_benchmark_has_a_row_for_every_method_and_start_and_prints_it():
    mesh = synthetic_head(4)
    actuation = synthetic_expression(mesh)
    arguments = BenchmarkArguments(poisson_ratios=(0.33,), repeats=1)
    rows = list(benchmark_rows("synthetic", mesh, lambda simulator: actuation, arguments))
    assert {(row.start, row.method) for row in rows} == {(s, m) for s in ("rest", "warm") for m in METHODS}
    by_method = {row.method: row for row in rows if row.start == "rest"}
    assert by_method["L-BFGS"].own_error_mm < 0.05
    newton, lbfgs = by_method["Newton"].iterations, by_method["L-BFGS"].iterations
    assert newton is not None and lbfgs is not None and newton < lbfgs
    printed = table(rows)
    assert printed.count("\n") == len(rows) + 1
    assert "| synthetic | 1,920 |" in printed
