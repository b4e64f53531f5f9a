"""A layered head as files: PLY surfaces and VTU tetrahedra, readable by any mesh viewer."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int, Integer

from landmark_driver.layers.layered_head import LayeredHead
from landmark_driver.layers.wraps.prism_tets import MUSCLE, SOFT


def write_layers(layered: LayeredHead, out_dir: Path) -> None:
    """Write a layered head into a folder: six PLY surfaces, the other parts of the head, two VTU volumes; metres.

    Args:
        layered: the head to write.
        out_dir: the folder, created where it is missing; other files in it stay.

    skin.ply is the outer skin; mouth cavity, eyes, tongue and gums are in inner_parts.ply. Faces of
    bones.ply and muscles.ply carry the property `part` (index into `bones.BONE_PARTS`, `Muscles.names`).
    Files appear all at once: they are written beside `out_dir` first.
    """
    unfinished = out_dir.with_name(out_dir.name + ".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    topology = layered.topology
    skin_faces = topology.faces_of("skin")
    inner = topology.faces[topology.face_part != 0]
    write_ply(unfinished / "skin.ply", layered.skin_vertices, skin_faces)
    write_ply(
        unfinished / "inner_parts.ply", layered.vertices, inner, topology.face_part[topology.face_part != 0]
    )
    write_ply(unfinished / "bones.ply", layered.bones.vertices, layered.bones.faces, layered.bones.part)
    write_ply(
        unfinished / "muscles.ply", layered.muscles.vertices, layered.muscles.faces, layered.muscles.part
    )
    for name, wrap in (
        ("skin_wrap", layered.skin_wrap),
        ("muscle_wrap", layered.muscle_wrap),
        ("skull_wrap", layered.skull_wrap),
    ):
        write_ply(unfinished / f"{name}.ply", wrap, layered.wrap_faces)
    for name, tissue in (("soft_tissue", SOFT), ("muscle_tissue", MUSCLE)):
        chosen = layered.tissue == tissue
        write_vtu(unfinished / f"{name}.vtu", layered.nodes, layered.tets[chosen], layered.tet_muscle[chosen])
    out_dir.mkdir(parents=True, exist_ok=True)
    for file in unfinished.iterdir():
        file.replace(out_dir / file.name)
    unfinished.rmdir()


def write_ply(
    path: Path,
    vertices: Float[np.ndarray, "vertices 3"],
    faces: Int[np.ndarray, "faces 3"],
    part: Integer[np.ndarray, "faces"] | None = None,
) -> None:
    """Write a binary little-endian PLY with double coordinates and, where given, one byte `part` per face.

    Args:
        path: the file to write.
        vertices: (V, 3) written in their own unit and frame.
        faces: (F, 3) vertex indices.
        part: (F,) labels in 0..255; None for no labels.
    """
    columns = [("count", "u1"), ("corners", "<i4", (3,))] + ([("part", "u1")] if part is not None else [])
    table = np.zeros(len(faces), dtype=columns)
    table["count"], table["corners"] = 3, faces
    if part is not None:
        table["part"] = part
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {len(vertices)}"]
    lines += [f"property double {axis}" for axis in "xyz"]
    lines += [f"element face {len(faces)}", "property list uchar int vertex_indices"]
    lines += ["property uchar part"] if part is not None else []
    header = "\n".join([*lines, "end_header", ""]).encode("ascii")
    path.write_bytes(header + vertices.astype("<f8").tobytes() + table.tobytes())


def write_vtu(
    path: Path,
    nodes: Float[np.ndarray, "nodes 3"],
    tets: Int[np.ndarray, "tets 4"],
    muscle: Int[np.ndarray, "tets"],
) -> None:
    """Write an ASCII VTK unstructured grid of tetrahedra (cell type 10) with the cell array `muscle`.

    Args:
        path: the file to write.
        nodes: (N, 3) written in their own unit and frame; nodes of no tetrahedron are left out.
        tets: (T, 4) node indices.
        muscle: (T,) indices into `Muscles.names`, -1 for none.
    """

    def array(name: str, kind: str, values: np.ndarray, components: int = 1) -> str:
        text = "\n".join(" ".join(map(repr, row)) for row in values.reshape(-1, components).tolist())
        return f'<DataArray type="{kind}" Name="{name}" NumberOfComponents="{components}" format="ascii">\n{text}\n</DataArray>'

    used, compact = np.unique(tets, return_inverse=True)
    parts = [
        '<?xml version="1.0"?>\n<VTKFile type="UnstructuredGrid" version="0.1" byte_order="LittleEndian">',
        f'<UnstructuredGrid><Piece NumberOfPoints="{len(used)}" NumberOfCells="{len(tets)}">',
        f"<Points>{array('Points', 'Float64', nodes[used], 3)}</Points>",
        f"<Cells>{array('connectivity', 'Int32', compact.reshape(-1, 4), 4)}",
        array("offsets", "Int32", 4 * np.arange(1, len(tets) + 1)),
        f"{array('types', 'UInt8', np.full(len(tets), 10))}</Cells>",
        f"<CellData>{array('muscle', 'Int32', muscle.astype(int))}</CellData>",
        "</Piece></UnstructuredGrid></VTKFile>\n",
    ]
    path.write_text("\n".join(parts))
