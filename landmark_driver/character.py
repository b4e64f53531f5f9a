"""A character: a head, perhaps its networks, perhaps the scan that is bound to it, in one file of plain arrays."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from capture.output_file import written_whole
from capture.softdeca_error import SoftdecaError
from landmark_driver.dress.dental_arches import DentalArch
from landmark_driver.dress.material import Material
from landmark_driver.dress.outfit import Outfit, outfit_from_text
from landmark_driver.dress.piece import Piece
from landmark_driver.dress.skin import skin_material, skin_texture
from landmark_driver.dress.wear import hidden_parts, on_scan, pieces_of
from landmark_driver.dress.worn_arches import arches_of
from landmark_driver.drivers.driver_names import DriverName
from landmark_driver.drivers.make_driver import make_driver
from landmark_driver.drivers.mesh_driver import MeshDriver, VertexDriver
from landmark_driver.head.compact_expressions import compact_arrays, whole_expressions
from landmark_driver.head.head import HEAD_ARRAYS, Head
from landmark_driver.head.head_mesh import HeadMesh
from landmark_driver.head.scan_mesh import CharacterMesh, ScanMesh
from landmark_driver.head.scan_surface import ScanSurface, scan_arrays, scan_from_arrays
from landmark_driver.network.character_network import CharacterNetwork
from landmark_driver.network.shipped_networks import shipped_network
from landmark_driver.people import PEOPLE, person_path
from landmark_driver.tissue.tissue_setting import TissueSetting

FORMAT = "softdeca-character"
PLAIN, COMPACT = "1", "2"
"""Versions of the format: expressions as they are, which every version of this program reads, or in whole steps."""


class CharacterError(SoftdecaError):
    """A character file that cannot be used, or a character that lacks the networks for a request."""


@dataclass(frozen=True)
class Character:
    """One character. Metres, head frame: +x to the subject's left, +y up, +z out of the face."""

    head: Head
    network: CharacterNetwork | None = None
    """SparseSoftDECA for this head; without it the linear blendshapes drive."""
    scan: ScanSurface | None = None
    """The scan that is shown instead of the head, and is bound to it; None shows the head."""
    outfit: Outfit = field(default_factory=Outfit)
    """The names of what the head wears; characters of earlier versions wear nothing."""
    provenance: dict[str, Any] = field(default_factory=dict)
    """The sources of the character, as its file stores them in JSON."""

    @staticmethod
    def load(path: str | Path) -> Character:
        """Load the character of a file.

        Args:
            path: of a .safetensors character, or the name of a person who ships: one of `PEOPLE`.

        Returns:
            The character; a person who ships with the networks that ship.

        Raises:
            CharacterError: for files that are missing, damaged or of another kind.
        """
        if str(path) not in PEOPLE:
            return _load(Path(path))
        character = _load(person_path(str(path)))
        return replace(character, network=shipped_network(character.head))

    def save(self, path: str | Path) -> None:
        """Write the file under a temporary name and rename it, so that a failure leaves nothing.

        Expressions in whole steps are written compactly, others as they are, so that nothing is rounded.

        Args:
            path: of the .safetensors file.

        Raises:
            OutputError: where `path` cannot be written to.
        """
        arrays = self.head.arrays()
        compact = compact_arrays(self.head.expressions)
        if compact is not None:
            del arrays["expressions"]
            arrays |= compact
        version = PLAIN if compact is None else COMPACT
        header = {"format": FORMAT, "format_version": version, "units": "metres"}
        header["provenance"] = json.dumps(self.provenance, sort_keys=True)
        header["outfit"] = self.outfit.text()
        if self.network is not None:
            arrays |= self.network.arrays()
        if self.scan is not None:
            arrays |= scan_arrays(self.scan)
        with written_whole(Path(path)) as unfinished:
            unfinished.write_bytes(save({n: np.ascontiguousarray(a) for n, a in arrays.items()}, header))

    @cached_property
    def mesh(self) -> CharacterMesh:
        """The mesh that is shown and written: the scan where there is one, else the head itself."""
        hidden = hidden_parts(self.outfit)
        if self.scan is not None:
            return ScanMesh(self.head, self.scan, hidden)
        name = self.outfit.skin
        return HeadMesh(self.head, skin_texture(name, len(self.head.faces)) if name else None, hidden)

    @cached_property
    def materials(self) -> tuple[Material, ...]:
        """The materials of the mesh's pictures, one for each."""
        if self.mesh.texture is None:
            return ()
        if self.scan is None:
            return (skin_material(self.outfit.skin),)
        return tuple(
            Material(f"picture_{number}", color_picture=picture, double_sided=True)
            for number, picture in enumerate(self.mesh.texture.pictures)
        )

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """What hangs on the mesh and is shown and written with it; on a scan, what hangs on the added vertices alone."""
        worn = pieces_of(self.head, self.outfit)
        if self.scan is None:
            return worn
        added, count = self.scan.added_vertices, len(self.head.neutral_vertices)
        return tuple(
            on_scan(piece, len(self.scan.vertices), added, count)
            for piece in worn
            if np.isin(piece.operator.indices, added).all()
        )

    @property
    def neutral_vertices(self) -> Float[np.ndarray, "vertices 3"]:
        """Vertices of the mesh at rest: (V, 3) metres, head frame, float32."""
        return self.mesh.neutral_vertices

    @property
    def faces(self) -> Int[np.ndarray, "faces 3"]:
        """Triangles of the mesh: (F, 3), int32."""
        return self.mesh.faces

    def driver(
        self, points: Float[np.ndarray, "landmarks 3"] | None = None, noise_m: float = 0.0
    ) -> VertexDriver:
        """Return the driver that `live` runs, as a function from displacements to vertices.

        Args:
            points: (L, 3) metres, head frame: the landmarks on the neutral mesh; None for MediaPipe's 478.
            noise_m: standard deviation of given points along each axis, metres; 0 for exact ones.

        Returns:
            A function from (L, 3) displacements to (V, 3) vertices of the mesh, both in metres, head frame.
        """
        return VertexDriver(self.mesh_driver(points=points, noise_m=noise_m))

    def mesh_driver(
        self,
        name: DriverName | None = None,
        points: Float[np.ndarray, "landmarks 3"] | None = None,
        noise_m: float = 0.0,
    ) -> MeshDriver:
        """Return the driver of a name (`make_driver.py`).

        Args:
            name: which driver; None for `landmarks` where there are networks, else `linear`.
            points: (L, 3) metres, head frame: the landmarks on the neutral mesh; None for MediaPipe's 478.
            noise_m: standard deviation of given points along each axis, metres; 0 for exact ones.

        Returns:
            The driver of the head, with the mesh that follows it.

        Raises:
            DriverError: for a driver that needs networks where there are none.
        """
        return make_driver(self.head, self.mesh, self.network, name, points, noise_m, self._arches)

    @cached_property
    def _arches(self) -> tuple[DentalArch, DentalArch] | None:
        return arches_of(self.head, self.outfit)

    def with_material(
        self, values: dict[str, float], gravity: tuple[float, float, float] | None = None
    ) -> Character:
        """Return the character with other tissue.

        Args:
            values: values by name that replace the character's own, as in {"cheek_left.stiffness": 0.5, "mandible.scale": 0.9}.
            gravity: (3,) m/s^2, head frame; None keeps it.

        Returns:
            The same head and scan with another target material.

        Raises:
            CharacterError: for a character without networks.
            TissueSettingError: for names that do not exist, and values that networks have not learned.
        """
        target = self.tissue_with(values, gravity)
        target.check_trained()
        return self.with_target(target)

    def tissue_with(
        self, values: dict[str, float], gravity: tuple[float, float, float] | None = None
    ) -> TissueSetting:
        """Return the character's own target material with some values replaced.

        Args:
            values: by name, as in {"cheek_left.stiffness": 0.5, "mandible.scale": 0.9}.
            gravity: (3,) m/s^2, head frame; None keeps it.

        Returns:
            The setting.

        Raises:
            CharacterError: for a character without networks.
            TissueSettingError: for names that do not exist, and values that cannot be simulated.
        """
        if self.network is None:
            raise CharacterError(
                "Expected a character with networks to change tissue, got one of linear blendshapes only. "
                "Make one with 'softdeca head fit', or use 'default'."
            )
        return self.network.target.with_values(values, gravity)

    def with_target(self, target: TissueSetting) -> Character:
        """Return the character with another target material.

        Args:
            target: any setting that can be simulated. Beyond the range that networks learned they answer for its end, and a
                solved resting head carries the rest.

        Returns:
            The same head and scan with this target material.
        """
        assert self.network is not None
        return replace(self, network=self.network.with_target(target))

    def without_scan(self) -> Character:
        """Return the character whose head itself is shown.

        Returns:
            The same head and networks, without the scan.
        """
        return replace(self, scan=None)


def _load(path: Path) -> Character:
    if not path.is_file():
        raise CharacterError(
            f"Expected a character file, got '{path}', which does not exist. "
            f"Give the path of a .safetensors character, or one of {', '.join(PEOPLE)}."
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
            if version not in (PLAIN, COMPACT):
                raise CharacterError(
                    f"Expected character format {PLAIN} or {COMPACT}, got {version} in '{path}'. "
                    "Make the character again with this version of softdeca."
                )
            named = list(file.keys())
            plain = {name: file.get_tensor(name) for name in HEAD_ARRAYS if name != "expressions"}
            if version == PLAIN:
                expressions = file.get_tensor("expressions")
            else:
                stored = {name: file.get_tensor(name) for name in named if name.startswith("expression_")}
                expressions = whole_expressions(stored, len(plain["neutral_vertices"]))
            head = Head(**plain, expressions=expressions)
            trained = {name: file.get_tensor(name) for name in named if name.startswith("network.")}
            scanned = {name: file.get_tensor(name) for name in named if name.startswith("scan.")}
            provenance = json.loads(header.get("provenance", "{}"))
            outfit = outfit_from_text(header.get("outfit", "{}"))
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise CharacterError(
            f"Expected a .safetensors character, got '{path}', which cannot be read ({error}). "
            "The file may be cut short: copy or make it again."
        ) from error
    if not head.fits_together:
        raise CharacterError(
            f"Expected finite arrays that agree on {len(head.neutral_vertices)} vertices, "
            f"got others in '{path}'. The file is damaged: copy or make it again."
        )
    neutral = head.neutral_vertices.astype(float)
    return Character(
        head,
        CharacterNetwork.from_arrays(trained, neutral, head.expressions) if trained else None,
        scan_from_arrays(scanned) if scanned else None,
        outfit,
        provenance,
    )
