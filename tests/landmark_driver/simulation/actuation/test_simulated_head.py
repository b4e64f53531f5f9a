"""A head that acts: what default tissue repeats, and what an edit changes and what not."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.simulation.actuation.simulated_head import ActuatedExpression, SimulatedHead
from landmark_driver.simulation.solver.load import Load
from landmark_driver.simulation.solver.simulator import Simulator
from landmark_driver.tissue.tissue_parameters import REGIONS
from landmark_driver.tissue.tissue_setting import default_setting
from tests.landmark_driver.simulation.conftest import expression

UPRIGHT = (0.0, -9.81, 0.0)


def edited(head: SimulatedHead, **edits: float) -> Simulator:
    """The head with edits written region__parameter."""
    named = {name.replace("__", "."): value for name, value in edits.items()}
    return head.with_setting(default_setting().with_values(named))


def distance_mm(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.linalg.norm(a - b, axis=1) * 1e3


def test_without_an_expression_the_head_is_exactly_neutral(head, neutral) -> None:
    face = head.solve_static(neutral)
    assert np.abs(face.vertices - head.layered.vertices).max() < 1e-9
    assert face.settled.inversions == 0
    assert np.abs(neutral.actuation - np.eye(3)).max() < 1e-6


def test_other_stiffness_alone_does_not_move_a_neutral_head(head, neutral) -> None:
    uneven = edited(head, cheek_left__stiffness=0.2, chin__stiffness=5.0)
    assert np.abs(head.solve_static(neutral, uneven).vertices - head.layered.vertices).max() < 1e-6


def assert_repeated(head: SimulatedHead, acted: ActuatedExpression) -> None:
    face = head.solve_static(acted, contact=False)
    skin = acted.target_vertices
    errors = distance_mm(face.vertices, acted.blendshapes)[skin]
    moving = distance_mm(acted.blendshapes, head.layered.vertices)[skin] > 0.5
    assert moving.sum() > 50
    assert errors[moving].mean() < 0.35
    assert errors.max() < 2.5
    assert face.settled.inversions == 0 and face.settled.smallest_volume_ratio > 0


def test_default_tissue_repeats_a_smile(head, smile: ActuatedExpression) -> None:
    assert_repeated(head, smile)


@pytest.mark.parametrize("weights", [{"browInnerUp": 1.0}, {"jawOpen": 0.4, "mouthFunnel": 0.3}])
def test_default_tissue_repeats_the_blendshapes(head, weights: dict[str, float]) -> None:
    assert_repeated(head, head.actuate(expression(**weights)))


def test_paralysis_of_one_side_leaves_the_other_sides_motion_alone(head, smile: ActuatedExpression) -> None:
    left = {f"{region}__strength": 0.0 for region in REGIONS if region.endswith("_left")}
    whole, half = head.solve_static(smile), head.solve_static(smile, edited(head, **left))
    neutral = head.layered.vertices
    skin = smile.target_vertices
    x = neutral[skin, 0]
    motion = distance_mm(whole.vertices, neutral)[skin]
    left_half = distance_mm(half.vertices, neutral)[skin]
    right_half = distance_mm(half.vertices, whole.vertices)[skin]
    corner = motion > 5.0
    assert left_half[corner & (x > 0.03)].mean() < 0.2 * motion[corner & (x > 0.03)].mean()
    assert right_half[corner & (x < -0.03)].mean() < 0.05 * motion[corner & (x < -0.03)].mean()


def test_softer_tissue_in_a_region_sags_there_and_nowhere_else(head, neutral) -> None:
    even = head.solve_static(neutral, gravity_m_s2=UPRIGHT).vertices
    soft = head.solve_static(neutral, edited(head, cheek_left__stiffness=0.2), gravity_m_s2=UPRIGHT).vertices
    changed = distance_mm(soft, even)[: len(head.layered.skin_vertices)]
    where = head.layered.skin_vertices
    cheek = (where[:, 0] > 0.035) & (np.abs(where[:, 1] + 0.045) < 0.015) & (where[:, 2] > -0.01)
    assert changed[cheek].mean() > 0.5
    assert changed[where[:, 0] < -0.03].max() < 0.05
    assert changed[where[:, 1] > 0.03].max() < 0.05
    lower = soft[: len(where)][cheek, 1].mean() < even[: len(where)][cheek, 1].mean()
    assert lower


def test_more_volume_makes_the_cheeks_fuller_and_less_makes_them_slimmer(head, neutral) -> None:
    fat = head.solve_static(neutral, edited(head, cheek__volume=1.5)).settled.volume_change
    slim = head.solve_static(neutral, edited(head, cheek__volume=0.7)).settled.volume_change
    assert fat > 0.02 and slim < -0.01


def test_the_result_does_not_depend_on_the_start(head, smile: ActuatedExpression) -> None:
    load = Load(smile.actuation)
    from_rest = head.simulator.solve_static(load, None, contact=False).nodes
    warm = head.simulator.solve_static(load, smile.nodes, contact=False).nodes
    shaken = smile.nodes + np.random.default_rng(0).normal(0, 1e-4, smile.nodes.shape)
    from_shaken = head.simulator.solve_static(load, shaken, contact=False).nodes
    assert distance_mm(from_rest, warm).max() < 0.1
    assert distance_mm(from_shaken, warm).max() < 0.1


def test_hard_muscles_bring_along_what_keeps_them_from_inverting(head) -> None:
    acted = head.actuate(expression(eyeBlinkLeft=1.0))
    assert acted.inversion_barrier_scale is not None and acted.inversion_barrier_scale.max() > 1
    settled = head.solve_static(acted, contact=False).settled
    assert settled.inversions == 0
    assert distance_mm(settled.nodes, acted.nodes).max() < 0.05
    assert np.array_equal(settled.inversion_barrier_scale, acted.inversion_barrier_scale)


def test_bones_are_scaled_about_the_jaws_hinge(head) -> None:
    poses = head.bones_of(default_setting().with_values({"mandible.scale": 0.9}))
    hinge = head.layered.jaw.centre
    np.testing.assert_allclose(poses.mandible @ [*hinge, 1], [*hinge, 1], atol=1e-12)
    np.testing.assert_allclose(poses.mandible[:3, :3], np.diag([0.9, 1.0, 0.9]))
    np.testing.assert_array_equal(poses.cranium, np.eye(4))
