"""The identity coefficients that come nearest to a scan's landmarks and then to its surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from landmark_driver.bounded_least_squares import BoundedLeastSquares
from landmark_driver.head_fit.find_face import robust_similarity
from landmark_driver.head_fit.linear_identities import LinearIdentities
from landmark_driver.head_fit.surface import Surface
from landmark_driver.head_fit.template_skin import TemplateSkin
from landmark_driver.head_model.identity_model import IdentityHead, IdentityModel
from landmark_driver.head_model.render import vertex_normals
from landmark_driver.landmark_embedding import LandmarkEmbedding
from landmark_driver.similarity import Similarity, fit_similarity

_LANDMARK_SIGMA_M, _SURFACE_SIGMA_M = 0.004, 0.002
_INDEPENDENT = 0.05
"""Share of the samples whose errors are independent of each other."""
_ROUNDS = 4
_NEAR_M = 0.02


@dataclass(frozen=True)
class FittedIdentity:
    """A head of the model, and the similarity that carries its head frame into the scan's metres."""

    head: IdentityHead
    to_scan: Similarity


def fit_identity(
    model: IdentityModel,
    linear: LinearIdentities,
    embedding: LandmarkEmbedding,
    landmarks: Float[np.ndarray, "478 3"],
    trust: Float[np.ndarray, "478"],
    surface: Surface | None = None,
    skin: TemplateSkin | None = None,
) -> FittedIdentity:
    """Regularised least squares within the coefficients' bounds, alternating with the similarity.

    `landmarks` are metres in any frame; `surface`, where given with the template's `skin`, draws as well.
    """
    change = np.zeros_like(linear.start)
    places = embedding(linear.directions)
    used = trust > 0
    head = linear.mean
    to_head = robust_similarity(landmarks[used], embedding(head)[used], trust[used])[1]
    for round_ in range(_ROUNDS):
        wanted = to_head(landmarks) - embedding(linear.mean)
        off = np.linalg.norm(wanted - np.tensordot(change, places, 1), axis=1)
        precision = _INDEPENDENT * trust / (1 + (off / (2 * _LANDMARK_SIGMA_M)) ** 2) ** 2
        precision = np.where(used, precision, 0.0) / _LANDMARK_SIGMA_M**2
        columns = places.reshape(len(change), -1).T
        weights = np.repeat(precision, 3)
        gram, right = (columns.T * weights) @ columns, columns.T @ (weights * wanted.ravel())
        if surface is not None and skin is not None and round_ > 0:
            more = _surface_equations(linear, head, skin, surface, to_head)
            gram, right = gram + more[0], right + more[1]
        solver = BoundedLeastSquares(gram + np.diag(linear.spread**-2.0), linear.lower, linear.upper)
        change = solver.solve(right)
        head = linear.mean + np.tensordot(change, linear.directions, 1)
        to_head = fit_similarity(landmarks[used], embedding(head)[used], precision[used])
    return FittedIdentity(model.head(linear.start + change), _inverse(to_head))


def _surface_equations(linear, head, skin: TemplateSkin, surface: Surface, to_head: Similarity):
    """Point-to-plane terms of the control vertices that have a matching place on the scan."""
    to_scan = _inverse(to_head)
    points = to_scan(head[skin.rows])
    found = surface.nearest(points)
    own = vertex_normals(points, skin.faces)
    normals = surface.normals_at(found)
    matching = (found.distance < _NEAR_M) & ((own * normals).sum(1) > 0.6) & ~surface.at_border(found)
    rows = skin.rows[matching]
    normals = normals[matching] @ to_head.rotation.T
    wanted = (normals * (to_head(found.place[matching]) - linear.mean[rows])).sum(1)
    columns = np.einsum("kvi,vi->vk", linear.directions[:, rows], normals)
    off = (normals * (to_head(found.place[matching]) - head[rows])).sum(1)
    weights = _INDEPENDENT / _SURFACE_SIGMA_M**2 / (1 + (off / (3 * _SURFACE_SIGMA_M)) ** 2) ** 2
    return (columns.T * weights) @ columns, columns.T @ (weights * wanted)


def _inverse(similarity: Similarity) -> Similarity:
    scale, rotation = 1 / similarity.scale, similarity.rotation.T
    return Similarity(rotation, scale, -scale * rotation @ similarity.translation)
