"""The pictures of the skins that ship.

    python -m landmark_driver.skins.bake_skin fair

writes the colours of a skin, and the normals and roughness of the relief that is made from it, into landmark_driver/assets/skins.
Without a name it writes all of them. Everything is a function of a recipe and its seed.
"""

from __future__ import annotations

import argparse

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from landmark_driver.dress.skin import FOLDER, PAINTS_PATH, RELIEF, skin_coordinates
from landmark_driver.geometry.subdivision import loop_subdivision
from landmark_driver.geometry.triangle_search import TriangleSearch
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head.identity_model import PARTS, IdentityModel
from landmark_driver.head.scan_texture import subdivided
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.skins.albedo import albedo
from landmark_driver.skins.noise import Noise
from landmark_driver.skins.places import Places, ramp
from landmark_driver.skins.relief import heights, normals, roughness
from landmark_driver.skins.skin_recipe import RECIPES, RELIEF_FROM
from landmark_driver.skins.texels import Texels, rasterised

SIZE_PX = 1024
_FINER = 2
"""Pictures are painted this many times larger and averaged."""
_QUALITY = {"color": 92, "normal": 89, "roughness": 80}
_RAYS, _RAY_M = 24, 0.05
_LIFT_M = 2e-4
_LIPS_FADE_MM = (-2.4, 1.8)
"""Paints fade over more than the finer mesh's triangles."""


def places_on(identities: IdentityModel, seed: int, size_px: int) -> tuple[Texels, Places]:
    """Return the place on the default head that each texel of a skin's picture shows.

    Args:
        identities: of the default topology.
        seed: of the noise.
        size_px: width and height of the picture.

    Returns:
        The covered texels, and their places in the same order.
    """
    head, coordinates = identities.template(), skin_coordinates()
    topology = head.topology
    fine = loop_subdivision(topology.faces, topology.vertex_count)
    vertices = fine(head.vertices)
    covered = np.flatnonzero(np.repeat(coordinates.any((1, 2)), 4))
    attributes = np.concatenate([1e3 * vertices, _openness(vertices, fine.faces)[:, None]], 1)
    part = np.repeat(np.repeat(topology.face_part[: len(coordinates)], 4)[covered, None], 3, 1)
    corners = np.concatenate([attributes[fine.faces[covered]], part[:, :, None]], 2)
    texels, values = rasterised(subdivided(coordinates)[covered], corners, size_px)
    landmarks = 1e3 * identities.landmark_embedding()(head.vertices)
    places = Places(
        values[:, :3].astype(float),
        np.round(values[:, 4]).astype(np.uint8),
        values[:, 3],
        landmarks,
        head,
        Noise(seed),
    )
    return texels, places


def bake(name: str, identities: IdentityModel, size_px: int = SIZE_PX) -> dict[str, bytes]:
    """Paint the pictures of a skin.

    Args:
        name: one of `RECIPES`.
        identities: of the default topology.
        size_px: width and height of the colours and the normals; roughness has half.

    Returns:
        JPEG files by name: the skin's colours, and the normals and roughness of the relief that is made from it.
    """
    recipe, relief = RECIPES[name], RELIEF[name]
    texels, places = places_on(identities, recipe.seed, _FINER * size_px)
    color = {f"{name}_color": _jpeg(255 * _srgb(_halved(texels.of(albedo(recipe, places)))), "color")}
    if RELIEF_FROM[relief] != name:
        return color
    bumps = normals(texels, places.points, heights(places, recipe.age))
    rough = texels.of(roughness(places, recipe.age))[:, :, None]
    shares = np.concatenate([np.ones_like(rough), rough, np.zeros_like(rough)], 2)
    return color | {
        f"{relief}_normal": _jpeg(127.5 * (1 + _unit(_halved(bumps))), "normal"),
        f"{relief}_roughness": _jpeg(255 * _halved(_halved(shares)), "roughness"),
    }


def paint_amounts(identities: IdentityModel) -> UInt8[np.ndarray, "2 fine_vertices"]:
    """Return the lips and the hair on the finer default head.

    Args:
        identities: of the default topology.

    Returns:
        (2, V') in 0..255.
    """
    head = identities.template()
    fine = loop_subdivision(head.topology.faces, head.topology.vertex_count)
    points = 1e3 * fine(head.vertices)
    part = np.full(len(points), len(PARTS), np.uint8)
    np.minimum.at(part, fine.faces.ravel(), np.repeat(head.topology.face_part, 12))
    landmarks = 1e3 * identities.landmark_embedding()(head.vertices)
    places = Places(points, part, np.ones(len(points)), landmarks, head, Noise(0))
    on_skin = part == PARTS.index("skin")
    lips = ramp(places.lip_edge, *_LIPS_FADE_MM) * (points[:, 2] > 0)
    return np.round(255 * on_skin * np.stack([lips, places.scalp])).astype(np.uint8)


def _openness(vertices: Float[np.ndarray, "vertices 3"], faces: np.ndarray) -> Float[np.ndarray, "vertices"]:
    """Return the fraction of cosine-weighted directions out of each vertex in which nothing is near."""
    search, rng = TriangleSearch(vertices, faces), np.random.default_rng(0)
    normal = vertex_normals(vertices, faces)
    free = np.zeros(len(vertices))
    for _ in range(_RAYS):
        direction = rng.normal(size=vertices.shape)
        direction = 1.001 * normal + direction / np.linalg.norm(direction, axis=1, keepdims=True)
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        free += search.first_hits(vertices + _LIFT_M * normal, direction, _RAY_M).face < 0
    return free / _RAYS


def _halved(picture: np.ndarray) -> np.ndarray:
    height, width, channels = picture.shape
    return picture.reshape(height // 2, 2, width // 2, 2, channels).mean((1, 3))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _srgb(linear: np.ndarray) -> np.ndarray:
    curve = 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055  # IEC 61966-2-1
    return np.where(linear <= 0.0031308, 12.92 * linear, curve)


def _jpeg(picture: np.ndarray, kind: str) -> bytes:
    pixels = np.clip(np.round(picture), 0, 255).astype(np.uint8)[:, :, ::-1]
    options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY[kind], cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    return cv2.imencode(".jpg", np.ascontiguousarray(pixels), options)[1].tobytes()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "names", nargs="*", default=[], choices=[*RECIPES, []], help="which skins; all where none is named"
    )
    names = parser.parse_args().names or list(RECIPES)
    np.savez_compressed(PAINTS_PATH, amounts=paint_amounts(load_identities()))
    for name in names:
        for file, data in bake(name, load_identities()).items():
            (FOLDER / f"{file}.jpg").write_bytes(data)


if __name__ == "__main__":
    main()
