"""Expressions carried from head to head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.identities.deformation_transfer import ExpressionTransfer, surface_gradient

SHAPES = (
    "jawOpen",
    "mouthSmileLeft",
    "mouthPucker",
    "browInnerUp",
    "eyeBlinkRight",
    "cheekPuff",
    "tongueOut",
)


@pytest.fixture(scope="module")
def some(head_and_expressions: tuple[IdentityHead, np.ndarray]) -> tuple[IdentityHead, np.ndarray]:
    """The default head with a few expressions: seven are as hard as fifty-two, and faster."""
    head, expressions = head_and_expressions
    return head, expressions[[ARKIT_NAMES.index(name) for name in SHAPES]]


@pytest.fixture(scope="module")
def transfer(some: tuple[IdentityHead, np.ndarray]) -> ExpressionTransfer:
    return ExpressionTransfer(*some)


def test_the_template_gets_its_own_expressions_back(
    some: tuple[IdentityHead, np.ndarray], transfer: ExpressionTransfer
) -> None:
    head, expressions = some
    error = np.linalg.norm(transfer(head) - expressions, axis=2)
    assert error.max() < 5e-4


def test_a_larger_head_moves_further_in_proportion(
    some: tuple[IdentityHead, np.ndarray], transfer: ExpressionTransfer
) -> None:
    head, _ = some
    larger = transfer(replace(head, vertices=1.3 * head.vertices + [0.01, 0.02, -0.03]))
    np.testing.assert_allclose(larger, 1.3 * transfer(head), atol=1e-6)


def test_a_wider_head_smiles_wider(
    some: tuple[IdentityHead, np.ndarray], transfer: ExpressionTransfer
) -> None:
    """Where a head is stretched across, so are its motions, but those upwards are hardly."""
    head, _ = some
    wider = transfer(replace(head, vertices=head.vertices * [1.2, 1, 1]))[1]
    same = transfer(head)[1]
    skin = head.topology.vertices_of("skin")
    moving = skin[np.linalg.norm(same[skin], axis=1) > 2e-3]
    across = (wider[moving, 0] @ same[moving, 0]) / (same[moving, 0] @ same[moving, 0])
    upwards = (wider[moving, 1] @ same[moving, 1]) / (same[moving, 1] @ same[moving, 1])
    assert 1.04 < across < 1.2
    assert 0.95 < upwards < across


def test_where_nothing_acts_nothing_moves(
    some: tuple[IdentityHead, np.ndarray], transfer: ExpressionTransfer
) -> None:
    head, expressions = some
    still = np.linalg.norm(expressions, axis=2).max(0) < 1e-7
    assert still.sum() > 500
    bumpy = replace(head, vertices=head.vertices * [1.1, 0.9, 1.05])
    assert np.abs(transfer(bumpy)[:, still]).max() < 1e-12


def test_teeth_stay_rigid_on_any_head(
    some: tuple[IdentityHead, np.ndarray], transfer: ExpressionTransfer
) -> None:
    head, _ = some
    other = replace(head, vertices=head.vertices * [1.15, 0.95, 1.0])
    rows = head.topology.vertices_of("teeth_lower")
    moved = other.vertices[rows] + transfer(other)[SHAPES.index("jawOpen"), rows]
    before = other.vertices[rows]
    rotation, _ = Rotation.align_vectors(moved - moved.mean(0), before - before.mean(0))[:2]
    np.testing.assert_allclose(rotation.apply(before - before.mean(0)), moved - moved.mean(0), atol=1e-9)
    assert np.linalg.norm(moved - before, axis=1).mean() > 0.005


def test_the_gradient_of_a_linear_function_is_exact_within_the_surface() -> None:
    """grad f = A minus its part along the normal, for f(x) = A · x on any triangle."""
    rng = np.random.default_rng(0)
    vertices, faces = rng.normal(size=(30, 3)), rng.permutation(30).reshape(10, 3)
    operator, areas = surface_gradient(vertices, faces)
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    normal = np.cross(b - a, c - a)
    np.testing.assert_allclose(areas, np.linalg.norm(normal, axis=1) / 2)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    slope = rng.normal(size=3)
    found = (operator @ (vertices @ slope)).reshape(-1, 3)
    np.testing.assert_allclose(found, slope - (normal @ slope)[:, None] * normal, atol=1e-9)
    np.testing.assert_allclose(operator @ np.ones(30), 0, atol=1e-9)
