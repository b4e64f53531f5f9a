"""Proxy tissue instead of the simulation, for tests and for developing networks only: not physics.

It has the difficulties of the learning problem and none of the costs of simulation. Expressions are carried
to each identity by deformation transfer, a jaw swings on a hinge, and the sum of muscles saturates. Regions
have materials of their own, tissue sags and swells, and lips push each other apart. Its constants are ours and
mean nothing beyond plausible sizes; no error measured on its samples says anything about tissue.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float

from capture.frames.arkit import ARKIT_INDEX, ARKIT_NAMES
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head.identity_model import HeadTopology, IdentityHead, IdentityModel
from landmark_driver.hypernetwork.data.sample_generator import MovedHead
from landmark_driver.identities.deformation_transfer import ExpressionTransfer, expression_transfer
from landmark_driver.tissue.face_regions import face_regions
from landmark_driver.tissue.tissue_parameters import GRAVITY_M_S2, PARAMETER_NAMES, REGIONS
from landmark_driver.tissue.tissue_setting import TissueSetting

_HINGE = np.array([0.0, -0.022, -0.069])
"""The middle of the condyles on the default head, metres, head frame."""
_JAW = ("jawOpen", "jawForward", "jawLeft", "jawRight")
_MOBILITY = {"cheek": 1.0, "jaw": 0.7, "chin": 0.5, "upper_lip": 0.6, "lower_lip": 0.6, "neck": 0.5}
_MOBILITY |= {"lids": 0.3, "brow": 0.3, "nose": 0.2, "forehead": 0.15, "scalp": 0.05}
_SAG_M, _SWELL_M, _LIP_REACH_M = 0.0012, 0.009, 0.006
_SMOOTHING_ROUNDS = 30


@dataclass(frozen=True)
class ProxyPhysics:
    """The proxy tissue of any head of an identity model; datasets name it `stand-in`."""

    identities: IdentityModel
    name: str = "stand-in"

    @property
    def settings(self) -> dict[str, Any]:
        return {}

    def __call__(self, head: IdentityHead) -> ProxyTissue:
        return ProxyTissue(head, _shared_parts(self.identities))


class ProxyTissue:
    """A `SampleGenerator` by formula, about 3 ms a sample."""

    def __init__(self, head: IdentityHead, parts: SharedParts):
        self._vertices = head.vertices
        self._fraction = parts.region_fraction
        self._shapes = parts.transfer(head)
        eyes = np.concatenate([head.topology.vertices_of(f"eyeball_{side}") for side in ("left", "right")])
        self._still = eyes
        self._shapes[:, eyes] = 0.0
        self._mobility = self._fraction @ np.array([_MOBILITY[name.rpartition("_")[0]] for name in REGIONS])
        self._mobility[eyes] = 0.0
        muscle = self._shapes.copy()
        muscle[[ARKIT_INDEX[name] for name in _JAW]] = 0.0
        self._muscle = muscle.reshape(len(ARKIT_NAMES), -1)
        self._limit = 1.2 * np.linalg.norm(muscle, axis=2).max(0) + 1e-4
        self._normals = vertex_normals(head.vertices, head.topology.faces)
        self._hinge = _HINGE * np.ptp(head.vertices[:, 0]) / parts.template_width
        arm = head.vertices - self._hinge
        swing = np.linalg.norm(self._shapes[ARKIT_INDEX["jawOpen"]], axis=1)
        self._angle = np.clip(swing / np.maximum(np.linalg.norm(arm[:, 1:], axis=1), 0.02), 0, 0.6)
        self._arc_rest = self._shapes[ARKIT_INDEX["jawOpen"]] - self._swung(1.0)
        self._lips = _LipPairs(head.topology, head.vertices, self._fraction)

    def __call__(self, weights: Float[np.ndarray, "52"], setting: TissueSetting) -> MovedHead:
        by_vertex = dict(zip(PARAMETER_NAMES, (self._fraction @ setting.regions).T, strict=True))
        moved = self._muscles(weights, by_vertex) + self._jaw(weights, setting.bones[0])
        moved += self._sag(setting, by_vertex)
        swelling = _SWELL_M * (by_vertex["volume"] - 1) * self._mobility
        bulging = 0.8 * (by_vertex["incompressibility"] - 0.47) * np.linalg.norm(moved, axis=1)
        moved += (swelling + bulging)[:, None] * self._normals
        moved += (setting.bones[1] - 1) * 0.3 * (1 - self._mobility)[:, None] * self._vertices
        moved[self._still] = 0.0
        self._lips.part(self._vertices, moved)
        return MovedHead(moved)

    def _muscles(self, weights, by_vertex) -> Float[np.ndarray, "vertices 3"]:
        """Return the muscles' displacement, weaker in stiff tissue, with a soft limit on its size at every vertex."""
        total = (weights @ self._muscle).reshape(-1, 3)
        total *= (by_vertex["strength"] / (0.85 + 0.15 * by_vertex["stiffness"]))[:, None]
        fraction = np.linalg.norm(total, axis=1) / self._limit
        return total / (1 + fraction**4)[:, None] ** 0.25

    def _jaw(self, weights, mandible_scale: float) -> Float[np.ndarray, "vertices 3"]:
        opening = weights[ARKIT_INDEX["jawOpen"]]
        moved = self._swung(opening) + opening * self._arc_rest
        for name in _JAW[1:]:
            moved = moved + weights[ARKIT_INDEX[name]] * self._shapes[ARKIT_INDEX[name]]
        on_jaw = np.clip(self._angle / 0.25, 0, 1)[:, None]
        return moved + (mandible_scale - 1) * on_jaw * (self._vertices - self._hinge + moved)

    def _swung(self, opening: float) -> Float[np.ndarray, "vertices 3"]:
        """Return displacements of a turn about the hinge, every vertex by its own fraction of the jaw's angle."""
        arm = self._vertices - self._hinge
        turn = opening * self._angle
        cos, sin = np.cos(turn) - 1, np.sin(turn)
        y, z = arm[:, 1], arm[:, 2]
        return np.stack([np.zeros_like(y), cos * y - sin * z, sin * y + cos * z], 1)

    def _sag(self, setting: TissueSetting, by_vertex) -> Float[np.ndarray, "vertices 3"]:
        """Return the sag relative to the neutral head, which is upright with default tissue."""
        give = by_vertex["volume"] / by_vertex["stiffness"]
        pull = give[:, None] * setting.gravity - np.array(GRAVITY_M_S2)
        return _SAG_M / 9.81 * self._mobility[:, None] * pull


class _LipPairs:
    """The edges of upper and lower lip facing each other; where they would cross, both give way by half."""

    def __init__(self, topology: HeadTopology, vertices, fraction):
        loop = topology.lip_loop
        labels = fraction.argmax(1)
        upper = [REGIONS.index(f"upper_lip_{side}") for side in ("left", "right")]
        above = np.isin(labels[loop], upper)
        self._upper = loop[above][np.argsort(vertices[loop[above], 0])]
        self._lower = loop[~above][np.argsort(vertices[loop[~above], 0])]
        gap = self._gap(vertices)
        self._rest_gap = np.minimum(gap, 0)
        near = np.flatnonzero(np.isin(labels, [*upper, *(u + 2 for u in upper)]))
        distance = np.linalg.norm(vertices[near][:, None] - vertices[self._upper][None], axis=2)
        self._near = near
        self._reach = np.exp(-0.5 * (distance / _LIP_REACH_M) ** 2)
        self._reach /= np.maximum(1.0, self._reach.sum(1, keepdims=True))
        self._sign = np.where(np.isin(labels[near], upper), 0.5, -0.5)

    def part(self, vertices, moved) -> None:
        """Move the lips apart in `moved` (metres from neutral), in place, where their edges would cross."""
        overlap = np.maximum(self._rest_gap - self._gap(vertices + moved), 0)
        moved[self._near, 1] += self._sign * (self._reach @ overlap)

    def _gap(self, points) -> Float[np.ndarray, "upper"]:
        upper, lower = points[self._upper], points[self._lower]
        order = np.argsort(lower[:, 0])
        return upper[:, 1] - np.interp(upper[:, 0], lower[order, 0], lower[order, 1])


@dataclass(frozen=True)
class SharedParts:
    """The parts of proxy tissue that all heads of a topology have in common."""

    transfer: ExpressionTransfer
    region_fraction: Float[np.ndarray, "vertices regions"]
    template_width: float


@functools.cache
def _shared_parts(identities: IdentityModel) -> SharedParts:
    template = identities.template()
    transfer = expression_transfer(identities)
    return SharedParts(transfer, region_fractions(template), float(np.ptp(template.vertices[:, 0])))


def region_fractions(template: IdentityHead) -> Float[np.ndarray, "vertices regions"]:
    """Return the fraction of each region in each vertex: the regions' labels, smoothed over the mesh.

    Args:
        template: the topology's default head.

    Returns:
        (V, R) fractions; rows sum to one.
    """
    topology = template.topology
    labels = face_regions(template.vertices, topology.lip_loop)
    fraction = np.eye(len(REGIONS))[labels]
    edges = topology.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    count = topology.vertex_count
    link = sparse.csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(count, count))
    link = ((link + link.T) > 0).astype(float) + sparse.eye(count)
    average = sparse.diags(1 / np.asarray(link.sum(1)).ravel()) @ link
    for _ in range(_SMOOTHING_ROUNDS):
        fraction = average @ fraction
    return fraction
