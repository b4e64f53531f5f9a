"""LiteRT's build for 64-bit ARM, which phones have, on an emulated core. Off unless SOFTDECA_ARM64_ROOT names its files."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from export.formats.open_exported import open_exported
from export.models.parity_frames import ParityPlan, parity_cases
from tests.export.models.exported_default import default_character, default_tflite, needs

_EMULATED = """
import sys
sys.path.insert(0, sys.argv[1])
import platform
import numpy as np
from ai_edge_litert.interpreter import Interpreter
assert platform.machine() == "aarch64"
interpreter = Interpreter(sys.argv[2], num_threads=1)
specialise, run = (interpreter.get_signature_runner(name) for name in ("specialise", "run"))
given = dict(np.load(sys.argv[3]))
tissue = {name: given[name] for name in ("materials", "gravity_m_s2", "bone_scale")}
state = specialise(**tissue)["tissue_state"]
frames = zip(given["displacements_m"], given["look_weights"])
vertices = [run(displacements_m=d, look_weights=l, tissue_state=state)["vertices_m"].copy() for d, l in frames]
np.save(sys.argv[4], vertices)
"""


@pytest.fixture(scope="module")
def python() -> tuple[str, ...]:
    """The command that runs ARM's Python."""
    root = os.environ.get("SOFTDECA_ARM64_ROOT")
    emulator = shutil.which("qemu-aarch64") or shutil.which("qemu-aarch64-static")
    if root is None or emulator is None:
        pytest.skip(
            "needs qemu-aarch64 (apt install qemu-user) and SOFTDECA_ARM64_ROOT, "
            "a folder that tests/export/examples/make_arm64_root.sh made"
        )
    return (
        emulator,
        "-cpu",
        "cortex-a76",
        "-L",
        root,
        f"{root}/usr/bin/python3.11",
        "-S",
        "-E",
        "-c",
        _EMULATED,
        f"{root}/site",
    )


def test_an_emulated_arm_core_computes_the_same_vertices(python: tuple[str, ...], tmp_path: Path) -> None:
    """Its kernels are others, and round otherwise: within a micrometre, in random tissue."""
    needs("torch", "litert_torch", "ai_edge_litert")
    path = default_tflite()
    model = open_exported(path)
    *_, case = parity_cases(default_character(), "sparse", ParityPlan(every=200, tissues=1, frames=4))
    inputs = {name: np.stack([frame.inputs[name] for frame in case.frames]) for name in case.frames[0].inputs}
    np.savez(tmp_path / "given.npz", allow_pickle=False, **case.tissue, **inputs)
    files = (str(path), str(tmp_path / "given.npz"), str(tmp_path / "vertices.npy"))
    subprocess.run([*python, *files], check=True, timeout=900)
    state = model.specialise(**case.tissue)["tissue_state"]
    expected = [model.run(**frame.inputs, tissue_state=state)["vertices_m"] for frame in case.frames]
    np.testing.assert_allclose(np.load(tmp_path / "vertices.npy"), expected, atol=1e-6)
