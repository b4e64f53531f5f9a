"""The resting heads of a dataset's edited settings, solved once so that an evaluation needs no physics.

    DIR/heads/resting-00012.parquet   one row an edited setting: its number, and the head without an expression; optional

The steps are 10 micrometres, one third of the physics' own tolerance.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float

from capture.output_file import written_whole

_STEP_MM = 0.01
Heads = dict[int, Float[np.ndarray, "vertices 3"]]


def resting_path(folder: Path, number: int) -> Path:
    """Return the path of a head's resting heads.

    Args:
        folder: the dataset's folder.
        number: the head's number.

    Returns:
        The path.
    """
    return folder / "heads" / f"resting-{number:05d}.parquet"


def write_resting(folder: Path, number: int, resting_mm: Heads, physics: dict[str, Any]) -> None:
    """Write the resting heads of a head's edited settings.

    Args:
        folder: the dataset's folder.
        number: the head's number.
        resting_mm: by the setting's number in the head's samples, (V, 3) millimetres from the default neutral head.
        physics: the settings of the physics that solved them.
    """
    steps = {setting: np.round(moved / _STEP_MM).astype(np.int16) for setting, moved in resting_mm.items()}
    table = pa.table(
        {
            "setting": pa.array(list(steps), pa.int32()),
            "displacement": pa.array([_packed(moved) for moved in steps.values()], pa.binary()),
        }
    )
    table = table.replace_schema_metadata({"physics": json.dumps(physics, sort_keys=True)})
    with written_whole(resting_path(folder, number)) as unfinished:
        pq.write_table(table, unfinished, compression="zstd", compression_level=19, use_dictionary=False)


def read_resting(folder: Path, number: int) -> Heads:
    """Return the resting heads of a head's edited settings.

    Args:
        folder: the dataset's folder.
        number: the head's number.

    Returns:
        (V, 3) half floats, millimetres from the default neutral head, by the setting's number in the head's samples. Empty
        where none were solved.
    """
    path = resting_path(folder, number)
    if not path.is_file():
        return {}
    table = pq.read_table(path)
    settings, packed = table.column("setting").to_pylist(), table.column("displacement").to_pylist()
    return {
        setting: (_STEP_MM * _unpacked(moved)).astype(np.float16)
        for setting, moved in zip(settings, packed, strict=True)
    }


def _packed(steps: np.ndarray) -> bytes:
    """Return the differences from vertex to vertex, low bytes before high ones: neighbours move alike."""
    change = np.diff(steps.T, axis=1, prepend=np.int16(0))
    return np.ascontiguousarray(change).view(np.uint8).reshape(-1, 2).T.tobytes()


def _unpacked(packed: bytes) -> np.ndarray:
    low_then_high = np.frombuffer(packed, np.uint8).reshape(2, -1).T
    change = np.ascontiguousarray(low_then_high).view(np.int16).reshape(3, -1)
    return np.cumsum(change, 1, dtype=np.int16).T
