"""Drives the shipped take with one version's Python and writes the vertices; run as a file, the checkout on PYTHONPATH.

`live` drives whenever a frame comes, so two runs of the command never see the same moments. Here its driver is given
every frame of the take, calibrates itself as in `live`, and is compared frame by frame.

    cd CHECKOUT && PYTHONPATH=CHECKOUT python tests/benchmarks/version_probe.py OUT.npz
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

EVERY_VERTEX, EVERY_FRAME = 40, 8
"""For drivers of other points and other tissue, which are compared on fewer frames."""
_TISSUE = {"cheek_left.stiffness": 0.5, "mandible.scale": 1.05}
_GRAVITY = (0.0, -9.81, 0.0)


def main(out: Path) -> None:
    """Write everything that the checkout's drivers compute from its demo take.

    Args:
        out: The `.npz` to write; vertices are (T, V, 3) float32 metres in the head frame.
    """
    from landmark_driver import Character

    character = Character.load("default")
    faces = _live_faces(character)
    live = np.stack([face.vertices for face in faces])
    displacements = np.stack([face.displacements for face in faces]).astype(np.float32)
    readme = _driven(character.driver(), displacements)
    own_points = np.asarray(character.neutral_vertices)[::EVERY_VERTEX]
    edited = character.with_material(_TISSUE, gravity=_GRAVITY)
    np.savez(
        out,
        live=live,
        live_weights=np.stack([face.weights for face in faces]),
        live_poses=np.stack([face.T_world_head for face in faces]),
        displacements=displacements,
        readme=readme,
        readme_minus_live=np.abs(readme - live).max(),
        own_points=_driven(
            character.driver(points=own_points.astype(float)),
            (live[::EVERY_FRAME, ::EVERY_VERTEX] - own_points).astype(float),
        ),
        edited=_driven(edited.driver(), displacements[::EVERY_FRAME]),
        edited_live=np.stack([face.vertices for face in _live_faces(edited)[::EVERY_FRAME]]),
    )


def _live_faces(character: Any) -> list[Any]:
    """Every frame of the shipped take through the driver of `live`, from its own calibration on."""
    frames = _module("capture.takes.take", "capture.take").read_take(_demo_take())
    driver = _module("landmark_driver.live.face_driver", "landmark_driver.face_driver").FaceDriver(character)
    return [driver(frame) for frame in frames]


def _driven(driver: Any, displacements: np.ndarray) -> np.ndarray:
    return np.stack([driver(moved) for moved in displacements])


def _demo_take() -> Path:
    return _module("capture.sources.live_source", "capture.live_source").DEMO_TAKE


def _module(*names: str) -> Any:
    """The first of these modules that the checkout has: names moved between versions."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not name.startswith(error.name):
                raise
    raise ModuleNotFoundError(f"Expected one of {', '.join(names)} in {Path.cwd()}, got none.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
