"""Material parameters of tissue, and their conversion to the constants of the energy.

For small strain eps the energy density mu min_R ||F - R||^2 + lambda (det F - 1)^2 is

    mu ||eps||^2 + lambda (tr eps)^2,

while Hooke's law stores mu_L ||eps||^2 + lambda_L / 2 (tr eps)^2. So `mu` is Lame's second constant and
`lambda` is *half* of Lame's first. The ratio lambda / mu = nu / (1 - 2 nu) is 1 at nu 1/3 and 7.8 at nu 0.47.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Float

from landmark_driver.simulation.energy.rest_mesh import MUSCLE_TISSUE, RestMesh
from landmark_driver.simulation.energy.simulation_error import MaterialRangeError
from landmark_driver.tissue.tet_materials import TetMaterials
from landmark_driver.tissue.tissue_parameters import (
    DENSITY,
    INCOMPRESSIBILITY,
    MUSCLE_YOUNGS,
    SOFT_YOUNGS,
    STIFFNESS,
    STRENGTH,
    VOLUME,
    TissueParameter,
)

PerTet = float | Float[np.ndarray, "tets"]

_TABLE: dict[str, TissueParameter] = {
    "soft_youngs_pa": SOFT_YOUNGS,
    "muscle_youngs_pa": MUSCLE_YOUNGS,
    "poisson_ratio": INCOMPRESSIBILITY,
    "muscle_strength": STRENGTH,
    "tissue_volume": VOLUME,
    "density_kg_m3": DENSITY,
}
"""The row of the table of tissue that each field belongs to."""


@dataclass(frozen=True)
class Materials:
    """Material parameters, one value for all tetrahedra or one for each.

    The defaults are GPFM's bulk tissue (5 kPa, 0.47, 900 kg/m^3) and muscle at 30 kPa. Strength multiplies
    the actuation's logarithm: 0 is a paralysed muscle. Volume is soft tissue's own rest volume relative to
    the mesh's: above 1 fatter, below 1 slimmer.

    Raises:
        MaterialRangeError: for a value outside the ranges of `tissue_parameters`.
    """

    soft_youngs_pa: PerTet = SOFT_YOUNGS.default
    muscle_youngs_pa: PerTet = MUSCLE_YOUNGS.default
    poisson_ratio: PerTet = INCOMPRESSIBILITY.default
    muscle_strength: PerTet = STRENGTH.default
    tissue_volume: PerTet = VOLUME.default
    density_kg_m3: PerTet = DENSITY.default

    def __post_init__(self) -> None:
        for name, parameter in _TABLE.items():
            worst = parameter.not_simulable(getattr(self, name))
            if worst is not None:
                raise MaterialRangeError(
                    f"Expected {name} {parameter.simulable_text}, got {worst:g}. Choose a value in this range."
                )

    def with_tissue(self, tissue: TetMaterials) -> Materials:
        """Return these materials with a setting's tissue.

        Args:
            tissue: stiffness multiplies both Young's moduli; the other values replace.

        Returns:
            Materials of one value a tetrahedron; density stays.

        Raises:
            MaterialRangeError: for a product outside its range.
        """
        return replace(
            self,
            soft_youngs_pa=np.asarray(self.soft_youngs_pa) * tissue[STIFFNESS],
            muscle_youngs_pa=np.asarray(self.muscle_youngs_pa) * tissue[STIFFNESS],
            poisson_ratio=tissue[INCOMPRESSIBILITY],
            muscle_strength=tissue[STRENGTH],
            tissue_volume=tissue[VOLUME],
        )

    def scaled(self, parameter: str, factor: PerTet) -> Materials:
        """Return the same materials with one parameter multiplied.

        Args:
            parameter: the name of a field.
            factor: one for all, or (tets,) one a tetrahedron.

        Returns:
            The materials, all other parameters unchanged.

        Raises:
            MaterialRangeError: for a name that is no field, or a product outside its range.
        """
        if parameter not in _TABLE:
            raise MaterialRangeError(f"Expected a material, got '{parameter}'. Choose {', '.join(_TABLE)}.")
        return replace(self, **{parameter: np.asarray(getattr(self, parameter)) * factor})

    def per_tet(self, count: int) -> Materials:
        """Return the materials with every parameter as an array.

        Args:
            count: the number of tetrahedra.

        Returns:
            Materials of (count,) arrays, read-only.

        Raises:
            MaterialRangeError: for a parameter of another length.
        """
        arrays = {}
        for field in fields(self):
            value = np.asarray(getattr(self, field.name), dtype=float)
            if value.shape not in ((), (count,)):
                raise MaterialRangeError(
                    f"Expected {field.name} of shape ({count},), got {value.shape}. "
                    "Give one number, or one for every tetrahedron."
                )
            arrays[field.name] = np.broadcast_to(value, count)
        return Materials(**arrays)


def energy_constants(
    youngs_pa: Float[np.ndarray, "tets"], poisson_ratio: Float[np.ndarray, "tets"]
) -> tuple[Float[np.ndarray, "tets"], Float[np.ndarray, "tets"]]:
    """Return (mu, lambda) for the energy: mu = E / 2(1+nu), lambda = E nu / 2(1+nu)(1-2nu).

    Args:
        youngs_pa: (tets,) E, Pa.
        poisson_ratio: (tets,) nu, below 0.5.

    Returns:
        (tets,) and (tets,) Pa; lambda is half of Lame's first constant.
    """
    mu = youngs_pa / (2 * (1 + poisson_ratio))
    return mu, mu * poisson_ratio / (1 - 2 * poisson_ratio)


def tissue_constants(
    mesh: RestMesh, materials: Materials
) -> tuple[Float[np.ndarray, "tets"], Float[np.ndarray, "tets"]]:
    """Return (mu, lambda) of every tetrahedron, by its tissue.

    Args:
        mesh: gives soft tissue and muscle.
        materials: one value for the mesh, or one a tetrahedron.

    Returns:
        (tets,) and (tets,) Pa.

    Raises:
        MaterialRangeError: for a parameter of another length than the mesh's.
    """
    spread = materials.per_tet(len(mesh.tets))
    muscle = mesh.tissue == MUSCLE_TISSUE
    youngs = np.where(muscle, spread.muscle_youngs_pa, spread.soft_youngs_pa)
    return energy_constants(youngs, np.asarray(spread.poisson_ratio))
