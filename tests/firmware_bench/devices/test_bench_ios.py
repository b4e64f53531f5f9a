"""No iPhone here: Apple's two modules are stood in for by ones with the same names and arguments."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from firmware_bench.devices import bench_ios as target
from firmware_bench.devices.bench_ios import STEPS, IosSettings, bench_ios
from firmware_bench.measure.bench_error import DeviceError, ToolError


class Iphone(SimpleNamespace):
    async def prepare_for_model_debugging(self, credentials) -> Iphone:
        return Iphone(**{**vars(self), "team": credentials.development_team})


class Benchmarker:
    def __init__(self, model, device) -> None:
        assert device.team == "ABCDE12345" and model.endswith("network.mlpackage")

    async def benchmark_load(self, iterations: int) -> SimpleNamespace:
        return SimpleNamespace(samples=[12.0] * iterations)

    async def benchmark_predict(self, iterations: int, warmup: bool) -> SimpleNamespace:
        assert warmup
        return SimpleNamespace(samples=[0.2 + 0.001 * n for n in range(iterations)])


@pytest.fixture
def phones(monkeypatch: pytest.MonkeyPatch) -> list[Iphone]:
    """What is plugged in."""
    plugged: list[Iphone] = [Iphone(name="iPhone", os_version="18.1", os_build_number="22B83")]
    experimental = "coremltools.models.ml_program.experimental"
    remote, perf, tools = ModuleType("remote"), ModuleType("perf"), ModuleType("coremltools")
    vars(remote).update(
        Device=SimpleNamespace(get_connected_devices=lambda device_type: plugged),
        DeviceType=SimpleNamespace(IPHONE="iphone"),
        AppSigningCredentials=lambda development_team: SimpleNamespace(development_team=development_team),
    )
    vars(perf).update(MLModelBenchmarker=Benchmarker)
    vars(tools).update(models=SimpleNamespace(MLModel=str))
    for name, module in {"": tools, ".remote_device": remote, ".perf_utils": perf}.items():
        monkeypatch.setitem(sys.modules, experimental + name if name else "coremltools", module)
    monkeypatch.setattr(target, "find_spec", lambda name: object())
    return plugged


@pytest.fixture
def settings(tmp_path: Path) -> IosSettings:
    (tmp_path / "network.mlpackage").mkdir()
    (tmp_path / "network.specialise.mlpackage").mkdir()
    return IosSettings(exported=tmp_path, team="ABCDE12345", iterations=101)


def test_an_iphone_on_a_mac_is_measured_by_core_mls_benchmarker(
    phones: list[Iphone], settings: IosSettings
) -> None:
    report = bench_ios(settings, platform="darwin")
    row = report.main
    assert (row.device, row.runtime, row.runs, row.init_ms) == ("iPhone", "coreml", 101, 12.0)
    assert row.p50_ms == pytest.approx(0.25) and row.p90_ms == pytest.approx(0.29)
    assert report.device == {"name": "iPhone", "os": "18.1", "build": "22B83"}


def test_from_elsewhere_the_steps_on_a_mac_are_told() -> None:
    said: list[str] = []
    with pytest.raises(ToolError, match=r"Expected a Mac with Xcode to reach an iPhone, got 'linux'"):
        bench_ios(IosSettings(), said.append, platform="linux")
    assert said == [STEPS]
    for step in ("Developer Mode", "devicectl list devices", "softdeca export", "softdeca bench", "--team"):
        assert step in STEPS


def test_no_iphone_and_no_model_are_named(
    phones: list[Iphone], settings: IosSettings, tmp_path: Path
) -> None:
    with pytest.raises(
        ToolError, match=r"Expected a folder with one \.mlpackage in --exported, got 0 in 'None'"
    ):
        bench_ios(IosSettings(), platform="darwin")
    phones.clear()
    with pytest.raises(DeviceError, match=r"Expected a connected iPhone, got none\. Plug it in"):
        bench_ios(settings, platform="darwin")
