"""The whole of `softdeca bench`, short, and without the physics: what it says, never how fast."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from firmware_bench.devices.bench_local import LocalSettings, bench_local
from firmware_bench.devices.cold_start import cold_start
from firmware_bench.measure.bench_error import BenchError
from firmware_bench.measure.exported_network import ExportedNetworks
from landmark_driver.compiled.evaluator import evaluator, evaluators
from landmark_driver.network.frame_file import frame_bytes
from landmark_driver.network.frame_program import FrameProgram
from softdeca.cli import main
from tests.firmware_bench.measure.test_subjects import STAGES
from tests.firmware_bench.report.test_reports import CONTRACT, SCHEMA


@pytest.fixture(scope="module")
def report():
    return bench_local(LocalSettings(seconds=1.0, rounds=6, simulator=False, compiled=False))


def test_the_report_has_networks_driver_stages_blendshapes_and_roofline(report) -> None:
    rows = {row.key: row for row in report.rows}
    for key in [
        *(("network", each.name, 1) for each in evaluators()),
        *(("driver", each.name, 1) for each in evaluators()),
        ("linear blendshapes", "numpy", 1),
        ("specialise head", "numpy", 1),
    ]:
        assert rows[key].p50_ms is not None and rows[key].runs > 0
        assert rows[key].p50_ms > 0 and rows[key].over_blendshapes is not None
    network = rows["network", "numpy", 1]
    assert network.init_ms is not None and network.macs and network.bytes and network.bound_ms
    assert report.stages_ms == report.evaluators_ms[evaluator().name]
    assert {each.name for each in evaluators()} == report.evaluators_ms.keys()
    assert all(set(stages) == set(STAGES) for stages in report.evaluators_ms.values())
    first = report.row("driver")
    assert first is not None and first.runtime == evaluator().name
    assert report.roofline is not None and report.projections
    assert report.main == network


def test_what_cannot_run_is_a_row_that_says_why(report) -> None:
    absent = [row for row in report.rows if row.p50_ms is None]
    assert absent and all(row.note for row in absent)
    assert ("simulator", "left out with --no-simulator") in {(row.model, row.note) for row in absent}
    assert len(report.problems) == len(absent)


def test_the_report_follows_the_schema(report) -> None:
    jsonschema.validate(json.loads(json.dumps(report.to_json())), SCHEMA)


def test_a_deliberate_slowdown_runs_with_every_driven_frame() -> None:
    ran = []
    report = bench_local(
        LocalSettings(
            seconds=0.5,
            rounds=3,
            simulator=False,
            compiled=False,
            before_frame=lambda: ran.append(1),
        )
    )
    driver = report.row("driver")
    assert driver is not None and len(ran) >= driver.runs


def test_a_cold_start_is_measured_in_a_process_of_its_own(program: FrameProgram, tmp_path: Path) -> None:
    (tmp_path / "frame.safetensors").write_bytes(frame_bytes(program))
    for each in evaluators():
        started = cold_start(each.name, tmp_path / "frame.safetensors", 1)
        assert started.init_ms > 0 and started.memory_bytes >= 0
    (tmp_path / "broken.safetensors").write_bytes(b"{}\n")
    with pytest.raises(
        BenchError, match=r"Expected numpy to give a first result, got '.*Expected a compiled frame"
    ):
        cold_start("numpy", tmp_path / "broken.safetensors", 1)


def test_a_folder_without_the_exported_model_says_how_to_make_one(tmp_path: Path) -> None:
    models = ExportedNetworks("default", tmp_path, tmp_path)
    with pytest.raises(BenchError, match=r"Expected one \.tflite file in '.*', got 0\. Write one there"):
        models.path("litert")


def test_the_command_reports_and_a_budget_decides_its_exit_status(
    report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("firmware_bench.devices.bench_local.bench_local", lambda *_: report)
    driver = report.row("driver")
    main(["bench", "--json", "--report", str(tmp_path), "--budget", f"{2 * driver.p95_ms:.6f}ms"])
    values = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(CONTRACT) <= set(values) and values["within_budget"] is True
    assert {path.name for path in tmp_path.iterdir()} == {"bench.json", "bench.md", "bench.html"}
    with pytest.raises(SystemExit) as over:
        main(["bench", "--json", "--budget", f"{driver.p95_ms / 2:.6f}ms"])
    assert over.value.code == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["within_budget"] is False


def test_the_command_compares_two_reports(report, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report.save(tmp_path / "a.json")
    main(["bench", "compare", str(tmp_path / "a.json"), str(tmp_path / "a.json"), "--json"])
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["changed"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("compare", "only-one"), "Expected two reports, got 1. Name them as in bench compare A B."),
        (("compare", "a", "b"), "Expected a report, got 'a', where there is none"),
        (("default", "more"), "Expected one character, or compare A B, got 'default more'"),
        (("--budget", "fast"), "Expected a budget with its unit"),
        (("--threads", "0"), "Expected at least 1 for --threads"),
        (("missing.safetensors",), "Expected a character file, got 'missing.safetensors'"),
    ],
)
def test_bad_input_is_status_2_and_a_sentence(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["bench", *arguments])
    assert refused.value.code == 2
    assert said in capsys.readouterr().err
