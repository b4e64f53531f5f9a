"""An edit of the tissue as the simulator solved it for one head: the head at rest, and perhaps a table of its shapes.

Displacements under the edit are, with w the ARKit weights and D₀ the displacements of default tissue,

    D(w) = D₀(w) + R + Σ over shapes (a w + b w²)

R moves the head at rest. The table has a and b so that the sum goes through the settled shapes at half and at full weight,
in a few common directions. Shapes add up: on mixtures that leaves less of an error than the network does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float16, Int

from landmark_driver.tissue.tissue_parameters import PARAMETERS, STIFFNESS, STRENGTH
from landmark_driver.tissue.tissue_setting import (
    SAME_TISSUE,
    TissueSetting,
    default_setting,
    setting_from_code,
)

_TABLED = [PARAMETERS.index(parameter) for parameter in (STIFFNESS, STRENGTH)]
"""Columns of the parameters that act with the expression more than at rest."""
_PARTS = ("rest", "table", "compliance")


@dataclass(frozen=True)
class ShapeTable:
    """The sum over shapes: [w, w²] C B, by vertex."""

    setting: TissueSetting
    """The edit under which the shapes were settled."""
    coefficients: Float[np.ndarray, "terms directions"]
    """C: (104, K) metres, rows of w in ARKit's order, then of w²."""
    directions: Float16[np.ndarray, "directions coordinates"]
    """B: (K, 3 S) of size one, coordinates of `vertices`."""
    vertices: Int[np.ndarray, "moved"]

    def base(self, target: TissueSetting) -> TissueSetting | None:
        """Return the setting of the network to which the table is added for a target material.

        Args:
            target: the target material.

        Returns:
            The default one where the table has the whole target. Where the table has its stiffness and strength alone, the
            target with these at their defaults. None where the table does not fit.
        """
        if same_tissue(self.setting, target):
            return default_setting()
        fits = np.allclose(self.setting.regions[:, _TABLED], target.regions[:, _TABLED])
        if fits and same_tissue(_untabled(self.setting), default_setting()):
            return _untabled(target)
        return None

    def displacements(self, weights: Float[np.ndarray, "52"]) -> Float[np.ndarray, "moved 3"]:
        """Return the sum for an expression.

        Args:
            weights: (52,) ARKit weights in 0..1.

        Returns:
            (S, 3) metres, head frame: added to the displacements of `vertices`.
        """
        terms = np.concatenate([weights, weights**2]) @ self.coefficients
        return (terms @ self.directions.astype(np.float32)).reshape(-1, 3)


@dataclass(frozen=True)
class SolvedEdit:
    """What the simulator solved for one head; either part may be of another setting than the other."""

    setting: TissueSetting
    """The setting of `rest`."""
    rest: Float[np.ndarray, "vertices 3"] | None
    """R: metres, head frame, from the neutral head; None where it is not solved."""
    table: ShapeTable | None = None
    compliance: Float[np.ndarray, "3 vertices 3"] | None = None
    """Exact displacements of the resting head under 1 m/s^2 along each axis, of the same setting; None shows the network's."""

    def for_target(self, target: TissueSetting) -> SolvedEdit | None:
        """Return the parts that fit a target material.

        Args:
            target: the target material.

        Returns:
            The resting head if it is of this material, the table if it has a base; None where neither fits.
        """
        same = same_tissue(self.setting, target)
        rest, compliance = (self.rest, self.compliance) if same else (None, None)
        table = self.table if self.table is not None and self.table.base(target) is not None else None
        return None if rest is None and table is None else SolvedEdit(target, rest, table, compliance)

    def beside(self, other: SolvedEdit) -> SolvedEdit:
        """Return these parts, and another's where this has none.

        Args:
            other: parts that fit the same target material.

        Returns:
            The edit of both.
        """
        own = {name: getattr(self, name) for name in _PARTS}
        return replace(
            self, **{name: getattr(other, name) if part is None else part for name, part in own.items()}
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays of a character file.

        Returns:
            `code` (93,) with `rest` (V, 3) and `compliance` (3, V, 3) metres; `table.code`, `table.coefficients`,
            `table.directions` and `table.vertices`, where there is a table.
        """
        arrays = {"code": self.setting.code()}
        if self.rest is not None:
            arrays["rest"] = self.rest.astype(np.float32)
        if self.compliance is not None:
            arrays["compliance"] = self.compliance.astype(np.float32)
        if self.table is not None:
            arrays |= {
                "table.code": self.table.setting.code(),
                "table.coefficients": self.table.coefficients,
                "table.directions": self.table.directions,
                "table.vertices": self.table.vertices.astype(np.int32),
            }
        return arrays

    @staticmethod
    def from_arrays(arrays: dict[str, np.ndarray]) -> SolvedEdit:
        """Return the edit of `arrays`.

        Args:
            arrays: by name, as `arrays` gives them.

        Returns:
            The edit.

        Raises:
            TissueSettingError: for a code of gravity or bones that cannot be simulated.
        """
        table = None
        if "table.code" in arrays:
            table = ShapeTable(
                setting_from_code(arrays["table.code"]),
                arrays["table.coefficients"],
                arrays["table.directions"],
                arrays["table.vertices"],
            )
        setting = setting_from_code(arrays["code"])
        return SolvedEdit(setting, arrays.get("rest"), table, arrays.get("compliance"))


def same_tissue(one: TissueSetting, other: TissueSetting) -> bool:
    """Return whether two settings are the same to the precision of a file.

    Args:
        one: a setting.
        other: another one.

    Returns:
        Whether no number of their codes differs by `SAME_TISSUE`.
    """
    return bool(np.abs(one.code() - other.code()).max() < SAME_TISSUE)


def _untabled(setting: TissueSetting) -> TissueSetting:
    """Return a setting with default stiffness and strength."""
    regions = setting.regions.copy()
    regions[:, _TABLED] = default_setting().regions[:, _TABLED]
    return TissueSetting(regions, setting.gravity, setting.bones)
