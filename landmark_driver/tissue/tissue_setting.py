"""What a head is made of, and what pulls at it: the condition of a network besides the neutral head."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from capture.softdeca_error import SoftdecaError

PLACES = (
    "forehead",
    "brow",
    "lids",
    "nose",
    "cheek",
    "upper_lip",
    "lower_lip",
    "chin",
    "jaw",
    "neck",
    "scalp",
)
REGION_NAMES = tuple(f"{place}_{side}" for place in PLACES for side in ("left", "right"))
"""Regions in label order; left is the subject's. The scalp with the ears' surroundings is the rest."""

PARAMETERS = {
    "stiffness": (0.2, 5.0, 1.0),
    "incompressibility": (0.40, 0.49, 0.47),
    "strength": (0.0, 1.5, 1.0),
    "volume": (0.6, 1.6, 1.0),
}
"""Smallest, largest and usual value. Stiffness multiplies soft tissue's Young's modulus (5 kPa, so 1 to
25 kPa), incompressibility is Poisson's ratio, strength multiplies what muscles do (0 is paralysed),
volume is soft tissue's rest volume over its usual one."""

BONES = ("mandible", "cranium")
BONE_RANGE = (0.85, 1.15)
GRAVITY_M_S2 = (0.0, -9.81, 0.0)
LARGEST_GRAVITY_M_S2 = 20.0

NAMES = tuple(PARAMETERS)
_LOW, _HIGH, _USUAL = (np.array([PARAMETERS[name][i] for name in NAMES]) for i in range(3))
CODE_SIZE = len(REGION_NAMES) * len(PARAMETERS) + 3 + len(BONES)
FEATURE_SIZE = CODE_SIZE + 3 * len(REGION_NAMES)


SAME_TISSUE = 1e-3
"""Codes this small are those of usual tissue, stored as floats and read again."""


class TissueSettingError(SoftdecaError):
    """A material, gravity or bone setting that does not exist or is out of range."""


@dataclass(frozen=True)
class TissueSetting:
    """Materials by region, gravity and bone edits of one head."""

    regions: Float[np.ndarray, "regions parameters"]
    """Rows in `REGION_NAMES` order, columns in `PARAMETERS` order."""
    gravity: Float[np.ndarray, "3"]
    """m/s^2, head frame."""
    bones: Float[np.ndarray, "bones"]
    """Scale of each of `BONES`."""

    def __post_init__(self) -> None:
        for column, name in enumerate(NAMES):
            low, high, _ = PARAMETERS[name]
            _check(name, self.regions[:, column], low, high)
        _check("gravity", np.atleast_1d(np.linalg.norm(self.gravity)), 0.0, LARGEST_GRAVITY_M_S2)
        _check("bone scale", self.bones, *BONE_RANGE)

    def with_values(self, values: dict[str, float], gravity=None) -> TissueSetting:
        """The same setting with `REGION.PARAMETER` or `BONE.scale` entries replaced.

        `cheek.stiffness` sets both sides, `all.volume` every region.
        """
        regions, bones = self.regions.copy(), self.bones.copy()
        for key, value in values.items():
            place, _, name = key.partition(".")
            if place in BONES and name == "scale":
                bones[BONES.index(place)] = value
                continue
            rows = [i for i, region in enumerate(REGION_NAMES) if place in (region, region[:-5], "all")]
            rows += [i for i, region in enumerate(REGION_NAMES) if region == f"{place}_right"]
            if not rows or name not in PARAMETERS:
                raise TissueSettingError(
                    f"Expected REGION.PARAMETER or BONE.scale, got '{key}'. "
                    f"Regions: {', '.join(REGION_NAMES)}; "
                    f"parameters: {', '.join(PARAMETERS)}; bones: {', '.join(BONES)}."
                )
            regions[rows, NAMES.index(name)] = value
        pulled = self.gravity if gravity is None else np.asarray(gravity, float)
        return replace(self, regions=regions, bones=bones, gravity=pulled)

    def features(self) -> Float[np.ndarray, "features"]:
        """What networks see."""
        return tissue_features(self.code())

    def code(self) -> Float[np.ndarray, "code"]:
        """Numbers of about unit size that are zero for the usual setting."""
        stiffness = np.log(self.regions[:, :1]) / np.log(5.0)
        rest = (self.regions[:, 1:] - _USUAL[1:]) / (_HIGH - _LOW)[1:]
        gravity = (self.gravity - GRAVITY_M_S2) / 9.81
        bones = (self.bones - 1) / (BONE_RANGE[1] - 1)
        return np.concatenate([np.concatenate([stiffness, rest], 1).ravel(), gravity, bones])


def tissue_features(codes: Float[np.ndarray, "*batch code"]) -> Float[np.ndarray, "*batch features"]:
    """Codes, and beside them what each region's pull is: gravity over stiffness, zero for the usual setting.

    To first order tissue sags by this product, which a network would have to find out.
    """
    count = len(REGION_NAMES) * len(PARAMETERS)
    compliance = 5.0 ** -codes[..., 0 : count : len(PARAMETERS)]
    down = np.array(GRAVITY_M_S2) / 9.81
    pull = compliance[..., None] * (down + codes[..., None, count : count + 3]) - down
    return np.concatenate([codes, pull.reshape(*codes.shape[:-1], -1) / 2], -1)


FEATURE_REGIONS = np.concatenate(
    [
        np.repeat(np.arange(len(REGION_NAMES)), len(PARAMETERS)),
        np.full(3 + len(BONES), -1),
        np.repeat(np.arange(len(REGION_NAMES)), 3),
    ]
)
"""The region that each feature tells of, -1 for gravity and bones."""


def unusual(code: Float[np.ndarray, "code"]) -> float:
    """0 for the usual setting, 1 for those far from it."""
    return min(1.0, float(np.linalg.norm(code)))


def setting_from_code(code: Float[np.ndarray, "code"]) -> TissueSetting:
    """The setting that has this code."""
    count = len(REGION_NAMES) * len(PARAMETERS)
    table = np.asarray(code[:count], float).reshape(len(REGION_NAMES), -1)
    stiffness = 5.0 ** table[:, :1]
    regions = np.concatenate([stiffness, _USUAL[1:] + table[:, 1:] * (_HIGH - _LOW)[1:]], 1)
    gravity = np.array(GRAVITY_M_S2) + 9.81 * np.asarray(code[count : count + 3], float)
    bones = 1 + (BONE_RANGE[1] - 1) * np.asarray(code[count + 3 :], float)
    return TissueSetting(np.clip(regions, _LOW, _HIGH), gravity, bones)


def default_setting() -> TissueSetting:
    """Default materials, upright gravity, no bone edits; its code is zero."""
    return TissueSetting(np.tile(_USUAL, (len(REGION_NAMES), 1)), np.array(GRAVITY_M_S2), np.ones(len(BONES)))


def sample_setting(rng: np.random.Generator) -> TissueSetting:
    """A random setting: a common level, one or two regions far from it, left and right mostly alike.

    A third of the settings keep upright gravity, half keep their bones.
    """
    level = rng.uniform(-0.5, 0.5, 4) * (rng.uniform(size=4) < 0.5)
    spread = level + rng.normal(0, 0.15, (len(PLACES), 4)) * rng.choice([0.3, 1.0, 2.0])
    sides = np.stack([spread, spread + rng.normal(0, 0.1, spread.shape)], 1).reshape(-1, 4)
    for row in rng.integers(len(sides), size=rng.integers(0, 4)):
        sides[row, rng.integers(4)] = rng.uniform(-1, 1)
    above, below = _HIGH - _USUAL, _USUAL - _LOW
    share = np.clip(sides, -1, 1)
    regions = _USUAL + np.where(share > 0, share * above, share * below)
    regions[:, 0] = 5.0 ** np.clip(1.5 * sides[:, 0], -1, 1)
    gravity = np.array(GRAVITY_M_S2)
    if rng.uniform() < 2 / 3:
        direction = rng.normal(size=3)
        gravity = rng.uniform(0, 1.5) * 9.81 * direction / np.linalg.norm(direction)
    bones = 1 + rng.uniform(-0.12, 0.12, len(BONES)) * (rng.uniform() < 0.5)
    return TissueSetting(np.clip(regions, _LOW, _HIGH), gravity, bones)


def _check(name: str, values: np.ndarray, low: float, high: float) -> None:
    inside = (values >= low - 1e-6) & (values <= high + 1e-6)
    if not inside.all():
        raise TissueSettingError(
            f"Expected {name} from {low:g} to {high:g}, got {values[~inside].flat[0]:g}."
        )
