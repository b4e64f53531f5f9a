"""Heads from pictures: what is believed of what the tracker sees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.geometry.similarity import similarity_columns
from landmark_driver.head.linear_identities import LinearIdentities
from landmark_driver.head_fit.evaluation.evaluate_photos import draw_photos, shape_error_mm
from landmark_driver.head_fit.evaluation.evaluate_synthetic import face_vertices
from landmark_driver.head_fit.photos.fit_photos import fit_photos, head_of
from landmark_driver.head_fit.photos.photo_landmarks import read_photos
from landmark_driver.head_fit.photos.photo_noise import GAIN, PhotoNoise, as_seen, load_photo_noise
from landmark_driver.identities.anny_identities import AnnyIdentities

FRONT = np.array([0.0, 0.0, 1.0])
HALF_LEFT = np.array([np.sin(0.5), 0.0, np.cos(0.5)])


@pytest.fixture(scope="module")
def linear(identities: AnnyIdentities) -> LinearIdentities:
    return identities.linear()


def seen_from(
    true: Float[np.ndarray, "478 3"], sides: list[Float[np.ndarray, "3"]]
) -> list[Float[np.ndarray, "478 3"]]:
    return [as_seen(true, side) for side in sides]


def fainter(noise: PhotoNoise, fraction: float) -> PhotoNoise:
    """Less noise, and none more for strange pictures."""
    return replace(noise, shared=fraction * noise.shared, own=fraction * noise.own, usual=np.inf)


def test_the_noise_has_covariances_and_knows_no_pose(
    identities: AnnyIdentities, linear: LinearIdentities
) -> None:
    noise = load_photo_noise()
    assert np.linalg.eigvalsh(noise.own).min() > 0
    assert np.linalg.eigvalsh(noise.covariance(3)).min() > 0
    np.testing.assert_allclose(noise.directions @ noise.directions.T, np.eye(len(noise.own)), atol=5e-3)
    moved = similarity_columns(identities.landmark_embedding()(linear.head)[:468]).reshape(-1, 7)
    moved /= np.linalg.norm(moved, axis=0)
    np.testing.assert_allclose(noise.directions @ moved, 0, atol=2e-3)


def test_depth_is_not_seen_from_the_front_but_from_the_side() -> None:
    deeper = np.tile([0.0, 0.0, 1.0], (468, 1))
    np.testing.assert_array_equal(as_seen(deeper, FRONT), 0)
    seen = np.linalg.norm(as_seen(deeper, HALF_LEFT), axis=1)
    np.testing.assert_allclose(seen, GAIN * np.sin(0.5))


def test_a_head_seen_without_noise_is_found_again(
    identities: AnnyIdentities, linear: LinearIdentities
) -> None:
    embedding, noise = identities.landmark_embedding(), fainter(load_photo_noise(), 1e-6)
    change = 0.3 * linear.spread * np.random.default_rng(3).normal(size=len(linear.start))
    change = np.clip(change, linear.lower - linear.start, linear.upper - linear.start)
    true = np.tensordot(change, embedding(linear.directions), 1)
    sides = [FRONT, HALF_LEFT]
    found = head_of(identities, linear, embedding, sides, seen_from(true, sides), noise)
    rest = embedding(linear.directions)
    left = true - np.tensordot(found.coefficients - linear.start, rest, 1)
    before, after = (
        np.concatenate([noise.features(s[:468]) for s in seen_from(x, sides)]) for x in (true, left)
    )
    assert np.linalg.norm(after) < 0.05 * np.linalg.norm(before)


def test_a_picture_stranger_than_the_drawn_ones_is_believed_less(
    identities: AnnyIdentities, linear: LinearIdentities
) -> None:
    """Tripled, the sight of a person would make a caricature; as it is, the head differs less than three times as much."""
    embedding, noise = identities.landmark_embedding(), load_photo_noise()
    true = embedding(identities.sample(np.random.default_rng(5)).vertices) - embedding(linear.head)

    def moved(factor: float) -> float:
        head = head_of(identities, linear, embedding, [FRONT], [factor * as_seen(true, FRONT)], noise)
        return float(np.linalg.norm((head.coefficients - linear.start) / linear.spread))

    np.testing.assert_array_equal(noise.grown(0.5 * noise.usual).own, noise.own)
    np.testing.assert_array_equal(noise.grown(2.0 * noise.usual).own, 2.0 * noise.own)
    even = noise.unknown * np.eye(len(noise.own))
    np.testing.assert_allclose(noise.grown(2.0 * noise.usual).shared, 2.0 * noise.shared + even)
    assert moved(6.0) < 2 * moved(2.0)


def test_a_smile_in_one_picture_is_not_taken_for_a_shape(
    identities: AnnyIdentities, linear: LinearIdentities
) -> None:
    embedding, noise = identities.landmark_embedding(), fainter(load_photo_noise(), 0.01)
    smiles = [ARKIT_NAMES.index(f"mouthSmile{side}") for side in ("Left", "Right")]
    smile = 0.5 * embedding(identities.template_expressions())[smiles].sum(0)
    sides, nothing = [FRONT, FRONT, FRONT], np.zeros_like(smile)
    seen = [as_seen(smile, FRONT), nothing, nothing]
    found = head_of(identities, linear, embedding, sides, seen, noise)
    moved = np.linalg.norm(embedding(found.vertices) - embedding(linear.head), axis=1)
    assert moved.max() < 0.2 * np.linalg.norm(smile, axis=1).max()


def test_pictures_of_a_person_bring_the_head_nearer_than_the_mean(
    identities: AnnyIdentities, tmp_path: Path
) -> None:
    """A person that the noise was not learned from; on the mean of such people a third of the error goes."""
    embedding, mean = identities.landmark_embedding(), identities.mean()
    face = face_vertices(mean, embedding(mean.vertices))
    person = identities.sample(np.random.default_rng(1))
    photos = read_photos(draw_photos(identities, person.vertices, tmp_path))
    heads = [mean, *(fit_photos(identities, embedding, photos[:count]) for count in (1, 3))]
    nothing, one, three = (shape_error_mm(head, person, face) for head in heads)
    assert one < 0.85 * nothing
    assert three < 0.85 * nothing
