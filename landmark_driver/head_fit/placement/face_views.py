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
"""The radius of the sphere that fills the picture; lights and rays are made for heads in metres."""


@dataclass(frozen=True)
class View:
    """The part of a scan in a picture, and its direction: the camera sees `rotation @ (x - centre)` from +z."""

    centre: Float[np.ndarray, "3"]
    """Scan unit and frame."""
    radius: float
    """Scan unit."""
    rotation: Float[np.ndarray, "3 3"]


@dataclass(frozen=True)
class Sight:
    """Landmarks of one view on the scan."""

    points: Float[np.ndarray, "478 3"]
    """Scan unit and frame."""
    facing: Float[np.ndarray, "478"]
    """Cosine between the surface and the line of sight; 0 where the landmark fell beside the scan."""


@dataclass(frozen=True)
class Drawn:
    """A picture of a view; `picture` has the scan's triangle in every pixel."""

    view: View
    picture: Picture
    normals: Float[np.ndarray, "draft 3"]

    def turned_image(self, turn_deg: float) -> UInt8[np.ndarray, "size size 3"]:
        """Return the picture turned counter-clockwise about its middle.

        Args:
            turn_deg: degrees.

        Returns:
            (size, size, 3) RGB in 0..255.
        """
        image = self.picture.image
        around = cv2.getRotationMatrix2D((_middle(image), _middle(image)), turn_deg, 1.0)
        return cv2.warpAffine(image, around, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)


def draw(mesh: DraftMesh, view: View, size_px: int) -> Drawn:
    """Draw a scan in a view, lit as a head that looks into the camera.

    Args:
        mesh: the scan, in its own unit and frame.
        view: centre, radius and rotation, in the scan's unit and frame.
        size_px: pixels along each side.

    Returns:
        The picture, with a triangle of `mesh` in every pixel, and the mesh's normals.
    """
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
    """Return the tracker's landmarks in each picture, in order.

    Args:
        pictures: (size, size, 3) RGB in 0..255, all of one size.
        hold: the number of times that each picture is shown; the last sight counts.
        separate: True resets the tracker between pictures, by a blank one after each.

    Returns:
        One frame per picture; its landmarks are None where no face is found.
    """
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
    """Return landmarks of a picture as points on the scan.

    Args:
        mesh: the scan, in its own unit and frame.
        drawn: the picture of it.
        landmarks: (478, 3) x and y in 0..1 of the picture, y down.
        turn_deg: degrees by which the picture was turned counter-clockwise.

    Returns:
        The points in the scan's unit and frame, and their cosines to the line of sight.
    """
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
    """Return picture coordinates (0..1, y down) before the picture was turned counter-clockwise."""
    cosine, sine = np.cos(np.deg2rad(turn_deg)), np.sin(np.deg2rad(turn_deg))
    across, down = x - 0.5, y - 0.5
    return 0.5 + cosine * across - sine * down, 0.5 + sine * across + cosine * down


def _middle(image: np.ndarray) -> float:
    return (image.shape[0] - 1) / 2


def looking_from(yaw_deg: float, pitch_deg: float) -> Float[np.ndarray, "3 3"]:
    """Return the rotation that shows a head to the camera from one side.

    Args:
        yaw_deg: degrees to the head's left.
        pitch_deg: degrees above.

    Returns:
        (3, 3) from head axes to camera axes, for `View.rotation`.
    """
    return Rotation.from_euler("xy", [pitch_deg, -yaw_deg], degrees=True).as_matrix()
