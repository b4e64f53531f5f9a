"""The lips of a real layered head press against each other and stay outside each other."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.simulation.contact.body_contact import BodyContact
from landmark_driver.simulation.solver.load import BonePoses
from tests.landmark_driver.simulation.conftest import expression


@pytest.mark.parametrize(
    "weights",
    [{"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0}, {"mouthPucker": 1.0}],
    ids=lambda weights: next(iter(weights)),
)
def test_lips_that_muscles_carry_through_each_other_stay_apart_in_contact(head, touching, weights) -> None:
    acted = head.actuate(expression(**weights))
    lips = next(contact for contact in touching.contacts if isinstance(contact, BodyContact))
    assert len(lips.intersections(acted.nodes)) > 20
    settled = head.solve_static(acted, touching).settled
    assert settled.penetrations == settled.inversions == len(lips.intersections(settled.nodes)) == 0
    away = np.linalg.norm(settled.nodes - acted.nodes, axis=1)
    assert away[head.mesh.nodes[:, 2] < 0].max() < 1e-4 < away.max()


def test_a_neutral_head_touches_nothing(head, touching, neutral) -> None:
    assert all(one.violations(head.mesh.nodes, BonePoses()) == 0 for one in touching.contacts)
    settled = head.solve_static(neutral, touching).settled
    assert settled.penetrations == 0
    assert np.abs(settled.nodes - head.mesh.nodes).max() < 1e-6
