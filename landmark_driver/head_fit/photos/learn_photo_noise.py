"""Learns how landmarks in pictures err, from pictures of known heads.

    python -m landmark_driver.head_fit.photos.learn_photo_noise

draws random people from near the front and from one side, from 0.45 to 1.2 m, and writes
landmark_driver/assets/photo_noise.npz (about seven minutes on one core). Sights are kept in the cache folder
group by group, so that an interrupted run goes on where it stopped. `evaluate_photos` draws other people.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from capture.output_file import written_whole
from landmark_driver.geometry.similarity import similarity_columns
from landmark_driver.head.cache_folder import cache_folder
from landmark_driver.head.identity_model import IdentityModel
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.head.linear_identities import LinearIdentities
from landmark_driver.head_fit.photos.photo_landmarks import differences, photo_faces
from landmark_driver.head_fit.photos.photo_noise import (
    ASSET,
    EXPRESSION_SIGMA,
    SURFACE_COUNT,
    PhotoNoise,
    as_seen,
)
from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES, load_identities
from landmark_driver.rendering.detailed_head import detailed_head
from landmark_driver.rendering.render import Camera, orbit_camera, render

FIRST_SEED = 1000
"""Identities below this seed are left for evaluation."""
_GROUP = 20
_RANK = 160
_LEARNED, _EVEN, _UNKNOWN = 0.3, 0.2, 3.0
"""The fraction of the covariances that counts; the fraction of their mean variance that every direction has besides; the
multiple of it that twice the usual strangeness adds. They were chosen on drawn heads (seeds 0 to 19) and on three scans
of people outside the model. The covariances alone are better on the drawn heads (2.09 and 1.97 mm), worse on the scans."""
_DISTANCES_M = (0.45, 1.2)
_FRAME_M = 0.277
"""The picture's height at the head's distance."""


@dataclass(frozen=True)
class Sights:
    """Pictures in which MediaPipe found the face, metres."""

    person: Int[np.ndarray, "pictures"]
    coefficients: Float[np.ndarray, "pictures coefficients"]
    seen: Float[np.ndarray, "pictures 468 3"]
    """Displacement from the default head's landmarks in the same pose."""
    towards: Float[np.ndarray, "pictures 3"]


def sights(seeds: range, model: IdentityModel) -> Sights:
    """Draw two pictures of each of some random people, from near the front and from one side, and track them.

    Args:
        seeds: draw the people and the cameras.
        model: the identity model that they are sampled from.

    Returns:
        The pictures in which a face was found: displacements in metres, coefficients, directions to the camera.
    """
    embedding, mean = model.landmark_embedding(), model.mean()
    detail = detailed_head(model.template())
    images, people = [], []
    for seed in seeds:
        head = model.sample(np.random.default_rng(seed))
        fine = detail.subdivision(head.vertices)
        for camera in _two_cameras(np.random.default_rng((seed, 1))):
            images.append(render(fine, detail.faces, detail.colors, camera, detail.gloss).image)
            people.append((seed, head.coefficients))
    found = [(who, face) for who, face in zip(people, photo_faces(images), strict=True) if face is not None]
    seen = differences([face for _, face in found], mean, embedding)
    return Sights(
        np.array([seed for (seed, _), _ in found]),
        np.array([coefficients for (_, coefficients), _ in found]),
        np.array(seen)[:, :SURFACE_COUNT],
        np.array([face.towards for _, face in found]),
    )


def _two_cameras(rng: np.random.Generator) -> list[Camera]:
    side = rng.choice([-1, 1])
    cameras = []
    for yaw in (rng.normal(0, 7), side * rng.uniform(15, 38)):
        pitch, distance = rng.normal(2, 5), float(np.exp(rng.uniform(*np.log(_DISTANCES_M))))
        height = _FRAME_M * rng.uniform(0.9, 1.4)
        fov = 2 * np.rad2deg(np.arctan(height / 2 / distance))
        cameras.append(orbit_camera(distance, yaw, pitch, vertical_fov_deg=fov))
    return cameras


def learn(
    seen: Sights,
    linear: LinearIdentities,
    expressions: Float[np.ndarray, "52 vertices 3"],
    embedding: LandmarkEmbedding,
) -> PhotoNoise:
    """Return principal directions of the sights, and covariances of the part that the identity does not explain.

    Args:
        seen: the pictures of known people.
        linear: the model made linear around its mean.
        expressions: (52, V, 3) metres, head frame.
        embedding: the landmarks' places on the mesh.

    Returns:
        The noise, covariances in square metres.

    The identity's part is that of the linear model, so that the noise holds the error of linearity too.
    """
    similarities = similarity_columns(embedding(linear.head)[:SURFACE_COUNT]).reshape(-1, 7)
    basis = np.linalg.qr(similarities)[0]
    flat = seen.seen.reshape(len(seen.seen), -1)
    flat = flat - flat @ basis @ basis.T
    directions = np.linalg.svd(flat, full_matrices=False)[2][:_RANK]
    shapes = embedding(linear.directions)[:, :SURFACE_COUNT]
    true = np.tensordot(seen.coefficients - linear.start, shapes, 1)
    drawn = np.stack([as_seen(x, towards) for x, towards in zip(true, seen.towards, strict=True)])
    rest = (seen.seen - drawn).reshape(len(flat), -1) @ directions.T
    shared, own = _covariances(rest, seen.person)
    mean = np.trace(shared + own) / len(own)
    shared, own = (_LEARNED * learned + _EVEN * mean * np.eye(len(own)) for learned in (shared, own))
    noise = PhotoNoise(directions, shared, own, usual=1.0, unknown=_UNKNOWN * mean)
    smiles = EXPRESSION_SIGMA * embedding(expressions)[:, :SURFACE_COUNT]
    changes = np.concatenate([linear.spread[:, None, None] * shapes, smiles])
    strange = [
        noise.strangeness(noise.features(each), noise.features(as_seen(changes, towards)).T)
        for each, towards in zip(seen.seen, seen.towards, strict=True)
    ]
    return replace(noise, usual=float(np.median(strange)))


def _covariances(rest: Float[np.ndarray, "pictures rank"], person) -> tuple[np.ndarray, np.ndarray]:
    """Return the covariance that a person's pictures share, from pairs of them, and that of the remainder."""
    first, second = _pairs(person)
    product = rest[first].T @ rest[second] / len(first)
    shared = _positive((product + product.T) / 2)
    return shared, _positive(rest.T @ rest / len(rest) - shared)


def _pairs(person: Int[np.ndarray, "pictures"]) -> tuple[np.ndarray, ...]:
    return np.nonzero(np.triu(person[:, None] == person[None], 1))


def _positive(symmetric: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
    values, vectors = np.linalg.eigh(symmetric)
    return (vectors * np.maximum(values, 0.0)) @ vectors.T


def _cached_sights(folder: Path, seeds: range, model: IdentityModel) -> Sights:
    path = folder / f"{model.name}_sights_{seeds.start}_{seeds.stop}.npz"
    if not path.exists():
        made = sights(seeds, model)
        with written_whole(path) as unfinished, unfinished.open("wb") as file:
            np.savez(file, **{each.name: getattr(made, each.name) for each in fields(Sights)})
    with np.load(path) as data:
        return Sights(*(data[each.name] for each in fields(Sights)))


def main() -> None:
    parser = argparse.ArgumentParser(description="Learns how landmarks in pictures err.")
    parser.add_argument("--heads", type=int, default=160)
    parser.add_argument("--identities", default=DEFAULT_IDENTITIES)
    options = parser.parse_args()
    model = load_identities(options.identities)
    folder = cache_folder() / "photo_noise"
    folder.mkdir(parents=True, exist_ok=True)
    groups = []
    for start in range(FIRST_SEED, FIRST_SEED + options.heads, _GROUP):
        seeds = range(start, min(start + _GROUP, FIRST_SEED + options.heads))
        groups.append(_cached_sights(folder, seeds, model))
        print(f"{start + _GROUP - FIRST_SEED} of {options.heads} heads", flush=True)
    seen = Sights(*(np.concatenate([getattr(g, each.name) for g in groups]) for each in fields(Sights)))
    noise = learn(seen, model.linear(), model.template_expressions(), model.landmark_embedding())
    made = {"heads": options.heads, "first_seed": FIRST_SEED, "pictures": len(seen.person)}
    arrays: dict[str, np.ndarray] = {
        "directions": noise.directions.astype(np.float16),
        "shared": noise.shared.astype(np.float32),
        "own": noise.own.astype(np.float32),
        "usual": np.array(noise.usual),
        "unknown": np.array(noise.unknown),
    }
    np.savez_compressed(ASSET, **arrays, made=np.array(json.dumps(made)))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
