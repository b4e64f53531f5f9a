"""Edits of tissue by name: `cheek_left.stiffness`, `lids.strength`, `all.volume`, `mandible.scale`.

A region without a side means both sides, `all` means the whole head. Where edits overlap the more specific one
holds, whatever their order: one side before both sides, both sides before all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from landmark_driver.tissue.tissue_error import TissueSettingError
from landmark_driver.tissue.tissue_parameters import (
    ALL_REGIONS,
    BONE_SCALE,
    BONES,
    PARAMETER_NAMES,
    REGION_PAIRS,
    REGIONS,
)


@dataclass(frozen=True)
class MaterialEdit:
    """A value for one parameter in some regions."""

    rows: list[int]
    """Indices into `REGIONS`."""
    column: int
    """Index into `PARAMETERS`."""
    value: float


@dataclass(frozen=True)
class BoneEdit:
    """The scale of one bone."""

    bone: int
    """Index into `BONES`."""
    value: float


def parse_tissue_edits(texts: Iterable[str]) -> dict[str, float]:
    """Read edits as a command line writes them; the later of two edits with the same name replaces the earlier.

    Args:
        texts: NAME=NUMBER each, as in `cheek_left.stiffness=0.5`.

    Returns:
        Values by name, as `TissueSetting.with_values` takes them.

    Raises:
        TissueSettingError: no number, or a name that does not exist.
    """
    values: dict[str, float] = {}
    for text in texts:
        name, _, written = (part.strip() for part in text.partition("="))
        try:
            value = float(written)
        except ValueError:
            value = np.nan
        if not np.isfinite(value):
            raise TissueSettingError(
                f"Expected REGION.PARAMETER=NUMBER or BONE.scale=NUMBER, got '{text}'. "
                "Write it as in cheek_left.stiffness=0.5 or mandible.scale=0.9."
            )
        _edit(name, value)
        values[name] = value
    return values


def ordered_edits(values: Mapping[str, float]) -> Iterator[MaterialEdit | BoneEdit]:
    """Yield named values as edits, the least specific first, so that each may replace the ones before it.

    Args:
        values: by name, as in `cheek.stiffness` (both sides), `all.volume` or `mandible.scale`.

    Yields:
        Edits of materials from most regions to least, then edits of bones.

    Raises:
        TissueSettingError: a name that does not exist.
    """
    edits = [_edit(name, value) for name, value in values.items()]
    yield from sorted(edits, key=lambda edit: -len(edit.rows) if isinstance(edit, MaterialEdit) else 0)


def regions_named(name: str) -> tuple[str, ...]:
    """Return the `REGIONS` of a region, of both its sides, or of `all`.

    Args:
        name: as in `cheek_left`, `cheek` or `all`.

    Returns:
        Names in `REGIONS` order.

    Raises:
        TissueSettingError: no region has this name.
    """
    if name == ALL_REGIONS:
        return REGIONS
    named = tuple(region for region in REGIONS if name in (region, region.rpartition("_")[0]))
    if not named:
        raise TissueSettingError(
            f"Expected a region, got '{name}'. "
            f"Choose {ALL_REGIONS}, {', '.join(REGION_PAIRS)}, or one of them with _left or _right."
        )
    return named


def _edit(name: str, value: float) -> MaterialEdit | BoneEdit:
    target, _, parameter = name.partition(".")
    if target in BONES and parameter == BONE_SCALE.name:
        return BoneEdit(BONES.index(target), value)
    if parameter not in PARAMETER_NAMES:
        raise TissueSettingError(
            f"Expected REGION.PARAMETER or BONE.{BONE_SCALE.name}, got '{name}'. "
            f"Choose the parameter from {', '.join(PARAMETER_NAMES)}, or the bone from {', '.join(BONES)}."
        )
    rows = [REGIONS.index(region) for region in regions_named(target)]
    return MaterialEdit(rows, PARAMETER_NAMES.index(parameter), value)
