"""Makes a dataset: heads, settings and expressions drawn by seed, moved by a source of physics.

Every head, setting and expression has a random stream of its own (`sample_plan.py`). The result therefore does
not depend on the number of workers, the order in which they finish or the number of interruptions. A head is one
job. Jobs run in processes of this machine, or on a Dask cluster whose workers see the same folder.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from importlib.metadata import version
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

from capture.extras import install_command
from capture.output_file import written_whole
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.hypernetwork.data.dataset_error import DatasetError
from landmark_driver.hypernetwork.data.dataset_files import (
    FORMAT,
    FORMAT_VERSION,
    HeadRecord,
    Sample,
    head_facts,
    read_running,
    running_folder,
    samples_path,
    write_head,
    write_running,
    write_samples,
)
from landmark_driver.hypernetwork.data.physics_by_name import physics_by_name
from landmark_driver.hypernetwork.data.sample_generator import Physics, SampleFailed, SampleGenerator
from landmark_driver.hypernetwork.data.sample_plan import (
    DatasetConfig,
    PlannedSample,
    head_split,
    planned_head,
    planned_sample,
)
from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES, load_identities
from landmark_driver.live.one_blas_thread import one_blas_thread

_BROKEN_POOLS = 5

Progress = Callable[[int, int], None]


def make_dataset(
    folder: Path,
    config: DatasetConfig,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """Complete the dataset in a folder and return its manifest.

    Args:
        folder: a new folder, or one begun with the same configuration.
        config: the size, seed and physics of the dataset.
        workers: the number of processes.
        scheduler: the address of a Dask scheduler; None for processes of this machine.
        progress: called with the number of complete heads and of all heads.

    Returns:
        The manifest, as written to manifest.json.

    Raises:
        DatasetError: for a folder begun otherwise or with other files in it, for workers killed again and again, and
            for a missing Dask or scheduler.
    """
    _begin(folder, config)
    total = config.heads
    for _ in range(_BROKEN_POOLS):
        missing = [n for n in range(total) if not samples_path(folder, n).exists()]
        progress(total - len(missing), total)
        try:
            for finished, _ in enumerate(_run(folder, config, missing, workers, scheduler), 1):
                progress(total - len(missing) + finished, total)
            return _finish(folder, config)
        except BrokenProcessPool:
            continue  # a worker was killed: its finished samples are kept, the rest is done again
    raise DatasetError(
        f"Expected workers that live, got {_BROKEN_POOLS} that were killed. "
        "Look at the memory of this machine, use fewer --workers, and run the command again to go on."
    )


def make_head(folder: Path, config: DatasetConfig, number: int) -> int:
    """Write all samples of one head; finished ones are kept from an earlier attempt.

    Args:
        folder: the dataset's folder.
        config: the dataset's configuration.
        number: the head's number.

    Returns:
        The head's number.
    """
    if samples_path(folder, number).exists():
        return number
    identities = load_identities(config.identities)
    physics = physics_by_name(config.physics, identities, config.contact)
    head = planned_head(config, number, identities)
    running = running_folder(folder, number)
    running.mkdir(parents=True, exist_ok=True)
    with one_blas_thread():
        samples = list(_samples(running, config, number, head, physics))
    write_head(folder, HeadRecord(number, head_split(number), head.coefficients, head.vertices))
    write_samples(folder, number, samples)
    shutil.rmtree(running)
    return number


def _samples(
    running: Path, config: DatasetConfig, number: int, head: IdentityHead, physics: Physics
) -> Iterator[Sample]:
    generate: SampleGenerator | None = None
    for index in range(config.expressions):
        path = running / f"{index:05d}.safetensors"
        if not path.exists():
            generate = generate or physics(head)
            write_running(path, _one_sample(generate, planned_sample(config, number, index)))
        yield read_running(path)


def _one_sample(generate: SampleGenerator, planned: PlannedSample) -> Sample:
    try:
        moved = generate(planned.weights, planned.setting)
        displacement, state = moved.displacement, moved.state
    except SampleFailed as failure:
        displacement, state = None, {"failure": str(failure)}
    return Sample(
        number=planned.number,
        split=planned.split,
        kind=planned.kind,
        setting_number=planned.setting_number,
        weights=planned.weights,
        regions=planned.setting.learned,
        gravity=planned.setting.gravity,
        bones=planned.setting.bones,
        displacement=displacement,
        state=state,
    )


def _begin(folder: Path, config: DatasetConfig) -> None:
    asked = {"format": FORMAT, "format_version": FORMAT_VERSION} | _origin(config)
    path = folder / "dataset.json"
    if path.exists():
        found = json.loads(path.read_text(encoding="utf-8"))
        found.setdefault("identity_model", DEFAULT_IDENTITIES)
        if found != asked:
            begun = {name: found.get(name) for name in ("config", "physics", "identity_model")}
            raise DatasetError(
                f"Expected '{folder}' to be new or begun with the same options, physics and identities, got one begun with "
                f"{json.dumps(begun)}. Use those, or another folder."
            )
    elif folder.exists() and any(folder.iterdir()):
        raise DatasetError(
            f"Expected a new folder or a dataset, got '{folder}' with other files in it. Choose another folder."
        )
    (folder / "heads").mkdir(parents=True, exist_ok=True)
    with written_whole(path) as unfinished:
        unfinished.write_text(json.dumps(asked, indent=1, sort_keys=True), encoding="utf-8")


def _origin(config: DatasetConfig) -> dict[str, Any]:
    """Return everything that determines the samples."""
    identities = load_identities(config.identities)
    options = asdict(config)
    del options["identities"]  # a file may move, the model's own name holds its content
    made = {
        "config": options,
        "physics": physics_by_name(config.physics, identities, config.contact).settings,
        "identity_model": identities.name,
    }
    return json.loads(json.dumps(made))  # tuples become lists, as they are once read from a file


def _finish(folder: Path, config: DatasetConfig) -> dict[str, Any]:
    heads = [head_facts(folder, number) for number in range(config.heads)]
    manifest = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        **_origin(config),
        "versions": {name: version(name) for name in ("softdeca", "numpy", "scipy", "pyarrow")}
        | {"python": platform.python_version()},
        "samples": sum(head["samples"] for head in heads),
        "failures": sum(len(head["failures"]) for head in heads),
        "heads": heads,
    }
    with written_whole(folder / "manifest.json") as unfinished:
        unfinished.write_text(json.dumps(manifest, indent=1, sort_keys=True), encoding="utf-8")
    shutil.rmtree(folder / "running", ignore_errors=True)
    return manifest


def _run(folder: Path, config: DatasetConfig, numbers: list[int], workers: int, scheduler: str | None):
    """Yield head numbers as they are finished."""
    if scheduler is not None:
        yield from _run_on_cluster(folder, config, numbers, scheduler)
    elif workers == 1 or len(numbers) < 2:
        yield from (make_head(folder, config, number) for number in numbers)
    else:
        pool: Executor = ProcessPoolExecutor(workers, get_context("spawn"), _end_with_parent)
        with pool:
            jobs = [pool.submit(make_head, folder, config, number) for number in numbers]
            yield from (job.result() for job in as_completed(jobs))


def _end_with_parent() -> None:
    """End this worker with its parent; it would otherwise work on, for nobody, beside the run that is started next."""
    parent = parent_process()
    assert parent is not None, "workers are started by another process"

    def wait() -> None:
        parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()


def _run_on_cluster(folder: Path, config: DatasetConfig, numbers: list[int], scheduler: str):
    """Dask sends a job to another worker when its own disappears; the new one finds the finished samples."""
    try:
        from dask import distributed
    except ImportError as error:
        raise DatasetError(
            f"Expected Dask for --scheduler, got none. Install it: {install_command('cluster')}, "
            "or leave --scheduler away."
        ) from error
    try:
        client = distributed.Client(scheduler, timeout="10s")
    except (OSError, ValueError) as error:
        raise DatasetError(
            f"Expected a Dask scheduler at '{scheduler}', got none ({error}). "
            "Start one with 'dask scheduler'."
        ) from error
    with client:
        jobs = [client.submit(make_head, folder.resolve(), config, n, pure=False) for n in numbers]
        for job in distributed.as_completed(jobs):
            yield job.result()
