"""`softdeca bench --target arm64-emulated`: the network on an emulated 64-bit ARM core, for what is right and how much it is.

Built for ARM and run under QEMU's user mode. An emulator's time says nothing about a device's, so none is reported: only that
the vertices are NumPy's, and how many instructions a frame takes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from firmware_bench.devices.qemu_log import executed_instructions
from firmware_bench.measure.bench_error import ToolError
from firmware_bench.measure.folded_network import example_input, network_of
from firmware_bench.measure.network_file import write_network
from firmware_bench.report.bench_report import BenchReport
from firmware_bench.report.bench_row import BenchRow

SOURCE = Path(__file__).parents[1] / "arm64/folded_network.c"
_EMULATORS = ("qemu-aarch64", "qemu-aarch64-static")
_COMPILER = "aarch64-linux-gnu-gcc"
_FLAGS = ("-O2", "-static", "-ftree-vectorize")
_TIMEOUT_S = 600.0
_AGREEMENT_MM = 1e-3
_DEVICE = "an emulated arm64 core"


@dataclass(frozen=True)
class ArmTools:
    """Commands to which arguments are added."""

    compile: tuple[str, ...]
    emulate: tuple[str, ...]


def find_arm_tools() -> ArmTools:
    """Raises ToolError where emulator or compiler are missing."""
    emulator = next((path for name in _EMULATORS if (path := shutil.which(name))), None)
    if emulator is None:
        raise ToolError(
            f"Expected QEMU's user-mode emulator ({' or '.join(_EMULATORS)}), got none. "
            "Install it: apt install qemu-user, dnf install qemu-user, or brew has none (use a Linux machine)."
        )
    if compiler := shutil.which(_COMPILER):
        return ArmTools((compiler, *_FLAGS), (emulator,))
    if find_spec("ziglang") is None:
        raise ToolError(
            f"Expected a compiler for 64-bit ARM ({_COMPILER}, or Zig from Python's packages), got none. "
            "Install one: apt install gcc-aarch64-linux-gnu, or pip install ziglang."
        )
    zig = (sys.executable, "-m", "ziglang", "cc", "-target", "aarch64-linux-musl")
    return ArmTools((*zig, *_FLAGS), (emulator,))


def bench_arm64(
    character: str, say: Callable[[str], None] = lambda line: None, tools: ArmTools | None = None
) -> BenchReport:
    """Raises ToolError where a tool is missing or fails, or where the vertices differ from NumPy's."""
    started = datetime.now(UTC).isoformat(timespec="seconds")
    tools = tools or find_arm_tools()
    network = network_of(character).whole()
    with tempfile.TemporaryDirectory(prefix="softdeca-bench-") as name:
        folder = Path(name)
        write_network(network, character, folder / "network.bin")
        say("building for arm64")
        program = build(tools.compile, folder)
        say("running and counting")
        vertices = run_frames(tools.emulate, program, folder, 1)
        counts = [_instructions(tools.emulate, program, folder, frames) for frames in (1, 2)]
    error_mm = 1e3 * float(np.abs(vertices - network(example_input(network))).max())
    if not error_mm <= _AGREEMENT_MM:
        raise ToolError(
            f"Expected the emulated core's vertices within {_AGREEMENT_MM} mm of NumPy's, got {error_mm:g} mm. "
            "Report this compiler and emulator."
        )
    per_frame = counts[1] - counts[0]
    note = (
        f"no time: emulated. {per_frame} instructions a frame, {per_frame / network.macs:.2f} a multiply-add; "
        f"vertices within {error_mm:.1e} mm of NumPy's"
    )
    row = BenchRow("network", "c", _DEVICE, 1, macs=network.macs, bytes=network.bytes, note=note)
    return BenchReport(
        target="arm64-emulated",
        character=character,
        device={
            "name": _DEVICE,
            "instructions_per_frame": per_frame,
            "max_error_mm": error_mm,
            "compiler": " ".join(tools.compile),
            "emulator": " ".join(tools.emulate),
        },
        main=row,
        rows=(row,),
        started=started,
        seconds=0.0,
    )


def build(compile_: tuple[str, ...], folder: Path) -> Path:
    """The program, in `folder`. Raises ToolError with what the compiler says."""
    program = folder / "folded_network"
    _run([*compile_, "-o", str(program), str(SOURCE), "-lm"])
    return program


def run_frames(emulate: tuple[str, ...], program: Path, folder: Path, frames: int) -> np.ndarray:
    """Flattened vertices of the example after so many frames; `emulate` may be empty, to run on this machine."""
    out = folder / "vertices.bin"
    _run([*emulate, str(program), str(folder / "network.bin"), str(frames), str(out)])
    return np.fromfile(out, "<f4")


def _instructions(emulate: tuple[str, ...], program: Path, folder: Path, frames: int) -> int:
    arguments = [str(program), str(folder / "network.bin"), str(frames), str(folder / "vertices.bin")]
    with subprocess.Popen(
        [*emulate, "-d", "in_asm,exec,nochain", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as running:
        assert running.stderr is not None
        total = executed_instructions(running.stderr)
    if running.returncode != 0 or total == 0:
        raise ToolError(
            f"Expected QEMU to log executed blocks, got {total} instructions and status {running.returncode}. "
            "Use QEMU 5 or later."
        )
    return total


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise ToolError(
            f"Expected '{Path(command[0]).name}' to end within {_TIMEOUT_S:.0f} s, got no end. "
            "Try again on a calmer machine."
        ) from None
    except OSError as error:
        raise ToolError(
            f"Expected '{command[0]}' to run, got '{error.strerror}'. Install it again."
        ) from error
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1][:300]
        raise ToolError(
            f"Expected '{Path(command[0]).name}' to succeed, got '{said}' (status {done.returncode}). "
            "Install it again, or another version."
        )
