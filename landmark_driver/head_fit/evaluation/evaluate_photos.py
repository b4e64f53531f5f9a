"""The distance of a head from pictures to the person, beside the mean head's.

    python -m landmark_driver.head_fit.evaluation.evaluate_photos --heads 10

draws random people from the front and from both sides. It fits a head to one and to three of the pictures, and to one
from the front in which the person acts. It compares skin vertices of the face after a similarity, in millimetres.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Bool, Float

from landmark_driver.drawn_heads.acted_weights import random_weights
from landmark_driver.geometry.similarity import fit_similarity
from landmark_driver.head.identity_model import IdentityHead, IdentityModel
from landmark_driver.head_fit.evaluation.evaluate_synthetic import face_vertices
from landmark_driver.head_fit.photos.fit_photos import fit_photos
from landmark_driver.head_fit.photos.photo_landmarks import read_photos
from landmark_driver.identities.build_character import character_from
from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES, load_identities
from landmark_driver.rendering.detailed_head import detailed_head
from landmark_driver.rendering.render import orbit_camera, render

YAWS_DEG = (0.0, 28.0, -28.0)


@dataclass(frozen=True)
class PhotoErrors:
    """Mean distance over the face, mm."""

    mean_head: float
    one_photo: float
    three_photos: float
    acting_photo: float


def draw_photos(
    model: IdentityModel,
    vertices: Float[np.ndarray, "vertices 3"],
    folder: Path,
    yaws_deg: tuple[float, ...] = YAWS_DEG,
) -> list[Path]:
    """Draw a head of the model from the front, from its left and from its right, as picture files.

    Args:
        model: gives the painted template.
        vertices: (V, 3) metres, head frame.
        folder: the folder to write to.
        yaws_deg: degrees around the head for each picture; above 0 the camera sees its left side.

    Returns:
        The .png files, 720 x 720 pixels, in the order of the yaws.
    """
    detail = detailed_head(model.template())
    fine = detail.subdivision(vertices)
    paths = []
    for yaw in yaws_deg:
        camera = orbit_camera(0.6, yaw, 2.0, (720, 720), vertical_fov_deg=26)
        image = render(fine, detail.faces, detail.colors, camera, detail.gloss).image
        paths.append(folder / f"yaw{yaw:+.0f}.png")
        cv2.imwrite(str(paths[-1]), image[:, :, ::-1])
    return paths


def acting(model: IdentityModel, head: IdentityHead, seed: int) -> Float[np.ndarray, "vertices 3"]:
    """Return a head with three random shapes at up to half their weight.

    Args:
        model: gives the expressions.
        head: the person's neutral head.
        seed: draws the shapes.

    Returns:
        (V, 3) metres, head frame. Both sides of the face mostly act alike.
    """
    weights = 0.5 * random_weights(np.random.default_rng((seed, 1)), 3)
    return head.vertices + np.tensordot(weights, character_from(model, head, {}).head.expressions, 1)


def shape_error_mm(found: IdentityHead, truth: IdentityHead, face: Bool[np.ndarray, "vertices"]) -> float:
    """Return the mean distance of the face's vertices after the best similarity.

    Args:
        found: the fitted head, metres.
        truth: the person's head, metres.
        face: (V,) True for vertices that count.

    Returns:
        Millimetres.
    """
    a, b = found.vertices[face], truth.vertices[face]
    over: Float[np.ndarray, "face 3"] = fit_similarity(a, b, np.ones(len(a)))(a)
    return float(1e3 * np.linalg.norm(over - b, axis=1).mean())


def photo_errors(seed: int, model: IdentityModel) -> PhotoErrors:
    """Return the errors of fits to pictures of one random person.

    Args:
        seed: draws the person and the acting.
        model: the identity model that the person is sampled from and fitted with.

    Returns:
        Mean distances over the face in millimetres.
    """
    embedding = model.landmark_embedding()
    mean = model.mean()
    face = face_vertices(mean, embedding(mean.vertices))
    person = model.sample(np.random.default_rng(seed))
    with tempfile.TemporaryDirectory() as folder:
        photos = read_photos(draw_photos(model, person.vertices, Path(folder)))
        acted = read_photos(draw_photos(model, acting(model, person, seed), Path(folder), YAWS_DEG[:1]))
    fits = [fit_photos(model, embedding, chosen) for chosen in (photos[:1], photos, acted)]
    return PhotoErrors(*(shape_error_mm(head, person, face) for head in (mean, *fits)))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures heads from pictures of known heads.")
    parser.add_argument("--heads", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="seed of the first head")
    parser.add_argument("--identities", default=DEFAULT_IDENTITIES)
    options = parser.parse_args()
    model = load_identities(options.identities)
    rows = []
    for seed in range(options.first, options.first + options.heads):
        rows.append(photo_errors(seed, model))
        print(rows[-1], flush=True)
    for each in fields(PhotoErrors):
        print(f"{each.name:14} {np.mean([getattr(row, each.name) for row in rows]):.2f} mm")


if __name__ == "__main__":
    main()
