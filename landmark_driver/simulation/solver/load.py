"""What acts on a head: muscles, bones and gravity; and what rides on its bones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from jaxtyping import Float
from scipy.linalg import fractional_matrix_power

from landmark_driver.geometry.affine_pose import Pose, moved_points
from landmark_driver.simulation.energy.checked_pose import checked_pose
from landmark_driver.simulation.energy.nodal_terms import EnergyTerm
from landmark_driver.simulation.energy.rest_mesh import CRANIUM, MANDIBLE, RestMesh
from landmark_driver.simulation.energy.simulation_error import LoadError
from landmark_driver.simulation.solver.effective_actuation import Actuation


@dataclass(frozen=True)
class BonePoses:
    """Where the bones are: rest to posed, head frame. A scale in a pose makes a longer or shorter bone."""

    mandible: Pose = field(default_factory=lambda: np.eye(4))
    cranium: Pose = field(default_factory=lambda: np.eye(4))

    def __post_init__(self) -> None:
        object.__setattr__(self, "mandible", checked_pose("mandible", self.mandible))
        object.__setattr__(self, "cranium", checked_pose("cranium", self.cranium))

    def of(self, bone: int) -> Pose:
        return {CRANIUM: self.cranium, MANDIBLE: self.mandible}[bone]

    def part(self, fraction: float) -> BonePoses:
        """The poses a fraction of the way from rest, along the shortest screw motion."""
        if fraction == 1.0:
            return self
        poses = (self.mandible, self.cranium)
        return BonePoses(*(np.real(fractional_matrix_power(pose, fraction)) for pose in poses))

    def displacement(self, mesh: RestMesh) -> Float[np.ndarray, "nodes 3"]:
        """How far the bones carry the nodes fixed to them; zero at free nodes."""
        result = np.zeros_like(mesh.nodes)
        for bone in (CRANIUM, MANDIBLE):
            rows = mesh.bone == bone
            result[rows] = moved_points(self.of(bone), mesh.nodes[rows]) - mesh.nodes[rows]
        return result


@dataclass(frozen=True)
class Load:
    """One expression's causes. The default is rest; gravity in m/s^2, head frame."""

    actuation: Actuation | None = None
    poses: BonePoses = field(default_factory=BonePoses)
    gravity_m_s2: tuple[float, float, float] = (0.0, 0.0, 0.0)
    inversion_barrier_scale: Float[np.ndarray, "tets"] | None = None
    """How much more than usual each tetrahedron resists inversion, as an earlier solve had to find out."""

    def __post_init__(self) -> None:
        gravity = np.asarray(self.gravity_m_s2, dtype=float)
        if gravity.shape != (3,) or not np.isfinite(gravity).all():
            raise LoadError(
                f"Expected gravity as three finite numbers in m/s^2, got {self.gravity_m_s2}. "
                "Write it as in 0,-9.81,0."
            )


class Contact(Protocol):
    """Something that may touch but not overlap.

    `find` returns the terms that keep apart what is near at `x`, where nothing overlaps; `clear_fraction` is how
    far (0 to 1) nodes may go straight from x to y before something would; `violations` is how much overlaps.
    """

    def find(self, x: Float[np.ndarray, "nodes 3"], poses: BonePoses) -> list[EnergyTerm]: ...

    def clear_fraction(self, x: Float[np.ndarray, "nodes 3"], y: Float[np.ndarray, "nodes 3"]) -> float: ...

    def violations(self, x: Float[np.ndarray, "nodes 3"], poses: BonePoses) -> int: ...


class Attachment(Protocol):
    """Something that depends on where the bones are and becomes an energy term once they are placed."""

    def posed(self, poses: BonePoses) -> EnergyTerm: ...
