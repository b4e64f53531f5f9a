"""A driven recording as USD: the vertices of every frame, exact for any driver.

    /Head           Xform, T_world_head
    ├── Face        Mesh, points and extent per frame; displayColor; character's triangles, Loop subdivision
    │               (scans: none); pictures beside the file, see `usd_materials`
    └── brows, ...  Mesh of each piece that it wears, points per frame where it moves; see `usd_pieces`

Time codes are frames at the stage's rate, which is the common rate nearest to the recording's. A frame sits
at its own capture time, between two codes if need be: time in seconds = code / timeCodesPerSecond.
"""

# USD fills its Python modules while they are imported, where no type checker sees it.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from capture.extras import install_command
from capture.output_file import OutputError, written_whole
from capture.takes.take_header import software
from export.animation.media_clock import MediaClock
from export.animation.usd_materials import show_texture, write_pictures
from export.animation.usd_pieces import UsdPieces
from export.animation.vertex_colors import vertex_colors
from export.export_error import ExportError
from landmark_driver.character import Character
from landmark_driver.live.drive_recording import DrivenSummary
from landmark_driver.live.face_driver import DrivenFace

_CHUNK = 64
"""This many frames are held in memory: enough to measure the rate, and saved together."""
_RATES_HZ = (10, 12, 15, 24000 / 1001, 24, 25, 30000 / 1001, 30, 48, 50, 60000 / 1001, 60, 90, 120)


def require_usd() -> None:
    """Check that USD can be written.

    Raises:
        ExportError: where usd-core is not installed.
    """
    if find_spec("pxr") is None:
        raise ExportError(
            f"Expected the package usd-core to write USD, got none. Install it: {install_command('export')}."
        )


def write_usd(
    path: Path,
    faces: Iterator[DrivenFace],
    count: int,
    character: Character,
    progress: Callable[[int], None] = lambda done: None,
) -> DrivenSummary:
    """Write the mesh cache: metres, +y up, head frame under the head's pose.

    Args:
        path: the .usdc file; pictures go beside it.
        faces: the driven frames in order.
        count: number of frames that `faces` yields.
        character: the character that was driven.
        progress: called with the number of frames done.

    Returns:
        How many frames there are, and in how many a face was tracked.

    Raises:
        ExportError: where usd-core is missing.
        OutputError: where `path` cannot be written to.

    The file appears under its name when it is complete; a failure leaves nothing.
    """
    require_usd()
    from pxr import Tf

    try:
        with written_whole(path) as unfinished:
            done, tracked = _write_frames(unfinished, faces, character, path, progress)
            assert done == count, "as many faces as frames"
            write_pictures(path, [*character.materials, *(piece.material for piece in character.pieces)])
    except Tf.ErrorException as error:
        raise OutputError(
            f"Expected to write '{path}', got '{_reason(error)}'. Choose a place with room and permission."
        ) from error
    return DrivenSummary(count, tracked)


def _write_frames(
    unfinished: Path,
    faces: Iterator[DrivenFace],
    character: Character,
    path: Path,
    progress: Callable[[int], None],
) -> tuple[int, int]:
    """Return how many frames were written and tracked. Saving now and then moves the samples from memory to the file."""
    from pxr import Gf, Sdf, Usd, UsdGeom, Vt

    first = list(islice(faces, _CHUNK))
    rate_hz = nearest_rate_hz(np.array([face.capture_time_s for face in first]))
    clock, code, done, tracked = MediaClock(1 / rate_hz), 0.0, 0, 0
    binary = Sdf.FileFormat.FindById("usdc")  # by name: the temporary file has another ending
    stage = Usd.Stage.Open(Sdf.Layer.New(binary, str(unfinished)))
    try:
        pose, mesh = _define(stage, character, path)
        pieces = UsdPieces(stage, character, path)
        stage.SetTimeCodesPerSecond(rate_hz)
        stage.SetFramesPerSecond(rate_hz)
        stage.SetStartTimeCode(0.0)
        for face in chain(first, faces):
            code = clock(face.capture_time_s) * rate_hz
            points = np.ascontiguousarray(face.vertices, np.float32)
            pose.Set(Gf.Matrix4d(face.T_world_head.T.tolist()), code)  # USD multiplies rows
            mesh.GetPointsAttr().Set(Vt.Vec3fArray.FromNumpy(points), code)
            mesh.GetExtentAttr().Set(UsdGeom.PointBased.ComputeExtent(points), code)
            pieces.pose(face.vertices, code)
            done, tracked = done + 1, tracked + face.tracked
            if done % _CHUNK == 0:
                stage.Save()
            progress(done)
        stage.SetEndTimeCode(code)
        stage.Save()
    finally:
        del stage  # closes the file; an error's traceback would keep it open
    return done, tracked


def _define(stage: Any, character: Character, path: Path) -> tuple[Any, Any]:
    """Return the head's pose (an attribute) and its mesh, with all that does not move."""
    from pxr import UsdGeom, Vt

    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    head = UsdGeom.Xform.Define(stage, "/Head")
    stage.SetDefaultPrim(head.GetPrim())
    stage.GetRootLayer().documentation = f"Written by {software()}."
    head.GetPrim().SetCustomDataByKey("character", json.dumps(character.provenance, sort_keys=True))
    mesh = UsdGeom.Mesh.Define(stage, "/Head/Face")
    faces = np.ascontiguousarray(character.faces, np.int32)
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(faces), 3, np.int32)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(faces.reshape(-1)))
    scheme = UsdGeom.Tokens.loop if character.mesh.smooth else UsdGeom.Tokens.none
    mesh.CreateSubdivisionSchemeAttr(scheme)
    mesh.CreateDoubleSidedAttr(True)
    colors = mesh.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex)
    colors.Set(Vt.Vec3fArray.FromNumpy(vertex_colors(character)))
    if character.mesh.texture is not None:
        show_texture(stage, mesh, character.mesh.texture, character.materials, path)
    return head.MakeMatrixXform().GetAttr(), mesh


def nearest_rate_hz(times_s: Float[np.ndarray, "frames"]) -> float:
    """Return the common frame rate that is nearest to the rate of these times.

    Args:
        times_s: (N,) seconds, in order.

    Returns:
        Hertz; 30 where no time follows another.

    Steps are averaged, since many cameras round to milliseconds; steps that skip frames are left out.
    """
    steps = np.diff(times_s)
    steps = steps[steps > 0]
    measured = 1 / steps[steps < 1.5 * np.median(steps)].mean() if len(steps) else 30.0
    return float(min(_RATES_HZ, key=lambda rate: abs(rate - measured)))


def _reason(error: Exception) -> str:
    """Return the first of USD's complaints; the later ones follow from it."""
    return str(getattr(error.args[0], "commentary", error.args[0]))
