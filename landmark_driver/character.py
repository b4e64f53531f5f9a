"""A character: everything the live path needs to move one head, in one file of plain arrays."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int, UInt8
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from landmark_driver.landmark_embedding import LandmarkEmbedding, embed_points

if TYPE_CHECKING:
    from landmark_driver.linear_driver import LinearDriver

FORMAT = "softdeca-character"
FORMAT_VERSION = 1
DEFAULT_PATH = Path(__file__).parent / "assets" / "default.safetensors"

LANDMARK_GROUPS = ("face", "brows", "lids", "lips", "iris")


class CharacterError(Exception):
    """A character file that cannot be used: what was expected, what was got, what to do."""


@dataclass(frozen=True)
class Character:
    """One head. Metres, head frame: +x to the subject's left, +y up, +z out of the face.

    Vertices 0..V-1 are the ones that drivers move; `display_*` describe the finer mesh that the
    viewer makes from them by one step of Loop subdivision.
    """

    neutral_vertices: Float[np.ndarray, "vertices 3"]
    faces: Int[np.ndarray, "faces 3"]
    face_part: UInt8[np.ndarray, "faces"]
    """Which part of the head a triangle belongs to (skin, cavities, tongue, teeth, eyeballs); skin is 0."""
    expressions: Float[np.ndarray, "52 vertices 3"]
    """ARKit displacements at weight one, canonical order."""
    landmark_corners: Int[np.ndarray, "478 3"]
    landmark_weights: Float[np.ndarray, "478 3"]
    landmark_groups: UInt8[np.ndarray, "478"]
    """Index into `LANDMARK_GROUPS`."""
    eye_centres: Float[np.ndarray, "2 3"]
    """Left, right."""
    eye_vertices: Int[np.ndarray, "2 eye_vertices"]
    gaze_turns: Float[np.ndarray, "52 2 3"]
    """Rotation vector of the left and the right eyeball for each expression at weight one, radians."""
    display_colors: UInt8[np.ndarray, "fine_vertices 3"]
    """sRGB of the shown mesh, lips and brows included."""
    paint_colors: UInt8[np.ndarray, "paints 3"]
    """sRGB of what lies on the skin (lips, brows), for viewers whose meshes have one colour each."""
    paint_amounts: UInt8[np.ndarray, "paints fine_vertices"]
    """How much of each paint a vertex has, 255 for all."""
    provenance: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def load(path: str | Path) -> Character:
        """The character in a file, or the one that ships for "default". Raises CharacterError."""
        return _load(DEFAULT_PATH if str(path) == "default" else Path(path))

    def save(self, path: Path) -> None:
        """Writes the file under a temporary name and renames it, so that a failure leaves nothing."""
        header = {"format": FORMAT, "format_version": str(FORMAT_VERSION), "units": "metres"}
        header["provenance"] = json.dumps(self.provenance, sort_keys=True)
        unfinished = path.with_name(path.name + ".part")
        try:
            save_file(
                {name: np.ascontiguousarray(getattr(self, name)) for name in _ARRAYS}, unfinished, header
            )
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    @property
    def embedding(self) -> LandmarkEmbedding:
        return LandmarkEmbedding(self.landmark_corners, self.landmark_weights)

    def driver(self, points: Float[np.ndarray, "landmarks 3"] | None = None) -> LinearDriver:
        """A driver for MediaPipe's surface landmarks, or for any points given on the neutral head (metres)."""
        from landmark_driver.linear_driver import LinearDriver

        layout = self.embedding if points is None else embed_points(points, self.neutral_vertices, self.faces)
        return LinearDriver(self, layout)

    @property
    def neutral_landmarks(self) -> Float[np.ndarray, "478 3"]:
        return self.embedding(self.neutral_vertices.astype(float))


_ARRAYS = tuple(item.name for item in fields(Character) if item.name != "provenance")


def _load(path: Path) -> Character:
    if not path.is_file():
        raise CharacterError(
            f"Expected a character file, got '{path}', which does not exist. "
            "Give the path of a .safetensors character, or 'default'."
        )
    try:
        with safe_open(path, "np") as file:
            header = file.metadata() or {}
            if header.get("format") != FORMAT:
                raise CharacterError(
                    f"Expected a softdeca character in '{path}', got a safetensors file of another kind. "
                    "Make one with 'softdeca head fit', or use 'default'."
                )
            if header["format_version"] != str(FORMAT_VERSION):
                raise CharacterError(
                    f"Expected character format {FORMAT_VERSION}, got {header['format_version']} in '{path}'. "
                    "Make the character again with this version of softdeca."
                )
            arrays = {name: file.get_tensor(name) for name in _ARRAYS}
    except SafetensorError as error:
        raise CharacterError(
            f"Expected a .safetensors character, got '{path}', which cannot be read ({error}). "
            "The file may be cut short: copy or make it again."
        ) from error
    character = Character(**arrays, provenance=json.loads(header["provenance"]))
    _check(character, path)
    return character


def _check(character: Character, path: Path) -> None:
    count = len(character.neutral_vertices)
    finite = np.isfinite(character.neutral_vertices).all() and np.isfinite(character.expressions).all()
    indices = (character.faces, character.landmark_corners, character.eye_vertices)
    if not finite or character.expressions.shape[1] != count or any(i.max() >= count for i in indices):
        raise CharacterError(
            f"Expected finite arrays that agree on {count} vertices, got others in '{path}'. "
            "The file is damaged: copy or make it again."
        )
