"""Pictures' files in, the character of the person in them out, with a report among the sources that it names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from landmark_driver.character import Character
from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.head.identity_model import IdentityHead, IdentityModel
from landmark_driver.head_fit.photos.fit_photos import fit_photos
from landmark_driver.head_fit.photos.photo_colors import photo_colors
from landmark_driver.head_fit.photos.photo_landmarks import PhotoFace, read_photos
from landmark_driver.head_fit.registration.fit_scan import Progress
from landmark_driver.identities.build_character import character_from
from landmark_driver.network.shipped_networks import shipped_network
from landmark_driver.rendering.detailed_head import DetailedHead, detailed_head


def photo_file(paths: list[Path], model: IdentityModel, progress: Progress = lambda step: None) -> Character:
    """Fit the character of the person in the pictures.

    Args:
        paths: the pictures.
        model: the identity model that the head is of.
        progress: called with the name of each step.

    Returns:
        The character; `provenance["fit"]` has the number of photos and the scale to metres (1).

    Raises:
        HeadFitError: for pictures without a face, or from too far round.
    """
    progress("finding the face")
    photos = read_photos(paths)
    head = fit_photos(model, model.landmark_embedding(), photos, progress=progress)
    report = {"photos": len(paths), "scale_to_metres": 1.0}
    provenance = {"photos": [path.name for path in paths], "fit": report}
    return colored(model, head, photos, provenance)


def colored(
    model: IdentityModel, head: IdentityHead, photos: list[PhotoFace], provenance: dict[str, Any]
) -> Character:
    """Return the character of a head with the pictures' colours on its skin.

    Args:
        model: the head's identity model.
        head: the fitted head, metres, head frame.
        photos: the pictures with their landmarks.
        provenance: entries that join the model's name in the file.

    Returns:
        The character with its networks. It has no paints, since lips and brows are in the pictures' colours.
    """
    plain = character_from(model, head, provenance)
    detail: DetailedHead = detailed_head(model.template())
    vertices = detail.subdivision(head.vertices)
    landmarks = model.landmark_embedding()(head.vertices)
    colors = photo_colors(photos, landmarks, vertices, vertex_normals(vertices, detail.faces))
    on_skin = np.zeros(len(vertices), bool)
    on_skin[detail.faces[detail.face_part == 0].ravel()] = True
    shown = np.where(on_skin[:, None], np.round(255 * colors), plain.head.display_colors).astype(np.uint8)
    no_paint = {"paint_colors": plain.head.paint_colors[:0], "paint_amounts": plain.head.paint_amounts[:0]}
    own = replace(plain.head, display_colors=shown, **no_paint)
    return replace(plain, head=own, network=shipped_network(own))
