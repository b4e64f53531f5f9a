"""Looks for drawn heads: a skin with spots and stubble under uneven light, seen by a noisy camera.

A tracker that has learned from photographs follows a plain head worse than a spotted one, so what is learned from drawn
heads is learned from both. Spots are a random field over the neutral head: they move with the skin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from scipy.ndimage import gaussian_filter, map_coordinates

_GRID = 48
_SPOTS = ((1.2, 0.05), (3.0, 0.05), (11.0, 0.07))
"""Length in millimetres and largest contrast of the spots."""
_TONES = ((1.0, 1.0, 1.0), (0.85, 0.8, 0.75), (0.6, 0.5, 0.44), (0.36, 0.29, 0.25), (1.12, 1.1, 1.08))
"""Factors of the linear colour."""
_JAW_MM = -62.0
_STUBBLE_MM = 0.9
_LIGHT = 0.35
_NOISE = (1.0, 4.0)
_BLUR_PX = 0.7


@dataclass(frozen=True)
class SkinLook:
    """How one head looks and how it is seen; a function of the seed."""

    fields: Float[np.ndarray, "fields grid grid grid"]
    contrasts: Float[np.ndarray, "fields"]
    stubble: float
    tone: Float[np.ndarray, "3"]
    light: Float[np.ndarray, "2"]
    noise_levels: float

    def __call__(
        self,
        image: UInt8[np.ndarray, "height width 3"],
        places: Float[np.ndarray, "height width 3"],
        rng: np.random.Generator,
    ) -> UInt8[np.ndarray, "height width 3"]:
        """Return a picture with this look.

        Args:
            image: (height, width, 3) RGB in 0..255, gamma 2.2, of the plain head.
            places: (height, width, 3) metres: what each pixel shows, on the neutral head; not a number where it shows none.
            rng: draws the camera's noise.

        Returns:
            (height, width, 3) RGB in 0..255.
        """
        seen = np.isfinite(places[..., 0])
        points = 1e3 * places[seen]
        factor = np.ones(len(points))
        for (length, _), field, contrast in zip(_SPOTS, self.fields, self.contrasts, strict=False):
            factor += contrast * _sample(field, points / length)
        bearded = np.clip((_JAW_MM - points[:, 1]) / 12, 0, 1) * (points[:, 2] > -60)
        factor -= self.stubble * bearded * (_sample(self.fields[0], points[:, ::-1] / _STUBBLE_MM) > 0.2)
        linear = (image / 255.0) ** 2.2
        linear[seen] *= np.clip(factor, 0.2, 2)[:, None] * self.tone
        y, x = np.mgrid[-1 : 1 : 1j * image.shape[0], -1 : 1 : 1j * image.shape[1]]
        linear *= np.clip(1 + self.light[0] * x + self.light[1] * y, 0.2, 2)[..., None]
        levels = 255 * np.clip(linear, 0, 1) ** (1 / 2.2)
        levels = gaussian_filter(levels, (_BLUR_PX, _BLUR_PX, 0)) + rng.normal(
            0, self.noise_levels, levels.shape
        )
        return np.clip(levels, 0, 255).astype(np.uint8)


def random_look(rng: np.random.Generator) -> SkinLook:
    """Return a random look.

    Args:
        rng: the source of randomness.

    Returns:
        Tone, spots, stubble (on half of the heads), light and noise.
    """
    fields = np.stack([_field(rng) for _ in _SPOTS])
    return SkinLook(
        fields=fields,
        contrasts=np.array([rng.uniform(0.3, 1) * contrast for _, contrast in _SPOTS]),
        stubble=float(rng.uniform(0, 0.5) * rng.integers(2)),
        tone=np.array(_TONES[rng.integers(len(_TONES))]) * rng.uniform(0.92, 1.08, 3),
        light=rng.uniform(-_LIGHT, _LIGHT, 2),
        noise_levels=float(rng.uniform(*_NOISE)),
    )


def _field(rng: np.random.Generator) -> Float[np.ndarray, "grid grid grid"]:
    field = gaussian_filter(rng.normal(size=(_GRID,) * 3), 0.8, mode="wrap")
    return field / field.std()


def _sample(
    field: Float[np.ndarray, "grid grid grid"], places: Float[np.ndarray, "points 3"]
) -> Float[np.ndarray, "points"]:
    return map_coordinates(field, places.T, order=1, mode="grid-wrap")
