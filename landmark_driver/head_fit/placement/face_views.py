"""Pictures of a scan from chosen sides, and the landmarks in them as points on the scan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, UInt8
from scipy.spatial.transform import Rotation

from capture.frames.landmark_frame import LandmarkFrame
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head_fit.scan_files.draft_mesh import DraftMesh
from landmark_driver.rendering.render import Camera, Picture, orbit_camera, render
from landmark_driver.rendering.seen_by_tracker import track_pictures

_FOV_DEG = 24.0
_STAGE_M = 0.25
"""Radius of the sphere that fills the picture; lights and rays are made for heads in metres."""


@dataclass(frozen=True)
class View:
    """Which part of a scan is looked at, and from where: the camera sees `rotation @ (x - centre)` from +z."""

    centre: Float[np.ndarray, "3"]
    radius: float
    rotation: Float[np.ndarray, "3 3"]


@dataclass(frozen=True)
class Sight:
    """Landmarks of one view on the scan."""

    points: Float[np.ndarray, "478 3"]
    """In the scan's unit and frame."""
    facing: Float[np.ndarray, "478"]
    """Cosine between the surface and the line of sight; 0 where the landmark fell beside the scan."""


@dataclass(frozen=True)
class Drawn:
    """A picture of a view; `picture` knows which triangle every pixel shows."""

    view: View
    picture: Picture
    normals: Float[np.ndarray, "draft 3"]

    def turned_image(self, turn_deg: float) -> UInt8[np.ndarray, "size size 3"]:
        """The picture turned counter-clockwise about its middle."""
        image = self.picture.image
        around = cv2.getRotationMatrix2D((_middle(image), _middle(image)), turn_deg, 1.0)
        return cv2.warpAffine(image, around, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)


def draw(mesh: DraftMesh, view: View, size_px: int) -> Drawn:
    """The scan as that view sees it, lit as a head that looks into the camera."""
    scale = _STAGE_M / view.radius
    staged = scale * (mesh.vertices - view.centre) @ view.rotation.T
    near = np.linalg.norm(staged, axis=1) < 2.5 * _STAGE_M
    faces = mesh.faces[near[mesh.faces].any(1)]
    camera = _camera(size_px)
    picture = render(staged, faces, mesh.colors, camera)
    kept = np.flatnonzero(near[mesh.faces].any(1))
    index = np.where(picture.face_index >= 0, kept[picture.face_index], -1)
    normals = vertex_normals(mesh.vertices, mesh.faces)
    return Drawn(view, Picture(picture.image, index, picture.barycentric), normals)


def _camera(size_px: int) -> Camera:
    distance = _STAGE_M / np.sin(np.deg2rad(_FOV_DEG) / 2)
    return orbit_camera(distance, size_px=(size_px, size_px), vertical_fov_deg=_FOV_DEG, target=(0, 0, 0))


def see(
    pictures: Iterable[UInt8[np.ndarray, "size size 3"]], hold: int, separate: bool
) -> Iterator[LandmarkFrame]:
    """The tracker's landmarks in each picture; `separate` makes it forget each before the next."""
    if not separate:
        yield from track_pictures(pictures, hold)
        return
    frames = track_pictures(_with_blanks(pictures), hold)
    for index, frame in enumerate(frames):
        if index % 2 == 0:
            yield frame


def _with_blanks(pictures):
    for picture in pictures:
        yield picture
        yield np.zeros_like(picture)


def sight(
    mesh: DraftMesh, drawn: Drawn, landmarks: Float[np.ndarray, "478 3"], turn_deg: float = 0.0
) -> Sight:
    """Follows landmarks of a picture, turned counter-clockwise, back to the scan."""
    size = drawn.picture.image.shape[0]
    x, y = _unturned(landmarks[:, 0], landmarks[:, 1], turn_deg)
    column, row = (np.clip((size * value).astype(int), 0, size - 1) for value in (x, y))
    face, weights = drawn.picture.face_index[row, column], drawn.picture.barycentric[row, column]
    corners = mesh.faces[face]
    points = (mesh.vertices[corners] * weights[:, :, None]).sum(1)
    normals = (drawn.normals[corners] * weights[:, :, None]).sum(1)
    towards = drawn.view.rotation[2]
    return Sight(points, np.where(face >= 0, np.abs(normals @ towards), 0.0))


def _unturned(x, y, turn_deg: float):
    """Picture coordinates (0..1, y down) before the picture was turned counter-clockwise."""
    cosine, sine = np.cos(np.deg2rad(turn_deg)), np.sin(np.deg2rad(turn_deg))
    across, down = x - 0.5, y - 0.5
    return 0.5 + cosine * across - sine * down, 0.5 + sine * across + cosine * down


def _middle(image: np.ndarray) -> float:
    return (image.shape[0] - 1) / 2


def looking_from(yaw_deg: float, pitch_deg: float) -> Float[np.ndarray, "3 3"]:
    """Turns a head so that the camera sees it from `yaw_deg` to its left and `pitch_deg` above."""
    return Rotation.from_euler("xy", [pitch_deg, -yaw_deg], degrees=True).as_matrix()
