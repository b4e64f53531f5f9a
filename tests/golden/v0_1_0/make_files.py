"""Writes the files beside it with version 0.1.0 (commit f97c971), and everything that it computes from them.

    cd CHECKOUT_OF_0.1.0 && PYTHONPATH=. python NEWER_CHECKOUT/tests/golden/v0_1_0/make_files.py [files] [dataset]

It runs in no later version: modules have moved since.
"""

# ruff: noqa: I001  (modules of 0.1.0 are not here, so that no tool can sort them)

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from capture.landmark_frame import LandmarkFrame
from capture.live_source import DEMO_TAKE
from capture.take import TakeWriter, part_path, read_take
from export.phone_puppet import phone_puppet
from landmark_driver.character import Character
from landmark_driver.choose_driver import choose_driver
from landmark_driver.hypernetwork.dataset_files import read_head, read_samples
from landmark_driver.scan_character import ScanCharacter, ScanSurface
from landmark_driver.scan_texture import NO_PICTURE, ScanTexture
from small_head import merging, small_character, small_weights, with_small_networks
from tests.export.node_puppet import drive_in_node
from tests.firmware_bench.report.reports import report_of

HERE = Path(__file__).parent
TISSUE = {"cheek_left.stiffness": 0.5, "cheek_right.strength": 0.4, "mandible.scale": 1.04}
GRAVITY = (0.0, -9.81, 2.0)
OTHER_TISSUE = {"chin.volume": 1.3}
TAKE_FRAMES, INTERRUPTED_FRAMES = 17, 5
DRIVEN_FRAMES = 4
DATASET = ("--physics", "stand-in", "--heads", "2", "--expressions", "2", "--seed", "5")
EVERY_VERTEX = 50

Arrays = dict[str, np.ndarray]


def write_files() -> None:
    """Takes, characters, the phone's file, networks and a bench report."""
    frames = write_takes()
    characters = small_characters()
    expected = take_arrays(frames)
    for name, character in characters.items():
        path = HERE / f"{name}.safetensors"
        character.save(path)
        answers = computed(Character.load(path)) | driven_by_command(path)
        expected |= {f"{name}.{key}": array for key, array in answers.items()}
    networks = Character.load(HERE / "networks.safetensors")
    assert networks.network is not None
    networks.network.weights.save(HERE / "weights.safetensors")
    report_of(seed=1).save(HERE / "bench.json")
    expected |= write_phone_file(networks, frames)
    _save("computed.npz", expected)


def _save(name: str, arrays: Arrays) -> None:
    """Real numbers in single precision, times apart: they are compared to a micrometre."""
    kept = {
        key: array.astype(np.float32) if array.dtype == np.float64 and not key.endswith("_s") else array
        for key, array in arrays.items()
    }
    np.savez_compressed(HERE / name, **kept)  # pyright: ignore[reportArgumentType]


def write_takes() -> list[LandmarkFrame]:
    """A complete take, and one whose recording is killed inside a frame."""
    for old in HERE.glob("*.mcap*"):
        old.unlink()
    every = list(read_take(DEMO_TAKE))[100:]
    frames = every[:: len(every) // TAKE_FRAMES][:TAKE_FRAMES]
    frames[9] = replace(frames[9], landmarks=None, face_transform=None, blendshapes=None)
    with TakeWriter(HERE / "take.mcap", source="demo") as writer:
        for frame in frames:
            writer.add(frame)
    with tempfile.TemporaryDirectory() as folder:
        killed = Path(folder) / "interrupted.mcap"
        writer = TakeWriter(killed, source="demo")
        for frame in frames[: INTERRUPTED_FRAMES + 1]:
            writer.add(frame)
        data = part_path(killed).read_bytes()
        (HERE / "interrupted.mcap.part").write_bytes(data[:-1000])
        writer.close()
    return frames


def take_arrays(frames: list[LandmarkFrame]) -> Arrays:
    """What is in the take's frames, which the interrupted one has the first of."""
    seen = [frame for frame in frames if frame.landmarks is not None]
    return {
        "take.sequence": np.array([frame.sequence for frame in frames]),
        "take.capture_time_s": np.array([frame.capture_time_s for frame in frames]),
        "take.landmarks": np.stack([frame.landmarks for frame in seen[:DRIVEN_FRAMES]]),
    }


def small_characters() -> dict[str, Character]:
    whole = Character.load("default")
    merged = merging(whole)
    linear = small_character(whole, merged)
    networks = with_small_networks(linear, small_weights(whole, merged))
    return {
        "linear": linear,
        "networks": networks.with_material(TISSUE, GRAVITY),
        "scan": ScanCharacter(networks, scan_of(networks)),
    }


def scan_of(template: Character) -> ScanSurface:
    """The template's skin as a scan in centimetres, shifted, with two small pictures, made without fitting.

    A vertex hangs on the fine triangle that has it as its first corner.
    """
    skin = np.flatnonzero(template.face_part == 0)
    rows, local = np.unique(template.faces[skin], return_inverse=True)
    faces = local.reshape(-1, 3).astype(np.int32)
    fine_face = np.zeros(len(rows), np.int32)
    for corner in range(3):
        fine_face[faces[:, corner]] = 4 * skin + corner
    first = np.zeros((len(rows), 3), np.float32)
    first[np.arange(len(rows)), (template.display.faces[fine_face] == rows[:, None]).argmax(1)] = 1
    shift, pose = np.array([0.3, -0.2, 0.1]), np.eye(4)
    pose[:3, 3] = -shift
    middle = template.neutral_vertices[rows][faces].mean(1)
    picture = np.where(middle[:, 2] < -0.06, NO_PICTURE, np.where(middle[:, 0] > 0, 0, 1)).astype(np.int16)
    coordinates = 0.5 + 2.0 * template.neutral_vertices[rows][faces][:, :, :2].astype(float)
    return ScanSurface(
        vertices=100 * (template.neutral_vertices[rows] + shift),
        faces=faces,
        bridging=np.arange(len(faces)) % 97 == 0,
        fine_face=fine_face,
        weights=first,
        colors=np.random.default_rng(3).integers(0, 255, (len(rows), 3)).astype(np.uint8),
        extra=np.setdiff1d(np.arange(len(template.neutral_vertices)), rows).astype(np.int32),
        T_head_scan=pose,
        scale_to_metres=0.01,
        texture=ScanTexture((_picture(1, ".png"), _picture(2, ".jpg")), picture, coordinates),
    )


def _picture(seed: int, kind: str) -> bytes:
    coarse = np.random.default_rng(seed).integers(0, 255, (4, 4, 3)).astype(np.uint8)
    return cv2.imencode(kind, cv2.resize(coarse, (16, 16)))[1].tobytes()


def computed(character: Character) -> Arrays:
    """From random displacements: MediaPipe's points with `live`'s noise, some of them dropped; other points; other tissue."""
    rng = np.random.default_rng(1)
    mixtures = rng.uniform(0, 0.5, (DRIVEN_FRAMES, 52)) * (rng.uniform(size=(DRIVEN_FRAMES, 52)) < 0.2)
    displacements = np.einsum("fs,slc->flc", mixtures, character.landmark_expressions)
    displacements = (displacements + rng.normal(0, 2e-4, displacements.shape)).astype(np.float32)
    mask = rng.uniform(size=478) < 0.8
    points = character.neutral_vertices[::20].astype(np.float32)
    moved = (rng.normal(0, 1e-3, (DRIVEN_FRAMES, *points.shape))).astype(np.float32)
    answers = {
        "neutral_vertices": character.neutral_vertices,
        "faces": character.faces,
        "displacements": displacements,
        "mask": mask,
        "vertices": _driven(choose_driver(character)[0], displacements),
        "masked": _driven(choose_driver(character)[0], displacements, mask),
        "points": points,
        "points_moved": moved,
        "points_vertices": _driven(character.driver(points=points.astype(float)), moved),
    }
    if character.network is not None:
        edited = character.with_material(OTHER_TISSUE, GRAVITY)
        answers["edited_vertices"] = _driven(choose_driver(edited)[0], displacements)
    return answers


def _driven(driver, displacements: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    return np.stack([driver(moved, mask) for moved in displacements])


def driven_by_command(path: Path) -> Arrays:
    """Some frames of what `drive` makes of the take with each driver that the character has."""
    names = ("linear",) if path.stem == "linear" else ("landmarks", "weights", "linear")
    answers = {}
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "driven.npz"
            _softdeca("drive", HERE / "take.mcap", "--out", out, "--head", path, "--driver", name)
            with np.load(out) as data:
                answers[f"drive_{name}.vertices"] = data["vertices"][::8]
                answers[f"drive_{name}.weights"] = data["weights"]
    return answers


def write_phone_file(character: Character, frames: list[LandmarkFrame]) -> Arrays:
    puppet = phone_puppet(character)
    assert puppet is not None
    (HERE / "phone.safetensors.gz").write_bytes(gzip.compress(puppet, mtime=0))
    with tempfile.TemporaryDirectory() as folder:
        faces = drive_in_node(puppet, frames, Path(folder))
    return {
        "phone.vertices": faces.vertices[::8],
        "phone.shown": faces.shown[-1:],
        "phone.poses": faces.poses,
    }


def write_dataset() -> None:
    folder = HERE / "dataset"
    shutil.rmtree(folder, ignore_errors=True)
    _softdeca("dataset", "--out", folder, *DATASET)
    expected = {}
    for number in range(2):
        samples = read_samples(folder, number)
        expected[f"{number}.neutral"] = read_head(folder, number).vertices[::EVERY_VERTEX]
        expected[f"{number}.displacement"] = samples["displacement"][:, ::EVERY_VERTEX]
        expected |= {f"{number}.{name}": samples[name] for name in ("weights", "regions", "gravity", "bones")}
    _save("computed_dataset.npz", expected)


def _softdeca(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "softdeca", *map(str, arguments)], check=True)


if __name__ == "__main__":
    parts = {"files": write_files, "dataset": write_dataset}
    for part in sys.argv[1:] or parts:
        parts[part]()
