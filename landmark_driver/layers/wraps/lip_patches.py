"""The surfaces that touch when a mouth closes: each lip's outside, its wall at the slit, and its inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int, UInt8

from landmark_driver.layers.wraps.wrap_template import WrapTemplate
from landmark_driver.tissue.tissue_parameters import REGIONS

OUTSIDE, WALL, INSIDE = 0, 1, 2


@dataclass(frozen=True)
class LipPatches:
    """Triangles of layered-head nodes, facing out of the tissue; `*_side` is OUTSIDE, WALL or INSIDE."""

    upper: Int[np.ndarray, "upper 3"]
    lower: Int[np.ndarray, "lower 3"]
    upper_side: UInt8[np.ndarray, "upper"]
    lower_side: UInt8[np.ndarray, "lower"]


def lip_patches(template: WrapTemplate, region: UInt8[np.ndarray, "wrap"]) -> LipPatches:
    """Return both lips' patches, from the wrap triangles whose corners all lie on that lip.

    Args:
        template: the wrap template.
        region: (W,) indices into `tissue_parameters.REGIONS`.

    Returns:
        The patches of the upper and the lower lip.
    """
    found = {}
    for lip in ("upper", "lower"):
        labels = [REGIONS.index(f"{lip}_lip_{side}") for side in ("left", "right")]
        on_lip = np.isin(region, labels)
        outside = template.faces[on_lip[template.faces].all(1)]
        wall = _slit_wall(template, on_lip)
        inside = outside[:, ::-1] + 2 * template.size
        found[lip] = np.concatenate([outside, wall, inside])
        found[f"{lip}_side"] = np.repeat(
            [OUTSIDE, WALL, INSIDE], [len(outside), len(wall), len(inside)]
        ).astype(np.uint8)
    return LipPatches(**found)


def _slit_wall(template: WrapTemplate, on_lip: np.ndarray) -> Int[np.ndarray, "wall 3"]:
    """Return the tissue's wall behind the skin's edge: two triangles per edge and layer, cut as the prisms are."""
    size = template.size
    a, b = template.lip_loop, np.roll(template.lip_loop, -1)
    keep = on_lip[a] & on_lip[b]
    a, b = a[keep], b[keep]
    walls = []
    for layer in range(2):
        outer_a, outer_b = a + layer * size, b + layer * size
        inner_a, inner_b = outer_a + size, outer_b + size
        smaller = a < b
        walls.append(np.stack([outer_b, outer_a, np.where(smaller, inner_b, inner_a)], 1))
        walls.append(np.stack([inner_a, inner_b, np.where(smaller, outer_a, outer_b)], 1))
    return np.concatenate(walls)
