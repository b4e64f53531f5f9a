"""The table goes through the settled shapes at half and full weight, and a stopped series goes on."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("numba")

from landmark_driver.hypernetwork.data.proxy_tissue import ProxyPhysics
from landmark_driver.hypernetwork.data.sample_generator import MovedHead, SampleFailed
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.solved_edits.kept_solves import KeptSolves
from landmark_driver.solved_edits.shape_table import SHAPES, solve_table, table_expressions, table_through
from landmark_driver.tissue.solved_edit import SolvedEdit, same_tissue
from landmark_driver.tissue.tissue_setting import default_setting

PARALYSED = default_setting().with_values({"cheek_left.strength": 0.0, "upper_lip_left.strength": 0.2})
VERTICES = 40


def effects(rank: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Effects of 44 shapes at half and full weight, in so many directions; the last ten vertices stay."""
    rng = np.random.default_rng(seed)
    directions = 1e-3 * rng.normal(size=(rank, VERTICES, 3))
    directions[:, -10:] = 0.0
    half, full = rng.normal(size=(2, len(SHAPES), rank)) @ directions.reshape(rank, -1)
    return half, full


def test_the_table_goes_through_both_weights_at_the_vertices_that_move():
    half, full = effects(6)
    table, report = table_through(half, full, PARALYSED, directions=6)
    assert np.array_equal(table.vertices, np.arange(VERTICES - 10))
    for number, shape in enumerate(SHAPES):
        for weight, true in ((0.5, half), (1.0, full), (0.0, 0 * half)):
            found = table.displacements(weight * np.eye(52)[shape])
            assert np.allclose(found, true[number].reshape(-1, 3)[:-10], atol=1e-5)
    assert report.left_mm < 1e-6 < report.effect_mm


def test_a_table_of_fewer_directions_says_the_error_that_it_leaves():
    half, full = effects(12)
    whole, _ = table_through(half, full, PARALYSED, directions=12)
    table, report = table_through(half, full, PARALYSED, directions=5)
    left = [table.displacements(weights) - whole.displacements(weights) for weights in table_expressions()]
    measured_mm = 1e3 * np.sqrt(np.mean(np.sum(np.square(left), -1)))
    assert report.left_mm == pytest.approx(measured_mm, rel=0.02)


def test_eyes_that_look_about_have_no_effect():
    table, _ = table_through(*effects(4), PARALYSED)
    looking = np.where(np.isin(np.arange(52), SHAPES), 0.0, 1.0)
    assert not table.displacements(looking).any()


class _Counted:
    """Proxy tissue that counts its solves, stops when it is told to, and has no equilibrium for some shapes."""

    settings = ProxyPhysics(load_identities()).settings

    def __init__(self, stop_at: int = 10**9, fails: int | None = None):
        self.count, self.stop_at, self.fails = 0, stop_at, fails

    def __call__(self, head):
        def generate(weights, setting) -> MovedHead:
            self.count += 1
            if self.count > self.stop_at:
                raise KeyboardInterrupt
            if self.fails is not None and weights[self.fails] and not same_tissue(setting, default_setting()):
                raise SampleFailed("no equilibrium")
            strength = setting.learned[:, 2].mean()
            bend = np.outer(weights[:VERTICES], [1e-3, 0.0, 0.0])
            return MovedHead(strength * bend + (1 - strength) * bend**2)

        return generate


def _solves(tmp_path, physics) -> KeptSolves:
    return KeptSolves(tmp_path, physics, load_identities().mean())


def test_a_stopped_series_goes_on_and_solves_nothing_twice(tmp_path):
    rest = np.zeros((VERTICES, 3), np.float32)
    stopped = _Counted(stop_at=31)
    with pytest.raises(KeyboardInterrupt):
        solve_table(_solves(tmp_path, stopped), PARALYSED, rest)
    resumed, whole = _Counted(), _Counted()
    seen: list[tuple[int, int]] = []
    table, _ = solve_table(
        _solves(tmp_path, resumed), PARALYSED, rest, progress=lambda done, total: seen.append((done, total))
    )
    assert resumed.count == 2 * 88 - 31 and seen[-1] == (88, 88)
    again, _ = solve_table(_solves(tmp_path / "other", whole), PARALYSED, rest)
    assert np.array_equal(table.coefficients, again.coefficients) and len(table.vertices) > 20


def test_a_shape_without_an_equilibrium_counts_as_unchanged_and_is_counted(tmp_path):
    rest = np.zeros((VERTICES, 3), np.float32)
    failing = int(SHAPES[3])
    table, report = solve_table(_solves(tmp_path, _Counted(fails=failing)), PARALYSED, rest)
    assert report.failures == 2
    assert np.abs(table.displacements(np.eye(52)[failing])).max() < 1e-8


def test_a_table_of_stiffness_and_strength_alone_is_added_to_other_edits():
    table, _ = table_through(*effects(4), PARALYSED)
    whole_base = table.base(PARALYSED)
    assert whole_base is not None and same_tissue(whole_base, default_setting())
    upside_down = PARALYSED.with_values({"all.volume": 1.3}, (0.0, 9.81, 0.0))
    base = table.base(upside_down)
    assert base is not None
    assert same_tissue(base, default_setting().with_values({"all.volume": 1.3}, (0.0, 9.81, 0.0)))
    assert table.base(PARALYSED.with_values({"cheek_left.strength": 0.5})) is None
    whole, _ = table_through(*effects(4), upside_down)
    base = whole.base(upside_down)
    assert base is not None and same_tissue(base, default_setting()) and whole.base(PARALYSED) is None


def test_an_edit_survives_the_file_and_keeps_the_parts_that_fit():
    table, _ = table_through(*effects(4), PARALYSED)
    rest = np.random.default_rng(1).normal(size=(VERTICES, 3)).astype(np.float32)
    edit = SolvedEdit.from_arrays(SolvedEdit(PARALYSED, rest, table).arrays())
    assert edit.rest is not None and np.array_equal(edit.rest, rest) and edit.table is not None
    assert np.array_equal(edit.table.directions, table.directions)
    assert edit.for_target(default_setting()) is None
    fatter = edit.for_target(PARALYSED.with_values({"all.volume": 1.3}))
    assert fatter is not None and fatter.rest is None and fatter.table is not None
