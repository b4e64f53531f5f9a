"""Expressions carried from the template head to any identity.

Deformation transfer (Sumner and Popovic 2004) in its gradient-domain form (Botsch et al. 2006):
the template's deformation gradient S acts on the target's own surface, and the target's
displacement u has the resulting gradient, triangle by triangle,

    minimise  sum_t area_t || grad u - (S_t - I) grad x ||^2,    u = 0 where no expression acts,

which is one Laplacian per head, factored once for all expressions. Teeth turn rigidly about their
own centre, and the tongue goes with the lower ones; what it does beyond that scales with the size of the head, as the
shift of teeth does.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int
from scipy.sparse.linalg import splu
from scipy.spatial.transform import Rotation

from landmark_driver.geometry.surface_gradient import surface_gradient
from landmark_driver.head.identity_model import HeadTopology, IdentityHead, IdentityModel
from landmark_driver.identities.tongue_place import mandible_motion

_STILL_M = 1e-6
_SURFACE = ("skin", "mouth_cavity", "eye_cavity_left", "eye_cavity_right")


def expression_transfer(identities: IdentityModel) -> ExpressionTransfer:
    """Return the transfer of a model's ARKit shapes from its template to any head of its topology.

    Args:
        identities: the model that gives the template and its expressions.

    Returns:
        A callable from a head to its (52, V, 3) displacements, metres, head frame.
    """
    return ExpressionTransfer(identities.template(), identities.template_expressions())


class ExpressionTransfer:
    """The template's deformation gradients; a call with a head returns that head's expressions."""

    def __init__(self, template: IdentityHead, expressions: Float[np.ndarray, "expressions vertices 3"]):
        self._template = template
        self._expressions = expressions
        self._topology: HeadTopology = template.topology
        self._faces = self._topology.faces_of(*_SURFACE)
        self._surface = np.unique(self._faces)
        moves = np.linalg.norm(expressions, axis=2).max(0) > _STILL_M
        self._free = self._surface[moves[self._surface]]

    def __call__(self, head: IdentityHead) -> Float[np.ndarray, "expressions vertices 3"]:
        """Return the ARKit displacements of a head.

        Args:
            head: any head of the template's topology, metres, head frame.

        Returns:
            (E, V, 3) metres, head frame.
        """
        result = np.zeros_like(self._expressions, dtype=float)
        result[:, self._free] = self._transfer_surface(head.vertices)
        scale = _size(head) / _size(self._template)
        for part in ("teeth_upper", "teeth_lower"):
            rows = self._topology.vertices_of(part)
            result[:, rows] = self._transfer_rigid(head.vertices[rows], rows, scale)
        tongue = self._topology.vertices_of("tongue")
        for index, shape in enumerate(self._expressions):
            if np.abs(shape[tongue]).max() > _STILL_M:
                beyond = shape[tongue] - self._with_mandible(self._template, shape)
                result[index, tongue] = self._with_mandible(head, result[index]) + scale * beyond
        return result

    def _with_mandible(
        self, head: IdentityHead, shape: Float[np.ndarray, "vertices 3"]
    ) -> Float[np.ndarray, "tongue 3"]:
        """Return the displacement of a tongue that goes with the mandible alone."""
        tongue = head.vertices[self._topology.vertices_of("tongue")]
        return mandible_motion(self._topology, head.vertices, shape)(tongue) - tongue

    @cached_property
    def _excess_gradients(self) -> Float[np.ndarray, "expressions faces 3 3"]:
        """S - I of every template triangle in every expression."""
        neutral = self._template.vertices
        inverse = np.linalg.inv(_edge_frames(neutral, self._faces))
        deformed = np.stack([_edge_frames(neutral + shape, self._faces) for shape in self._expressions])
        return deformed @ inverse - np.eye(3)

    def _transfer_surface(
        self, vertices: Float[np.ndarray, "vertices 3"]
    ) -> Float[np.ndarray, "expressions free 3"]:
        gradient, areas = surface_gradient(vertices, self._faces)
        free_gradient = gradient[:, self._free]
        weights = np.repeat(areas, 3)
        laplacian = (free_gradient.T @ sparse.diags(weights) @ free_gradient).tocsc()
        own = (gradient @ vertices).reshape(
            -1, 3, 3
        )  # [t, direction, coordinate] = d x_coordinate / d direction
        wanted = np.einsum("etij,tdj->etdi", self._excess_gradients, own)
        flat = np.moveaxis(wanted, 0, 2).reshape(len(weights), -1)
        solution = splu(laplacian).solve(free_gradient.T @ (weights[:, None] * flat))
        return np.moveaxis(solution.reshape(len(self._free), -1, 3), 1, 0)

    def _transfer_rigid(
        self, own: Float[np.ndarray, "rows 3"], rows: Int[np.ndarray, "rows"], scale: float
    ) -> Float[np.ndarray, "expressions rows 3"]:
        source = self._template.vertices[rows]
        moved = source + self._expressions[:, rows]
        centred, centre = own - own.mean(0), source.mean(0)
        result = np.zeros_like(moved)
        for index, points in enumerate(moved):
            if np.abs(self._expressions[index, rows]).max() > _STILL_M:
                turn = Rotation.align_vectors(points - points.mean(0), source - centre)[0]
                result[index] = turn.apply(centred) - centred + scale * (points.mean(0) - centre)
        return result


def _edge_frames(
    vertices: Float[np.ndarray, "vertices 3"], faces: np.ndarray
) -> Float[np.ndarray, "faces 3 3"]:
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    return np.stack([b - a, c - a, normal / np.linalg.norm(normal, axis=1, keepdims=True)], 2)


def _size(head: IdentityHead) -> float:
    """Return the root mean square distance of the skin from its centre, metres."""
    skin = head.vertices[head.topology.vertices_of("skin")]
    return float(np.sqrt(((skin - skin.mean(0)) ** 2).sum(1).mean()))
