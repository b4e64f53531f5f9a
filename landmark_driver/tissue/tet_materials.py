"""The one rule from a setting to the materials of tetrahedra, of the simulator and of the training data."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Integer

from landmark_driver.tissue.tissue_parameters import PARAMETERS, REGIONS, TissueParameter
from landmark_driver.tissue.tissue_setting import TissueSetting

TetMaterials = dict[TissueParameter, Float[np.ndarray, "tets"]]
"""A value of each of `PARAMETERS` for every tetrahedron, in the parameter's unit."""


def region_fractions(corner_regions: Integer[np.ndarray, "tets 4"]) -> Float[np.ndarray, "tets regions"]:
    """Return the fraction of each tetrahedron's corners that lies in each region.

    Args:
        corner_regions: (K, 4) index into `REGIONS` of every corner.

    Returns:
        (K, 22) fractions of 0 to 1; rows sum to 1.
    """
    return np.stack([(corner_regions == region).mean(1) for region in range(len(REGIONS))], 1)


def tet_materials(fractions: Float[np.ndarray, "tets regions"], setting: TissueSetting) -> TetMaterials:
    """Mix the materials of a setting's regions in every tetrahedron.

    Values are weighted means, of logarithms where the table says so, so that edited regions pass
    into each other without a seam of default tissue.

    Args:
        fractions: (K, 22) of `region_fractions`.
        setting: the tissue; its gravity and bones play no part here.

    Returns:
        (K,) of each parameter.
    """
    return {
        parameter: _mixed(fractions, setting.regions[:, column], parameter.by_logarithm)
        for column, parameter in enumerate(PARAMETERS)
    }


def _mixed(
    fractions: Float[np.ndarray, "tets regions"], values: Float[np.ndarray, "regions"], by_logarithm: bool
) -> Float[np.ndarray, "tets"]:
    return np.exp(fractions @ np.log(values)) if by_logarithm else fractions @ values
