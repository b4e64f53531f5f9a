"""The examples for apps: compiled, and run where a runtime for this machine is at hand."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from export.formats.open_exported import open_exported
from export.models.parity_frames import ParityPlan, parity_cases
from tests.export.models.exported_default import default_character, default_tflite, needs

EXAMPLES = Path(__file__).parents[3] / "export/examples"
DECLARATIONS = Path(__file__).parent / "litert_declarations.h"
HEADERS = ("compiled_model", "environment", "model", "options", "tensor_buffer", "tensor_buffer_requirements")
ANDROID = Path(__file__).parent / "android_declarations"


@pytest.fixture(scope="module")
def face_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """FaceModel.cpp against the library that Python's LiteRT brings."""
    needs("ai_edge_litert")
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("needs a C++ compiler and Linux")
    folder = tmp_path_factory.mktemp("example")
    headers = folder / "litert/c"
    headers.mkdir(parents=True)
    for name in HEADERS:
        (headers / f"litert_{name}.h").write_text(f'#include "{DECLARATIONS}"\n')
    spec = importlib.util.find_spec("ai_edge_litert")
    assert spec is not None and spec.origin is not None
    library, program = Path(spec.origin).parent, folder / "face_model"
    options = [
        "-std=c++17",
        "-Wall",
        "-Wextra",
        "-Werror",
        f"-I{folder}",
        f"-L{library}",
        f"-Wl,-rpath,{library}",
    ]
    command = [compiler, *options, str(EXAMPLES / "FaceModel.cpp"), "-lLiteRt", "-o", str(program)]
    subprocess.run(command, check=True, timeout=300)
    return program


def test_the_cpp_example_computes_what_python_computes(face_model: Path) -> None:
    """Over frames in three tissues, through the same model file."""
    needs("torch", "litert_torch")
    path = default_tflite()
    model = open_exported(path)
    plan = ParityPlan(every=200, tissues=2, frames=3)
    for case in parity_cases(default_character(), "sparse", plan):
        state = model.specialise(**case.tissue)["tissue_state"]
        expected = [model.run(**frame.inputs, tissue_state=state)["vertices_m"] for frame in case.frames]
        numbers = [
            *case.tissue.values(),
            *(array for frame in case.frames for array in frame.inputs.values()),
        ]
        given = b"".join(np.ascontiguousarray(array, np.float32).tobytes() for array in numbers)
        answer = subprocess.run([face_model, path], input=given, capture_output=True, check=True, timeout=120)
        vertices = np.frombuffer(answer.stdout, np.float32).reshape(len(case.frames), -1, 3)
        np.testing.assert_allclose(vertices, expected, atol=1e-6)


def test_the_cpp_example_names_what_it_cannot_read(face_model: Path, tmp_path: Path) -> None:
    (tmp_path / "head.tflite").write_bytes(b"no model" * 100)
    for arguments in ([], [str(tmp_path / "head.tflite")]):
        answer = subprocess.run([face_model, *arguments], input=b"", capture_output=True, timeout=120)
        assert answer.returncode == 1 and b"face_model: " in answer.stderr


def test_the_kotlin_example_compiles(tmp_path: Path) -> None:
    """Against declarations of what it uses of Android and LiteRT; switches itself on where there is `kotlinc`."""
    compiler = shutil.which("kotlinc")
    if compiler is None:
        pytest.skip("no Kotlin compiler (kotlinc) on this machine")
    sources = [str(EXAMPLES / "FaceModel.kt"), *(str(path) for path in ANDROID.rglob("*.java"))]
    command = [compiler, "-Werror", *sources, "-d", str(tmp_path / "classes")]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "classes/FaceModel.class").exists()
