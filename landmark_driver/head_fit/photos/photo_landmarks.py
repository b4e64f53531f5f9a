"""Landmarks of a face in pictures, as displacements from the default head.

MediaPipe leans towards the faces that it was trained on, and errs alike on faces that are alike. So a known head is
drawn from the side that each picture shows, and only the difference between the two sights counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float, UInt8
from scipy.spatial.transform import Rotation

from landmark_driver.geometry.similarity import Similarity, fit_similarity
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.head_fit.placement.face_views import see
from landmark_driver.head_fit.scan_files.head_fit_error import HeadFitError
from landmark_driver.landmarks.perspective import HeadLandmarks, face_in
from landmark_driver.rendering.detailed_head import DetailedHead, detailed_head
from landmark_driver.rendering.render import orbit_camera, render

_SIZE_PX = 960
_HOLD = 6


@dataclass(frozen=True)
class PhotoFace:
    """One picture and the face in it."""

    image: UInt8[np.ndarray, "size size 3"]
    """sRGB, scaled and padded to a square."""
    pixels: Float[np.ndarray, "478 2"]
    """Landmarks in the picture, x to the right and y down."""
    face: HeadLandmarks

    @property
    def towards(self) -> Float[np.ndarray, "3"]:
        """Unit direction to the camera in the face frame, in which depth is known worst."""
        return self.face.T_camera_face[2, :3]


def read_photos(paths: list[Path]) -> list[PhotoFace]:
    """Return the faces in picture files.

    Args:
        paths: pictures (.jpg, .png …).

    Returns:
        One face per file; the pictures are scaled and padded to 960 x 960 pixels.

    Raises:
        HeadFitError: for files without a picture or a face.
    """
    images = [_read(path) for path in paths]
    found = []
    for path, photo in zip(paths, photo_faces(images), strict=True):
        if photo is None:
            raise HeadFitError(
                f"Expected a face in '{path}', got none. "
                "Take the picture from the front or half from the side, in even light, with the whole face in it."
            )
        found.append(photo)
    return found


def photo_faces(images: list[UInt8[np.ndarray, "_ _ 3"]]) -> list[PhotoFace | None]:
    """Return the face in each of some pictures.

    Args:
        images: (size, size, 3) RGB in 0..255, all of one size.

    Returns:
        One face per picture; None where there is none.
    """
    found: list[PhotoFace | None] = []
    for image, frame in zip(images, see(images, _HOLD, separate=True), strict=True):
        face = face_in(frame)
        if face is None or frame.landmarks is None:
            found.append(None)
        else:
            found.append(PhotoFace(image, len(image) * frame.landmarks[:, :2].astype(float), face))
    return found


def _read(path: Path) -> UInt8[np.ndarray, "size size 3"]:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR) if path.is_file() else None
    if image is None:
        raise HeadFitError(f"Expected a picture, got '{path}', which cannot be read. Give a .jpg or .png.")
    height, width = image.shape[:2]
    scale = _SIZE_PX / max(height, width)
    small = cv2.resize(image, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    square = np.zeros((_SIZE_PX, _SIZE_PX, 3), np.uint8)
    top, left = (_SIZE_PX - small.shape[0]) // 2, (_SIZE_PX - small.shape[1]) // 2
    square[top : top + small.shape[0], left : left + small.shape[1]] = small[:, :, ::-1]
    return square


def differences(
    photos: list[PhotoFace], known: IdentityHead, embedding: LandmarkEmbedding
) -> list[Float[np.ndarray, "478 3"]]:
    """Return the displacement of each picture's landmarks from those of the default head in the same pose.

    Args:
        photos: the pictures with their landmarks.
        known: the default head, metres, head frame.
        embedding: the landmarks' places on it.

    Returns:
        For each picture (478, 3) metres, head axes; position, rotation and size are taken out, at the default head's size.

    Raises:
        HeadFitError: where the tracker does not find the default head in a picture's pose.
    """
    detail = detailed_head(known)
    drawn = [_draw(known, detail, photo.face.T_camera_face[:3, :3]) for photo in photos]
    truth = embedding(known.vertices)
    result = []
    for photo, frame in zip(photos, see(drawn, _HOLD, separate=True), strict=True):
        sight = face_in(frame)
        if sight is None:
            raise HeadFitError(
                "Expected pictures from the front or half from the side, got one from farther round. Leave it out."
            )
        reference = fit_similarity(sight.points, truth, np.ones(len(truth)))
        seen = reference(sight.points)
        onto: Similarity = fit_similarity(photo.face.points, seen, np.ones(len(truth)))
        result.append(onto(photo.face.points) - seen)
    return result


def _draw(
    head: IdentityHead, detail: DetailedHead, rotation: Float[np.ndarray, "3 3"]
) -> UInt8[np.ndarray, "size size 3"]:
    """Draw a head turned as a face is in its picture."""
    yaw, pitch, _ = Rotation.from_matrix(rotation).as_euler("YXZ", degrees=True)
    camera = orbit_camera(0.6, -float(yaw), float(pitch), (640, 640), vertical_fov_deg=26)
    return render(detail.subdivision(head.vertices), detail.faces, detail.colors, camera, detail.gloss).image
