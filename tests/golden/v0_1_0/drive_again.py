"""Writes driven.npz: what today's stages make of the take and the files of 0.1.0.

    python -m tests.golden.v0_1_0.drive_again

Run it after a stage between the tracker and the vertices was changed on purpose, and say in CHANGELOG.md what changed.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from capture.takes.take import read_take
from landmark_driver import Character
from landmark_driver.compiled.evaluator import NUMPY, VARIABLE
from tests.export.models.node_puppet import drive_in_node

FILES = Path(__file__).parent
ROOT = FILES.parents[2]
DRIVERS = [
    ("linear", "linear"),
    *((name, driver) for name in ("networks", "scan") for driver in ("landmarks", "weights", "linear")),
]
NETWORKS = ("networks", "scan")
"""Characters with networks."""
OTHER_TISSUE, GRAVITY = {"chin.volume": 1.3}, (0.0, -9.81, 2.0)
EVERY_FRAME = 8
"""Of driven frames that are kept."""


def driven_take(name: str, driver: str, folder: Path) -> dict[str, np.ndarray]:
    """Returns vertices (metres, a scan's in centimetres) of every eighth frame and weights, as `softdeca drive` writes them."""
    out = folder / f"{name}_{driver}.npz"
    head = FILES / f"{name}.safetensors"
    command = ["drive", FILES / "take.mcap", "--out", out, "--head", head, "--driver", driver]
    done = subprocess.run(
        [sys.executable, "-m", "softdeca", *map(str, command)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    with np.load(out) as data:
        return {"vertices": data["vertices"][::EVERY_FRAME], "weights": data["weights"]}


def driven_phone(folder: Path) -> dict[str, np.ndarray]:
    """Returns vertices (metres) of every eighth frame, the last shown mesh and all poses of the phone's page in node."""
    phone_file = gzip.decompress((FILES / "phone.safetensors.gz").read_bytes())
    faces = drive_in_node(phone_file, list(read_take(FILES / "take.mcap")), folder)
    return {"vertices": faces.vertices[::EVERY_FRAME], "shown": faces.shown[-1:], "poses": faces.poses}


def driven_from_python(name: str, computed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns vertices, metres, by `Character.driver()`: of all landmarks, of a mask, of own points, in other tissue."""
    character = Character.load(FILES / f"{name}.safetensors")
    moved, points = computed[f"{name}.displacements"], computed[f"{name}.points"].astype(float)
    driver, own = character.driver(), character.driver(points=points)
    edited = character.with_material(OTHER_TISSUE, gravity=GRAVITY).driver()
    return {
        "vertices": np.stack([driver(one) for one in moved]),
        "masked": np.stack([driver(one, computed[f"{name}.mask"]) for one in moved]),
        "points_vertices": np.stack([own(one) for one in computed[f"{name}.points_moved"]]),
        "edited_vertices": np.stack([edited(one) for one in moved]),
    }


def main() -> None:
    os.environ[VARIABLE] = NUMPY.name
    answers: dict[str, np.ndarray] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, driver in DRIVERS:
            for key, value in driven_take(name, driver, Path(folder)).items():
                answers[f"{name}.drive_{driver}.{key}"] = value
        with np.load(FILES / "computed.npz") as data:
            for name in NETWORKS:
                for key, value in driven_from_python(name, dict(data)).items():
                    answers[f"{name}.{key}"] = value
        for key, value in driven_phone(Path(folder)).items():
            answers[f"phone.{key}"] = value
    np.savez_compressed(
        FILES / "driven.npz", **{key: value.astype(np.float32) for key, value in answers.items()}
    )  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
