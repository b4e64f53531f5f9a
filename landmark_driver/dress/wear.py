"""From a head and the names of its outfit to the pieces that hang on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Int

from landmark_driver.dress.body import body_pieces
from landmark_driver.dress.brows import brow_pieces
from landmark_driver.dress.eyes import EYEBALL_PARTS, eye_pieces
from landmark_driver.dress.hair import hair_pieces
from landmark_driver.dress.lashes import lash_pieces
from landmark_driver.dress.outfit import Outfit
from landmark_driver.dress.piece import Piece
from landmark_driver.dress.teeth import RIBBON_PARTS
from landmark_driver.dress.teeth_pieces import teeth_pieces
from landmark_driver.head.head import Head

_MAKERS: dict[str, Callable[[Head, str], tuple[Piece, ...]]] = {
    "teeth": teeth_pieces,
    "eyes": eye_pieces,
    "brows": brow_pieces,
    "lashes": lash_pieces,
    "body": body_pieces,
    "hair": hair_pieces,
}
"""By the outfit's kind: the pieces of a name in the wardrobe on a head."""


def pieces_of(head: Head, outfit: Outfit) -> tuple[Piece, ...]:
    """Return what a head wears.

    Args:
        head: its neutral vertices and topology place every piece.
        outfit: names in the wardrobe.

    Returns:
        Pieces whose operators have a column for each of the head's vertices.
    """
    makers = _MAKERS | {"body": partial(body_pieces, skin=outfit.skin)}
    worn = ((kind, getattr(outfit, kind)) for kind in makers)
    return tuple(piece for kind, name in worn if name for piece in makers[kind](head, name))


def hidden_parts(outfit: Outfit) -> tuple[int, ...]:
    """Return the parts of a head that what it wears stands for.

    Args:
        outfit: names in the wardrobe.

    Returns:
        Indices into `PARTS`: the coarse teeth and the eyeballs, where others are worn.
    """
    return (RIBBON_PARTS if outfit.teeth else ()) + (EYEBALL_PARTS if outfit.eyes else ())


def on_scan(
    piece: Piece, scan_count: int, added_vertices: Int[np.ndarray, "added"], head_count: int
) -> Piece:
    """Return a piece that hangs on the added vertices of a scan's mesh instead of on the head.

    Args:
        piece: bound to vertices of the head that are all among `added_vertices`.
        scan_count: the number of the scan's own vertices, which come first in its mesh.
        added_vertices: (A,) the head's vertices that follow them.
        head_count: the number of the head's vertices.

    Returns:
        The piece, with a column for each vertex of the scan's mesh.
    """
    place = np.zeros(head_count, int)
    place[added_vertices] = scan_count + np.arange(len(added_vertices))
    entries = piece.operator.tocoo()
    shape = (len(piece.vertices), scan_count + len(added_vertices))
    moved = sparse.csr_matrix((entries.data, (entries.row, place[entries.col])), shape)
    return replace(piece, operator=moved)
