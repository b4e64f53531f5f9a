"""Cut patches, hollows, teeth: the parts that bones are made of."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

pytest.importorskip("numba", reason="bones need the extra: pip install 'softdeca[physics]'")

from landmark_driver.geometry.mesh_loops import boundary_loops
from landmark_driver.layers.bones.bone_regions import polygon_signed_distance
from landmark_driver.layers.bones.dental_arch import LOWER, UPPER, dental_mesh
from landmark_driver.layers.bones.hollow import Hollow, hollow_faces, hollow_points
from landmark_driver.layers.bones.level_set_patch import cut_patch, subdivided


def _ball() -> trimesh.Trimesh:
    return trimesh.creation.icosphere(subdivisions=3)


def test_subdivision_keeps_a_surface_where_it_is() -> None:
    ball = _ball()
    fine = subdivided(np.asarray(ball.faces), len(ball.vertices))
    again = trimesh.Trimesh(fine.place(ball.vertices), fine.faces, process=False)
    assert len(again.faces) == 4 * len(ball.faces)
    assert again.is_watertight
    assert again.volume == pytest.approx(ball.volume)


def test_a_cut_follows_the_fields_zero_line() -> None:
    ball = _ball()
    fine = subdivided(np.asarray(ball.faces), len(ball.vertices))
    places = fine.place(ball.vertices)
    patch = cut_patch(fine, places[:, 2] - 0.3)
    (loop,) = boundary_loops(patch.faces)
    heights = patch.place(ball.vertices)[:, 2]
    assert heights[loop] == pytest.approx(0.3, abs=0.01)
    assert heights.min() > 0.29


def test_a_hollow_closes_the_hole_it_is_built_onto() -> None:
    ball = _ball()
    fine = subdivided(np.asarray(ball.faces), len(ball.vertices))
    patch = cut_patch(fine, 0.8 - fine.place(ball.vertices)[:, 2])
    points = patch.place(ball.vertices)
    (rim,) = boundary_loops(patch.faces)
    hollow = Hollow(rim, np.array([0, 0, -0.5]), (0.2, 0.7), (0.9, 0.4), np.zeros(len(rim)), (0.0, 0.0))
    vertices = np.concatenate([points, hollow_points(hollow, points[rim], 1.0)])
    closed = trimesh.Trimesh(
        vertices, np.concatenate([patch.faces, hollow_faces(hollow, len(points))]), process=False
    )
    assert closed.is_watertight and closed.is_winding_consistent
    assert 0.5 * ball.volume < closed.volume < ball.volume


def test_the_signed_distance_of_a_polygon_is_positive_inside() -> None:
    square = np.array([[0.0, 0], [2, 0], [2, 2], [0, 2]])
    points = np.array([[1.0, 1], [1, 1.5], [3, 1], [-1, -1]])
    assert polygon_signed_distance(square, points) == pytest.approx([1, 0.5, -1, -np.sqrt(2)])


@pytest.mark.parametrize("jaw", [UPPER, LOWER])
def test_each_jaw_has_fourteen_closed_crowns_and_a_closed_alveolar_process(jaw: int) -> None:
    mesh = dental_mesh(jaw)
    whole = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    assert whole.is_watertight and whole.is_winding_consistent
    volumes = sorted(piece.volume * 1e9 for piece in whole.split())
    assert len(volumes) == 15
    assert volumes[0] > 100 and volumes[-2] < 700
    assert mesh.vertices[:, 0].min() == pytest.approx(-mesh.vertices[:, 0].max(), abs=1e-4)


def test_the_lower_teeth_lie_inside_and_under_the_upper_ones() -> None:
    upper, lower = dental_mesh(UPPER), dental_mesh(LOWER)
    crowns = [mesh.vertices[np.unique(mesh.faces[mesh.is_tooth > 0])] for mesh in (upper, lower)]
    assert crowns[1][:, 2].max() < crowns[0][:, 2].max()
    assert crowns[1][:, 1].mean() < crowns[0][:, 1].mean() - 0.005
