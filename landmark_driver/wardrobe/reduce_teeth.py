"""The reduction of MakeHuman's teeth to the arrays that ship, written as one .npz file.

    python -m landmark_driver.wardrobe.reduce_teeth FOLDER

writes landmark_driver/assets/wardrobe/teeth_base.npz. FOLDER is a copy of MakeHuman's official CC0 assets
(github.com/makehumancommunity/makehuman-assets) with `teeth/teeth_base` in it. It needs the extra `train`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float, Int, UInt8
from safetensors.numpy import load_file
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import KDTree

from landmark_driver.dress.makehuman_piece import MakeHumanPiece, helper_rows, read_piece
from landmark_driver.dress.teeth import GUM, Teeth, ribbon_rows, teeth_path

NAME = "teeth_base"
_DEFAULT = Path(__file__).parents[1] / "assets" / "default.safetensors"
_BLEND_M = 0.008
"""Gum nearer than this to the fold between both jaws, measured along it, goes partly with the mandible."""
_GUM_REACH_M = 0.012
"""The farthest from a crown at which the colour of gum still changes."""
_PICTURE_PX = (32, 64)
_NECK, _BODY, _EDGE = (226, 206, 170), (240, 230, 208), (232, 230, 222)
"""sRGB of enamel: yellower where dentine shows through, greyer where light passes the edge."""
_MARGIN, _GUM, _DEEP = (206, 128, 122), (186, 96, 94), (150, 66, 66)
"""sRGB of gum from the margin to 12 mm off it."""
_BACK_SHADE = {"crown": 0.55, "gum": 0.35}
"""The fraction of light that reaches the last molar's place, in the picture's sRGB numbers."""


def reduced_teeth(folder: Path) -> Teeth:
    """Reduce the artist's teeth to what a head needs.

    Args:
        folder: MakeHuman's official assets.

    Returns:
        The teeth on the default head: metres, head frame.
    """
    head = load_file(_DEFAULT)
    markers = head["neutral_vertices"].astype(float)[ribbon_rows(head["faces"], head["face_part"])]
    piece = read_piece(folder / "teeth" / NAME / f"{NAME}.mhclo")
    helpers = np.concatenate([helper_rows("helper-upper-teeth"), helper_rows("helper-lower-teeth")])
    vertices = piece.placed(dict(zip(helpers.tolist(), markers, strict=True)))
    tooth = _teeth_by_component(piece)
    upper = (piece.corners == piece.corners[vertices[:, 1].argmax()]).all(1)
    crown = tooth != GUM
    to_crown = KDTree(vertices[crown]).query(vertices)[0]
    return Teeth(
        vertices=vertices.astype(np.float32),
        faces=piece.faces.astype(np.int32),
        tooth=tooth.astype(np.uint8),
        lower=_with_mandible(vertices, piece.faces, upper).astype(np.float32),
        coordinates=_coordinates(vertices, tooth, upper, to_crown).astype(np.float32),
        markers=markers.astype(np.float32),
        picture=_picture(),
    )


def _teeth_by_component(piece: MakeHumanPiece) -> Int[np.ndarray, "piece"]:
    """Return GUM for the largest component, and numbers from 1 for the crowns."""
    rows, columns = piece.faces[:, [0, 1]].ravel(), piece.faces[:, [1, 2]].ravel()
    shape = (len(piece.corners), len(piece.corners))
    label = connected_components(coo_matrix((np.ones(len(rows)), (rows, columns)), shape), directed=False)[1]
    order = np.argsort(-np.bincount(label), kind="stable")
    return np.argsort(order)[label]


def _with_mandible(vertices, faces, upper) -> Float[np.ndarray, "piece"]:
    """Return the fraction of the mandible's motion: 1 for what the artist hung on the lower jaw, 0 on the upper."""
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    length = np.linalg.norm(vertices[ends[:, 0]] - vertices[ends[:, 1]], axis=1)
    graph = csr_matrix((length, ends.T), (len(vertices), len(vertices)))
    fold = np.unique(faces[upper[faces].any(1) & ~upper[faces].all(1)])
    away = dijkstra(graph, directed=False, indices=fold, min_only=True, limit=_BLEND_M)
    share = np.clip(0.5 + np.where(upper, -0.5, 0.5) * away / _BLEND_M, 0, 1)
    return share * share * (3 - 2 * share)


def _coordinates(vertices, tooth, upper, to_crown) -> Float[np.ndarray, "piece 2"]:
    """Return the places in the picture: crowns in its left half, gum in the right; in each, from front to back.

    Upwards the picture goes from the neck of a crown to its edge, and from the margin of gum away from it.
    """
    front, back = vertices[tooth != GUM, 2].max(), vertices[tooth != GUM, 2].min()
    depth = np.clip((front - vertices[:, 2]) / (front - back), 0, 1)
    across = np.where(tooth == GUM, 0.5, 0.0) + 0.5 * np.clip(depth, 0.02, 0.98)
    along = np.clip(to_crown / _GUM_REACH_M, 0, 1)
    for number in range(1, tooth.max() + 1):
        own = tooth == number
        height = np.where(upper[own], -1, 1) * vertices[own, 1]
        along[own] = (height - height.min()) / np.ptp(height)
    return np.stack([across, along], 1)


def _picture() -> UInt8[np.ndarray, "bytes"]:
    """Return the bytes of a PNG of the colours by `_coordinates`."""
    height, width = _PICTURE_PX
    up = np.linspace(1, 0, height)[:, None]
    depth = np.linspace(0, 1, width // 2)[None, :]
    halves = []
    for kind, stops, places in (
        ("crown", (_NECK, _BODY, _BODY, _EDGE), (0.0, 0.45, 0.85, 1.0)),
        ("gum", (_MARGIN, _GUM, _DEEP), (0.0, 0.3, 1.0)),
    ):
        ramp = np.stack([np.interp(up, places, [stop[band] for stop in stops]) for band in range(3)], -1)
        shade = 1 - (1 - _BACK_SHADE[kind]) * depth**1.5
        halves.append(ramp * shade[..., None])
    image = np.round(np.concatenate(halves, 1)).astype(np.uint8)
    return cv2.imencode(".png", image[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].ravel()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="MakeHuman's official CC0 assets")
    teeth = reduced_teeth(parser.parse_args().folder)
    path = teeth_path(NAME)
    path.parent.mkdir(exist_ok=True)
    unfinished = path.with_suffix(".part.npz")
    np.savez_compressed(unfinished, **vars(teeth))
    unfinished.replace(path)


if __name__ == "__main__":
    main()
