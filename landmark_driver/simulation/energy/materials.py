"""Material parameters of tissue, and how they become the constants of the energy.

For small strain eps the energy density mu min_R ||F - R||^2 + lambda (det F - 1)^2 is

    mu ||eps||^2 + lambda (tr eps)^2,

while Hooke's law stores mu_L ||eps||^2 + lambda_L / 2 (tr eps)^2. So `mu` is Lame's second constant and
`lambda` is *half* of Lame's first: lambda / mu = nu / (1 - 2 nu), which is 1 at nu 1/3 and 7.8 at nu 0.47.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Float

from landmark_driver.simulation.energy.rest_mesh import MUSCLE_TISSUE, RestMesh
from landmark_driver.simulation.energy.simulation_error import MaterialRangeError

PerTet = float | Float[np.ndarray, "tets"]

RANGES: dict[str, tuple[float, float]] = {
    "soft_youngs_pa": (1e2, 1e6),
    "muscle_youngs_pa": (1e2, 1e6),
    "poisson_ratio": (0.0, 0.495),
    "muscle_strength": (0.0, 2.0),
    "tissue_volume": (0.4, 2.5),
    "density_kg_m3": (500.0, 2000.0),
}


@dataclass(frozen=True)
class Materials:
    """One value for all, or one a tetrahedron; `MaterialRangeError` outside `RANGES`.

    The defaults are GPFM's bulk tissue (5 kPa, 0.47, 900 kg/m^3) and muscle at 30 kPa. Strength multiplies
    the actuation's logarithm: 0 is a paralysed muscle. Volume is soft tissue's own rest volume relative to
    the mesh's: above 1 fatter, below 1 slimmer.
    """

    soft_youngs_pa: PerTet = 5e3
    muscle_youngs_pa: PerTet = 30e3
    poisson_ratio: PerTet = 0.47
    muscle_strength: PerTet = 1.0
    tissue_volume: PerTet = 1.0
    density_kg_m3: PerTet = 900.0

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = np.asarray(getattr(self, name), dtype=float)
            inside = (value >= low) & (value <= high)
            if not inside.all():
                worst = value[~inside].flat[0]
                raise MaterialRangeError(f"expected {name} from {low:g} to {high:g}, got {worst:g}")

    def scaled(self, parameter: str, factor: PerTet) -> Materials:
        """The same materials with one parameter multiplied, everywhere or tetrahedron by tetrahedron."""
        if parameter not in RANGES:
            raise MaterialRangeError(f"expected one of {', '.join(RANGES)}, got {parameter!r}")
        return replace(self, **{parameter: np.asarray(getattr(self, parameter)) * factor})

    def per_tet(self, count: int) -> Materials:
        """Every parameter as an array of `count` values."""
        arrays = {}
        for field in fields(self):
            value = np.asarray(getattr(self, field.name), dtype=float)
            if value.shape not in ((), (count,)):
                raise MaterialRangeError(f"expected {field.name} of shape ({count},), got {value.shape}")
            arrays[field.name] = np.broadcast_to(value, count)
        return Materials(**arrays)


def energy_constants(
    youngs_pa: Float[np.ndarray, "tets"], poisson_ratio: Float[np.ndarray, "tets"]
) -> tuple[Float[np.ndarray, "tets"], Float[np.ndarray, "tets"]]:
    """(mu, lambda) in Pa: mu = E / 2(1+nu), lambda = E nu / 2(1+nu)(1-2nu)."""
    mu = youngs_pa / (2 * (1 + poisson_ratio))
    return mu, mu * poisson_ratio / (1 - 2 * poisson_ratio)


def tissue_constants(
    mesh: RestMesh, materials: Materials
) -> tuple[Float[np.ndarray, "tets"], Float[np.ndarray, "tets"]]:
    """(mu, lambda) of every tetrahedron, by its tissue."""
    spread = materials.per_tet(len(mesh.tets))
    muscle = mesh.tissue == MUSCLE_TISSUE
    youngs = np.where(muscle, spread.muscle_youngs_pa, spread.soft_youngs_pa)
    return energy_constants(youngs, np.asarray(spread.poisson_ratio))
