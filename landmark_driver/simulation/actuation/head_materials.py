"""The default materials of a head: soft, firmer where tissue is dense, and muscular only where a muscle runs."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.layers.layered_head import LayeredHead
from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.tissue.tet_materials import region_fractions
from landmark_driver.tissue.tissue_parameters import (
    FIRMNESS,
    INCOMPRESSIBILITY,
    MUSCLE_YOUNGS,
    REGIONS,
    SOFT_YOUNGS,
)


def head_materials(layered: LayeredHead, poisson_ratio: float = INCOMPRESSIBILITY.default) -> Materials:
    """Return the materials of a head that nobody has edited.

    Between the muscle wrap and the skull wrap lies fat where no muscle runs, such as the cheek's fat pad.

    Args:
        layered: gives regions and muscles.
        poisson_ratio: of all tissue.

    Returns:
        Materials with moduli of one value a tetrahedron.
    """
    firmness = _firmness(layered)
    deep = np.where(layered.tet_muscle >= 0, MUSCLE_YOUNGS.default, SOFT_YOUNGS.default)
    return Materials(
        soft_youngs_pa=SOFT_YOUNGS.default * firmness,
        muscle_youngs_pa=deep * firmness,
        poisson_ratio=poisson_ratio,
    )


def _firmness(layered: LayeredHead) -> Float[np.ndarray, "tets"]:
    """Mix the regions' firmness in every tetrahedron, by logarithm as stiffness is."""
    logarithms = np.log([FIRMNESS.get(name.rpartition("_")[0], 1.0) for name in REGIONS])
    return np.exp(region_fractions(layered.region[layered.tets % layered.wrap_size]) @ logarithms)
