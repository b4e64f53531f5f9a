"""Identity coefficients from one picture or several.

They are the likeliest coefficients c, with an expression w_v for each picture, since people smile, in

    seen_v = g Π_v (X (c - c̄) + E w_v) + s + e_v

where seen_v is the displacement from the default head in picture v and g, Π, s and e are those of `photo_noise`. c and
w_v are Gaussian within bounds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from landmark_driver.head.identity_model import IdentityHead, IdentityModel
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.head.linear_identities import LinearIdentities
from landmark_driver.head_fit.photos.photo_landmarks import PhotoFace, differences
from landmark_driver.head_fit.photos.photo_noise import (
    EXPRESSION_SIGMA,
    SURFACE_COUNT,
    PhotoNoise,
    as_seen,
    load_photo_noise,
)
from landmark_driver.network.bounded_least_squares import BoundedLeastSquares


def fit_photos(
    model: IdentityModel,
    embedding: LandmarkEmbedding,
    photos: list[PhotoFace],
    progress: Callable[[str], None] = lambda step: None,
) -> IdentityHead:
    """Return the likeliest head of the model for some pictures of a person.

    Args:
        model: the identity model.
        embedding: the landmarks' places on its mesh.
        photos: the pictures with their landmarks.
        progress: called with the name of each step.

    Returns:
        The head, metres, head frame.

    Raises:
        HeadFitError: for pictures from too far round.
    """
    progress("comparing pictures")
    seen = differences(photos, model.mean(), embedding)
    towards = [photo.towards for photo in photos]
    return head_of(model, model.linear(), embedding, towards, seen, load_photo_noise())


def head_of(
    model: IdentityModel,
    linear: LinearIdentities,
    embedding: LandmarkEmbedding,
    towards: list[Float[np.ndarray, "3"]],
    seen: list[Float[np.ndarray, "478 3"]],
    noise: PhotoNoise,
) -> IdentityHead:
    """Return the likeliest head for displacements seen from known directions.

    Args:
        model: the identity model.
        linear: the model made linear around its mean.
        embedding: the landmarks' places on its mesh.
        towards: for each picture the (3,) unit direction to the camera, head axes.
        seen: for each picture (478, 3) displacements from the default head's landmarks, metres, head axes.
        noise: the error of landmarks in pictures.

    Returns:
        The head, metres, head frame.
    """
    people, changes = len(linear.start), _changes(model, linear, embedding)
    columns = [noise.features(as_seen(changes, each)).T for each in towards]
    features = [noise.features(each[:SURFACE_COUNT]) for each in seen]
    own = (len(changes) - people) * len(seen)
    sigma = np.concatenate([linear.spread, np.full(own, EXPRESSION_SIGMA)])
    strange = [
        noise.strangeness(feature, each * sigma[: len(changes)])
        for feature, each in zip(features, columns, strict=True)
    ]
    covariance = noise.grown(float(np.mean(strange))).covariance(len(seen))
    identity = np.concatenate([each[:, :people] for each in columns])
    together = np.concatenate([identity, _beside([each[:, people:] for each in columns])], 1)
    weighted = np.linalg.solve(covariance, together)
    lower = np.concatenate([linear.lower - linear.start, np.zeros(own)])
    upper = np.concatenate([linear.upper - linear.start, np.ones(own)])
    problem = BoundedLeastSquares(together.T @ weighted + np.diag(sigma**-2.0), lower, upper)
    return model.head(linear.start + problem.solve(weighted.T @ np.concatenate(features))[:people])


def _changes(
    model: IdentityModel, linear: LinearIdentities, embedding: LandmarkEmbedding
) -> Float[np.ndarray, "changes 468 3"]:
    """Return the landmarks' displacements for one more of each identity coefficient, then of each expression."""
    shapes = [embedding(linear.directions), embedding(model.template_expressions())]
    return np.concatenate(shapes)[:, :SURFACE_COUNT]


def _beside(blocks: list[Float[np.ndarray, "rank own"]]) -> Float[np.ndarray, "rows columns"]:
    """Return a matrix with the blocks on its diagonal, since every picture has its own expression."""
    count, (rows, columns) = len(blocks), blocks[0].shape
    result = np.zeros((count, rows, count, columns))
    for index, block in enumerate(blocks):
        result[index, :, index] = block
    return result.reshape(count * rows, count * columns)
