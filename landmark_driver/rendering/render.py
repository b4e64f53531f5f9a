"""Pictures of a head on the CPU: rays through a triangle mesh, shaded well enough for a face detector.

Besides the picture, every pixel
keeps the triangle it shows and the place in it, so that a detected landmark leads back to the mesh.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8

from landmark_driver.geometry.triangle_search import PlacesOnMesh, TriangleSearch
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head.scan_texture import NO_PICTURE, ScanTexture

_KEY, _FILL, _RIM = (0.45, 0.55, 0.75), (-0.8, 0.1, 0.55), (0.1, 0.6, -0.8)
_FAR_M = 10.0
_GAMMA = 2.2
_BACKGROUND = np.array([0.16, 0.18, 0.21])


@dataclass(frozen=True)
class Camera:
    """A pinhole camera. It looks along its own -z, +y up; `T_world_camera` is 4x4, metres."""

    T_world_camera: Float[np.ndarray, "4 4"]
    vertical_fov_deg: float
    size_px: tuple[int, int]
    """Width and height."""

    def rays(self) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "height width 3"]]:
        """Return the rays through the pixel centres, in the world.

        Returns:
            (3,) origin in metres, and (height, width, 3) unit directions, the top row first.
        """
        width, height = self.size_px
        top = np.tan(np.deg2rad(self.vertical_fov_deg) / 2)
        y = top * (1 - 2 * (np.arange(height) + 0.5) / height)
        x = top * (width / height) * (2 * (np.arange(width) + 0.5) / width - 1)
        local = np.stack(np.broadcast_arrays(x[None, :], y[:, None], -1.0), -1)
        directions = local / np.linalg.norm(local, axis=-1, keepdims=True) @ self.T_world_camera[:3, :3].T
        return self.T_world_camera[:3, 3], directions


def orbit_camera(
    distance_m: float = 0.55,
    yaw_deg: float = 0.0,
    pitch_deg: float = 0.0,
    size_px: tuple[int, int] = (640, 640),
    vertical_fov_deg: float = 30.0,
    target: tuple[float, float, float] = (0.0, -0.02, 0.0),
) -> Camera:
    """Return a camera on a sphere around `target`, which it looks at.

    Args:
        distance_m: metres from `target`.
        yaw_deg: degrees; 0 sees the face from the front, a positive angle its left side.
        pitch_deg: degrees; a positive angle sees it from above. Not 90 or -90.
        size_px: width and height in pixels.
        vertical_fov_deg: degrees, the whole vertical field of view.
        target: metres, world; the head frame where the head is not moved.

    Returns:
        The camera, upright.
    """
    yaw, pitch = np.deg2rad([yaw_deg, pitch_deg])
    backward = np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
    right = np.cross([0, 1, 0], backward)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(backward, right), backward], 1)
    pose[:3, 3] = np.array(target) + distance_m * backward
    return Camera(pose, vertical_fov_deg, size_px)


@dataclass(frozen=True)
class Picture:
    """A picture of a mesh, and the places of the mesh in its pixels."""

    image: UInt8[np.ndarray, "height width 3"]
    """RGB, with a gamma of 2.2."""
    face_index: Int[np.ndarray, "height width"]
    """Triangle seen by each pixel's centre, -1 for the background."""
    barycentric: Float[np.ndarray, "height width 3"]
    """Place in that triangle; zero for the background."""


def render(
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    colors: Float[np.ndarray, "vertices 3"],
    camera: Camera,
    gloss: Float[np.ndarray, "vertices"] | None = None,
    supersample: int = 1,
    texture: ScanTexture | None = None,
) -> Picture:
    """Draw a mesh with smooth normals under three lights.

    Args:
        vertices: (V, 3) metres, world.
        faces: (F, 3) vertex indices.
        colors: (V, 3) linear RGB in 0..1.
        camera: sees at most 10 m far.
        gloss: (V,) strength of the highlight in 0..1; None for 0.10 everywhere.
        supersample: rays along each side of a pixel, whose colours are averaged.
        texture: pictures on `faces`; triangles without one have `colors`.

    Returns:
        The picture of the camera's size, with the triangle and the place in it of each pixel.
    """
    width, height = camera.size_px
    fine = Camera(camera.T_world_camera, camera.vertical_fov_deg, (width * supersample, height * supersample))
    origin, directions = fine.rays()
    directions = directions.reshape(-1, 3)
    seen = TriangleSearch(vertices, faces).first_hits(
        np.broadcast_to(origin, directions.shape), directions, _FAR_M
    )
    albedo = _albedo(faces, colors, texture, seen)
    linear = _shade(vertices, faces, albedo, gloss, seen.face, seen.barycentric, directions)
    linear = linear.reshape(height, supersample, width, supersample, 3).mean((1, 3))
    image = np.clip(255 * linear ** (1 / _GAMMA), 0, 255).astype(np.uint8)
    middle = supersample // 2
    shape = (height * supersample, width * supersample)
    picked = (slice(middle, None, supersample), slice(middle, None, supersample))
    return Picture(image, seen.face.reshape(shape)[picked], seen.barycentric.reshape(*shape, 3)[picked])


def _albedo(faces, colors, texture: ScanTexture | None, seen: PlacesOnMesh) -> np.ndarray:
    """Return the colour of the mesh on every ray that hits it."""
    face, barycentric = seen.face[seen.face >= 0], seen.barycentric[seen.face >= 0]
    albedo = (colors[faces[face]] * barycentric[:, :, None]).sum(1)
    if texture is not None:
        pictured = texture.face_picture[face] != NO_PICTURE
        albedo[pictured] = texture.at(face[pictured], barycentric[pictured]) ** _GAMMA
    return albedo


def _shade(vertices, faces, albedo, gloss, face_index, barycentric, directions) -> np.ndarray:
    """Return wrapped diffuse light in which red reaches further than blue, as in skin, and one highlight."""
    seen = face_index >= 0
    corners, weights = faces[face_index[seen]], barycentric[seen][:, :, None]
    normals = (vertex_normals(vertices, faces)[corners] * weights).sum(1)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    view = -directions[seen]
    normals = np.where((normals * view).sum(1, keepdims=True) < 0, -normals, normals)
    wrap = np.array([0.45, 0.28, 0.22])
    light = np.full_like(albedo, 0.16)
    for direction, strength in ((_KEY, 0.95), (_FILL, 0.32), (_RIM, 0.35)):
        cosine = normals @ (np.array(direction) / np.linalg.norm(direction))
        light += strength * np.clip((cosine[:, None] + wrap) / (1 + wrap), 0, None)
    half = view + np.array(_KEY) / np.linalg.norm(_KEY)
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    shine = np.full(len(corners), 0.10) if gloss is None else (gloss[corners] * weights[:, :, 0]).sum(1)
    highlight = shine * np.clip((normals * half).sum(1), 0, None) ** 40
    result = np.broadcast_to(_BACKGROUND, directions.shape).copy()
    result[seen] = albedo * light + highlight[:, None]
    return result
