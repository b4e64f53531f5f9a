"""What a character wears in USD: a mesh beside the head for each piece, which moves where the head moves it."""

# USD fills its Python modules while they are imported, where no type checker sees it.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from export.animation.usd_materials import show_material
from landmark_driver.character import Character
from landmark_driver.dress.piece import Piece


class UsdPieces:
    """The meshes of a character's pieces on a stage."""

    def __init__(self, stage: Any, character: Character, path: Path):
        """Define the meshes, each with its material.

        Args:
            stage: the open USD stage; changed in place.
            character: gives the pieces.
            path: of the .usdc file that the stage becomes.
        """
        self._neutral = character.mesh.neutral_vertices
        self._pieces = [(piece, _defined(stage, piece, path)) for piece in character.pieces]

    def pose(self, vertices: Float[np.ndarray, "vertices 3"], code: float) -> None:
        """Set the points of one frame, of the pieces that move at all.

        Args:
            vertices: (V, 3) metres, head frame: of the character's mesh.
            code: the frame's time code.
        """
        for piece, mesh in self._pieces:
            if piece.operator.nnz:
                _set_points(mesh, piece.follow(vertices, self._neutral), code)


def _defined(stage: Any, piece: Piece, path: Path) -> Any:
    from pxr import Tf, UsdGeom, Vt

    mesh = UsdGeom.Mesh.Define(stage, f"/Head/{Tf.MakeValidIdentifier(piece.name)}")
    faces = np.ascontiguousarray(piece.faces, np.int32)
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(faces), 3, np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(faces.reshape(-1)))
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateDoubleSidedAttr(piece.material.double_sided)
    show_material(stage, mesh, piece.coordinates, piece.material, path)
    _set_points(mesh, piece.vertices, None)
    return mesh


def _set_points(mesh: Any, vertices: Float[np.ndarray, "piece 3"], code: float | None) -> None:
    from pxr import Usd, UsdGeom, Vt

    points = np.ascontiguousarray(vertices, np.float32)
    when = Usd.TimeCode.Default() if code is None else code
    mesh.GetPointsAttr().Set(Vt.Vec3fArray.FromNumpy(points), when)
    mesh.GetExtentAttr().Set(UsdGeom.PointBased.ComputeExtent(points), when)
