"""FLAME-like and ICT-like models with a face, in small files of the same formats: the default head on other meshes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from landmark_driver.head.identity_model import PARTS
from tests.landmark_driver.default_head import default_head
from tests.landmark_driver.identities.test_load_identities import ict_names

SHOWN = ("skin", "eyeball_left", "eyeball_right")


def bare_head() -> tuple[np.ndarray, np.ndarray]:
    """The default head's skin and eyeballs in another order: (4224, 3) metres and triangles."""
    head, _ = default_head()
    faces = head.topology.faces[np.isin(head.topology.face_part, [PARTS.index(part) for part in SHOWN])]
    order = np.random.default_rng(5).permutation(np.unique(faces))
    number = np.full(head.topology.vertex_count, -1)
    number[order] = np.arange(len(order))
    return head.vertices[order], number[faces]


def directions(vertices: np.ndarray) -> np.ndarray:
    """(2, V, 3) metres: a longer lower face, and a wider head; the eyeballs stay where and as they are."""
    below = np.clip(-vertices[:, 1] / 0.1, 0, 1) * (vertices[:, 2] > -0.06)
    behind = np.clip((-0.02 - vertices[:, 2]) / 0.04, 0, 1)
    longer, wider = np.zeros_like(vertices), np.zeros_like(vertices)
    longer[:, 1] = -0.004 * below**2
    wider[:, 0] = 0.03 * behind * vertices[:, 0]
    return np.stack([longer, wider])


def write_flame(path: Path) -> None:
    vertices, faces = bare_head()
    shapes = np.concatenate([np.moveaxis(directions(vertices), 0, 2), np.zeros((*vertices.shape, 100))], 2)
    np.savez(path, v_template=vertices, shapedirs=shapes, f=faces.astype(np.uint32))


def write_ict(folder: Path) -> None:
    """In centimetres; expressions that move nothing."""
    folder.mkdir()
    vertices, faces = bare_head()
    ending = "\n".join("f {} {} {}".format(*face) for face in faces + 1)

    def write(name: str, moved: np.ndarray) -> None:
        lines = "\n".join("v {:.6f} {:.6f} {:.6f}".format(*vertex) for vertex in 100 * moved)
        (folder / f"{name}.obj").write_text(f"{lines}\n{ending}\n")

    write("generic_neutral_mesh", vertices)
    for index, direction in enumerate(directions(vertices)):
        write(f"identity{index:03d}", vertices + direction)
    write("still", vertices)
    for name in ict_names():
        (folder / f"{name}.obj").hardlink_to(folder / "still.obj")
    landmarks = {"idx_to_landmark_verts": list(range(68)), "expressions": ict_names()}
    (folder / "vertex_indices.json").write_text(json.dumps(landmarks))
