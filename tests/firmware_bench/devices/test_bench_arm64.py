"""The C program is checked on this machine's own processor, and on an emulated one where there is an emulator."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from firmware_bench.devices import bench_arm64 as target
from firmware_bench.devices.bench_arm64 import (
    bench_arm64,
    build,
    find_arm_tools,
    run_frames,
    write_example,
)
from firmware_bench.devices.qemu_log import executed_instructions
from firmware_bench.measure.bench_error import ToolError
from firmware_bench.measure.example_frame import example_file
from firmware_bench.measure.frame_network import FrameNetwork
from landmark_driver.network.frame_file import frame_bytes
from landmark_driver.network.frame_program import Frame, FrameProgram

AGAIN = "Trace 0: 0x7f8c9ce00200 [0000000001009331/0000000001010124/00000001/00000200] \n"
LOG = f"""----------------
IN:
0x01010120:  d2800141  movz     x1, #0xa
0x01010124:  d1000421  sub      x1, x1, #1
0x01010128:  b5ffffe1  cbnz     x1, #0x1010124

Trace 0: 0x7f8c9ce00100 [0000000001009331/0000000001010120/00000001/00000200]
----------------
IN:
0x01010124:  d1000421  sub      x1, x1, #1
0x01010128:  b5ffffe1  cbnz     x1, #0x1010124

{AGAIN * 5}something that the program itself says
{AGAIN * 4}----------------
IN:
0x0101012c:  d2800000  movz     x0, #0
0x01010130:  d2800ba8  movz     x8, #0x5d
0x01010134:  d4000001  svc      #0

Trace 0: 0x7f8c9ce00340 [0000000001009331/000000000101012c/00000001/00000200]
"""
"""What QEMU 7.2 says of a program that counts down from ten in a loop of two instructions and ends."""


def test_instructions_are_how_often_a_block_ran_times_its_length() -> None:
    assert executed_instructions(LOG.splitlines()) == 1 + 10 * 2 + 3
    assert executed_instructions([]) == 0


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler on this machine")
def test_the_c_program_computes_what_numpy_computes(
    program: FrameProgram, example: Frame, tmp_path: Path
) -> None:
    built = build(("gcc", "-O2", "-Wall", "-Wextra", "-Werror"), tmp_path)
    write_example(tmp_path, example_file(program, example, "default"))
    expected = program.run(replace(example)).vertices
    assert expected is not None
    for frames in (1, 3):
        np.testing.assert_allclose(
            run_frames((), built, tmp_path, frames), expected.ravel(), rtol=0, atol=1e-6
        )


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler on this machine")
def test_the_c_program_refuses_files_that_are_no_frame_and_frames_that_lack_an_array(
    program: FrameProgram, tmp_path: Path
) -> None:
    built = build(("gcc", "-O1"), tmp_path)
    for file, said in (
        (b"{}", r"Expected a compiled frame, got '.*', which cannot be read. Write it again"),
        (b'{"format": "else"}\n', r"Expected a compiled frame, got '.*', which is of another kind"),
        (save({"a": np.zeros(1)}, {"format": "else"}), r"Expected a compiled frame of version 1, got"),
        (frame_bytes(program), r"Expected example.displacements \(F32\) in the compiled frame, got none"),
        (frame_bytes(program)[:-9], r"Expected \w+.\w+ \(F16\) in the compiled frame, got none"),
    ):
        write_example(tmp_path, file)
        with pytest.raises(
            ToolError, match=rf"Expected 'frame_program' to succeed, got 'frame_program: {said}"
        ):
            run_frames((), built, tmp_path, 1)


def test_a_missing_emulator_or_compiler_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target.shutil, "which", lambda name: None)
    with pytest.raises(
        ToolError, match=r"Expected QEMU's user-mode emulator \(qemu-aarch64 or .*apt install qemu-user"
    ):
        find_arm_tools()
    monkeypatch.setattr(target.shutil, "which", lambda name: "/q" if name.startswith("qemu") else None)
    monkeypatch.setattr(target, "find_spec", lambda name: None)
    with pytest.raises(
        ToolError, match=r"Expected a compiler for 64-bit ARM .*apt install gcc-aarch64-linux-gnu"
    ):
        find_arm_tools()


def test_on_an_emulated_core_vertices_are_right_and_instructions_counted(network: FrameNetwork) -> None:
    try:
        tools = find_arm_tools()
    except ToolError as error:
        pytest.skip(str(error))
    report = bench_arm64("default", tools=tools)
    assert report.main.p50_ms is None and report.main.note.startswith("no time: emulated")
    assert report.device["max_error_mm"] < 1e-3
    # Four multiply-adds in one instruction at best.
    assert network.macs / 4 < report.device["instructions_per_frame"] < 20 * network.macs
