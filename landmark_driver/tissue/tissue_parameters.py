"""The one table of tissue: regions, bones and parameters with units, defaults and ranges.

The parser, the sliders, the simulator, the networks, the exports and the table in `docs/physics.md` read it.
`trained` ranges also scale the networks' codes, so other trained ranges need other trained weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from landmark_driver.tissue.tissue_error import TissueSettingError

_ROUNDING = 1e-6
"""Values this far outside a range are inside: networks and files keep single floats."""


@dataclass(frozen=True)
class TissueParameter:
    """A quantity of tissue: its default, the range that can be simulated, and the range that networks learned."""

    name: str
    unit: str
    """Empty for a factor or a ratio."""
    default: float
    lowest: float
    """Least value that can be simulated."""
    highest: float
    """Largest value that can be simulated."""
    trained: tuple[float, float]
    """Least and largest value that networks learned; both are the default of a parameter that they have not learned."""
    meaning: str
    by_logarithm: bool = False
    """Whether regions mix by the mean of logarithms."""

    @property
    def learned(self) -> bool:
        return self.trained[0] < self.trained[1]

    def check(self, values: float | Float[np.ndarray, "*values"]) -> None:
        """Raise an error for a value that cannot be simulated.

        Args:
            values: one or many, in `unit`.

        Raises:
            TissueSettingError: names the first such value and the range that can be simulated.
        """
        worst = self.not_simulable(values)
        if worst is not None:
            raise TissueSettingError(
                f"Expected {self.name} {self.simulable_text}, got {worst:g}. "
                f"Choose a value in this range. The networks learned {self.name} {self.trained_text}."
            )

    def check_trained(self, values: float | Float[np.ndarray, "*values"]) -> None:
        """Raise an error for a value that networks have not learned.

        Args:
            values: one or many, in `unit`.

        Raises:
            TissueSettingError: names the first such value and the range that networks learned.
        """
        worst = _first_outside(values, *self.trained)
        if worst is not None:
            raise TissueSettingError(
                f"Expected {self.name} {self.trained_text}, got {worst:g}. "
                f"Choose a value in this range, or simulate: physics takes {self.name} {self.simulable_text}."
            )

    def not_simulable(self, values: float | Float[np.ndarray, "*values"]) -> float | None:
        """Return the first value that cannot be simulated.

        Args:
            values: one or many, in `unit`.

        Returns:
            The value, NaN included; None where all can be simulated.
        """
        return _first_outside(values, self.lowest, self.highest)

    @property
    def simulable_text(self) -> str:
        return _range_text(self.lowest, self.highest, self.unit)

    @property
    def trained_text(self) -> str:
        return _range_text(*self.trained, self.unit)


def _first_outside(
    values: float | Float[np.ndarray, "*values"], lowest: float, highest: float
) -> float | None:
    array = np.atleast_1d(np.asarray(values, float))
    inside = (array >= lowest * (1 - _ROUNDING) - _ROUNDING) & (
        array <= highest * (1 + _ROUNDING) + _ROUNDING
    )
    return None if inside.all() else float(array[~inside].flat[0])


def _range_text(lowest: float, highest: float, unit: str) -> str:
    """Return a range as messages and documents write it, as in `from 0.2 to 5`."""
    unit = f" {unit}" if unit else ""
    if np.isinf(highest):
        return f"from {lowest:.4g}{unit} on"
    if lowest == highest:
        return f"of {lowest:.4g}{unit}"
    return f"from {lowest:.4g} to {highest:.4g}{unit}"


REGION_PAIRS = (
    "forehead",
    "brow",
    "lids",
    "nose",
    "cheek",
    "upper_lip",
    "lower_lip",
    "chin",
    "jaw",
    "neck",
    "scalp",
)
"""Regions of both sides of the face."""
SIDES = ("left", "right")
REGIONS = tuple(f"{pair}_{side}" for pair in REGION_PAIRS for side in SIDES)
"""Regions in label order; left is the subject's. The scalp with the ears' surroundings has the rest of the head."""
ALL_REGIONS = "all"

SOFT_YOUNGS = TissueParameter(
    "soft_youngs_pa", "Pa", 5e3, 1e2, 1e6, (1e3, 25e3), "Young's modulus of soft tissue"
)
MUSCLE_YOUNGS = TissueParameter(
    "muscle_youngs_pa", "Pa", 30e3, 1e2, 1e6, (6e3, 150e3), "Young's modulus of muscle"
)
DENSITY = TissueParameter("density_kg_m3", "kg/m³", 900.0, 500.0, 2000.0, (900.0, 900.0), "density")

STIFFNESS = TissueParameter(
    "stiffness",
    "",
    1.0,
    SOFT_YOUNGS.lowest / SOFT_YOUNGS.default,
    MUSCLE_YOUNGS.highest / MUSCLE_YOUNGS.default,
    (0.2, 5.0),
    f"factor on both Young's moduli, {1e-3 * SOFT_YOUNGS.default:g} kPa of soft tissue and "
    f"{1e-3 * MUSCLE_YOUNGS.default:g} kPa of muscle",
    by_logarithm=True,
)
INCOMPRESSIBILITY = TissueParameter(
    "incompressibility", "", 0.47, 0.0, 0.495, (0.40, 0.49), "Poisson's ratio ν; λ/μ = ν/(1 − 2ν)"
)
STRENGTH = TissueParameter(
    "strength", "", 1.0, 0.0, 2.0, (0.0, 1.5), "factor on the logarithm of A; 0 paralyses"
)
VOLUME = TissueParameter(
    "volume", "", 1.0, 0.4, 2.5, (0.6, 1.6), "soft tissue's rest volume over the neutral head's"
)
PARAMETERS = (STIFFNESS, INCOMPRESSIBILITY, STRENGTH, VOLUME)
"""The parameters that every region has, in the order of a setting's columns."""
PARAMETER_NAMES = tuple(parameter.name for parameter in PARAMETERS)
LEARNED = tuple(parameter for parameter in PARAMETERS if parameter.learned)
"""The parameters that networks learned; codes, datasets and exported models have these alone."""
LEARNED_COLUMNS = tuple(PARAMETERS.index(parameter) for parameter in LEARNED)
"""Their columns in a setting."""

BONES = ("mandible", "cranium")
BONE_SCALE = TissueParameter("scale", "", 1.0, 0.8, 1.3, (0.85, 1.15), "size of a bone about the jaw's hinge")

GRAVITY = TissueParameter(
    "gravity", "m/s²", 9.81, 0.0, np.inf, (0.0, 20.0), "acceleration downwards on a head held upright"
)
GRAVITY_M_S2 = (0.0, -GRAVITY.default, 0.0)
"""Gravity of a head held upright, head frame."""
