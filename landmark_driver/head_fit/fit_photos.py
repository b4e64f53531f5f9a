"""Identity coefficients from one picture or several.

    minimise  Σ_photos Σ_l ((x_l(c) - x̄_l) + R q_v - d_vl)ᵀ Σ_v⁻¹ (…)  +  |(c - c̄) / s|²

where d is the displacement of landmark l from the mean head's in picture v, q a small similarity of that
picture alone (its pose and size are known only as well as MediaPipe guesses them) with its own expression, since
people smile, and Σ_v the landmarks' noise, several times larger along the line of sight than across it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from landmark_driver.bounded_least_squares import BoundedLeastSquares
from landmark_driver.head_fit.linear_identities import LinearIdentities, linear_identities
from landmark_driver.head_fit.photo_landmarks import PhotoFace, differences
from landmark_driver.head_model.identity_model import IdentityHead, IdentityModel
from landmark_driver.landmark_embedding import LandmarkEmbedding

_SURFACE_COUNT = 468
_EXPRESSION_SIGMA = 0.4
"""Of the ARKit weights that people's faces have in pictures."""
ROUNDS = 1


@dataclass(frozen=True)
class PhotoNoise:
    """Standard deviations in metres, and how few of the landmarks err independently."""

    across_m: float = 0.002
    along_m: float = 0.012
    independent: float = 0.05


def fit_photos(
    model: IdentityModel,
    embedding: LandmarkEmbedding,
    photos: list[PhotoFace],
    rounds: int = ROUNDS,
    progress: Callable[[str], None] = lambda step: None,
) -> IdentityHead:
    """The likeliest head of the model.

    Starts from the difference between the person and the default head; every further round compares the
    person with the head found so far, which the tracker errs on more alike.
    """
    mean = model.mean()
    linear, head = linear_identities(model), mean
    for round_ in range(rounds):
        progress(f"comparing pictures, {round_ + 1} of {rounds}")
        so_far = embedding(head.vertices) - embedding(mean.vertices)
        moved = [so_far + more for more in differences(photos, head, mean, embedding)]
        head = head_of(model, linear, embedding, photos, moved)
    return head


def head_of(
    model: IdentityModel,
    linear: LinearIdentities,
    embedding: LandmarkEmbedding,
    photos: list[PhotoFace],
    displacements: list[Float[np.ndarray, "478 3"]],
    noise: PhotoNoise | None = None,
) -> IdentityHead:
    """The head whose landmarks are displaced like that from the mean; `linear` is the model around it."""
    noise = noise or PhotoNoise()
    count = len(linear.start)
    smiles = np.moveaxis(embedding(model.template_expressions())[:, :_SURFACE_COUNT], 0, 2)
    own = 7 + smiles.shape[2]
    total = count + own * len(photos)
    gram, right = np.zeros((total, total)), np.zeros(total)
    directions = embedding(linear.directions)[:, :_SURFACE_COUNT]
    places = embedding(linear.head)[:_SURFACE_COUNT]
    for index, (photo, wanted) in enumerate(zip(photos, displacements, strict=True)):
        columns = np.zeros((_SURFACE_COUNT, 3, total))
        columns[:, :, :count] = np.moveaxis(directions, 0, 2)
        start = count + own * index
        columns[:, :, start : start + own] = np.concatenate([_similarity_columns(places), smiles], 2)
        precision = noise.independent * _precision(photo, noise)
        weighted = np.einsum("ij,ljk->lik", precision, columns)
        gram += np.einsum("lik,lim->km", columns, weighted)
        right += np.einsum("lik,li->k", weighted, wanted[:_SURFACE_COUNT])
    gram[:count, :count] += np.diag(linear.spread**-2.0)
    prior = np.concatenate([np.full(7, 1e-3), np.full(own - 7, _EXPRESSION_SIGMA**-2.0)])
    gram[count:, count:] += np.diag(np.tile(prior, len(photos)))
    bounds = np.concatenate([np.full(7, np.inf), np.ones(own - 7)])
    floor = np.concatenate([np.full(7, -np.inf), np.zeros(own - 7)])
    lower = np.concatenate([linear.lower - linear.start, np.tile(floor, len(photos))])
    upper = np.concatenate([linear.upper - linear.start, np.tile(bounds, len(photos))])
    solution = BoundedLeastSquares(gram, lower, upper).solve(right)
    return model.head(linear.start + solution[:count])


def _precision(photo: PhotoFace, noise: PhotoNoise) -> Float[np.ndarray, "3 3"]:
    along = np.outer(photo.towards, photo.towards)
    return along / noise.along_m**2 + (np.eye(3) - along) / noise.across_m**2


def _similarity_columns(points: Float[np.ndarray, "points 3"]) -> Float[np.ndarray, "points 3 7"]:
    """Displacements by a unit rotation about each axis, a unit shift along each, and a doubling."""
    turns = [np.cross(axis, points) for axis in np.eye(3)]
    shifts = [np.broadcast_to(axis, points.shape) for axis in np.eye(3)]
    return np.stack([*turns, *shifts, points], 2)
