"""The one rule from a setting to the materials of tetrahedra, of the simulator and of the training data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.tissue.tissue_parameters import (
    INCOMPRESSIBILITY,
    PARAMETERS,
    REGIONS,
    STIFFNESS,
    STRENGTH,
    VOLUME,
)
from landmark_driver.tissue.tissue_setting import TissueSetting


@dataclass(frozen=True)
class TetMaterials:
    """A value of each of `PARAMETERS` for every tetrahedron, in the parameters' units."""

    stiffness: Float[np.ndarray, "tets"]
    incompressibility: Float[np.ndarray, "tets"]
    strength: Float[np.ndarray, "tets"]
    volume: Float[np.ndarray, "tets"]


def region_fractions(corner_regions: Int[np.ndarray, "tets 4"]) -> Float[np.ndarray, "tets regions"]:
    """Return the fraction of each tetrahedron's corners that lies in each region.

    Args:
        corner_regions: (K, 4) index into `REGIONS` of every corner.

    Returns:
        (K, 22) fractions of 0 to 1; rows sum to 1.
    """
    return np.stack([(corner_regions == region).mean(1) for region in range(len(REGIONS))], 1)


def tet_materials(fractions: Float[np.ndarray, "tets regions"], setting: TissueSetting) -> TetMaterials:
    """Mix the materials of a setting's regions in every tetrahedron.

    Values are weighted means, and stiffness is the weighted mean of its logarithm, so that edited regions pass
    into each other without a seam of default tissue.

    Args:
        fractions: (K, 22) of `region_fractions`.
        setting: the tissue; its gravity and bones play no part here.

    Returns:
        (K,) of each parameter.
    """
    column = {parameter: setting.regions[:, index] for index, parameter in enumerate(PARAMETERS)}
    return TetMaterials(
        stiffness=np.exp(fractions @ np.log(column[STIFFNESS])),
        incompressibility=fractions @ column[INCOMPRESSIBILITY],
        strength=fractions @ column[STRENGTH],
        volume=fractions @ column[VOLUME],
    )
