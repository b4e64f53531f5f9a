"""What a runtime costs before its first frame, measured in a fresh process.

`import_ms` is loading the runtime's code, `init_ms` from weights in memory to the end of the first call,
`memory_bytes` by how much both raised the process's peak resident memory.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from capture.frames.landmark_frame import LANDMARK_COUNT
from firmware_bench.measure.bench_error import BenchError
from firmware_bench.measure.exported_network import EXPORTED_RUNTIMES, exported_call
from firmware_bench.measure.network_file import read_network
from firmware_bench.measure.peak_memory import peak_memory_bytes
from firmware_bench.measure.runtimes import limited_threads, network_call

_TIMEOUT_S = 120
_MODULE = {
    "torch": "firmware_bench.measure.torch_network",
    "torch compiled": "firmware_bench.measure.torch_network",
    "litert": "ai_edge_litert.interpreter",
    "onnxruntime": "onnxruntime",
}
"""Imported first, since loading a runtime's code is timed apart from using it."""


@dataclass(frozen=True)
class ColdStart:
    import_ms: float
    init_ms: float
    memory_bytes: int


def cold_start(runtime: str, network_file: Path, threads: int) -> ColdStart:
    """In a process of its own. Raises BenchError with what the process said where it fails."""
    program = [
        sys.executable,
        "-m",
        "firmware_bench.devices.cold_start",
        runtime,
        str(network_file),
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


def measure(runtime: str, file: Path, threads: int) -> ColdStart:
    """`file` is what the runtime reads: an exported model, or the bench's own matrices."""
    exported = runtime in EXPORTED_RUNTIMES
    network = None if exported else read_network(file)
    displacements = np.zeros(LANDMARK_COUNT * 3, np.float32)
    before = peak_memory_bytes()
    start_s = time.perf_counter()
    if module := _MODULE.get(runtime):
        importlib.import_module(module)
    imported_s = time.perf_counter()
    if network is None:
        exported_call(runtime, file, threads)(displacements)
    else:
        with limited_threads(runtime, threads)():
            network_call(runtime, network)(displacements)
    done_s = time.perf_counter()
    return ColdStart(
        1e3 * (imported_s - start_s), 1e3 * (done_s - imported_s), max(0, peak_memory_bytes() - before)
    )


if __name__ == "__main__":
    print(json.dumps(asdict(measure(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))))
