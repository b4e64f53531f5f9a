"""What is refused before layering, and what the errors say."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.head.identity_model import HeadModelError, IdentityHead
from landmark_driver.identities.anny_identities import load_anny_identities
from tests.landmark_driver.layers.layered import default_layer_template, layer_head

from landmark_driver.identities.neutral_checks import neutral_from_mesh  # isort: skip


def _changed(change) -> IdentityHead:
    head = load_anny_identities().mean()
    vertices = head.vertices.copy()
    return IdentityHead(head.topology, change(vertices), head.coefficients)


def _set(vertices: np.ndarray, rows: object, value: object) -> np.ndarray:
    vertices[rows] = value
    return vertices


def test_a_mesh_in_template_topology_is_accepted_whatever_the_order_of_its_triangles() -> None:
    head = load_anny_identities().mean()
    faces = np.roll(head.topology.faces[::-1], 1, 1)
    assert (neutral_from_mesh(head.vertices, faces, head.topology).vertices == head.vertices).all()


def test_a_mesh_with_holes_is_refused() -> None:
    head = load_anny_identities().mean()
    with pytest.raises(HeadModelError, match=r"got a mesh with holes: 7 triangles are missing"):
        neutral_from_mesh(head.vertices, head.topology.faces[7:], head.topology)


def test_another_topology_is_refused() -> None:
    head = load_anny_identities().mean()
    with pytest.raises(
        HeadModelError, match=r"Expected the template's topology \(\d+ vertices, \d+ triangles\), got 5 v"
    ):
        neutral_from_mesh(head.vertices[:5], np.array([[0, 1, 2], [2, 3, 4]]), head.topology)
    flipped = head.topology.faces[:, ::-1]
    with pytest.raises(HeadModelError, match="Register the mesh to the template first"):
        neutral_from_mesh(head.vertices, flipped, head.topology)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda v: v[:-3], r"Expected \d+ vertices in template topology, got an array of shape \(\d+, 3\)"),
        (lambda v: _set(v, [3, 17], np.nan), r"got NaN or infinity at 2 of \d+ vertices"),
        (
            lambda v: 100 * v,
            r"Expected a head in metres, 0.15 to 0.5 m high from neck to vertex, got 26.\d m",
        ),
        (lambda v: v * [1, 1, 0.02], r"Expected a head 0.4 to 1.8 times as deep as high, got 0.0"),
        (
            lambda v: _set(v, [100, 101], v[102]),
            r"Expected skin triangles with an area, got \d+ that are degenerate",
        ),
        (
            lambda v: v + 0.01 * np.random.default_rng(0).normal(size=v.shape),
            r"does not pass through itself, got \d+ %",
        ),
    ],
)
def test_a_broken_neutral_is_refused_with_the_reason(change, text: str) -> None:
    with pytest.raises(HeadModelError, match=text):
        layer_head(_changed(change), default_layer_template())
