"""The default head's skin as a scan with two pictures, made without fitting."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np

from landmark_driver.character import Character
from landmark_driver.dress.outfit import Outfit
from landmark_driver.head.scan_surface import ScanSurface
from landmark_driver.head.scan_texture import NO_PICTURE, ScanTexture

PX = 64


def picture(seed: int, kind: str = ".png", size_px: int = PX) -> bytes:
    """A smooth picture of random colours as the bytes of a file."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 6, 3)).astype(np.uint8)
    image = cv2.resize(coarse, (size_px, size_px), interpolation=cv2.INTER_LINEAR)
    return cv2.imencode(kind, image)[1].tobytes()


def texture_of(vertices: np.ndarray, faces: np.ndarray) -> ScanTexture:
    """One picture left, another right, none at the back; a seam along y = 0."""
    middle = vertices[faces].mean(1)
    number = np.where(middle[:, 2] < -0.06, NO_PICTURE, np.where(middle[:, 0] > 0, 0, 1))
    coordinates = 0.5 + 2.0 * vertices[faces][:, :, :2]
    coordinates[middle[:, 1] > 0] += 0.13
    return ScanTexture((picture(1), picture(2, ".jpg")), number.astype(np.int16), coordinates)


@cache
def textured_scan() -> Character:
    """In centimetres, shifted. Vertex a hangs on the fine triangle that has it as its first corner."""
    character = replace(Character.load("default"), network=None, outfit=Outfit())
    template = character.head
    skin = np.flatnonzero(template.face_part == 0)
    rows, local = np.unique(template.faces[skin], return_inverse=True)
    faces = local.reshape(-1, 3).astype(np.int32)
    fine_face = np.zeros(len(rows), np.int32)
    for corner in range(3):
        fine_face[faces[:, corner]] = 4 * skin + corner
    first = np.zeros((len(rows), 3), np.float32)
    first[np.arange(len(rows)), (character.mesh.display.faces[fine_face] == rows[:, None]).argmax(1)] = 1
    shift = np.array([0.3, -0.2, 0.1])
    pose = np.eye(4)
    pose[:3, 3] = -shift
    texture = texture_of(template.neutral_vertices[rows].astype(float), faces)
    colors = np.full((len(rows), 3), 128, np.uint8)
    pictured = texture.face_picture != NO_PICTURE
    colors[faces[pictured].ravel()] = np.round(255 * texture.sample()[pictured].reshape(-1, 3))
    scan = ScanSurface(
        vertices=100 * (template.neutral_vertices[rows] + shift),
        faces=faces,
        bridging=np.arange(len(faces)) % 97 == 0,
        fine_face=fine_face,
        weights=first,
        colors=colors,
        added_vertices=np.setdiff1d(np.arange(len(template.neutral_vertices)), rows).astype(np.int32),
        T_head_scan=pose,
        scale_to_metres=0.01,
        texture=texture,
    )
    return replace(character, scan=scan)
