"""The load of a head (muscles, bones and gravity), and the protocols of things that ride on its bones."""

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
    """Poses of the bones: rest to posed, head frame. A scale in a pose makes a longer or shorter bone.

    For tissue in motion they lead into the world instead.

    Raises:
        PoseError: for a pose that is not finite, affine and of positive determinant.
    """

    mandible: Pose = field(default_factory=lambda: np.eye(4))
    cranium: Pose = field(default_factory=lambda: np.eye(4))

    def __post_init__(self) -> None:
        object.__setattr__(self, "mandible", checked_pose("mandible", self.mandible))
        object.__setattr__(self, "cranium", checked_pose("cranium", self.cranium))

    def of(self, bone: int) -> Pose:
        """Return the pose of one bone.

        Args:
            bone: `CRANIUM` or `MANDIBLE`.

        Returns:
            4x4, rest to posed.
        """
        return {CRANIUM: self.cranium, MANDIBLE: self.mandible}[bone]

    def part(self, fraction: float) -> BonePoses:
        """Return the poses a fraction of the way from rest, along the shortest screw motion.

        Args:
            fraction: 0 for rest, 1 for the poses themselves.

        Returns:
            4x4 poses, in the same frame.
        """
        if fraction == 1.0:
            return self
        poses = (self.mandible, self.cranium)
        return BonePoses(*(np.real(fractional_matrix_power(pose, fraction)) for pose in poses))

    def displacement(self, mesh: RestMesh) -> Float[np.ndarray, "nodes 3"]:
        """Return the displacement of the nodes that are fixed to bones.

        Args:
            mesh: at rest; gives the bone of each node.

        Returns:
            (nodes, 3) metres; zero at free nodes.
        """
        result = np.zeros_like(mesh.nodes)
        for bone in (CRANIUM, MANDIBLE):
            rows = mesh.bone == bone
            result[rows] = moved_points(self.of(bone), mesh.nodes[rows]) - mesh.nodes[rows]
        return result


@dataclass(frozen=True)
class Load:
    """The causes of one expression. The default is rest; gravity in m/s^2, head frame.

    Raises:
        LoadError: for gravity that is not three finite numbers.
    """

    actuation: Actuation | None = None
    poses: BonePoses = field(default_factory=BonePoses)
    gravity_m_s2: tuple[float, float, float] = (0.0, 0.0, 0.0)
    inversion_barrier_scale: Float[np.ndarray, "tets"] | None = None
    """(tets,) factors on the default barrier against inversion, as an earlier solve found them; None for 1."""

    def __post_init__(self) -> None:
        gravity = np.asarray(self.gravity_m_s2, dtype=float)
        if gravity.shape != (3,) or not np.isfinite(gravity).all():
            raise LoadError(
                f"Expected gravity as three finite numbers in m/s^2, got {self.gravity_m_s2}. "
                "Write it as in 0,-9.81,0."
            )


class Contact(Protocol):
    """Surfaces that may touch but not overlap."""

    def find(self, x: Float[np.ndarray, "nodes 3"], poses: BonePoses) -> list[EnergyTerm]:
        """Return the terms that keep near parts apart.

        Args:
            x: (nodes, 3) metres, where nothing overlaps.
            poses: of the bones, in the frame of x.

        Returns:
            Energy terms; none where nothing is near.
        """
        ...

    def clear_fraction(self, x: Float[np.ndarray, "nodes 3"], y: Float[np.ndarray, "nodes 3"]) -> float:
        """Return the fraction of the straight way from x to y that is free of overlaps.

        Args:
            x: (nodes, 3) metres, where nothing overlaps.
            y: (nodes, 3) metres.

        Returns:
            0..1, 1 for the whole way.
        """
        ...

    def violations(self, x: Float[np.ndarray, "nodes 3"], poses: BonePoses) -> int:
        """Return the number of overlaps.

        Args:
            x: (nodes, 3) metres.
            poses: of the bones, in the frame of x.

        Returns:
            A count of intersecting pairs or of nodes that are too deep.
        """
        ...


class Attachment(Protocol):
    """An object that depends on the bones' poses and becomes an energy term once they are placed."""

    def posed(self, poses: BonePoses) -> EnergyTerm:
        """Return the energy term for given bones.

        Args:
            poses: of the bones.

        Returns:
            A term in the frame of the poses.
        """
        ...
