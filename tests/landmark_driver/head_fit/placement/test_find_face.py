"""Units, turned pictures, and meshes without a single face."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from landmark_driver.head_fit.placement.face_views import View, draw, looking_from, sight
from landmark_driver.head_fit.placement.find_face import find_face
from landmark_driver.head_fit.placement.place_scan import unit_of
from landmark_driver.head_fit.scan_files.clean_scan import clean_scan
from landmark_driver.head_fit.scan_files.draft_mesh import DraftMesh, draft_mesh, merge_cells
from landmark_driver.head_fit.scan_files.head_fit_error import HeadFitError
from landmark_driver.head_fit.scan_files.scan import Scan
from tests.landmark_driver.default_head import default_head


@pytest.mark.parametrize("unit", [1.0, 0.1, 0.01, 0.001])
@pytest.mark.parametrize("size", [0.8, 1.0, 1.25])
def test_the_unit_is_the_likeliest_one(unit: float, size: float) -> None:
    assert unit_of(unit / size) == (unit, True)


def test_a_face_of_no_persons_size_is_scaled() -> None:
    assert unit_of(0.0254) == (0.0254, False)


def ball() -> DraftMesh:
    mesh = trimesh.creation.icosphere(subdivisions=4, radius=3.0)
    scan = Scan(np.array(mesh.vertices), np.array(mesh.faces, np.int32))
    return draft_mesh(scan, clean_scan(scan))


@pytest.mark.parametrize("turn_deg", [0.0, 45.0, 90.0, -135.0])
def test_a_pixel_of_a_turned_picture_leads_back_to_the_surface(turn_deg: float) -> None:
    """A point of the ball, drawn from somewhere and turned with the picture, is found again."""
    mesh = ball()
    drawn = draw(mesh, View(np.zeros(3), 4.0, looking_from(20, -30)), 400)
    row, column = 140, 250
    face, weights = drawn.picture.face_index[row, column], drawn.picture.barycentric[row, column]
    place = weights @ mesh.vertices[mesh.faces[face]]
    x, y = (column + 0.5) / 400 - 0.5, (row + 0.5) / 400 - 0.5
    angle = np.deg2rad(turn_deg)
    turned = [0.5 + np.cos(angle) * x + np.sin(angle) * y, 0.5 - np.sin(angle) * x + np.cos(angle) * y, 0]
    seen = sight(mesh, drawn, np.tile(turned, (478, 1)), turn_deg)
    np.testing.assert_allclose(seen.points[0], place, atol=0.06)
    marked = drawn.picture.image.copy()
    marked[row - 3 : row + 4, column - 3 : column + 4] = (0, 255, 0)
    shown = type(drawn)(drawn.view, type(drawn.picture)(marked, *_rest(drawn)), drawn.normals)
    image = shown.turned_image(turn_deg).astype(int)
    green = np.argwhere((image[..., 1] - image[..., 0] > 120) & (image[..., 1] - image[..., 2] > 120))
    np.testing.assert_allclose(green.mean(0)[::-1], np.array(turned[:2]) * 400 - 0.5, atol=1.5)


def _rest(drawn):
    return drawn.picture.face_index, drawn.picture.barycentric


def test_merged_cells_keep_the_shape() -> None:
    mesh = ball()
    vertices, faces, _ = merge_cells(mesh.vertices, mesh.faces, mesh.colors, 0.5)
    assert len(faces) < len(mesh.faces) / 2
    np.testing.assert_allclose(np.linalg.norm(vertices, axis=1), 3.0, atol=0.1)


def test_a_ball_has_no_face() -> None:
    head, _ = default_head()
    landmarks = np.concatenate([head.vertices[head.topology.vertices_of("skin")][:468], np.zeros((10, 3))])
    with pytest.raises(HeadFitError, match="Expected one face in the scan, got none"):
        find_face(ball(), landmarks)
