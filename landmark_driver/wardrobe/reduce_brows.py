"""Brows from MakeHuman's official assets (CC0), as small cards that follow the skin.

    python -m landmark_driver.wardrobe.reduce_brows ASSETS

writes landmark_driver/assets/wardrobe/brows_*.npz. ASSETS is a copy of github.com/makehumancommunity/makehuman-assets, or of
its folder with `eyebrows`. It needs the extra `train`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float

from landmark_driver.dress.makehuman_piece import read_piece
from landmark_driver.dress.rooted_mesh import WARDROBE, RootedMesh
from landmark_driver.head.scan_texture import split_at_seams
from landmark_driver.wardrobe.default_skin import base_on_default_head, default_skin

_SHAPES = {"soft": "eyebrow001", "straight": "eyebrow005", "bushy": "eyebrow009"}
_SIZE_PX = (512, 320)
"""Width and height of a picture."""
_LIFT_M = 0.0005


def brows(folder: Path) -> RootedMesh:
    """Return brows as a mesh for the wardrobe.

    Args:
        folder: of one asset, with one .mhclo, one .obj and one .png file.

    Returns:
        The cards a little above the default head's skin, with a picture of where hairs are.
    """
    hung = read_piece(next(folder.glob("*.mhclo")))
    rows = np.unique([*hung.corners.ravel(), *(row for a, b, _ in hung.scales for row in (a, b))])
    vertices = hung.placed(dict(zip(rows.tolist(), base_on_default_head()[rows], strict=True)))
    copy_of, coordinates, faces = split_at_seams(hung.faces, hung.coordinates)
    picture, coordinates = _cropped(next(folder.glob("*.png")), coordinates.astype(float))
    skin = default_skin()
    face, weights = skin.nearest(vertices[copy_of])
    normal = skin.at(skin.normals, face, weights)
    above = skin.at(skin.vertices, face, weights) + _LIFT_M * normal
    return skin.grown(face, weights, np.arange(len(above)), above, faces, coordinates, picture)


def _cropped(
    path: Path, coordinates: Float[np.ndarray, "piece 2"]
) -> tuple[bytes, Float[np.ndarray, "piece 2"]]:
    """Return the part of a picture that shows hairs, white with their coverage in alpha, and coordinates in it."""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert image is not None and image.shape[2] == 4, "brows have a picture with alpha"
    cover = image[:, :, 3]
    height, width = cover.shape
    low, high = coordinates.min(0), coordinates.max(0)
    left, right = round(low[0] * width), round(high[0] * width)
    top, bottom = round((1 - high[1]) * height), round((1 - low[1]) * height)
    small = cv2.resize(cover[top:bottom, left:right], _SIZE_PX, interpolation=cv2.INTER_AREA)
    white = np.dstack([np.full((*small.shape, 3), 255, np.uint8), small])
    packed = cv2.imencode(".png", white, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes()
    place = np.stack([coordinates[:, 0] - left / width, coordinates[:, 1] - 1 + bottom / height], 1)
    return packed, np.clip(place / [(right - left) / width, (bottom - top) / height], 0, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("assets", type=Path)
    assets = parser.parse_args().assets
    for name, folder in _SHAPES.items():
        found = next(assets.rglob(f"{folder}.obj")).parent
        brows(found).save(WARDROBE / f"brows_{name}.npz")


if __name__ == "__main__":
    main()
