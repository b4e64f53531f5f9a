"""`softdeca bench --target local`: everything that runs on this machine, timed in the same rounds."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from firmware_bench.devices.cold_start import cold_start
from firmware_bench.devices.local_device import device_facts
from firmware_bench.measure.bench_error import BenchError
from firmware_bench.measure.driver_stages import demo_frames, staged_driver, whole_driver
from firmware_bench.measure.exported_network import EXPORTED_RUNTIMES, ExportedNetworks, exported_reference
from firmware_bench.measure.folded_network import FoldedNetwork, example_input, folded_driver, folded_network
from firmware_bench.measure.linear_blendshapes import linear_blendshapes
from firmware_bench.measure.network_file import write_network
from firmware_bench.measure.roofline import Roofline, measure_roofline
from firmware_bench.measure.runtimes import RUNTIMES, NetworkCall, limited_threads, missing, network_call
from firmware_bench.measure.specialisation_subjects import specialisation_subjects
from firmware_bench.measure.timed_rounds import Subject, time_rounds
from firmware_bench.measure.yardstick import yardstick
from firmware_bench.report.bench_report import BenchReport
from firmware_bench.report.bench_row import BenchRow
from firmware_bench.report.device_profiles import projections
from firmware_bench.report.rows_from_times import rows_from_times
from landmark_driver.character import Character
from landmark_driver.drivers.sparse_driver import FoldedDriver

ROUNDS = 30
NETWORK, DRIVER = "network", "driver"
_TRAINING = ("torch", "numba", "cholespy", "warp")
_NOT_INSTALLED = "not installed: pip install 'softdeca[train]'"
_AGREEMENT_M, _EXPORTED_AGREEMENT_M = 1e-6, 1e-4
"""A runtime that answers otherwise by more than this is not timed: it computes something else. Exported models may have
weights of half precision; `softdeca export` holds them to its own bound."""


@dataclass(frozen=True)
class LocalSettings:
    character: str = "default"
    threads: int = 1
    """Also with so many threads, where that is more than one."""
    seconds: float = 30.0
    """Of timing; preparing takes half a minute more."""
    rounds: int = ROUNDS
    simulator: bool = True
    compiled: bool = True
    """Also PyTorch's compiler, which takes some ten seconds twice."""
    exported: Path | None = None
    """A folder with exported models, else they are exported where the exporter is installed."""
    before_frame: Callable[[], object] | None = None
    """Runs with every driven frame and counts as part of it: a deliberate slowdown shows whether one is found."""


Say = Callable[[str], None]


def bench_local(
    settings: LocalSettings,
    say: Say = lambda line: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> BenchReport:
    """Raises BenchError for a character without networks, CharacterError for none."""
    started = datetime.now(UTC).isoformat(timespec="seconds")
    facts = device_facts()
    character = Character.load(settings.character)
    folded = folded_driver(character)
    network = folded_network(folded)
    with tempfile.TemporaryDirectory(prefix="softdeca-bench-") as folder:
        file, whole = Path(folder) / "network.bin", Path(folder) / "whole.bin"
        write_network(network, settings.character, file)
        write_network(network.whole(), settings.character, whole)
        exported = ExportedNetworks(settings.character, settings.exported, Path(folder))
        say("preparing")
        subjects, absent = _subjects(settings, character, folded, network, exported, facts["name"])
        staged, stages = staged_driver(character, folded, demo_frames())
        subjects.append(Subject("driver with stamps", "numpy", stages, within=_one_thread))
        roofline = _roofline(subjects)
        say(f"timing {len(subjects)} subjects in {settings.rounds} rounds")
        times = time_rounds(subjects, settings.seconds, settings.rounds, progress=progress)
        roofline = roofline.better_of(_roofline(subjects))
        rows = rows_from_times(subjects, times, facts["name"], roofline)
        files = {"numpy": file, "torch": whole, "torch compiled": whole}
        rows = [_with_cold_start(row, files, exported) for row in rows] + absent
    main = next(row for row in rows if row.key == (NETWORK, "numpy", 1))
    return BenchReport(
        target="local",
        character=settings.character,
        device=facts,
        main=main,
        rows=tuple(rows),
        started=started,
        seconds=settings.seconds,
        rounds=max(len(measured.rounds) for measured in times),
        stages_ms=staged.budget_ms(),
        latencies_ms={
            subject.model if subject.model != NETWORK else f"{NETWORK} ({subject.runtime})": list(
                np.percentile(measured.calls, np.arange(101))
            )
            for subject, measured in zip(subjects, times, strict=True)
            if subject.threads == 1
        },
        roofline=roofline,
        projections=projections(main),
        problems=tuple(f"{row.name}: {row.note}" for row in absent),
    )


def _roofline(subjects: list[Subject]) -> Roofline:
    with _one_thread():
        return measure_roofline(subject.bytes for subject in subjects if subject.bytes)


def _one_thread() -> AbstractContextManager:
    return threadpool_limits(1)


def _subjects(
    settings: LocalSettings,
    character: Character,
    folded: FoldedDriver,
    network: FoldedNetwork,
    exported: ExportedNetworks,
    device: str,
) -> tuple[list[Subject], list[BenchRow]]:
    """All that can run here, and a row that says why for each that cannot."""
    moving = network.decoder_offset.size
    subjects = [yardstick(_one_thread), linear_blendshapes(character, moving, _one_thread)]
    absent: list[BenchRow] = []
    for threads in sorted({1, settings.threads}):
        for runtime in (*RUNTIMES, *EXPORTED_RUNTIMES):
            if runtime == "torch compiled" and not settings.compiled:
                continue
            try:
                subjects.append(_network_subject(runtime, threads, folded, network, exported))
            except BenchError as error:
                absent.append(BenchRow(NETWORK, runtime, device, threads, note=str(error)))
    drive = _after(settings.before_frame, whole_driver(character, demo_frames()))
    subjects.append(Subject(DRIVER, "numpy", drive, within=_one_thread))
    subjects += specialisation_subjects(character, folded, _one_thread)
    trained, why = _trained_subjects(settings, character)
    absent += [BenchRow(model, "numba", device, 1, note=note) for model, note in why.items()]
    return subjects + trained, absent


def _network_subject(
    runtime: str, threads: int, folded: FoldedDriver, network: FoldedNetwork, exported: ExportedNetworks
) -> Subject:
    """The network in one runtime, checked against NumPy. Raises BenchError where it cannot run."""
    example = example_input(network)
    try:
        call, within = _ready(runtime, threads, network, exported)
        with within():
            result = call(example)
    except BenchError:
        raise
    except Exception as error:  # a runtime's own, of whatever type: a row that says so, not the bench's end
        said = (str(error).splitlines() or [""])[0]
        raise BenchError(
            f"Expected a runtime that runs here, got {type(error).__name__}: {said}. Install it again."
        ) from error
    is_exported = runtime in EXPORTED_RUNTIMES
    expected = (exported_reference(folded) if is_exported else network)(example)
    most_m = _EXPORTED_AGREEMENT_M if is_exported else _AGREEMENT_M
    difference_m = float(np.abs(result - expected).max()) if result.shape == expected.shape else np.inf
    if not difference_m <= most_m:
        raise BenchError(
            f"Expected at most {1e3 * most_m:g} mm from NumPy's vertices, got {1e3 * difference_m:.4f} mm. "
            "Export the model again."
        )
    multiplied = network if runtime == "numpy" else network.whole()
    macs, read = multiplied.macs, multiplied.bytes
    if is_exported:  # an exporter may find a shorter way to the same vertices
        macs, read = None, exported.path(runtime).stat().st_size
    return Subject(NETWORK, runtime, lambda: call(example), threads, macs, read, within)


def _ready(
    runtime: str, threads: int, network: FoldedNetwork, exported: ExportedNetworks
) -> tuple[NetworkCall, Callable[[], AbstractContextManager]]:
    """What calls the network, and what it has to be called within."""
    if runtime in EXPORTED_RUNTIMES:
        return exported.call(runtime, threads), _one_thread
    if why := missing(runtime):
        raise BenchError(why)
    return network_call(runtime, network), limited_threads(runtime, threads)


def _trained_subjects(settings: LocalSettings, character: Character) -> tuple[list[Subject], dict[str, str]]:
    """Baselines and simulator, where what they need is installed; else why not."""
    if not all(find_spec(package) for package in _TRAINING):
        return [], {"baselines": _NOT_INSTALLED, "simulator": _NOT_INSTALLED}
    from firmware_bench.measure.baseline_subjects import baseline_subjects
    from landmark_driver.identities.load_identities import default_identities_cached

    if not default_identities_cached():
        why = "the head model is not built yet (it takes a minute): run 'softdeca head sample --seed 0 --out head.obj'"
        return [], {"baselines": why, "simulator": why}
    subjects = baseline_subjects(character, {name: limited_threads(name, 1) for name in ("numpy", "torch")})
    if not settings.simulator:
        return subjects, {"simulator": "left out with --no-simulator"}
    from firmware_bench.measure.simulator_subject import simulator_subject

    return [*subjects, simulator_subject(character)], {}


def _after(before: Callable[[], object] | None, call: Callable[[], object]) -> Callable[[], object]:
    return call if before is None else lambda: (before(), call())


def _with_cold_start(row: BenchRow, files: dict[str, Path], exported: ExportedNetworks) -> BenchRow:
    """With what a fresh process needs for its first result, for the network's rows."""
    if row.model != NETWORK:
        return row
    source = exported.path(row.runtime) if row.runtime in EXPORTED_RUNTIMES else files[row.runtime]
    started = cold_start(row.runtime, source, row.threads)
    return replace(row, init_ms=started.init_ms, memory_bytes=started.memory_bytes)
