"""Devices that are not there: an adb of our own replays what real ones say."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

from firmware_bench.devices.adb import Adb
from firmware_bench.devices.android_facts import parse_battery, parse_thermal
from firmware_bench.devices.bench_android import AndroidSettings, bench_android
from firmware_bench.devices.benchmark_model_output import parse_benchmark_model, read_litert_benchmark
from firmware_bench.measure.bench_error import DeviceError, ReportError, ToolError
from firmware_bench.report.bench_report import read_report
from tests.firmware_bench.devices.fake_adb import BENCHMARK, FakeAdb, device
from tests.firmware_bench.report.test_reports import SCHEMA

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the fake adb is a script with a first line")

PIXEL, GALAXY = device("0A041FDD4003AW", "Pixel 6"), device("R58M12ABCDE", "SM-S911B", median_us=250)


@pytest.fixture
def settings(tmp_path: Path) -> AndroidSettings:
    """With a tool and a model that the fake adb never opens."""
    (tmp_path / "benchmark_model").write_bytes(b"\x7fELF")
    (tmp_path / "models").mkdir()
    (tmp_path / "models/network.tflite").write_bytes(b"TFL3")
    return AndroidSettings(
        seconds=0.1,
        benchmark_model=tmp_path / "benchmark_model",
        exported=tmp_path / "models",
        adb=str(tmp_path / "adb"),
    )


def test_two_devices_are_two_rows_with_what_they_say_of_themselves(
    settings: AndroidSettings, tmp_path: Path
) -> None:
    fake = FakeAdb(tmp_path, [PIXEL, GALAXY], head="* daemon started successfully\nList of devices attached")
    report = bench_android(settings)
    assert [(row.device, row.p50_ms, row.p95_ms, row.runs) for row in report.rows] == [
        ("Pixel 6", 0.4, 0.431, 24731),
        ("SM-S911B", 0.25, 0.431, 24731),
    ]
    facts = report.device["devices"][0]
    assert (facts["chip"], facts["cores"], facts["max_mhz"][-1]) == ("Tensor", 6, 2802)
    assert facts["governors"] == ["sched_pixel"] and facts["throttling"] == "none"
    assert facts["temperatures_c"] == {"BIG": 41.2, "VIRTUAL-SKIN": 33.53}
    assert (facts["battery_percent"], facts["battery_c"], facts["charging"]) == (83, 29.4, True)
    assert report.problems == ()
    assert report.rows[0].init_ms == pytest.approx(6.012) and report.rows[0].memory_bytes == int(14.3 * 2**20)
    ran = [command[-1] for command in fake.commands if command[0] == "-s" and command[1] == PIXEL["serial"]]
    assert any("--num_threads=1" in command and "--signature_to_run_for=run" in command for command in ran)
    assert ran[-1].startswith("rm -r /data/local/tmp/softdeca-bench")


def test_the_report_of_devices_follows_the_schema_and_comes_back(
    settings: AndroidSettings, tmp_path: Path
) -> None:
    FakeAdb(tmp_path, [PIXEL, GALAXY])
    report = bench_android(settings)
    jsonschema.validate(json.loads(json.dumps(report.to_json())), SCHEMA)
    report.save(tmp_path / "bench.json")
    assert read_report(tmp_path / "bench.json").rows == report.rows


@pytest.mark.parametrize("goes_after", [0, 3, 7, 9, 10])
def test_a_device_that_is_unplugged_is_named_and_the_others_result_kept(
    settings: AndroidSettings, tmp_path: Path, goes_after: int
) -> None:
    FakeAdb(tmp_path, [device("0A041FDD4003AW", "Pixel 6", goes_after=goes_after), GALAXY])
    report = bench_android(settings)
    assert [row.device for row in report.rows] == ["SM-S911B"]
    assert len(report.problems) == 1
    assert report.problems[0].startswith(
        "Pixel 6 (0A041FDD4003AW): Expected device 0A041FDD4003AW to stay attached, got '"
    )


def test_a_device_that_has_not_allowed_debugging_says_what_to_do(
    settings: AndroidSettings, tmp_path: Path
) -> None:
    FakeAdb(tmp_path, [device("X1", "X1", state="unauthorized"), device("X2", "X2", state="offline"), GALAXY])
    report = bench_android(settings)
    assert len(report.rows) == 1
    assert (
        "X1 (X1): Expected a device that can be measured, got one that does not allow this machine yet. Unlock it"
        in report.problems[0]
    )
    assert (
        "X2 (X2): Expected a device that can be measured, got one that does not answer" in report.problems[1]
    )


def test_a_hot_device_is_marked(settings: AndroidSettings, tmp_path: Path) -> None:
    FakeAdb(tmp_path, [device("X1", "X1", thermal_status=3)])
    assert bench_android(settings).rows[0].note == "throttled: severe"


@pytest.mark.parametrize(
    "said", ["", "ERROR: Failed to load model\n", "count=abc\nInference timings in us: \n", "\x00\xff"]
)
def test_a_tool_that_says_nonsense_is_named_and_the_others_result_kept(
    settings: AndroidSettings, tmp_path: Path, said: str
) -> None:
    FakeAdb(tmp_path, [device("X1", "X1", benchmark=said or "\n"), GALAXY])
    report = bench_android(settings)
    assert [row.device for row in report.rows] == ["SM-S911B"]
    assert "X1 (X1): Expected timings from benchmark_model on X1, got '" in report.problems[0]


def test_where_no_device_gives_a_result_the_reasons_are_the_error(
    settings: AndroidSettings, tmp_path: Path
) -> None:
    FakeAdb(tmp_path, [device("X1", "X1", state="unauthorized")])
    with pytest.raises(
        DeviceError,
        match=r"Expected a result from at least one device, got none\. X1 .X1.: Expected a device",
    ):
        bench_android(settings)


def test_no_device_no_adb_and_an_adb_that_is_none(settings: AndroidSettings, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"Expected Android's 'adb' on the PATH, got none. Install"):
        Adb("an-adb-that-nobody-has")
    FakeAdb(tmp_path, [])
    with pytest.raises(DeviceError, match=r"Expected an attached Android device, got none"):
        bench_android(settings)
    FakeAdb(tmp_path, [], head="Alcoholics Database 3.1\nusage: adb [FILE]")
    with pytest.raises(ToolError, match=r"Expected a list of devices from 'adb devices', got 'usage: adb"):
        bench_android(settings)
    FakeAdb(tmp_path, [], head="", status=1)
    with pytest.raises(ToolError, match=r"Expected a list of devices from 'adb devices', got 'nothing'"):
        bench_android(settings)


def test_without_the_official_tool_the_error_says_where_it_is(tmp_path: Path) -> None:
    with pytest.raises(
        ToolError, match=r"got no --benchmark-model. Download android_aarch64_benchmark_model"
    ):
        bench_android(AndroidSettings())
    with pytest.raises(ToolError, match=r"got '.*missing', which is no file"):
        bench_android(AndroidSettings(benchmark_model=tmp_path / "missing"))


def test_an_older_tool_prints_no_percentiles() -> None:
    text = BENCHMARK.format(median=400)
    text = text.replace(" p5=388 median=402 p95=455", "").replace(" p5=386 median=400 p95=431", "")
    row = parse_benchmark_model(text, "here", 1, None, None)
    assert row.p50_ms == pytest.approx(0.403812) and row.p95_ms is None
    assert row.note == "the tool printed no median: this is the mean"


def test_large_times_are_written_with_an_exponent() -> None:
    text = BENCHMARK.format(median="1.24027e+06")
    assert parse_benchmark_model(text, "here", 1, None, None).p50_ms == pytest.approx(1240.27)


def litert_json(path: Path) -> Path:
    """As litert-benchmark of ai-edge-litert 2.3 writes it."""
    latency = {"init_ms": 3.21, "warmup_first_ms": 1.5, "warmup_avg_ms": 0.6, "num_warmup_runs": 5}
    latency |= {"avg_ms": 0.42, "min_ms": 0.38, "max_ms": 1.1, "median_ms": 0.41, "std_ms": 0.03}
    latency |= {"p5_ms": 0.39, "p95_ms": 0.47, "num_runs": 50}
    values = {"model": "network.tflite", "model_size_mb": 12.6, "accelerators": ["CPU"], "signature": "run"}
    values |= {"fully_accelerated": True, "num_threads": 1, "latency": latency, "throughput_mb_s": 3.0}
    path.write_text(json.dumps(values))
    return path


def test_results_of_litert_benchmark_are_imported_without_adb(tmp_path: Path) -> None:
    report = bench_android(AndroidSettings(imported=(litert_json(tmp_path / "Pixel 9.json"),), adb="none"))
    row = report.rows[0]
    assert (row.device, row.p50_ms, row.p95_ms, row.runs) == ("Pixel 9", 0.41, 0.47, 50)
    assert row.init_ms == pytest.approx(4.71)
    assert row.note == "imported from Pixel 9.json, on CPU; times have two decimals"
    jsonschema.validate(json.loads(json.dumps(report.to_json())), SCHEMA)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"latency": {"median_ms": "x"}}'])
def test_another_file_is_not_imported(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(
        ReportError, match=r"Expected JSON that 'litert-benchmark --result_json' wrote, got '.*a\.json'"
    ):
        read_litert_benchmark(tmp_path / "a.json", None, None)


def test_devices_that_tell_nothing_are_no_error() -> None:
    assert parse_thermal("Can't find service: thermalservice") == {"throttling": None, "temperatures_c": None}
    assert set(parse_battery("").values()) == {None}
