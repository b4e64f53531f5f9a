"""The one table of tissue presets: whole settings with a name, for the panel, the command line and programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from landmark_driver.tissue.tissue_error import TissueSettingError
from landmark_driver.tissue.tissue_parameters import GRAVITY, GRAVITY_M_S2, REGIONS, STRENGTH

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class TissuePreset:
    """Materials, bones and gravity of a head; everything that it does not name has its default."""

    meaning: str
    values: dict[str, float] = field(default_factory=dict)
    """By name, as in {"cheek.volume": 1.5}."""
    gravity: Vector = GRAVITY_M_S2
    """m/s², head frame."""


_LEFT = tuple(region for region in REGIONS if region.endswith("_left"))

PRESETS: dict[str, TissuePreset] = {
    "lying-down": TissuePreset("on the back", gravity=(0.0, 0.0, -GRAVITY.default)),
    "upside-down": TissuePreset("hanging by the feet", gravity=(0.0, GRAVITY.default, 0.0)),
    "older": TissuePreset(
        "slack tissue and less fat in cheeks, lids and lips",
        {
            "cheek.stiffness": 0.06,
            "jaw.stiffness": 0.05,
            "chin.stiffness": 0.2,
            "neck.stiffness": 0.05,
            "cheek.volume": 0.65,
            "lids.volume": 0.8,
            "upper_lip.volume": 0.75,
            "lower_lip.volume": 0.75,
            "jaw.volume": 1.3,
            "neck.volume": 1.2,
        },
    ),
    "fuller-cheeks": TissuePreset("more fat", {"cheek.volume": 2.2, "jaw.volume": 1.5}),
    "slimmer-cheeks": TissuePreset("less fat", {"cheek.volume": 0.45, "jaw.volume": 0.55}),
    "palsy": TissuePreset(
        "muscles of the left side without strength and tone",
        dict.fromkeys((f"{region}.{STRENGTH.name}" for region in _LEFT), 0.0)
        | {
            "brow_left.stiffness": 0.12,
            "lids_left.stiffness": 0.12,
            "cheek_left.stiffness": 0.1,
            "upper_lip_left.stiffness": 0.1,
            "lower_lip_left.stiffness": 0.1,
            "jaw_left.stiffness": 0.12,
        },
    ),
    "short-jaw": TissuePreset("a mandible 15 % shorter", {"mandible.scale": 0.85}),
    "long-jaw": TissuePreset("a mandible 15 % longer", {"mandible.scale": 1.15}),
    "jelly": TissuePreset("everything soft and fat", {"all.stiffness": 0.03, "all.volume": 1.15}),
}
"""Presets by name."""


def preset_named(name: str) -> TissuePreset:
    """Return a preset.

    Args:
        name: as in `jelly`.

    Returns:
        The preset.

    Raises:
        TissueSettingError: no preset has this name.
    """
    if name not in PRESETS:
        raise TissueSettingError(f"Expected a preset, got '{name}'. Choose {', '.join(PRESETS)}.")
    return PRESETS[name]


def with_preset(
    name: str | None, values: Mapping[str, float], gravity_m_s2: Vector | None
) -> tuple[dict[str, float], Vector | None]:
    """Return values and gravity that stand on top of a preset's.

    Args:
        name: the preset; None for no preset.
        values: by name; they replace the preset's of the same names.
        gravity_m_s2: m/s², head frame; None for the preset's.

    Returns:
        Values by name, and gravity; None where neither names one.

    Raises:
        TissueSettingError: no preset has this name.
    """
    if name is None:
        return dict(values), gravity_m_s2
    preset = preset_named(name)
    return preset.values | dict(values), preset.gravity if gravity_m_s2 is None else gravity_m_s2
