"""The C program is checked on this machine's own processor, and on an emulated one where there is an emulator."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from firmware_bench.devices import bench_arm64 as target
from firmware_bench.devices.bench_arm64 import bench_arm64, build, find_arm_tools, run_frames
from firmware_bench.devices.qemu_log import executed_instructions
from firmware_bench.measure.bench_error import ToolError
from firmware_bench.measure.folded_network import FoldedNetwork, example_input
from firmware_bench.measure.network_file import write_network

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
def test_the_c_program_computes_what_numpy_computes(network: FoldedNetwork, tmp_path: Path) -> None:
    program = build(("gcc", "-O2", "-Wall", "-Werror"), tmp_path)
    write_network(network.whole(), "default", tmp_path / "network.bin")
    vertices = run_frames((), program, tmp_path, 2)
    np.testing.assert_allclose(vertices, network(example_input(network)), atol=1e-6)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler on this machine")
def test_the_c_program_refuses_another_file(tmp_path: Path) -> None:
    program = build(("gcc", "-O1"), tmp_path)
    (tmp_path / "network.bin").write_bytes(b'{"format": "else"}\n')
    with pytest.raises(ToolError, match=r"Expected 'folded_network' to succeed, got 'folded_network: gain'"):
        run_frames((), program, tmp_path, 1)


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


def test_on_an_emulated_core_vertices_are_right_and_instructions_counted(network: FoldedNetwork) -> None:
    try:
        tools = find_arm_tools()
    except ToolError as error:
        pytest.skip(str(error))
    report = bench_arm64("default", tools=tools)
    assert report.main.p50_ms is None and report.main.note.startswith("no time: emulated")
    assert report.device["max_error_mm"] < 1e-3
    # Four multiply-adds in one instruction at best.
    assert network.macs / 4 < report.device["instructions_per_frame"] < 20 * network.macs
