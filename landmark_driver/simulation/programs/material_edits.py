"""Local materials as a user writes them: `cheek_left.stiffness=0.5`, `lids.strength=0`, `all.volume=1.2`.

A region without a side means both; `all` is the whole head. Values spread over the face with the wrap's
regions: a tetrahedron between two regions takes a share of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.layers.layered_head import LayeredHead
from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.simulation_error import MaterialRangeError
from landmark_driver.tissue.face_regions import REGIONS

_SCALED = {"stiffness": ("soft_youngs_pa", "muscle_youngs_pa")}
_SET = {
    "incompressibility": "poisson_ratio",
    "strength": "muscle_strength",
    "volume": "tissue_volume",
}
PARAMETERS = (*_SCALED, *_SET)
"""`stiffness` multiplies both moduli; `incompressibility` is Poisson's ratio; `strength` 0 is paralysis;
`volume` is soft tissue's own volume relative to the neutral head's."""


def parse_material_edit(text: str) -> tuple[str, float]:
    """("cheek_left.stiffness", 0.5) for "cheek_left.stiffness=0.5". Raises MaterialRangeError."""
    key, separator, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not separator or not np.isfinite(number):
        raise MaterialRangeError(
            f"expected REGION.PARAMETER=NUMBER, as in cheek_left.stiffness=0.5, got '{text}'"
        )
    region_share(key.partition(".")[0], np.zeros((0, 4), int))
    if key.partition(".")[2] not in PARAMETERS:
        raise MaterialRangeError(f"expected one of {', '.join(PARAMETERS)} after the region, got '{key}'")
    return key.strip(), number


def edited_materials(layered: LayeredHead, edits: Mapping[str, float], default: Materials) -> Materials:
    """Default materials with local edits. Raises MaterialRangeError for what does not exist or cannot be."""
    values = {name: np.array(getattr(default.per_tet(len(layered.tets)), name)) for name in _changed()}
    corner_regions = layered.region[layered.tets % layered.wrap_size]
    for key, value in edits.items():
        region, _, parameter = key.partition(".")
        share = region_share(region, corner_regions)
        if parameter in _SCALED:
            if not value > 0:
                raise MaterialRangeError(f"expected a positive factor for {key}, got {value:g}")
            for name in _SCALED[parameter]:
                values[name] = values[name] * value**share
        elif parameter in _SET:
            name = _SET[parameter]
            values[name] = values[name] + share * (value - values[name])
        else:
            raise MaterialRangeError(f"expected one of {', '.join(PARAMETERS)} after the region, got '{key}'")
    return replace(default, **values)


def region_share(region: str, corner_regions: Int[np.ndarray, "tets 4"]) -> Float[np.ndarray, "tets"]:
    """How much of each tetrahedron lies in a region, 0 to 1."""
    return np.isin(corner_regions, regions_named(region)).mean(axis=1)


def regions_named(region: str) -> list[int]:
    """Indices into `face_regions.REGIONS` of a region, of both its sides, or of all."""
    named = [index for index, name in enumerate(REGIONS) if region in (name, name.rpartition("_")[0], "all")]
    if not named:
        sides = sorted({name.rpartition("_")[0] for name in REGIONS})
        raise MaterialRangeError(
            f"expected a region (all, {', '.join(sides)}, each also with _left or _right), got '{region}'"
        )
    return named


def _changed() -> tuple[str, ...]:
    return tuple(dict.fromkeys([*(name for names in _SCALED.values() for name in names), *_SET.values()]))
