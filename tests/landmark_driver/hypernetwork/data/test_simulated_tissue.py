"""The simulation as a source of training samples."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")
pytest.importorskip("pyarrow")

from capture.frames.arkit import ARKIT_INDEX
from landmark_driver.hypernetwork.data.sample_generator import SampleFailed
from landmark_driver.hypernetwork.data.simulated_tissue import (
    SimulatedTissue,
    SimulationPhysics,
)
from landmark_driver.identities.anny_identities import load_anny_identities
from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.simulation_error import NotConvergedError
from landmark_driver.tissue.tet_materials import region_fractions, tet_materials
from landmark_driver.tissue.tissue_edits import parse_tissue_edits
from landmark_driver.tissue.tissue_parameters import REGIONS
from landmark_driver.tissue.tissue_setting import default_setting

STILL = np.zeros(52)
SMILE = np.zeros(52)
SMILE[[ARKIT_INDEX["mouthSmileLeft"], ARKIT_INDEX["mouthSmileRight"]]] = 0.6
SOFT = {f"{place}.stiffness": 0.3 for place in ("cheek", "jaw")}


@pytest.fixture(scope="module")
def tissue() -> SimulatedTissue:
    return SimulationPhysics(load_anny_identities())(load_anny_identities().mean())


@pytest.fixture(scope="module")
def smile(tissue) -> np.ndarray:
    return tissue(SMILE, default_setting()).displacement


@pytest.fixture(scope="module")
def cheeks() -> np.ndarray:
    head = load_anny_identities().mean()
    skin = head.vertices[head.topology.vertices_of("skin")]
    return np.flatnonzero(np.linalg.norm(np.abs(skin) - (0.045, 0.035, 0.0), axis=1) < 0.02)


def test_default_tissue_at_rest_is_the_neutral_head(tissue):
    assert not tissue(STILL, default_setting()).displacement.any()


def test_softer_cheeks_sag_and_upside_down_they_rise(tissue, cheeks):
    soft = default_setting().with_values(SOFT)
    upright = tissue(STILL, soft).displacement[cheeks, 1]
    upside_down = tissue(STILL, default_setting().with_values(SOFT, (0, 9.81, 0))).displacement[cheeks, 1]
    assert upright.mean() < -2e-5 and upside_down.mean() > -2 * upright.mean()


def test_default_tissue_moves_as_the_blendshapes_say(tissue, smile):
    head = tissue._head
    target = np.tensordot(SMILE, head.expressions, 1)[head.targets]
    moving = np.linalg.norm(target, axis=1) > 5e-4
    error = np.linalg.norm(smile[head.targets] - target, axis=1)[moving]
    assert error.mean() < 0.05 * np.linalg.norm(target, axis=1)[moving].mean()


def test_a_paralysed_side_does_not_smile(tissue, smile):
    left = {f"{name}.strength": 0.0 for name in REGIONS if name.endswith("_left")}
    lame = tissue(SMILE, default_setting().with_values(left)).displacement
    side = load_anny_identities().mean().vertices[:, 0]
    moved = [np.linalg.norm(d, axis=1) for d in (smile, lame)]
    assert moved[1][side > 0.03].sum() < 0.3 * moved[0][side > 0.03].sum()
    assert moved[1][side < -0.03].sum() > 0.9 * moved[0][side < -0.03].sum()


def test_eyeballs_stay(tissue, smile):
    topology = tissue._head.layered.topology
    for side in ("left", "right"):
        assert not smile[topology.vertices_of(f"eyeball_{side}")].any()


def test_a_sample_does_not_depend_on_the_one_before(tissue, smile):
    tissue(0.5 * SMILE, default_setting().with_values(SOFT))
    assert np.array_equal(tissue(SMILE, default_setting()).displacement, smile)


def test_the_state_says_how_good_the_solve_is_and_nothing_about_the_machine(tissue):
    state = tissue(SMILE, default_setting()).state
    assert set(state) == {
        "residual_mm",
        "iterations",
        "volume_change",
        "inversions",
        "penetrations",
        "muscle_error_mm",
    }
    assert state["inversions"] == 0 and state["penetrations"] is None and state["residual_mm"] < 0.2


def test_a_solve_that_does_not_converge_is_a_failed_sample(tissue, monkeypatch):
    def fail(*arguments, **options):
        raise NotConvergedError(0.5, 400, np.zeros((1, 3)))

    monkeypatch.setattr(tissue._head, "solve_static", fail)
    with pytest.raises(SampleFailed, match=r"NotConvergedError.*0\.5000 mm after 400 iterations"):
        tissue(SMILE, default_setting())


def test_a_motion_too_large_for_the_file_is_a_failed_sample(tissue, monkeypatch):
    monkeypatch.setattr(tissue, "_hanging", tissue._head.layered.vertices + 0.07)
    with pytest.raises(SampleFailed, match=r"move by 65 mm"):
        tissue(STILL, default_setting())


def test_materials_are_those_of_the_command_line_whatever_the_order_of_flags(tissue):
    texts = ["cheek.volume=1.5", "jaw.volume=0.7", "cheek_left.stiffness=0.5", "all.strength=0.8"]
    setting = default_setting().with_values(
        {"cheek.volume": 1.5, "jaw.volume": 0.7, "cheek_left.stiffness": 0.5, "all.strength": 0.8}
    )
    ours = tissue._simulator(setting).materials
    layered = tissue._head.layered
    corners = layered.region[layered.tets % layered.wrap_size]
    for order in (texts, texts[::-1]):
        edited = default_setting().with_values(parse_tissue_edits(order))
        theirs = Materials().with_tissue(tet_materials(region_fractions(corners), edited))
        for name in (
            "soft_youngs_pa",
            "muscle_youngs_pa",
            "poisson_ratio",
            "muscle_strength",
            "tissue_volume",
        ):
            assert np.array_equal(getattr(ours, name), getattr(theirs, name))
    in_cheek, in_jaw = (
        np.isin(corners, [REGIONS.index(f"{region}_{side}") for side in ("left", "right")]).sum(1)
        for region in ("cheek", "jaw")
    )
    halved = (in_cheek == 2) & (in_jaw == 2)
    assert halved.any() and np.allclose(np.asarray(ours.tissue_volume)[halved], 1.1)
