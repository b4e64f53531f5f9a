"""The one setting of a head's tissue: materials by region, gravity and bones, and the networks' view of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from landmark_driver.tissue.tissue_edits import BoneEdit, ordered_edits
from landmark_driver.tissue.tissue_error import TissueSettingError
from landmark_driver.tissue.tissue_parameters import (
    BONE_SCALE,
    BONES,
    GRAVITY,
    GRAVITY_M_S2,
    LEARNED,
    LEARNED_COLUMNS,
    PARAMETERS,
    REGIONS,
    STIFFNESS,
)

_DEFAULTS = np.array([parameter.default for parameter in LEARNED])
_LOWEST, _HIGHEST = np.array([parameter.trained for parameter in LEARNED]).T
_LEAST, _MOST = np.array([(parameter.lowest, parameter.highest) for parameter in LEARNED]).T
_STIFFEST = STIFFNESS.trained[1]
_BONE_REACH = BONE_SCALE.trained[1] - BONE_SCALE.default
_MATERIAL_CODES = len(REGIONS) * len(LEARNED)
CODE_SIZE = _MATERIAL_CODES + 3 + len(BONES)
FEATURE_SIZE = CODE_SIZE + 3 * len(REGIONS)

SAME_TISSUE = 1e-3
"""Codes below this are the default setting's: files keep them as single floats."""

FEATURE_REGIONS = np.concatenate(
    [
        np.repeat(np.arange(len(REGIONS)), len(LEARNED)),
        np.full(3 + len(BONES), -1),
        np.repeat(np.arange(len(REGIONS)), 3),
    ]
)
"""The region that each feature belongs to, -1 for gravity and bones."""


@dataclass(frozen=True)
class TissueSetting:
    """Materials by region, gravity and bone scales of one head, all within what can be simulated."""

    regions: Float[np.ndarray, "regions parameters"]
    """Rows in `REGIONS` order, columns in `PARAMETERS` order."""
    gravity: Float[np.ndarray, "3"]
    """m/s², head frame."""
    bones: Float[np.ndarray, "bones"]
    """Scale of each of `BONES`."""

    def __post_init__(self) -> None:
        if not np.isfinite(self.gravity).all():
            given = ",".join(f"{value:g}" for value in self.gravity)
            raise TissueSettingError(
                f"Expected gravity as three finite numbers in m/s², got {given}. Write it as in 0,-9.81,0."
            )
        for column, parameter in enumerate(PARAMETERS):
            parameter.check(self.regions[:, column])
        BONE_SCALE.check(self.bones)

    @property
    def gravity_m_s2(self) -> tuple[float, float, float]:
        x, y, z = self.gravity.tolist()
        return x, y, z

    @property
    def learned(self) -> Float[np.ndarray, "regions learned"]:
        """The values of the parameters that networks learned: rows in `REGIONS` order, columns in `LEARNED` order."""
        return self.regions[:, LEARNED_COLUMNS]

    def check_trained(self) -> None:
        """Raise an error where a value is outside the range that networks learned.

        Raises:
            TissueSettingError: names the first such value and its range.
        """
        for column, parameter in enumerate(PARAMETERS):
            parameter.check_trained(self.regions[:, column])
        GRAVITY.check_trained(float(np.linalg.norm(self.gravity)))
        BONE_SCALE.check_trained(self.bones)

    def nearest_learned(self) -> TissueSetting:
        """Return the nearest setting within the range that networks learned.

        Returns:
            The setting itself where networks learned all its values.
        """
        pull = float(np.linalg.norm(self.gravity))
        return learned_setting(
            np.clip(self.learned, _LOWEST, _HIGHEST),
            self.gravity * min(1.0, GRAVITY.trained[1] / max(pull, 1e-9)),
            np.clip(self.bones, *BONE_SCALE.trained),
        )

    def with_values(
        self,
        values: Mapping[str, float],
        gravity_m_s2: Sequence[float] | Float[np.ndarray, "3"] | None = None,
    ) -> TissueSetting:
        """Replace some of the setting's values; the order of `values` does not matter.

        Args:
            values: by name, as in `cheek.stiffness` (both sides), `all.volume` or `mandible.scale`.
            gravity_m_s2: (3,) m/s², head frame; None keeps the setting's own.

        Returns:
            The new setting; this one stays as it is.

        Raises:
            TissueSettingError: a name that does not exist, or a value that cannot be simulated.
        """
        regions, bones = self.regions.copy(), self.bones.copy()
        for edit in ordered_edits(values):
            if isinstance(edit, BoneEdit):
                bones[edit.bone] = edit.value
            else:
                regions[edit.rows, edit.column] = edit.value
        gravity = self.gravity if gravity_m_s2 is None else np.asarray(gravity_m_s2, float)
        return TissueSetting(regions, gravity, bones)

    def features(self) -> Float[np.ndarray, "features"]:
        """Return the networks' inputs: code and each region's gravity over stiffness, of the nearest setting that they learned.

        Returns:
            (159,) of `tissue_features`, zero for the default setting.
        """
        return tissue_features(self.nearest_learned().code())

    def code(self) -> Float[np.ndarray, "code"]:
        """Return numbers of about unit size, zero for the default setting.

        Stiffness is coded by its logarithm, all others by their distance from the default in trained ranges.

        Returns:
            (93,) without unit: 22 regions x 4 parameters, 3 of gravity, 2 of bones.
        """
        stiffness = np.log(self.learned[:, :1]) / np.log(_STIFFEST)
        rest = (self.learned[:, 1:] - _DEFAULTS[1:]) / (_HIGHEST - _LOWEST)[1:]
        gravity = (self.gravity - GRAVITY_M_S2) / GRAVITY.default
        bones = (self.bones - BONE_SCALE.default) / _BONE_REACH
        return np.concatenate([np.concatenate([stiffness, rest], 1).ravel(), gravity, bones])


def default_setting() -> TissueSetting:
    """Return default materials, gravity of a head held upright and bones of their own size.

    Returns:
        The setting whose code is zero.
    """
    learned = np.tile(_DEFAULTS, (len(REGIONS), 1))
    return learned_setting(learned, np.array(GRAVITY_M_S2), np.full(len(BONES), BONE_SCALE.default))


def learned_setting(
    learned: Float[np.ndarray, "regions learned"],
    gravity: Float[np.ndarray, "3"],
    bones: Float[np.ndarray, "bones"],
) -> TissueSetting:
    """Return a setting of the parameters that networks learned; all others have their defaults.

    Args:
        learned: (22, 4) values: rows in `REGIONS` order, columns in `LEARNED` order.
        gravity: (3,) m/s², head frame.
        bones: scale of each of `BONES`.

    Returns:
        The setting.

    Raises:
        TissueSettingError: for a value that cannot be simulated.
    """
    regions = np.tile([parameter.default for parameter in PARAMETERS], (len(REGIONS), 1))
    regions[:, LEARNED_COLUMNS] = learned
    return TissueSetting(regions, gravity, bones)


def setting_from_code(code: Float[np.ndarray, "code"]) -> TissueSetting:
    """Return the setting that has a code.

    Args:
        code: (93,) of `TissueSetting.code`.

    Returns:
        The setting, its materials clipped to what can be simulated.

    Raises:
        TissueSettingError: gravity or bones that cannot be simulated.
    """
    table = np.asarray(code[:_MATERIAL_CODES], float).reshape(len(REGIONS), -1)
    stiffness = _STIFFEST ** table[:, :1]
    rest = _DEFAULTS[1:] + table[:, 1:] * (_HIGHEST - _LOWEST)[1:]
    learned = np.clip(np.concatenate([stiffness, rest], 1), _LEAST, _MOST)
    gravity = np.array(GRAVITY_M_S2) + GRAVITY.default * np.asarray(
        code[_MATERIAL_CODES : _MATERIAL_CODES + 3], float
    )
    bones = BONE_SCALE.default + _BONE_REACH * np.asarray(code[_MATERIAL_CODES + 3 :], float)
    return learned_setting(learned, gravity, bones)


def tissue_features(codes: Float[np.ndarray, "*batch code"]) -> Float[np.ndarray, "*batch features"]:
    """Append to codes each region's pull, the change of gravity over stiffness from the default setting.

    To first order tissue sags by this product, which a network would otherwise have to learn.

        pull = (g / stiffness - g₀) / (2 |g₀|),   g₀ gravity of a head held upright

    Args:
        codes: (..., 93) of `TissueSetting.code`.

    Returns:
        (..., 159) codes, then three pulls of each of the 22 regions; zero for the default setting.
    """
    compliance = _STIFFEST ** -codes[..., 0 : _MATERIAL_CODES : len(LEARNED)]
    down = np.array(GRAVITY_M_S2) / GRAVITY.default
    gravity = down + codes[..., None, _MATERIAL_CODES : _MATERIAL_CODES + 3]
    pull = compliance[..., None] * gravity - down
    return np.concatenate([codes, pull.reshape(*codes.shape[:-1], -1) / 2], -1)


def edited_fraction(code: Float[np.ndarray, "code"]) -> float:
    """Return the fraction of an edited setting in a code: its length, at most 1.

    Args:
        code: (93,) of `TissueSetting.code`.

    Returns:
        0 for the code of the default setting, 1 for codes far from it.
    """
    return min(1.0, float(np.linalg.norm(code)))
