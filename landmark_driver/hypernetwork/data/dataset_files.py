"""The dataset on disk: Parquet files, two for each head, and JSON beside them.

    DIR/dataset.json               configuration and physics; written first
    DIR/heads/head-00012.parquet   one row: seed, split, coefficients, neutral vertices
    DIR/heads/samples-00012.parquet  one row a sample, in row groups of 32; written last
    DIR/running/00012/0034.safetensors  finished samples of a head that is not complete
    DIR/manifest.json              versions, checksums, counts and failures; there once all heads are

Displacements are int16 in steps of 2 micrometres: half floats would be coarser where a jaw opens.
Every file appears whole or not at all, so a run that dies loses only its unfinished sample.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float
from safetensors import safe_open
from safetensors.numpy import save_file

from capture.output_file import written_whole

FORMAT, FORMAT_VERSION = "softdeca-dataset", 1
STEP_M = 2e-6
_ROWS_PER_GROUP = 32


@dataclass(frozen=True)
class Sample:
    """One simulated expression under one tissue setting."""

    number: int
    split: str
    kind: str
    setting_number: int
    weights: Float[np.ndarray, "52"]
    regions: Float[np.ndarray, "regions learned"]
    gravity: Float[np.ndarray, "3"]
    bones: Float[np.ndarray, "bones"]
    displacement: Float[np.ndarray, "vertices 3"] | None
    """Metres from neutral; None where the physics failed."""
    state: dict[str, Any]


@dataclass(frozen=True)
class HeadRecord:
    """One head of a dataset: neutral vertices in metres, head frame, and the identity model's coefficients."""

    number: int
    split: str
    coefficients: Float[np.ndarray, "coefficients"]
    vertices: Float[np.ndarray, "vertices 3"]


def head_path(folder: Path, number: int) -> Path:
    """Return the path of a head's file.

    Args:
        folder: the dataset's folder.
        number: the head's number.

    Returns:
        The path.
    """
    return folder / "heads" / f"head-{number:05d}.parquet"


def samples_path(folder: Path, number: int) -> Path:
    """Return the path of a head's samples.

    Args:
        folder: the dataset's folder.
        number: the head's number.

    Returns:
        The path.
    """
    return folder / "heads" / f"samples-{number:05d}.parquet"


def running_folder(folder: Path, number: int) -> Path:
    """Return the folder of a head's finished samples while others are missing.

    Args:
        folder: the dataset's folder.
        number: the head's number.

    Returns:
        The folder.
    """
    return folder / "running" / f"{number:05d}"


def write_head(folder: Path, head: HeadRecord) -> None:
    """Write a head's file; the neutral vertices are rounded to single floats.

    Args:
        folder: the dataset's folder.
        head: the head to write.
    """
    table = pa.table(
        {
            "head": [head.number],
            "split": [head.split],
            "coefficients": [head.coefficients.astype(np.float64).tolist()],
            "neutral_vertices": [head.vertices.astype(np.float32).tobytes()],
        }
    )
    with written_whole(head_path(folder, head.number)) as unfinished:
        pq.write_table(table, unfinished, compression="zstd")


def read_head(folder: Path, number: int) -> HeadRecord:
    """Return a head from its file.

    Args:
        folder: the dataset's folder.
        number: the head's number.

    Returns:
        The head, metres, head frame.
    """
    row = pq.read_table(head_path(folder, number)).to_pylist()[0]
    vertices = np.frombuffer(row["neutral_vertices"], np.float32).reshape(-1, 3)
    return HeadRecord(row["head"], row["split"], np.array(row["coefficients"]), vertices.astype(float))


def write_running(path: Path, sample: Sample) -> None:
    """Write one finished sample of a head that is not complete yet.

    Args:
        path: the file to write.
        sample: the sample; displacements are rounded to 2 micrometres.
    """
    moved = sample.displacement
    arrays = {
        "weights": sample.weights,
        "regions": sample.regions,
        "gravity": sample.gravity,
        "bones": sample.bones,
        "steps": np.zeros((0, 3), np.int16) if moved is None else _to_steps(moved),
    }
    facts = {
        "number": sample.number,
        "split": sample.split,
        "kind": sample.kind,
        "setting_number": sample.setting_number,
        "failed": moved is None,
        "state": sample.state,
    }
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    with written_whole(path) as unfinished:
        save_file(arrays, unfinished, {"facts": json.dumps(facts, sort_keys=True)})


def read_running(path: Path) -> Sample:
    """Return a sample of `write_running`.

    Args:
        path: the file to read.

    Returns:
        The sample.
    """
    with safe_open(path, "np") as file:
        facts = json.loads(file.metadata()["facts"])
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
    failed, steps = facts.pop("failed"), arrays.pop("steps")
    return Sample(displacement=None if failed else STEP_M * steps, **facts, **arrays)


def write_samples(folder: Path, number: int, samples: list[Sample]) -> None:
    """Write the samples of a complete head, failures left out (and named in the file's metadata).

    Args:
        folder: the dataset's folder.
        number: the head's number.
        samples: all samples of the head, failures included.
    """
    kept = [sample for sample in samples if sample.displacement is not None]
    failures = [{"sample": s.number, **s.state} for s in samples if s.displacement is None]
    size = 0 if not kept else 6 * len(kept[0].displacement)  # type: ignore[arg-type]
    table = pa.table(
        {
            "sample": pa.array([s.number for s in kept], pa.int32()),
            "head": pa.array([number] * len(kept), pa.int32()),
            "split": pa.array([s.split for s in kept], pa.string()),
            "kind": pa.array([s.kind for s in kept], pa.string()),
            "setting": pa.array([s.setting_number for s in kept], pa.int32()),
            "weights": _floats([s.weights for s in kept]),
            "regions": _floats([s.regions.ravel() for s in kept]),
            "gravity": _floats([s.gravity for s in kept]),
            "bones": _floats([s.bones for s in kept]),
            "displacement": pa.array(
                [_to_steps(s.displacement).tobytes() for s in kept],  # type: ignore[arg-type]
                pa.binary(size) if size else pa.binary(),
            ),
            "state": pa.array([json.dumps(s.state, sort_keys=True) for s in kept], pa.string()),
        }
    )
    table = table.replace_schema_metadata({"failures": json.dumps(failures, sort_keys=True)})
    with written_whole(samples_path(folder, number)) as unfinished:
        pq.write_table(
            table,
            unfinished,
            compression="zstd",
            row_group_size=_ROWS_PER_GROUP,
            use_dictionary=["split", "kind"],  # type: ignore[arg-type]
        )


def read_samples(folder: Path, number: int, columns: list[str] | None = None) -> dict[str, np.ndarray]:
    """Return columns of a head's samples as arrays.

    Args:
        folder: the dataset's folder.
        number: the head's number.
        columns: the names of the columns; None for all.

    Returns:
        Arrays by name, one row per sample; `displacement` is (N, V, 3) metres, float32, and `regions` is flat,
        (N, regions * parameters).
    """
    table = pq.read_table(samples_path(folder, number), columns=columns)
    result: dict[str, np.ndarray] = {}
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        if name == "displacement":
            raw = b"".join(column.to_pylist())
            steps = np.frombuffer(raw, np.int16).reshape(len(column), -1, 3)
            result[name] = (STEP_M * steps).astype(np.float32)
        elif pa.types.is_list(column.type):
            result[name] = np.array(column.to_pylist(), float)
        else:
            result[name] = np.array(column.to_pylist())
    return result


def head_facts(folder: Path, number: int) -> dict[str, Any]:
    """Return the manifest's entry of one complete head.

    Args:
        folder: the dataset's folder.
        number: the head's number.

    Returns:
        `head`, the number of `samples`, the `failures`, and the checksums of both files.
    """
    file = pq.ParquetFile(samples_path(folder, number))
    assert file.schema_arrow.metadata is not None
    return {
        "head": number,
        "samples": file.metadata.num_rows,
        "failures": json.loads(file.schema_arrow.metadata[b"failures"]),
        "head_sha256": sha256(head_path(folder, number)),
        "samples_sha256": sha256(samples_path(folder, number)),
    }


def sha256(path: Path) -> str:
    """Return the SHA-256 checksum of a file.

    Args:
        path: the file to read.

    Returns:
        64 hexadecimal digits.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _floats(rows: list[np.ndarray]) -> pa.Array:
    return pa.array([row.astype(np.float32) for row in rows], pa.list_(pa.float32()))


def _to_steps(displacement: Float[np.ndarray, "vertices 3"]) -> np.ndarray:
    steps = np.round(displacement / STEP_M)
    assert np.abs(steps).max(initial=0) <= 32767, "a vertex moves by more than 65 mm"
    return steps.astype(np.int16)
