"""Lips that cross are moved apart, and nothing else is moved."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

from landmark_driver.geometry.mesh_edges import edges_of
from landmark_driver.head.lip_separation import LipSeparation, vertical_overlap
from landmark_driver.hypernetwork.data.lip_surfaces import lip_separation
from landmark_driver.hypernetwork.evaluation.lip_penetrations import LipPenetrations
from landmark_driver.identities.anny_identities import load_anny_identities

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def head():
    return load_anny_identities().mean()


@pytest.fixture(scope="module")
def apart(head) -> LipSeparation:
    return lip_separation(head)


@pytest.fixture(scope="module")
def pressed(head, apart) -> list[np.ndarray]:
    """Heads whose lower lip is pushed up into the upper one, more or less, straight or askew."""
    lower = np.unique(apart.lower)
    vertices = []
    for _ in range(20):
        pressed = head.vertices.astype(np.float32)
        pressed[lower, 1] += RNG.uniform(0.0005, 0.004) * (1 + RNG.uniform(-20, 20) * pressed[lower, 0])
        pressed[lower, 2] += RNG.uniform(-0.002, 0.002)
        vertices.append(pressed)
    return vertices


def test_no_pair_of_lip_triangles_crosses_afterwards(head, apart, pressed):
    count = LipPenetrations(head)
    assert all(count(vertices) > 0 for vertices in pressed)
    for vertices in pressed:
        apart(vertices := vertices.copy())
        assert count(vertices) == 0


def test_lips_that_do_not_cross_are_left_alone(head, apart):
    vertices = head.vertices.astype(np.float32)
    vertices[np.unique(apart.upper), 1] += 0.002
    before = vertices.copy()
    apart(vertices)
    assert np.array_equal(vertices, before)


def test_only_lips_and_the_skin_around_them_move_and_only_up_or_down(head, apart, pressed):
    vertices = pressed[0].copy()
    apart(vertices)
    moved = np.linalg.norm(vertices - pressed[0], axis=1)
    slit = head.vertices[head.topology.lip_loop]
    distance = np.linalg.norm(head.vertices[:, None] - slit[None], axis=2).min(1)
    assert moved.max() > 1e-4 and not moved[distance > 0.032].any()
    assert np.array_equal(vertices[:, [0, 2]], pressed[0][:, [0, 2]])


def test_the_skin_gives_way_without_steps(head, apart, pressed):
    vertices = pressed[0].copy()
    apart(vertices)
    moved = vertices[:, 1] - pressed[0][:, 1]
    faces = head.topology.faces_of("skin")
    edges = edges_of(faces)
    length = np.linalg.norm(head.vertices[edges[:, 0]] - head.vertices[edges[:, 1]], axis=1)
    steps = np.abs(moved[edges[:, 0]] - moved[edges[:, 1]])
    sides = [np.isin(edges, np.unique(lip)).any(1) for lip in (apart.upper, apart.lower)]
    across = (sides[0] & sides[1]) | np.isin(edges, head.topology.lip_loop).any(1)
    assert (steps / length)[~across].max() < 0.7


def test_the_lips_of_an_open_mouth_are_far_apart_for_it(head, apart):
    opened = head.vertices.astype(np.float32)
    opened[np.unique(apart.lower), 1] -= 0.01
    upper, lower = apart._near_slit(opened)
    assert min(len(upper), len(lower)) < 0.25 * len(apart.lower)


@pytest.mark.parametrize("height", [-0.7, -0.2, 0.3])
def test_the_overlap_is_what_the_upper_triangle_must_rise_by(height):
    flat = np.array([[[0.0, 0, 0], [4, 0, 0], [0, 0, 4]]])
    upright = np.array([[[1.0, height, 1], [1, height + 2, 0.5], [1.5, height + 2, 1]]])
    assert vertical_overlap(upright, flat)[0] == pytest.approx(max(0.0, -height))


def test_triangles_beside_each_other_do_not_overlap():
    one = np.array([[[0.0, 0, 0], [1, 0, 0], [0, 0, 1]]])
    assert vertical_overlap(one + np.array([5.0, -3.0, 0.0]), one)[0] == 0.0


def test_the_overlap_of_random_triangles_is_enough_and_not_too_much():
    above, below = RNG.normal(size=(2, 200, 3, 3))
    depth = vertical_overlap(above, below)
    samples = RNG.dirichlet(np.ones(3), 300)
    for a, b, d in zip(above, below, depth, strict=True):
        points = samples @ a
        fractions = np.linalg.solve(
            np.vstack([b[:, [0, 2]].T, np.ones(3)]), np.vstack([points[:, [0, 2]].T, np.ones(300)])
        )
        over = (fractions >= 0).all(0)
        reached = (fractions[:, over].T @ b[:, 1] - points[over, 1]).max(initial=0.0)
        assert reached <= d + 1e-9
        assert over.sum() < 100 or reached > 0.5 * d - 0.05
