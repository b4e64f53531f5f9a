"""`softdeca bench --target local`: every subject that can run on this machine, timed in the same rounds."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from jaxtyping import Float
from threadpoolctl import threadpool_limits

from capture.extras import install_command
from firmware_bench.devices.cold_start import cold_start
from firmware_bench.devices.local_device import device_facts
from firmware_bench.measure.bench_error import BenchError
from firmware_bench.measure.example_frame import example_file, example_frame
from firmware_bench.measure.exported_network import EXPORTED_RUNTIMES, ExportedNetworks
from firmware_bench.measure.frame_network import FrameNetwork, sparse_driver
from firmware_bench.measure.linear_blendshapes import linear_blendshapes
from firmware_bench.measure.roofline import Roofline, measure_roofline
from firmware_bench.measure.runtimes import RUNTIMES, NetworkCall, limited_threads, missing, torch_call
from firmware_bench.measure.specialisation_subjects import specialisation_subjects
from firmware_bench.measure.timed_frame import TimedFrame, demo_frames, each_in_turn, live_driver
from firmware_bench.measure.timed_rounds import Subject, time_rounds
from firmware_bench.measure.yardstick import yardstick
from firmware_bench.report.bench_report import BenchReport
from firmware_bench.report.bench_row import BenchRow
from firmware_bench.report.device_profiles import projections
from firmware_bench.report.rows_from_times import rows_from_times
from landmark_driver.character import Character
from landmark_driver.compiled.evaluator import C, Evaluator, evaluator, evaluators
from landmark_driver.network.frame_program import Frame, FrameProgram

ROUNDS = 30
NETWORK, DRIVER = "network", "driver"
_BASELINES = ("torch", "numba", "pyarrow")
_AGREEMENT_M, _EXPORTED_AGREEMENT_M = 1e-6, 1e-4
"""A runtime whose vertices differ from NumPy's by more than this computes something else and is not timed.

Exported models may have network weights of half precision; `softdeca export` holds them to its own bound.
"""


@dataclass(frozen=True)
class LocalSettings:
    """The settings of the target `local`."""

    character: str = "default"
    threads: int = 1
    """Threads of the network's additional rows, where they are more than one."""
    seconds: float = 30.0
    """Time of all rounds together; preparing takes half a minute more."""
    rounds: int = ROUNDS
    simulator: bool = True
    compiled: bool = True
    """Whether PyTorch's compiler is timed too; it takes some ten seconds twice."""
    exported: Path | None = None
    """A folder with exported models, else they are exported where the exporter is installed."""
    before_frame: Callable[[], object] | None = None
    """A function that runs with every driven frame and counts as part of it.

    A deliberate slowdown shows whether one is found.
    """


Say = Callable[[str], None]


def bench_local(
    settings: LocalSettings,
    say: Say = lambda line: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> BenchReport:
    """Return the report of this machine: the network in every runtime, the driver, baselines and the simulator.

    Args:
        settings: the subjects and the length of the measurement.
        say: receives a line for people at every step.
        progress: receives (rounds done, rounds in all).

    Returns:
        The report. Its main row is the network in NumPy on one thread; a subject that cannot run has a row without
        times and is among the problems.

    Raises:
        BenchError: for a character without networks, or where a fresh process gives no first result.
        CharacterError: for a character that cannot be loaded.
    """
    started = datetime.now(UTC).isoformat(timespec="seconds")
    facts = device_facts()
    character = Character.load(settings.character)
    program, example = sparse_driver(character).program, example_frame(character)
    with tempfile.TemporaryDirectory(prefix="softdeca-bench-") as folder:
        file = Path(folder) / "frame.safetensors"
        file.write_bytes(example_file(program, example, settings.character))
        exported = ExportedNetworks(settings.character, settings.exported, Path(folder))
        say("preparing")
        measured = _Measured(character, program, example, exported)
        subjects, absent = _subjects(settings, measured, facts["name"])
        frames = demo_frames()
        timed = {each.name: TimedFrame(live_driver(character, frames, each)) for each in _live_first()}
        subjects += [
            Subject("driver with stamps", name, each_in_turn(drive, frames), within=_one_thread)
            for name, drive in timed.items()
        ]
        roofline = _roofline(subjects)
        say(f"timing {len(subjects)} subjects in {settings.rounds} rounds")
        times = time_rounds(subjects, settings.seconds, settings.rounds, progress=progress)
        roofline = roofline.better_of(_roofline(subjects))
        rows = rows_from_times(subjects, times, facts["name"], roofline)
        sources = {
            "numpy": file,
            "c": file,
            "torch": settings.character,
            "torch compiled": settings.character,
        }
        rows = [_with_cold_start(row, sources, exported) for row in rows] + absent
    main = next(row for row in rows if row.key == (NETWORK, "numpy", 1))
    return BenchReport(
        target="local",
        character=settings.character,
        device=facts,
        main=main,
        rows=tuple(rows),
        started=started,
        seconds=settings.seconds,
        rounds=max(len(one.rounds) for one in times),
        stages_ms=timed[evaluator().name].budget_ms(),
        evaluators_ms={name: drive.budget_ms() for name, drive in timed.items()},
        latencies_ms={
            f"{subject.model} ({subject.runtime})"
            if subject.model in (NETWORK, DRIVER)
            else subject.model: list(np.percentile(one.calls, np.arange(101)))
            for subject, one in zip(subjects, times, strict=True)
            if subject.threads == 1
        },
        roofline=roofline,
        projections=projections(main),
        problems=tuple(f"{row.name}: {row.note}" for row in absent),
    )


@dataclass(frozen=True)
class _Measured:
    """The network in the forms that the runtimes take, and its input."""

    character: Character
    program: FrameProgram
    example: Frame
    exported: ExportedNetworks

    @cached_property
    def network(self) -> FrameNetwork:
        return FrameNetwork.of(self.program)

    @property
    def displacements(self) -> Float[np.ndarray, "coordinates"]:
        assert self.example.displacements is not None
        return self.example.displacements


def _live_first() -> list[Evaluator]:
    """Return the evaluators that run here, first the one that `live` chooses: a budget is held against its row."""
    return sorted(evaluators(), key=lambda each: each is not evaluator())


def _roofline(subjects: list[Subject]) -> Roofline:
    with _one_thread():
        return measure_roofline(subject.bytes for subject in subjects if subject.bytes)


def _one_thread() -> AbstractContextManager:
    return threadpool_limits(1)


def _subjects(
    settings: LocalSettings, measured: _Measured, device: str
) -> tuple[list[Subject], list[BenchRow]]:
    """Return all subjects that can run here, and for every other one a row with the reason."""
    character = measured.character
    blendshapes = linear_blendshapes(character, measured.network.moving_coordinates, _one_thread)
    subjects = [yardstick(_one_thread), blendshapes]
    absent: list[BenchRow] = []
    for threads in sorted({1, settings.threads}):
        for runtime in (*RUNTIMES, *EXPORTED_RUNTIMES):
            if runtime == "torch compiled" and not settings.compiled:
                continue
            try:
                subjects.append(_network_subject(runtime, threads, measured))
            except BenchError as error:
                absent.append(BenchRow(NETWORK, runtime, device, threads, note=str(error)))
    frames = demo_frames()
    for each in _live_first():
        drive = _after(settings.before_frame, each_in_turn(live_driver(character, frames, each), frames))
        subjects.append(Subject(DRIVER, each.name, drive, within=_one_thread))
    subjects += specialisation_subjects(character, measured.program, _one_thread)
    trained, why = _trained_subjects(settings, character)
    absent += [BenchRow(model, "numba", device, 1, note=note) for model, note in why.items()]
    return subjects + trained, absent


def _network_subject(runtime: str, threads: int, measured: _Measured) -> Subject:
    """Return the network in one runtime, checked against NumPy. Raises BenchError where it cannot run."""
    try:
        call, within = _ready(runtime, threads, measured)
        with within():
            result = call(measured.displacements)
    except BenchError:
        raise
    except Exception as error:  # a runtime's own, of any type: it becomes a row, and the bench goes on
        said = (str(error).splitlines() or [""])[0]
        raise BenchError(
            f"Expected a runtime that runs here, got {type(error).__name__}: {said}. Install it again."
        ) from error
    expected = measured.network(measured.displacements)
    most_m = _EXPORTED_AGREEMENT_M if runtime in EXPORTED_RUNTIMES else _AGREEMENT_M
    difference_m = float(np.abs(result - expected).max()) if result.shape == expected.shape else np.inf
    if not difference_m <= most_m:
        raise BenchError(
            f"Expected at most {1e3 * most_m:g} mm from NumPy's vertices, got {1e3 * difference_m:.4f} mm. "
            "Export the model again."
        )
    macs, read = _cost(runtime, measured)
    return Subject(NETWORK, runtime, lambda: call(measured.displacements), threads, macs, read, within)


def _cost(runtime: str, measured: _Measured) -> tuple[int | None, int | None]:
    """Return multiply-adds and bytes of a call.

    A graph may take a shorter way to the same vertices, so it has no multiply-adds, and the model's bytes.
    """
    if runtime in ("numpy", "c"):
        return measured.network.macs, measured.network.bytes
    if runtime in EXPORTED_RUNTIMES:
        return None, measured.exported.path(runtime).stat().st_size
    return None, None


def _ready(
    runtime: str, threads: int, measured: _Measured
) -> tuple[NetworkCall, Callable[[], AbstractContextManager]]:
    """Return the call of the network, and the context that it has to run in."""
    if runtime in EXPORTED_RUNTIMES:
        return measured.exported.call(runtime, threads), _one_thread
    if why := missing(runtime):
        raise BenchError(why)
    if runtime == "c":
        call: NetworkCall = FrameNetwork(C.program(measured.network.program.stages))
    else:
        call = measured.network if runtime == "numpy" else torch_call(runtime, measured.character)
    return call, limited_threads(runtime, threads)


def _trained_subjects(settings: LocalSettings, character: Character) -> tuple[list[Subject], dict[str, str]]:
    """Return baselines and simulator where their packages are installed, and reasons for missing ones."""
    subjects: list[Subject] = []
    absent: dict[str, str] = {}
    if all(find_spec(package) for package in _BASELINES):
        from firmware_bench.measure.baseline_subjects import baseline_subjects

        within = {name: limited_threads(name, 1) for name in ("numpy", "torch")}
        subjects += baseline_subjects(character, within)
    else:
        absent["baselines"] = f"not installed: {install_command('train')}"
    if not settings.simulator:
        absent["simulator"] = "left out with --no-simulator"
    elif find_spec("numba"):
        from firmware_bench.measure.simulator_subject import simulator_subject

        subjects.append(simulator_subject(character))
    else:
        absent["simulator"] = f"not installed: {install_command('physics')}"
    return subjects, absent


def _after(before: Callable[[], object] | None, call: Callable[[], object]) -> Callable[[], object]:
    return call if before is None else lambda: (before(), call())


def _with_cold_start(row: BenchRow, sources: dict[str, str | Path], exported: ExportedNetworks) -> BenchRow:
    """Return a row of the network with the cost of its first result in a fresh process; others stay."""
    if row.model != NETWORK:
        return row
    source = exported.path(row.runtime) if row.runtime in EXPORTED_RUNTIMES else sources[row.runtime]
    started = cold_start(row.runtime, source, row.threads)
    return replace(row, init_ms=started.init_ms, memory_bytes=started.memory_bytes)
