"""`softdeca bench --target arm64-emulated`: the frame on an emulated 64-bit ARM core.

The program is built for ARM and runs under QEMU's user mode. An emulator's time says nothing about a device's, so the
report has no time. It says only that the vertices are NumPy's, and how many instructions a frame takes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from jaxtyping import Float

from firmware_bench.devices.qemu_log import executed_instructions
from firmware_bench.measure.bench_error import ToolError
from firmware_bench.measure.example_frame import example_file, example_frame
from firmware_bench.measure.frame_network import FrameNetwork, sparse_driver
from firmware_bench.report.bench_report import BenchReport
from firmware_bench.report.bench_row import BenchRow
from landmark_driver.character import Character
from landmark_driver.compiled.sources import SOURCES

MAIN = Path(__file__).parents[1] / "arm64"
"""The program around the stages that the product itself runs."""
_EMULATORS = ("qemu-aarch64", "qemu-aarch64-static")
_COMPILER = "aarch64-linux-gnu-gcc"
_FLAGS = ("-O2", "-static", "-ftree-vectorize")
_LANGUAGE = ("-std=c11", "-ffp-contract=off")
"""The last bit decides which lips cross, so the compiler may fuse no products and sums by itself."""
_PROGRAM, _FRAME, _VERTICES = "frame_program", "frame.safetensors", "vertices.bin"
_TIMEOUT_S = 600.0
_AGREEMENT_MM = 1e-3
_DEVICE = "an emulated arm64 core"


@dataclass(frozen=True)
class ArmTools:
    """Commands to which arguments are added."""

    compile: tuple[str, ...]
    emulate: tuple[str, ...]


def find_arm_tools() -> ArmTools:
    """Return the commands that build and run programs for 64-bit ARM.

    Returns:
        GCC where it is installed, else Zig's compiler, and QEMU's user-mode emulator.

    Raises:
        ToolError: where the emulator or a compiler is missing.
    """
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
    """Return the report of the frame on an emulated core, without times.

    Args:
        character: `default` or a file's name.
        say: receives a line for people at every step.
        tools: None for `find_arm_tools`.

    Returns:
        The report of one row. Its device has `instructions_per_frame`, the difference between runs of two frames and
        of one, and `max_error_mm`, the largest difference of a coordinate from NumPy's.

    Raises:
        ToolError: where a tool is missing or fails, or where the vertices are more than 0.001 mm from NumPy's.
        BenchError: for a character without networks.
        CharacterError: for a character that cannot be loaded.
    """
    started = datetime.now(UTC).isoformat(timespec="seconds")
    tools = tools or find_arm_tools()
    loaded = Character.load(character)
    program, example = sparse_driver(loaded).program, example_frame(loaded)
    expected = program.run(replace(example)).vertices
    assert expected is not None
    with tempfile.TemporaryDirectory(prefix="softdeca-bench-") as name:
        folder = Path(name)
        write_example(folder, example_file(program, example, character))
        say("building for arm64")
        built = build(tools.compile, folder)
        say("running and counting")
        vertices = run_frames(tools.emulate, built, folder, 1)
        counts = [_instructions(tools.emulate, built, folder, frames) for frames in (1, 2)]
    error_mm = 1e3 * float(np.abs(vertices - expected.ravel()).max())
    if not error_mm <= _AGREEMENT_MM:
        raise ToolError(
            f"Expected the emulated core's vertices within {_AGREEMENT_MM} mm of NumPy's, got {error_mm:g} mm. "
            "Report this compiler and emulator."
        )
    per_frame = counts[1] - counts[0]
    whole = FrameNetwork(program).whole()
    note = (
        f"no time: emulated. {per_frame} instructions a frame, {per_frame / whole.macs:.2f} a multiply-add; "
        f"vertices within {error_mm:.1e} mm of NumPy's"
    )
    row = BenchRow("network", "c", _DEVICE, 1, macs=whole.macs, bytes=whole.bytes, note=note)
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
    """Build the program in a folder.

    Args:
        compile_: the compiler's command.
        folder: receives the program.

    Returns:
        The program's path.

    Raises:
        ToolError: with the compiler's last line where it fails.
    """
    program = folder / _PROGRAM
    sources = [str(path) for place in (SOURCES, MAIN) for path in sorted(place.glob("*.c"))]
    _run([*compile_, *_LANGUAGE, "-I", str(SOURCES), "-o", str(program), *sources, "-lm"])
    return program


def write_example(folder: Path, frame_file: bytes) -> None:
    """Write the file of a frame with its example into the folder, under the name that `run_frames` gives the program.

    Args:
        folder: exists.
        frame_file: the file's bytes, from `example_file`.
    """
    (folder / _FRAME).write_bytes(frame_file)


def run_frames(
    emulate: tuple[str, ...], program: Path, folder: Path, frames: int, inputs: Path | None = None
) -> Float[np.ndarray, "coordinates"]:
    """Return the vertices that the program computes.

    Args:
        emulate: the emulator's command; empty to run on this machine.
        program: from `build`.
        folder: has the frame's file.
        frames: how many to run.
        inputs: float64 displacements (3 L), gaze (4) and sway (3) of one frame after the other; None for the example.

    Returns:
        Flat vertices, metres, head frame: (3 V,) for the example, (frames 3 V,) for the frames of `inputs`.

    Raises:
        ToolError: where the program fails, or does not end in 600 s.
    """
    given = [] if inputs is None else [str(inputs)]
    _run([*emulate, *_arguments(program, folder, frames), *given])
    return np.fromfile(folder / _VERTICES, "<f4")


def _arguments(program: Path, folder: Path, frames: int) -> list[str]:
    return [str(program), str(folder / _FRAME), str(frames), str(folder / _VERTICES)]


def _instructions(emulate: tuple[str, ...], program: Path, folder: Path, frames: int) -> int:
    arguments = _arguments(program, folder, frames)
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
