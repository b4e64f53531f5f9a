"""Pictures of hair that all styles share: tufts of strands for ribbons, and short hair that thins out at the hairline.

    python -m landmark_driver.wardrobe.paint_hair

writes landmark_driver/assets/wardrobe/hair_strands.png and hair_scalp.png.
"""

from __future__ import annotations

import argparse

import cv2
import numpy as np
from jaxtyping import UInt8

from landmark_driver.dress.rooted_mesh import WARDROBE

STRAND_COLUMNS = 5
SCALP_START_M, SCALP_REACH_M = -0.006, 0.03
"""The scalp's picture begins this far outside the hairline and ends this far inside it."""
_COLUMN_PX, _LENGTH_PX, _FINER = 64, 384, 3
_HAIRS = 46
_SCALP_PX = (128, 1024)
_TUFTS = 17000


def strand_picture(rng: np.random.Generator) -> UInt8[np.ndarray, "h w 4"]:
    """Paint tufts side by side, roots above and tips below.

    Args:
        rng: the source of randomness.

    Returns:
        Grey tones that multiply the hair's colour, darker at the roots, and coverage in alpha.
    """
    return np.concatenate([_tuft(rng) for _ in range(STRAND_COLUMNS)], 1)


def _tuft(rng: np.random.Generator) -> np.ndarray:
    height, width = _LENGTH_PX * _FINER, _COLUMN_PX * _FINER
    tone = np.full((height, width), 0.55, np.float32)
    cover = np.zeros((height, width), np.float32)
    share = np.linspace(0, 1, 28)
    whole = 1 + 0.09 * rng.normal()
    for _ in range(_HAIRS):
        start = np.clip(rng.normal(0.5, 0.24), 0.05, 0.95)
        gather = (0.5 - start) * rng.uniform(0.05, 0.55)
        wave = 0.025 * np.sin(2 * np.pi * (rng.uniform(0.3, 0.9) * share + rng.uniform()))
        x = (start + gather * share**1.6 + wave * share) * width
        y = share * rng.uniform(0.62, 1.0) * height
        light = float(np.clip(whole * rng.normal(0.92, 0.18), 0.35, 1.6))
        size = rng.uniform(1.6, 3.4)
        for k in range(len(share) - 1):
            thick = max(1, round(size * (1 - share[k] ** 3) * _FINER / 2))
            ends = [(round(float(x[j])), round(float(y[j]))) for j in (k, k + 1)]
            cv2.line(tone, ends[0], ends[1], light, thick, cv2.LINE_AA)
            cv2.line(cover, ends[0], ends[1], 1.0, thick, cv2.LINE_AA)
    shade = np.interp(np.linspace(0, 1, height), [0, 0.12, 0.45, 1], [0.42, 0.62, 0.95, 1.10])
    return _packed(tone * shade[:, None], cover, (_COLUMN_PX, _LENGTH_PX))


def scalp_picture(rng: np.random.Generator) -> UInt8[np.ndarray, "h w 4"]:
    """Paint short hair around the whole skull: single hairs at the hairline below, a full cover above.

    Args:
        rng: the source of randomness.

    Returns:
        Grey tones and coverage in alpha.
    """
    height, width = (2 * size for size in _SCALP_PX)
    tone = np.full((height, width), 0.42, np.float32)
    cover = np.zeros((height, width), np.float32)
    line = -SCALP_START_M / (SCALP_REACH_M - SCALP_START_M)
    for _ in range(_TUFTS):
        inside = rng.beta(1.0, 0.85)
        x, y = rng.uniform(0, width), (1 - line - (1 - line) * inside) * height
        length = height * rng.uniform(0.05, 0.13)
        end = (round(x + rng.normal(0, 0.3) * length), round(y + length))
        light = float(np.clip(rng.normal(0.5, 0.16), 0.2, 1.0))
        cv2.line(tone, (round(x), round(y)), end, light, 2, cv2.LINE_AA)
        cv2.line(cover, (round(x), round(y)), end, 0.85, 2, cv2.LINE_AA)
    rows = np.linspace(1, 0, height)
    full = np.clip((rows - line - 0.06) / 0.55, 0, 1) ** 1.3
    cover = np.maximum(cover * np.clip((rows - line + 0.12) / 0.22, 0, 1)[:, None], 0.97 * full[:, None])
    return _packed(tone, cover, (_SCALP_PX[1], _SCALP_PX[0]))


def _packed(tone: np.ndarray, cover: np.ndarray, size_px: tuple[int, int]) -> UInt8[np.ndarray, "h w 4"]:
    small = [cv2.resize(part, size_px, interpolation=cv2.INTER_AREA) for part in (tone, cover)]
    grey, alpha = (
        np.round(255 * np.clip(part, 0, 1)).astype(np.uint8) for part in (small[0] / 1.3, small[1])
    )
    return np.dstack([grey & 0xFC, grey & 0xFC, grey & 0xFC, np.where(alpha > 250, 255, alpha & 0xF8)])


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    pictures = {
        "strands": strand_picture(np.random.default_rng(1)),
        "scalp": scalp_picture(np.random.default_rng(2)),
    }
    for name, picture in pictures.items():
        cv2.imwrite(str(WARDROBE / f"hair_{name}.png"), picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main()
