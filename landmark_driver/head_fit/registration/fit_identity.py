"""The identity coefficients that come nearest to a scan's landmarks and then to its surface.

    minimise  Σ_l w_l |x_l(c) - T q_l|² / σ_l²  +  Σ_i w_i (n_i·(x_i(c) - T p_i))² / σ_s²  +  |(c - c̄) / s|²

over the coefficients c within their bounds and the similarity T from the scan to the head frame. p_i is the
scan's closest point to vertex i. Landmarks lead at first, and the surface, known better, leads later. The model is
made linear anew on the way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from landmark_driver.geometry.similarity import Similarity, similarity_columns
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head.identity_model import IdentityHead, IdentityModel
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.head.linear_identities import LinearIdentities
from landmark_driver.head_fit.attachment.surface import Surface
from landmark_driver.head_fit.placement.find_face import robust_similarity
from landmark_driver.head_fit.registration.template_skin import TemplateSkin
from landmark_driver.network.bounded_least_squares import BoundedLeastSquares

_LANDMARK_SIGMA_M = 0.004
_SURFACE_SIGMA_M = (0.003, 0.0008)
"""The surface's in the first and in the last round."""
_LANDMARKS_INDEPENDENT, _SURFACE_INDEPENDENT = 0.05, 0.05
"""The fraction of the samples whose errors are independent of each other."""
_ROUNDS, _LINEAR_FOR = 16, 4
_REACH_M = (0.02, 0.006)
_SMALLEST_COSINE = 0.6


@dataclass(frozen=True)
class FittedIdentity:
    """A head of the model, and the similarity that carries its head frame into the scan's metres."""

    head: IdentityHead
    to_scan: Similarity


@dataclass(frozen=True)
class IdentityTargets:
    """The landmarks and the surface that a head is fitted to, metres in any one frame."""

    landmarks: Float[np.ndarray, "478 3"]
    trust: Float[np.ndarray, "478"]
    """Landmark weights in 0..1."""
    surface: Surface | None = None


def fit_identity(
    model: IdentityModel,
    linear: LinearIdentities,
    embedding: LandmarkEmbedding,
    targets: IdentityTargets,
    skin: TemplateSkin,
) -> FittedIdentity:
    """Return the head of the model nearest to some targets, by Gauss-Newton from the model's mean.

    Args:
        model: the identity model.
        linear: the model made linear around its mean.
        embedding: the landmarks' places on its mesh.
        targets: landmarks and surface, metres in any one frame.
        skin: the template's skin, whose control vertices meet the surface.

    Returns:
        The head, metres, head frame, and the similarity from there to the targets' frame.
    """
    used = targets.trust > 0
    at_landmarks = embedding(linear.head)
    to_head = robust_similarity(targets.landmarks[used], at_landmarks[used], targets.trust[used])[1]
    coefficients, head = linear.start, linear.head
    for round_ in range(_ROUNDS):
        fraction = round_ / (_ROUNDS - 1)
        if round_ and round_ % _LINEAR_FOR == 0:
            linear = model.linear(coefficients)
            head = linear.head
        rows = [_landmark_rows(linear, head, embedding, targets, to_head)]
        if targets.surface is not None and round_ > 0:
            rows.append(_surface_rows(linear, head, skin, targets.surface, to_head, fraction))
        coefficients, motion = _solve(linear, rows)
        head = linear.head + np.tensordot(coefficients - linear.start, linear.directions, 1)
        to_head = _moved_back(to_head, motion)
    return FittedIdentity(model.head(coefficients), _inverse(to_head))


def _landmark_rows(linear: LinearIdentities, head, embedding, targets: IdentityTargets, to_head: Similarity):
    """Return columns, wanted values and row weights, three rows a landmark."""
    places = to_head(targets.landmarks)
    off = np.linalg.norm(places - embedding(head), axis=1)
    weights = targets.trust / (1 + (off / (2 * _LANDMARK_SIGMA_M)) ** 2) ** 2
    weights = np.where(targets.trust > 0, weights, 0.0) * _LANDMARKS_INDEPENDENT / _LANDMARK_SIGMA_M**2
    directions = embedding(linear.directions).reshape(len(linear.start), -1).T
    columns = np.concatenate([directions, similarity_columns(embedding(head)).reshape(-1, 7)], 1)
    return columns, (places - embedding(linear.head)).ravel(), np.repeat(weights, 3)


def _surface_rows(linear: LinearIdentities, head, skin: TemplateSkin, surface, to_head: Similarity, fraction):
    """Return columns, wanted values and row weights of the surface.

    There is one row for each control vertex with a matching point on the scan: its distance to the plane there.
    """
    to_scan = _inverse(to_head)
    points = to_scan(head[skin.rows])
    found = surface.nearest(points)
    normals = surface.normals_at(found)
    agreeing = (vertex_normals(points, skin.faces) * normals).sum(1) > _SMALLEST_COSINE
    matching = agreeing & (found.distance < _between(_REACH_M, fraction)) & ~surface.at_border(found)
    rows, normals = skin.rows[matching], normals[matching] @ to_head.rotation.T
    places = to_head(found.place[matching])
    sigma = _between(_SURFACE_SIGMA_M, fraction)
    off = (normals * (places - head[rows])).sum(1)
    weights = _SURFACE_INDEPENDENT / sigma**2 / (1 + (off / (3 * sigma)) ** 2) ** 2
    directions = np.einsum("kvi,vi->vk", linear.directions[:, rows], normals)
    rigid = np.einsum("vik,vi->vk", similarity_columns(head[rows]), normals)
    wanted = (normals * (places - linear.head[rows])).sum(1)
    return np.concatenate([directions, rigid], 1), wanted, weights


def _between(ends: tuple[float, float], fraction: float) -> float:
    return float(ends[0] ** (1 - fraction) * ends[1] ** fraction)


def _solve(linear: LinearIdentities, rows) -> tuple[np.ndarray, np.ndarray]:
    """Return new coefficients, and the small similarity that moves the head towards the targets."""
    count = len(linear.start)
    gram, right = np.zeros((count + 7, count + 7)), np.zeros(count + 7)
    for columns, wanted, weights in rows:
        gram += (columns.T * weights) @ columns
        right += columns.T @ (weights * wanted)
    gram[:count, :count] += np.diag(linear.spread**-2.0)
    right[:count] += (linear.default - linear.start) / linear.spread**2
    gram[count:, count:] += 1e-6 * np.eye(7)
    free = np.full(7, np.inf)
    lower = np.concatenate([linear.lower - linear.start, -free])
    upper = np.concatenate([linear.upper - linear.start, free])
    solution = BoundedLeastSquares(gram, lower, upper).solve(right)
    return linear.start + solution[:count], solution[count:]


def _moved_back(to_head: Similarity, motion: Float[np.ndarray, "7"]) -> Similarity:
    """Return the scan's similarity changed so that the head need not move."""
    turn = Rotation.from_rotvec(motion[:3]).as_matrix().T
    scale = 1 / (1 + motion[6])
    shifted = scale * turn @ (to_head.translation - motion[3:6])
    return Similarity(turn @ to_head.rotation, scale * to_head.scale, shifted)


def _inverse(similarity: Similarity) -> Similarity:
    scale, rotation = 1 / similarity.scale, similarity.rotation.T
    return Similarity(rotation, scale, -scale * rotation @ similarity.translation)
