"""The cost of a runtime before its first frame, measured in a fresh process.

`import_ms` is the time to load the runtime's code. `init_ms` is the time from network weights in memory to the end of the
first call; an exported model is read from its file within it. `memory_bytes` is by how much both raised the process's
peak resident memory.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from capture.frames.landmark_frame import LANDMARK_COUNT
from firmware_bench.measure.bench_error import BenchError
from firmware_bench.measure.exported_network import EXPORTED_RUNTIMES, exported_call
from firmware_bench.measure.frame_network import FrameNetwork
from firmware_bench.measure.runtimes import NetworkCall, limited_threads, torch_call
from landmark_driver.character import Character
from landmark_driver.compiled.evaluator import C
from landmark_driver.network.frame_file import read_frame

_STATUS = Path("/proc/self/status")

_TIMEOUT_S = 120
_MODULE = {
    "torch": "export.graph.graph_call",
    "torch compiled": "export.graph.graph_call",
    "litert": "ai_edge_litert.interpreter",
    "onnxruntime": "onnxruntime",
}
"""Modules to import first, since loading a runtime's code is timed apart from using it."""


@dataclass(frozen=True)
class ColdStart:
    """Milliseconds and bytes of one runtime, as the module's docstring defines them."""

    import_ms: float
    init_ms: float
    memory_bytes: int


def cold_start(runtime: str, source: str | Path, threads: int) -> ColdStart:
    """Return the cost of a runtime's first result, measured in a process of its own.

    Args:
        runtime: NumPy, C, PyTorch, or one that takes exported models.
        source: a compiled frame for NumPy and C, a character for PyTorch, else an exported model.
        threads: that the runtime may use.

    Returns:
        Milliseconds and bytes.

    Raises:
        BenchError: with the process's last line where it fails, or where it gives no result in 120 s.
    """
    program = [
        sys.executable,
        "-m",
        "firmware_bench.devices.cold_start",
        runtime,
        str(source),
        str(threads),
    ]
    try:
        done = subprocess.run(program, capture_output=True, text=True, timeout=_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise BenchError(
            f"Expected {runtime} to give a first result, got none in {_TIMEOUT_S} s. Measure on a calmer machine."
        ) from None
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise BenchError(f"Expected {runtime} to give a first result, got '{said}'. Repair or remove it.")
    return ColdStart(**json.loads(done.stdout.splitlines()[-1]))


def measure(runtime: str, source: str, threads: int) -> ColdStart:
    """Return the cost of a runtime's first result in this process, which has to be a fresh one.

    Args:
        runtime: NumPy, C, PyTorch, or one that takes exported models.
        source: a compiled frame for NumPy and C, a character for PyTorch, else an exported model.
        threads: that the runtime may use.

    Returns:
        Milliseconds and bytes.
    """
    make = _maker(runtime, source, threads)
    displacements = np.zeros(LANDMARK_COUNT * 3, np.float32)
    before = peak_memory_bytes()
    start_s = time.perf_counter()
    if module := _MODULE.get(runtime):
        importlib.import_module(module)
    imported_s = time.perf_counter()
    within = nullcontext if runtime in EXPORTED_RUNTIMES else limited_threads(runtime, threads)
    with within():
        make()(displacements)
    done_s = time.perf_counter()
    return ColdStart(
        1e3 * (imported_s - start_s), 1e3 * (done_s - imported_s), max(0, peak_memory_bytes() - before)
    )


def _maker(runtime: str, source: str, threads: int) -> Callable[[], NetworkCall]:
    """Return the function that makes the runtime's call; arrays are in memory already, exported models are not."""
    if runtime in EXPORTED_RUNTIMES:
        return lambda: exported_call(runtime, Path(source), threads)
    if runtime in ("numpy", "c"):
        program = FrameNetwork.of(read_frame(Path(source))).program
        return lambda: FrameNetwork(C.program(program.stages) if runtime == "c" else program)
    character = Character.load(source)
    return lambda: torch_call(runtime, character)


def peak_memory_bytes() -> int:
    """Return the peak resident memory of this process.

    Returns:
        Bytes; 0 on Windows. On Linux they come from /proc: `getrusage` there starts at the parent's peak, not at zero.
    """
    if _STATUS.exists():
        for line in _STATUS.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


if __name__ == "__main__":
    print(json.dumps(asdict(measure(sys.argv[1], sys.argv[2], int(sys.argv[3])))))
