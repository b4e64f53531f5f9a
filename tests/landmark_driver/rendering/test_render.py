"""Pictures whose pixels know where they are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import trimesh

from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head.scan_texture import NO_PICTURE, ScanTexture
from landmark_driver.rendering.render import Camera, Picture, orbit_camera, render

RADIUS_M = 0.1


@pytest.fixture(scope="module")
def ball() -> tuple[np.ndarray, np.ndarray]:
    mesh = trimesh.creation.icosphere(4, RADIUS_M)
    return np.asarray(mesh.vertices), np.asarray(mesh.faces)


def front_camera(size_px: tuple[int, int] = (160, 120)) -> Camera:
    """Half a metre away on the +z axis, looking at the origin."""
    return orbit_camera(0.5, size_px=size_px, vertical_fov_deg=30.0, target=(0.0, 0.0, 0.0))


def picture_of(ball: tuple[np.ndarray, np.ndarray], camera: Camera, supersample: int = 1) -> Picture:
    colors = np.full((len(ball[0]), 3), 0.5)
    return render(*ball, colors, camera, supersample=supersample)


def places(ball: tuple[np.ndarray, np.ndarray], picture: Picture) -> tuple[np.ndarray, np.ndarray]:
    """Points that the pixels say they show, and which pixels show any."""
    seen = picture.face_index >= 0
    corners = ball[0][ball[1][picture.face_index[seen]]]
    return (corners * picture.barycentric[seen][:, :, None]).sum(1), seen


def test_a_ball_is_a_disc_of_the_right_size(ball: tuple[np.ndarray, np.ndarray]) -> None:
    """Seen from 0.5 m a ball of 0.1 m fills a cone of half angle asin(0.1 / 0.5)."""
    camera = front_camera((200, 200))
    picture = picture_of(ball, camera)
    assert picture.image.shape == (200, 200, 3) and picture.image.dtype == np.uint8
    seen = picture.face_index >= 0
    radius_px = np.tan(np.arcsin(0.2)) / np.tan(np.deg2rad(15)) * 100
    assert seen.sum() == pytest.approx(np.pi * radius_px**2, rel=0.01)
    np.testing.assert_allclose(np.argwhere(seen).mean(0), 99.5, atol=0.5)


@pytest.mark.parametrize(("yaw_deg", "pitch_deg"), [(0, 0), (35, 0), (0, -20), (-50, 15)])
def test_every_pixel_knows_the_point_it_shows(
    ball: tuple[np.ndarray, np.ndarray], yaw_deg: float, pitch_deg: float
) -> None:
    """Barycentric coordinates lead to a point of the triangle that lies on the pixel's ray."""
    camera = orbit_camera(0.5, yaw_deg, pitch_deg, (160, 120), target=(0.0, 0.0, 0.0))
    picture = picture_of(ball, camera)
    points, seen = places(ball, picture)
    np.testing.assert_allclose(picture.barycentric[seen].sum(1), 1, atol=1e-5)
    assert picture.barycentric[seen].min() > -1e-4
    origin, directions = camera.rays()
    arms = points - origin
    along = (arms * directions[seen]).sum(1)
    assert np.abs(arms - along[:, None] * directions[seen]).max() < 1e-5
    assert (along < 0.5).all(), "the near side is shown"


def test_yaw_sees_the_subjects_left_and_pitch_the_top() -> None:
    for camera, direction in (
        (orbit_camera(yaw_deg=30), [np.sin(np.pi / 6), 0, np.cos(np.pi / 6)]),
        (orbit_camera(pitch_deg=30), [0, np.sin(np.pi / 6), np.cos(np.pi / 6)]),
    ):
        rotation = camera.T_world_camera[:3, :3]
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(rotation) == pytest.approx(1)
        np.testing.assert_allclose(rotation[:, 2], direction, atol=1e-12)
        np.testing.assert_allclose(
            camera.T_world_camera[:3, 3], np.array([0, -0.02, 0]) + 0.55 * np.array(direction), atol=1e-12
        )


def test_left_is_right_in_a_picture_and_up_is_up(ball: tuple[np.ndarray, np.ndarray]) -> None:
    """The camera faces the subject: +x, the subject's left, is on the picture's right."""
    picture = picture_of(ball, front_camera())
    points, seen = places(ball, picture)
    rows, columns = np.nonzero(seen)
    assert np.corrcoef(points[:, 0], columns)[0, 1] > 0.99
    assert np.corrcoef(points[:, 1], rows)[0, 1] < -0.99


def test_supersampling_smooths_the_edge_and_keeps_the_places(ball: tuple[np.ndarray, np.ndarray]) -> None:
    plain, smooth = (picture_of(ball, front_camera(), count) for count in (1, 3))
    assert smooth.image.shape == plain.image.shape
    np.testing.assert_array_equal(smooth.face_index >= 0, plain.face_index >= 0)
    points, seen = places(ball, plain)
    np.testing.assert_allclose(places(ball, smooth)[0], points, atol=1e-5)
    backdrop = plain.image[0, 0]
    assert (plain.image[~seen] == backdrop).all()
    assert 20 < (smooth.image[~seen] != backdrop).any(1).sum() < 400, "half covered pixels, at the edge"


def test_light_comes_from_above_and_colour_from_the_vertices(ball: tuple[np.ndarray, np.ndarray]) -> None:
    red = np.tile([0.6, 0.1, 0.1], (len(ball[0]), 1))
    picture = render(*ball, red, front_camera())
    seen = picture.face_index >= 0
    shown = picture.image[seen].astype(float)
    assert (shown[:, 0] > shown[:, 2] + 20).all()
    rows = np.nonzero(seen)[0]
    assert shown[rows < 45].mean() > shown[rows > 75].mean()
    backdrop = picture.image[~seen]
    assert (backdrop == backdrop[0]).all()


def test_the_nearer_of_two_balls_hides_the_other(ball: tuple[np.ndarray, np.ndarray]) -> None:
    vertices, faces = ball
    both = np.concatenate([vertices, 0.5 * vertices + [0, 0, 0.2]])
    picture = render(
        both,
        np.concatenate([faces, faces + len(vertices)]),
        np.full((len(both), 3), 0.5),
        front_camera((99, 99)),
    )
    assert picture.face_index[49, 49] >= len(faces)
    assert 0 <= picture.face_index[49, 15] < len(faces)


def test_normals_of_a_ball_point_away_from_its_centre(ball: tuple[np.ndarray, np.ndarray]) -> None:
    vertices, faces = ball
    lonely = np.concatenate([vertices, [[1.0, 1, 1]]])
    normals = vertex_normals(lonely, faces)
    assert ((normals[:-1] * vertices).sum(1) / RADIUS_M).min() > 0.999
    assert not normals[-1].any()


def test_a_pixel_shows_the_place_of_the_picture_that_its_triangle_has(
    ball: tuple[np.ndarray, np.ndarray],
) -> None:
    """A ramp of red across the ball's width; the lower half has no picture and keeps its own colour."""
    vertices, faces = ball
    ramp = np.zeros((4, 256, 3), np.uint8)
    ramp[:, :, 2] = np.arange(256)
    file = cv2.imencode(".png", ramp)[1].tobytes()
    number = np.where(vertices[faces][:, :, 1].mean(1) > 0, 0, NO_PICTURE).astype(np.int16)
    coordinates = np.stack([0.5 + 4 * vertices[faces][:, :, 0], np.full(faces.shape, 0.5)], 2)
    texture = ScanTexture((file,), number, coordinates)
    blue = np.tile([0.0, 0.0, 0.5], (len(vertices), 1))
    dark = np.zeros(len(vertices))
    picture = render(vertices, faces, blue, front_camera(), gloss=dark, texture=texture)
    white = render(vertices, faces, np.ones_like(blue), front_camera(), gloss=dark).image[..., 0]
    points, seen = places(ball, picture)
    pictured = number[picture.face_index[seen]] == 0
    red = picture.image[seen][:, 0].astype(float)
    wanted = white[seen] * (0.5 + 4 * points[:, 0])
    lit = white[seen] < 250
    assert np.abs(red - wanted)[pictured & lit].max() < 4
    assert red[~pictured].max() == 0 and picture.image[seen][pictured][:, 2].max() == 0
