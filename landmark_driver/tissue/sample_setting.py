"""Random settings of tissue, within the range that networks learn."""

from __future__ import annotations

import numpy as np

from landmark_driver.tissue.tissue_parameters import (
    BONES,
    GRAVITY,
    GRAVITY_M_S2,
    LEARNED,
    REGION_PAIRS,
    SIDES,
    STIFFNESS,
)
from landmark_driver.tissue.tissue_setting import TissueSetting, learned_setting

_DEFAULTS = np.array([parameter.default for parameter in LEARNED])
_LOWEST, _HIGHEST = np.array([parameter.trained for parameter in LEARNED]).T


def sample_setting(rng: np.random.Generator) -> TissueSetting:
    """Draw a setting with a common level, left and right mostly alike, and up to three regions far from it.

    Each of these regions is far from the level in one parameter. A third of the settings keep the gravity of a head
    held upright, half keep their bones.

    Args:
        rng: the source of randomness.

    Returns:
        A setting within the range that networks learn.
    """
    count = len(LEARNED)
    level = rng.uniform(-0.5, 0.5, count) * (rng.uniform(size=count) < 0.5)
    spread = level + rng.normal(0, 0.15, (len(REGION_PAIRS), count)) * rng.choice([0.3, 1.0, 2.0])
    regions = np.stack([spread, spread + rng.normal(0, 0.1, spread.shape)], 1)
    regions = regions.reshape(len(REGION_PAIRS) * len(SIDES), count)
    for row in rng.integers(len(regions), size=rng.integers(0, 4)):
        regions[row, rng.integers(count)] = rng.uniform(-1, 1)
    away = np.clip(regions, -1, 1)
    values = _DEFAULTS + np.where(away > 0, away * (_HIGHEST - _DEFAULTS), away * (_DEFAULTS - _LOWEST))
    values[:, 0] = STIFFNESS.trained[1] ** np.clip(1.5 * regions[:, 0], -1, 1)
    gravity = np.array(GRAVITY_M_S2)
    if rng.uniform() < 2 / 3:
        direction = rng.normal(size=3)
        gravity = rng.uniform(0, 1.5) * GRAVITY.default * direction / np.linalg.norm(direction)
    bones = 1 + rng.uniform(-0.12, 0.12, len(BONES)) * (rng.uniform() < 0.5)
    return learned_setting(np.clip(values, _LOWEST, _HIGHEST), gravity, bones)
