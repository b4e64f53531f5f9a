"""A character's mouth in one pose: lips and cavity as they are shown, and the teeth and the tongue behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.character import Character
from landmark_driver.drivers.weights_driver import WeightsDriver
from landmark_driver.geometry.closed_mesh import ClosedMesh, zipped
from landmark_driver.geometry.mesh_loops import boundary_loops
from landmark_driver.head.eyes import blendshape_vertices, weights_gaze
from landmark_driver.head.identity_model import PARTS

Mesh = tuple[Float[np.ndarray, "_ 3"], Int[np.ndarray, "_ 3"]]
"""Vertices in metres, head frame, and triangles."""

_FLESH = tuple(PARTS.index(part) for part in PARTS[:4])
_RIBBONS = tuple(PARTS.index(part) for part in ("teeth_upper", "teeth_lower"))
_TONGUE = PARTS.index("tongue")


@dataclass(frozen=True)
class Mouth:
    """One pose of a character."""

    head: Float[np.ndarray, "vertices 3"]
    """Vertices of the driven head, metres, head frame."""
    shown: Float[np.ndarray, "shown 3"]
    """Vertices of the shown mesh, metres, head frame."""
    crowns: Float[np.ndarray, "crowns 3"]
    """Vertices of the teeth without gums, metres, head frame."""
    teeth: list[Mesh]
    """Crowns and gums."""
    tongue: Mesh


class MouthScene:
    """A character whose mouth is looked into."""

    def __init__(self, character: Character):
        """Prepare the driver and the triangles.

        Args:
            character: with its pieces; without teeth among them, the head's own coarse teeth count.
        """
        self.character = character
        head, mesh = character.head, character.mesh
        part = mesh.display_part
        count, skin = len(head.neutral_vertices), head.faces[head.face_part == PARTS.index("skin")]
        self.flesh = ClosedMesh(head.faces[np.isin(head.face_part, _FLESH)], count)
        """Skin and cavities of the head, closed at the neck."""
        self.curtain = mesh.display.faces[np.isin(part, _FLESH)]
        """Skin and cavities of the shown mesh."""
        self.rim = _mouth_rim(skin, head.faces[head.face_part == PARTS.index("mouth_cavity")])
        """Vertices of the head where skin and mouth cavity meet, in order."""
        lips = zipped(self.rim, head.neutral_vertices[:, 0].astype(float))
        self.skin = ClosedMesh(np.concatenate([skin, lips]), count)
        """The head's skin, closed at mouth, eyes and neck."""
        self._tongue = mesh.display.faces[part == _TONGUE]
        self._ribbons = mesh.display.faces[np.isin(part, _RIBBONS)]
        self._pieces = [piece for piece in character.pieces if piece.name.startswith(("crowns", "gums"))]
        driver = character.mesh_driver("linear" if character.network is None else "weights")
        self._driver, self._mesh, self._neutral_offset = driver.head_driver, mesh, driver.neutral_offset

    def __call__(self, weights: Float[np.ndarray, "52"]) -> Mouth:
        """Return the mouth for ARKit weights.

        Args:
            weights: (52,) in 0..1.

        Returns:
            The pose, eyes turned by the weights.
        """
        head = self._head(weights)
        moved = self._mesh.moved(head, self._neutral_offset)
        shown = np.asarray(self._mesh.display(moved), float)
        teeth = [(shown, self._ribbons)]
        if self._pieces:
            rest = self._mesh.neutral_vertices
            teeth = [(piece.follow(moved, rest).astype(float), piece.faces) for piece in self._pieces]
        hard = [mesh for mesh, piece in zip(teeth, self._pieces, strict=False) if piece.name != "gums"]
        crowns = np.concatenate([points[np.unique(faces)] for points, faces in hard or teeth])
        return Mouth(head.astype(float), shown, crowns, teeth, (shown, self._tongue))

    def width(self, mouth: Mouth) -> float:
        """Return the width of a mouth.

        Args:
            mouth: a pose.

        Returns:
            Metres from corner to corner across the face.
        """
        return float(np.ptp(mouth.head[self.rim, 0]))

    def _head(self, weights: np.ndarray) -> np.ndarray:
        head = self.character.head
        if isinstance(self._driver, WeightsDriver):
            return self._driver.show(weights, weights_gaze(weights, head.gaze_turns)).vertices
        return blendshape_vertices(head, weights)


def _mouth_rim(skin: np.ndarray, cavity: np.ndarray) -> Int[np.ndarray, "rim"]:
    inside = np.unique(cavity)
    return next(loop for loop in boundary_loops(skin) if np.isin(loop, inside).all())
