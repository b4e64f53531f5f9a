"""Every program in `examples/` runs, says how, and is short."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import trimesh

import softdeca
from tests.export.models.exported_default import needs
from tests.tracker_file import tracking_model_or_skip

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
LONGEST = 40


def output_of(name: str, folder: Path, *arguments: str | Path) -> str:
    """Run a program in a folder that is not the checkout's; its standard output."""
    command = [sys.executable, str(ROOT / "examples" / name), *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_are_five() -> None:
    assert [path.stem for path in EXAMPLES] == [
        "drive_own_landmarks",
        "edit_tissue",
        "fit_scan",
        "read_take",
        "run_exported_model",
    ]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short_says_how_to_run_it_and_uses_the_public_face_alone(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST
    tree = ast.parse(text)
    assert f"python examples/{path.name}" in (ast.get_docstring(tree) or "")
    packages = {"capture", "landmark_driver", "export", "desktop_viewer", "firmware_bench"}
    assert not packages & set(re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE))
    used = set(re.findall(r"softdeca\.([A-Za-z_]+)\b", re.sub(r'""".*?"""', "", text, flags=re.DOTALL)))
    assert used and used <= set(softdeca.__all__)


def test_own_landmarks_drive_the_head(tmp_path: Path) -> None:
    lines = output_of("drive_own_landmarks.py", tmp_path).splitlines()
    off_mm = [float(re.findall(r"vertices ([\d.]+) mm", line)[0]) for line in lines]
    assert len(off_mm) == 3 and off_mm[0] == 0 and max(off_mm) < 0.5


def test_edited_tissue_moves_otherwise(tmp_path: Path) -> None:
    lines = output_of("edit_tissue.py", tmp_path).splitlines()
    moved_mm = [float(re.findall(r"up to ([\d.]+) mm", line)[0]) for line in lines]
    assert len(moved_mm) == 3 and min(moved_mm) > 0.2


def test_a_take_is_read_frame_by_frame(tmp_path: Path) -> None:
    lines = output_of("read_take.py", tmp_path).splitlines()
    frames = int(lines[0].split()[0])
    assert frames > 100 and len(lines) == 1 + (frames + 29) // 30


def test_a_scan_becomes_a_character(tmp_path: Path) -> None:
    tracking_model_or_skip()
    head = softdeca.Character.load("default")
    scan = trimesh.Trimesh(1000 * head.neutral_vertices, head.faces, process=False)
    scan.export(tmp_path / "scan.ply")
    said = output_of("fit_scan.py", tmp_path, "scan.ply", "me.safetensors")
    assert "one unit of the scan is 0.001 m" in said
    character = softdeca.Character.load(tmp_path / "me.safetensors")
    assert character.scan is not None and character.network is not None


def test_an_exported_model_runs(tmp_path: Path) -> None:
    needs("torch", "onnx", "onnxscript", "onnxruntime")
    softdeca.export_model("default", "onnx", tmp_path / "head.onnx")
    said = output_of("run_exported_model.py", tmp_path, "head.onnx")
    assert "inputs: displacements_m [478, 3]" in said
    moved_mm = [float(text) for text in re.findall(r"up to ([\d.]+) mm", said)]
    assert len(moved_mm) == 8 and 5 < max(moved_mm) < 40
