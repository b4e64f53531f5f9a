"""The page's JavaScript in node: the same numbers as NumPy, and a clock that is told what to say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from firmware_bench.devices.page_app import PAGE
from firmware_bench.measure.example_frame import example_file
from firmware_bench.measure.frame_network import FrameNetwork
from landmark_driver.network.frame_program import Frame, FrameProgram
from tests.node import run_module

IMPORT = f'const BENCH = "{PAGE.as_uri()}";\n'


def test_the_page_runs_the_whole_frame_as_numpy_does(
    program: FrameProgram, example: Frame, tmp_path: Path
) -> None:
    path = tmp_path / "network.bin"
    path.write_bytes(example_file(program, example, "default"))
    network = FrameNetwork.of(program).whole()
    assert example.displacements is not None
    network(example.displacements).astype(np.float32).tofile(tmp_path / "expected")
    result = run_module(
        IMPORT
        + """
        import { readFileSync } from "node:fs";
        const { exampleErrorMm, readNetwork } = await import(`${BENCH}/network.js`);
        const bytes = (name) => new Uint8Array(readFileSync(argument + name)).buffer;
        const read = readNetwork(bytes("/network.bin"));
        const { network, frame, macs, model } = read;
        network.run(frame);
        network.run(frame);
        let largest = 0;
        const expected = new Float32Array(bytes("/expected"));
        expected.forEach((value, i) => (largest = Math.max(largest, Math.abs(value - frame.vertices[i]))));
        console.log(JSON.stringify({ errorMm: exampleErrorMm(read), largest, count: frame.vertices.length, macs, model }));
        """,
        str(tmp_path),
    )
    assert result["errorMm"] < 1e-3
    assert result["largest"] < 1e-6
    assert (result["count"], result["macs"], result["model"]) == (
        network.decoder.resting_vertices.size,
        network.macs,
        "default",
    )


def test_another_file_is_refused_by_the_page(tmp_path: Path) -> None:
    path = tmp_path / "else"
    path.write_bytes(save({"a": np.zeros(1)}, {"format": "else", "format_version": "3"}))
    said = run_module(
        IMPORT
        + """
        import { readFileSync } from "node:fs";
        const { readNetwork } = await import(`${BENCH}/network.js`);
        try {
          readNetwork(new Uint8Array(readFileSync(argument)).buffer);
        } catch (error) {
          console.log(JSON.stringify(error.message));
        }
        """,
        str(path),
    )
    assert said == "Expected a compiled frame in format 'softdeca-frame 1', got 'else 3'. Reload the page."


CLOCK = """
    const { callsPerBatch, clockStepMs, median, timeRounds } = await import(`${BENCH}/timing.js`);
    let exact = 0;
    let reads = 0;
    // A clock that is right to `step` milliseconds; reading it takes a microsecond.
    const clock = (step) => () => { exact += 0.001; reads += 1; return Math.floor(exact / step) * step; };
"""


@pytest.mark.parametrize("step_ms", [0.005, 0.1, 1.0])
def test_the_clocks_step_is_measured(step_ms: float) -> None:
    found = run_module(IMPORT + CLOCK + "console.log(JSON.stringify(clockStepMs(clock(argument))));", step_ms)
    assert found == pytest.approx(step_ms, rel=0.3)


@pytest.mark.parametrize("step_ms", [0.005, 0.1, 1.0])
def test_a_coarse_clock_still_tells_a_short_call_within_five_percent(step_ms: float) -> None:
    found = run_module(
        IMPORT
        + CLOCK
        + """
        const now = clock(argument);
        const subjects = [{ call: () => (exact += 0.037) }, { call: () => (exact += 0.3) }];
        let yields = 0;
        await timeRounds(subjects, 3, argument, async () => { yields += 1; }, now, () => 0.5);
        const medians = subjects.map(({ rounds }) => median(rounds.flat()));
        const rounds = subjects.map((subject) => subject.rounds.length);
        console.log(JSON.stringify({ medians, yields, rounds, calls: subjects.map(({ calls }) => calls) }));
        """,
        step_ms,
    )
    assert found["medians"] == [pytest.approx(0.037, rel=0.05), pytest.approx(0.3, rel=0.05)]
    assert found["rounds"] == [found["yields"]] * 2 and found["yields"] > 10
    assert found["calls"][0] * 0.037 >= 0.7 * max(2.0, 20 * step_ms)


def test_the_median_of_an_even_number_is_between_the_two_in_the_middle() -> None:
    source = "console.log(JSON.stringify([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])]));"
    assert run_module(IMPORT + CLOCK + source) == [2, 2.5, 7]
