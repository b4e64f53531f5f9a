"""The picture of lashes: tapering hairs in small clusters, the upper lid's above and the lower lid's below.

    python -m landmark_driver.wardrobe.paint_lashes

writes landmark_driver/assets/wardrobe/lashes_*.png. Hairs grow downwards in both halves of the picture.
"""

from __future__ import annotations

import argparse

import cv2
import numpy as np
from jaxtyping import UInt8

from landmark_driver.dress.lashes import lash_picture_path

_SIZE_PX = (128, 768)
"""Height of both halves together, and width from the inner to the outer corner."""
_FINER = 6
_STEPS = 14
_COLOR = (30, 22, 18)
"""sRGB."""
_KINDS = {"light": (62, 26, 0.8), "full": (88, 40, 1.0)}
"""Clusters of the upper and of the lower lid, and the hairs' thickness."""
_THICKNESS_PX = 2.1
"""Of a hair's root, in pixels of the picture."""


def lash_picture(
    upper: int, lower: int, thickness: float, rng: np.random.Generator
) -> UInt8[np.ndarray, "h w 4"]:
    """Paint both lids' lashes.

    Args:
        upper: clusters of hairs along the upper lid.
        lower: the same of the lower lid.
        thickness: of a hair, 1 for dark full lashes.
        rng: the source of randomness.

    Returns:
        RGBA; coverage in alpha.
    """
    height, width = _SIZE_PX
    halves = [_half(count, thickness * scale, rng) for count, scale in ((upper, 1.0), (lower, 0.75))]
    cover = cv2.resize(np.concatenate(halves), (width, height), interpolation=cv2.INTER_AREA)
    picture = np.empty((height, width, 4), np.uint8)
    picture[..., :3] = _COLOR
    picture[..., 3] = np.round(255 * np.clip(cover, 0, 1))
    return picture


def _half(clusters: int, thickness: float, rng: np.random.Generator) -> np.ndarray:
    height, width = _SIZE_PX[0] // 2 * _FINER, _SIZE_PX[1] * _FINER
    canvas = np.zeros((height, width), np.float32)
    for middle in (np.arange(clusters) + rng.uniform(0.2, 0.8, clusters)) / clusters:
        meeting, fan = rng.normal(0, 0.006), 0.055 * (middle - 0.42)
        for _ in range(rng.integers(2, 4)):
            root = middle + rng.normal(0, 0.004)
            tip = middle + meeting + fan + rng.normal(0, 0.006)
            length = rng.uniform(0.55, 1.0) * (0.97 if middle > 0.12 else 0.7)
            _hair(canvas, root, tip, length, thickness * rng.uniform(0.7, 1.1))
    return canvas


def _hair(canvas: np.ndarray, root: float, tip: float, length: float, thickness: float) -> None:
    height, width = canvas.shape
    share = np.linspace(0, 1, _STEPS)
    x = (root + (tip - root) * share**1.4) * width
    y = share * length * height
    for k in range(_STEPS - 1):
        size = max(1, round(_THICKNESS_PX * thickness * _FINER * (1 - share[k]) ** 0.8))
        ends = [(round(float(x[j])), round(float(y[j]))) for j in (k, k + 1)]
        cv2.line(canvas, ends[0], ends[1], 1.0, size, cv2.LINE_AA)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    for name, kind in _KINDS.items():
        picture = lash_picture(*kind, np.random.default_rng(3))
        packed = [cv2.IMWRITE_PNG_COMPRESSION, 9]
        cv2.imwrite(str(lash_picture_path(name)), picture[:, :, [2, 1, 0, 3]], packed)


if __name__ == "__main__":
    main()
