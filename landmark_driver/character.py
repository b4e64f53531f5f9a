"""A character: everything the live path needs to move one head, in one file of plain arrays."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int, UInt8
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from capture.frames.landmark_frame import ARKIT_COUNT, LANDMARK_COUNT
from capture.output_file import written_whole
from capture.softdeca_error import SoftdecaError
from landmark_driver.geometry.subdivision import Subdivision, loop_subdivision
from landmark_driver.head.landmark_embedding import LandmarkEmbedding, embed_points

if TYPE_CHECKING:
    from landmark_driver.drivers.linear_driver import LinearDriver
    from landmark_driver.drivers.sparse_driver import SparseDriver
    from landmark_driver.head.scan_texture import ScanTexture
    from landmark_driver.network.character_network import CharacterNetwork
    from landmark_driver.scan_character import ScanDriver

FORMAT = "softdeca-character"
FORMAT_VERSION = 1
DEFAULT_PATH = Path(__file__).parent / "assets" / "default.safetensors"

LANDMARK_GROUPS = ("face", "brows", "lids", "lips", "iris")


class CharacterError(SoftdecaError):
    """A character file that cannot be used."""


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
    network: CharacterNetwork | None = None
    """SparseSoftDECA for this head; without it the linear blendshapes drive."""

    @staticmethod
    def load(path: str | Path) -> Character:
        """The character in a file, or the one that ships for "default". Raises CharacterError."""
        if str(path) != "default":
            return _load(Path(path))
        from landmark_driver.network.shipped_networks import with_networks

        return with_networks(_load(DEFAULT_PATH))

    def save(self, path: Path, more: dict[str, np.ndarray] | None = None) -> None:
        """Writes the file under a temporary name and renames it, so that a failure leaves nothing."""
        header = {"format": FORMAT, "format_version": str(FORMAT_VERSION), "units": "metres"}
        header["provenance"] = json.dumps(self.provenance, sort_keys=True)
        arrays = {name: np.ascontiguousarray(getattr(self, name)) for name in _ARRAYS}
        if self.network is not None:
            arrays |= {name: np.ascontiguousarray(a) for name, a in self.network.arrays().items()}
        arrays |= {name: np.ascontiguousarray(a) for name, a in (more or {}).items()}
        with written_whole(path) as unfinished:
            unfinished.write_bytes(save(arrays, header))

    @property
    def embedding(self) -> LandmarkEmbedding:
        return LandmarkEmbedding(self.landmark_corners, self.landmark_weights)

    def driver(
        self, points: Float[np.ndarray, "landmarks 3"] | None = None
    ) -> LinearDriver | SparseDriver | ScanDriver:
        """A driver for MediaPipe's 478 points, or for any points given on the neutral head (metres)."""
        from landmark_driver.drivers.linear_driver import LinearDriver
        from landmark_driver.drivers.sparse_driver import SparseDriver

        layout = self.embedding if points is None else embed_points(points, self.neutral_vertices, self.faces)
        if self.network is None:
            return LinearDriver(self, layout)
        return SparseDriver(self, self.network.fold(layout))

    def with_material(
        self, values: dict[str, float], gravity: tuple[float, float, float] | None = None
    ) -> Character:
        """The character with other tissue, as in {"cheek_left.stiffness": 0.5, "mandible.scale": 0.9}.

        Values replace; gravity (m/s^2, head frame) stays without one. Raises CharacterError for a character
        without networks, TissueSettingError for names and values that do not exist.
        """
        if self.network is None:
            raise CharacterError(
                "Expected a character with networks to change tissue, got one of linear blendshapes only. "
                "Make one with 'softdeca head fit', or use 'default'."
            )
        shown = self.network.shown.with_values(values, gravity)
        return replace(self, network=self.network.with_setting(shown))

    @property
    def template(self) -> Character:
        """The head of the identity model's topology that moves a scan; for other characters themselves."""
        return self

    @property
    def display(self) -> Subdivision:
        """The finer mesh that is shown, which `display_colors` belong to."""
        return loop_subdivision(self.faces, len(self.neutral_vertices))

    @property
    def display_part(self) -> UInt8[np.ndarray, "shown_faces"]:
        """Which part of the head a shown triangle belongs to."""
        return np.repeat(self.face_part, 4)

    @property
    def vertex_colors(self) -> UInt8[np.ndarray, "vertices 3"]:
        """sRGB of the vertices that drivers move, which come first in the shown mesh, in order."""
        return self.display_colors[: len(self.neutral_vertices)]

    @property
    def texture(self) -> ScanTexture | None:
        """Pictures on the triangles of `faces`, which scans may have."""
        return None

    @property
    def written_faces(self) -> Int[np.ndarray, "faces 3"]:
        return self.faces

    def written(self, vertices: Float[np.ndarray, "vertices 3"]) -> Float[np.ndarray, "own 3"]:
        """What recordings keep of driven vertices: for a scan, its own ones in its own unit and frame."""
        return vertices

    @property
    def landmark_expressions(self) -> Float[np.ndarray, "52 478 3"]:
        """The ARKit displacements at the 478 landmarks, metres."""
        return self.embedding(self.expressions.astype(float))

    @property
    def neutral_landmarks(self) -> Float[np.ndarray, "478 3"]:
        return self.embedding(self.neutral_vertices.astype(float))


_ARRAYS = tuple(item.name for item in fields(Character) if item.name not in ("provenance", "network"))


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
            version = header.get("format_version", "none")
            if version != str(FORMAT_VERSION):
                raise CharacterError(
                    f"Expected character format {FORMAT_VERSION}, got {version} in '{path}'. "
                    "Make the character again with this version of softdeca."
                )
            arrays = {name: file.get_tensor(name) for name in _ARRAYS}
            names = [name for name in file.keys() if name.startswith("network.")]  # noqa: SIM118
            trained = {name: file.get_tensor(name) for name in names}
            scanned = {name: file.get_tensor(name) for name in file.keys() if name.startswith("scan.")}  # noqa: SIM118
            provenance = json.loads(header.get("provenance", "{}"))
    except (SafetensorError, OSError, ValueError) as error:
        raise CharacterError(
            f"Expected a .safetensors character, got '{path}', which cannot be read ({error}). "
            "The file may be cut short: copy or make it again."
        ) from error
    character = Character(**arrays, provenance=provenance)
    if not _fits_together(character):
        raise CharacterError(
            f"Expected finite arrays that agree on {len(character.neutral_vertices)} vertices, "
            f"got others in '{path}'. The file is damaged: copy or make it again."
        )
    if trained:
        from landmark_driver.network.character_network import CharacterNetwork

        neutral = character.neutral_vertices.astype(float)
        character = replace(
            character, network=CharacterNetwork.from_arrays(trained, neutral, character.expressions)
        )
    if not scanned:
        return character
    from landmark_driver.scan_character import ScanCharacter, scan_from_arrays

    return ScanCharacter(character, scan_from_arrays(scanned))


def _fits_together(character: Character) -> bool:
    """Whether all shapes agree, all indices exist and all numbers are finite."""
    vertices, faces = len(character.neutral_vertices), len(character.faces)
    eyes, fine = character.eye_vertices.shape[-1:], len(character.display_colors)
    shapes = {
        "neutral_vertices": (vertices, 3),
        "faces": (faces, 3),
        "face_part": (faces,),
        "expressions": (ARKIT_COUNT, vertices, 3),
        "landmark_corners": (LANDMARK_COUNT, 3),
        "landmark_weights": (LANDMARK_COUNT, 3),
        "landmark_groups": (LANDMARK_COUNT,),
        "eye_centres": (2, 3),
        "eye_vertices": (2, *eyes),
        "gaze_turns": (ARKIT_COUNT, 2, 3),
        "display_colors": (fine, 3),
        "paint_colors": (len(character.paint_colors), 3),
        "paint_amounts": (len(character.paint_colors), fine),
    }
    arrays = {name: getattr(character, name) for name in _ARRAYS}
    indices = [arrays[name] for name in ("faces", "landmark_corners", "eye_vertices")]
    return (
        all(arrays[name].shape == shape for name, shape in shapes.items())
        and all(((array >= 0) & (array < vertices)).all() for array in indices)
        and bool((character.landmark_groups < len(LANDMARK_GROUPS)).all())
        and all(np.isfinite(array).all() for array in arrays.values())
    )
