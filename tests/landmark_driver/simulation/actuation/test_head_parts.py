"""From tissue back to the whole head."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.geometry.affine_pose import hinge, moved_points
from landmark_driver.layers.layered_head import LayeredHead
from landmark_driver.simulation.actuation.head_parts import HeadParts, head_parts


@pytest.fixture(scope="module")
def parts(layered: LayeredHead) -> HeadParts:
    return head_parts(layered)


def no_detail(layered: LayeredHead) -> np.ndarray:
    return np.zeros_like(layered.skin_vertices)


def test_nodes_at_rest_give_the_neutral_head(layered: LayeredHead, parts: HeadParts) -> None:
    vertices = parts.vertices(layered.nodes, layered.vertices, no_detail(layered), np.eye(4), np.eye(4))
    assert np.abs(vertices - layered.vertices).max() < 1e-12


def test_lower_teeth_are_rigid_with_the_mandible_and_upper_teeth_and_eyes_stay(layered, parts) -> None:
    opened = hinge(0.2, layered.jaw.axis, layered.jaw.centre)
    vertices = parts.vertices(layered.nodes, layered.vertices, no_detail(layered), opened, opened)
    topology = layered.topology
    lower = topology.vertices_of("teeth_lower")
    assert vertices[lower] == pytest.approx(moved_points(opened, layered.vertices[lower]))
    assert np.linalg.norm((vertices - layered.vertices)[lower], axis=1).min() > 0.005
    for part in ("teeth_upper", "eyeball_left", "eyeball_right"):
        still = topology.vertices_of(part)
        assert np.abs((vertices - layered.vertices)[still]).max() == 0
    assert np.abs((vertices - layered.vertices)[topology.vertices_of("tongue")]).max() < 1e-12


def test_the_tongue_goes_with_an_edited_mandible_as_the_lower_teeth_do(layered, parts) -> None:
    opened = hinge(0.2, layered.jaw.axis, layered.jaw.centre)
    shorter = np.eye(4)
    shorter[:3, :3] *= 0.9
    shorter[:3, 3] = 0.1 * layered.jaw.centre
    tongue = layered.topology.vertices_of("tongue")
    shown = layered.vertices.copy()
    shown[tongue] = moved_points(opened, shown[tongue])
    vertices = parts.vertices(layered.nodes, shown, no_detail(layered), opened @ shorter, opened)
    assert vertices[tongue] == pytest.approx(moved_points(opened @ shorter, layered.vertices[tongue]))
    assert np.linalg.norm((vertices - shown)[tongue], axis=1).max() > 0.005


def test_the_mouths_lining_follows_the_lips_and_fades_inwards(layered, parts) -> None:
    moved = layered.nodes + np.array([0.0, 0.0, 0.003])
    vertices = parts.vertices(moved, layered.vertices, no_detail(layered), np.eye(4), np.eye(4))
    lining = layered.topology.vertices_of("mouth_cavity")
    rim = layered.vertices[layered.topology.lip_loop]
    away = np.linalg.norm(layered.vertices[lining][:, None] - rim, axis=2).min(1)
    forward = (vertices - layered.vertices)[lining, 2]
    assert forward[away < 0.003].min() > 0.0028
    assert (np.diff(forward[np.argsort(away)]) < 1e-9).all()
    assert forward[away > 0.05].max() < 1e-5


def test_detail_is_added_to_the_skin(layered, parts) -> None:
    detail = no_detail(layered)
    detail[7] = [0.001, 0.002, 0.003]
    vertices = parts.vertices(layered.nodes, layered.vertices, detail, np.eye(4), np.eye(4))
    assert (vertices - layered.vertices)[7] == pytest.approx(detail[7])
