"""Pictures of eyeballs: pupil, iris with its fibres and dark rim, sclera with veins, all from seeded noise.

    python -m landmark_driver.wardrobe.paint_eyes

writes landmark_driver/assets/wardrobe/eyes_*.jpg and eyes_normal.jpg.
"""

from __future__ import annotations

import argparse
from itertools import pairwise

import cv2
import numpy as np
from jaxtyping import Float, UInt8
from scipy.ndimage import gaussian_filter, map_coordinates

from landmark_driver.dress.eyes import IRIS_RADIUS, eye_picture_path
from landmark_driver.wardrobe.smooth_noise import smooth_noise

_SIZE_PX, _QUALITY = 512, 88
_PUPIL = 0.34
"""Radius of the pupil in radii of the iris."""
_IRISES = {
    "brown": ((0.33, 0.18, 0.08), (0.17, 0.085, 0.04)),
    "hazel": ((0.46, 0.33, 0.14), (0.27, 0.27, 0.17)),
    "blue": ((0.47, 0.50, 0.47), (0.22, 0.30, 0.37)),
    "grey": ((0.50, 0.50, 0.44), (0.34, 0.39, 0.41)),
}
"""sRGB about the pupil and further out."""
_SCLERA, _PINK, _VEIN = (0.88, 0.85, 0.82), (0.80, 0.60, 0.55), (0.68, 0.25, 0.22)
_VEINS = 46


def eye_picture(inner: tuple, outer: tuple, rng: np.random.Generator) -> UInt8[np.ndarray, "size size 3"]:
    """Paint an eyeball as seen from the front, stretched away from the middle (`dress/eyes.py`).

    Args:
        inner: sRGB of the iris about the pupil.
        outer: sRGB of the iris further out.
        rng: the source of randomness.

    Returns:
        RGB.
    """
    radius, turn = _polar()
    iris = _iris(radius / IRIS_RADIUS, turn, np.array(inner), np.array(outer), rng)
    sclera = _sclera(radius, rng)
    edge = np.clip((radius / IRIS_RADIUS - 0.94) / 0.12, 0, 1)[..., None]
    picture = iris + (sclera - iris) * edge * edge * (3 - 2 * edge)
    return np.round(255 * np.clip(picture, 0, 1)).astype(np.uint8)


def iris_normals() -> UInt8[np.ndarray, "size size 3"]:
    """Return normals of an iris that sinks towards the pupil behind a round cornea.

    Returns:
        Tangent-space normals as a picture, +y up.
    """
    y, x = np.mgrid[1 : -1 : _SIZE_PX * 1j, -1 : 1 : _SIZE_PX * 1j]
    radius = np.hypot(x, y) / (2 * IRIS_RADIUS)
    slope = -0.55 * np.clip(radius, 0, 1) * np.clip((1.02 - radius) / 0.1, 0, 1)
    across = np.stack([x, y], -1) / np.maximum(np.hypot(x, y), 1e-6)[..., None]
    normal = np.concatenate([slope[..., None] * across, np.ones_like(x)[..., None]], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return np.round(127.5 * (normal + 1)).astype(np.uint8)


def _polar() -> tuple[Float[np.ndarray, "size size"], Float[np.ndarray, "size size"]]:
    """Return the distance from the middle in picture widths, and the angle in 0..1."""
    y, x = np.mgrid[0.5 : -0.5 : _SIZE_PX * 1j, -0.5 : 0.5 : _SIZE_PX * 1j]
    return np.hypot(x, y), np.arctan2(y, x) / (2 * np.pi) % 1


def _iris(radius, turn, inner, outer, rng) -> Float[np.ndarray, "size size 3"]:
    wave = 0.005 * _at(smooth_noise(rng, (64, 512), (6, 24)), radius, turn)
    fine = _at(smooth_noise(rng, (64, 2048), (3, 210)), radius, turn + wave)
    coarse = _at(smooth_noise(rng, (64, 1024), (4, 56)), radius, turn + wave)
    spots = _at(smooth_noise(rng, (256, 1024), (12, 40)), radius, turn)
    collarette = 0.52 + 0.035 * _at(smooth_noise(rng, (8, 512), (2, 26)), radius, turn)
    inside = 1 / (1 + np.exp((radius - collarette) / 0.05))
    color = outer + (inner - outer) * inside[..., None]
    light = 1 + 0.20 * np.tanh(fine) + 0.16 * coarse - 0.22 * np.clip(spots - 1.1, 0, 1)
    light *= 1 + 0.22 * np.exp(-(((radius - collarette - 0.03) / 0.05) ** 2))
    light *= 1 - 0.72 * np.clip((radius - 0.76) / 0.24, 0, 1) ** 1.5
    pupil = np.clip((radius - _PUPIL + 0.015) / 0.04, 0, 1)
    return np.maximum(color * light[..., None], 0) * pupil[..., None] + 0.012


def _at(noise: np.ndarray, radius: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Return noise over radius (rows) and angle (columns) at the pixels of the picture."""
    rows = np.clip(radius, 0, 1) * (noise.shape[0] - 1)
    return map_coordinates(noise, [rows, turn % 1 * noise.shape[1]], order=1, mode="grid-wrap")


def _sclera(radius, rng) -> Float[np.ndarray, "size size 3"]:
    mottled = 0.012 * smooth_noise(rng, radius.shape, (24, 24)) + 0.01 * smooth_noise(
        rng, radius.shape, (8, 8)
    )
    pink = np.clip((radius - 0.30) / 0.2, 0, 1)[..., None] * 0.8
    color = np.array(_SCLERA) * (1 - pink) + np.array(_PINK) * pink + mottled[..., None]
    veins = _veins(rng)[..., None]
    return color * (1 - veins) + np.array(_VEIN) * veins


def _veins(rng: np.random.Generator) -> Float[np.ndarray, "size size"]:
    """Return how much of each pixel veins cover: they wander in from the rim and thin out."""
    canvas = np.zeros((4 * _SIZE_PX, 4 * _SIZE_PX), np.float32)
    for _ in range(_VEINS):
        angle, radius, heading = rng.uniform(0, 2 * np.pi), 0.5, 0.0
        strength, reach = rng.uniform(0.12, 0.5), rng.uniform(0.27, 0.40)
        places = []
        while radius > reach:
            heading = 0.86 * heading + rng.normal(0, 0.02)
            angle, radius = angle + heading * 0.4, radius - 0.004
            places.append((radius * np.cos(angle), radius * np.sin(angle)))
        points = np.round((np.array(places) + 0.5) * 4 * _SIZE_PX).astype(np.int32)
        for number, (start, end) in enumerate(pairwise(points)):
            share = 1 - number / len(points)
            shade = float(strength * share)
            cv2.line(canvas, start.tolist(), end.tolist(), shade, 1 + round(4 * share), cv2.LINE_AA)
    return gaussian_filter(cv2.resize(canvas, (_SIZE_PX, _SIZE_PX), interpolation=cv2.INTER_AREA), 0.6)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    pictures = {name: eye_picture(*tones, np.random.default_rng(7)) for name, tones in _IRISES.items()}
    for name, picture in {**pictures, "normal": iris_normals()}.items():
        quality = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
        cv2.imwrite(str(eye_picture_path(name)), picture[:, :, ::-1], quality)


if __name__ == "__main__":
    main()
