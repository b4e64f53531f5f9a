"""One head's physics, ready to act: expressions in, vertices at equilibrium out, under any material.

An expression is first solved for its muscles. Their actuation brings default tissue, without gravity and
contact, to the blendshapes (`ActuationFitter`). The same muscles then act under any materials, gravity, bones
and contact, which blendshapes cannot do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float

from landmark_driver.geometry.affine_pose import Pose
from landmark_driver.layers.layered_head import LayeredHead
from landmark_driver.simulation.actuation.deep_neck import deep_neck
from landmark_driver.simulation.actuation.fit_actuation import ActuationFitter, FittedActuation
from landmark_driver.simulation.actuation.head_parts import HeadParts, head_parts
from landmark_driver.simulation.actuation.jaw_pose import jaw_pose
from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.rest_mesh import RestMesh
from landmark_driver.simulation.solver.effective_actuation import Actuation
from landmark_driver.simulation.solver.equilibrium import Equilibrium
from landmark_driver.simulation.solver.load import Attachment, BonePoses, Contact, Load
from landmark_driver.simulation.solver.simulator import Simulator
from landmark_driver.tissue.tet_materials import region_fractions, tet_materials
from landmark_driver.tissue.tissue_parameters import BONES
from landmark_driver.tissue.tissue_setting import TissueSetting

_OWN_NODE = 0.999


@dataclass(frozen=True)
class ActuatedExpression:
    """An expression's muscles, and the further data that turn nodes into vertices."""

    actuation: Actuation
    mandible: Pose
    """4x4, rest to posed, head frame."""
    blendshapes: Float[np.ndarray, "vertices 3"]
    """The head's vertices where plain blendshapes put them, metres, head frame."""
    detail: Float[np.ndarray, "skin 3"]
    """The displacement that nodes cannot carry, metres: zero at skin vertices with a node of their own."""
    nodes: Float[np.ndarray, "nodes 3"]
    """Default tissue under these muscles, metres, head frame; a warm start for other tissue."""
    errors_mm: Float[np.ndarray, "targets"]
    target_vertices: np.ndarray
    """The skin vertices of `errors_mm`."""
    inversion_barrier_scale: Float[np.ndarray, "tets"] | None = None
    """The barrier that keeps these muscles from turning tetrahedra inside out (`Load.inversion_barrier_scale`)."""


@dataclass(frozen=True)
class SimulatedFace:
    """The equilibrium of an expression, and the head's vertices in it (metres, head frame)."""

    settled: Equilibrium
    vertices: Float[np.ndarray, "vertices 3"]


class SimulatedHead:
    """A layered head with its ARKit displacements; `actuate` fits muscles, `solve_static` finds the equilibrium.

    `expressions` are (52, V, 3) metres, head frame, for each shape at weight one.
    """

    def __init__(
        self,
        layered: LayeredHead,
        expressions: Float[np.ndarray, "52 vertices 3"],
        *,
        default: Materials | None = None,
        attachments: Sequence[Attachment] = (),
        contacts: Sequence[Contact] = (),
    ):
        self.layered, self.expressions = layered, expressions
        self.mesh = RestMesh(layered.nodes, layered.tets, layered.tissue, layered.node_bone)
        held = (deep_neck(layered), *attachments)
        self.simulator = Simulator(self.mesh, default, attachments=held, contacts=contacts)
        ride = layered.skin_ride
        self.targets = np.flatnonzero(ride.weights[:, 0] > _OWN_NODE)
        self._target_nodes = ride.index[self.targets, 0]
        self._fitter = ActuationFitter(self.simulator, self._target_nodes)
        self._parts: HeadParts = head_parts(layered)
        self._teeth = layered.topology.vertices_of("teeth_lower")

    def actuate(self, weights: Float[np.ndarray, "52"]) -> ActuatedExpression:
        """Return the muscles of an expression.

        Args:
            weights: (52,) ARKit weights in 0..1.

        Returns:
            The actuation of default tissue, with the jaw's pose, the blendshapes and the error that is left.

        Raises:
            NotConvergedError: for an expression that has no equilibrium.
            InvertedResultError: for one whose tetrahedra stay inverted.
        """
        displacement = np.tensordot(weights, self.expressions, 1)
        blendshapes = self.layered.vertices + displacement
        mandible = jaw_pose(self.layered.vertices[self._teeth], displacement[self._teeth])
        goal = self.mesh.nodes[self._target_nodes] + displacement[self.targets]
        fitted: FittedActuation = self._fitter.fit(goal, BonePoses(mandible=mandible))
        skin = self.layered.skin_ride.place(fitted.nodes)
        detail = blendshapes[: len(skin)] - skin
        detail[self.targets] = 0.0
        return ActuatedExpression(
            fitted.actuation,
            mandible,
            blendshapes,
            detail,
            fitted.nodes,
            fitted.errors_mm,
            self.targets,
            fitted.inversion_barrier_scale,
        )

    def solve_static(
        self,
        acted: ActuatedExpression,
        simulator: Simulator | None = None,
        *,
        gravity_m_s2: tuple[float, float, float] = (0.0, 0.0, 0.0),
        bones: BonePoses | None = None,
        contact: bool = True,
    ) -> SimulatedFace:
        """Return the face where the tissue of an expression is at equilibrium.

        Args:
            acted: the expression's muscles.
            simulator: one made by `with_setting` or `with_materials`; None for default tissue.
            gravity_m_s2: m/s^2, head frame.
            bones: edits of the bones' shape; the expression's jaw motion is applied on top of them.
            contact: whether lips, teeth and bone keep tissue apart.

        Returns:
            The equilibrium, and (V, 3) vertices in metres, head frame.

        Raises:
            NotConvergedError: for a solve that does not end.
            InvertedResultError: for tetrahedra that stay inverted.
            OverlapError: for overlaps that contact leaves.
        """
        simulator = simulator or self.simulator
        load = actuated_load(acted, bones or BonePoses(), gravity_m_s2)
        settled = simulator.solve_static(load, acted.nodes, contact=contact)
        return SimulatedFace(settled, self.vertices(settled.nodes, acted, load.poses))

    def vertices(
        self, nodes: Float[np.ndarray, "nodes 3"], acted: ActuatedExpression, poses: BonePoses
    ) -> Float[np.ndarray, "vertices 3"]:
        """Return the whole head for the nodes of an expression.

        Args:
            nodes: (nodes, 3) metres, head frame.
            acted: the expression; gives blendshapes and detail.
            poses: of the bones, head frame; only the mandible's is used.

        Returns:
            (V, 3) metres, head frame.
        """
        return self._parts.vertices(nodes, acted.blendshapes, acted.detail, poses.mandible, acted.mandible)

    def with_setting(self, setting: TissueSetting) -> Simulator:
        """Return the simulator of a setting's materials.

        Args:
            setting: the tissue; its gravity and bones are loads (`bones_of`) and not used here.

        Returns:
            A simulator of the same head, attachments and contacts.
        """
        tissue = tet_materials(self._region_fractions, setting)
        return self.with_materials(self.simulator.materials.with_tissue(tissue))

    def with_materials(self, materials: Materials) -> Simulator:
        """Return the simulator of other materials.

        Args:
            materials: one value for the head, or one a tetrahedron.

        Returns:
            A simulator of the same head, attachments and contacts.
        """
        return self.simulator.with_materials(materials)

    def bones_of(self, setting: TissueSetting) -> BonePoses:
        """Return the poses of a setting's bones.

        Args:
            setting: gives the scale of each bone.

        Returns:
            4x4 poses, rest to edited, head frame, each scaled about the jaw's hinge. The mandible keeps its height: its teeth
            would otherwise leave the upper ones, or go into them.
        """
        poses = {}
        for bone, scale in zip(BONES, setting.bones, strict=True):
            scales = np.array([scale, 1.0 if bone == "mandible" else scale, scale])
            poses[bone] = np.diag([*scales, 1.0])
            poses[bone][:3, 3] = (1 - scales) * self.layered.jaw.centre
        return BonePoses(**poses)

    @cached_property
    def _region_fractions(self) -> Float[np.ndarray, "tets regions"]:
        return region_fractions(self.layered.region[self.layered.tets % self.layered.wrap_size])


def actuated_load(
    acted: ActuatedExpression, bones: BonePoses, gravity_m_s2: tuple[float, float, float]
) -> Load:
    """Return the load of an expression's muscles and jaw.

    Args:
        acted: the expression's muscles.
        bones: edits of the bones' shape, rest to edited.
        gravity_m_s2: m/s^2; its axes are those in which the load is used.

    Returns:
        The load; the expression's jaw motion acts on top of the edits.
    """
    poses = replace(bones, mandible=acted.mandible @ bones.mandible)
    return Load(acted.actuation, poses, gravity_m_s2, acted.inversion_barrier_scale)
