"""Whether two versions compute the same: the outputs of both checkouts, made by the same interpreter, as one table.

    python -m tests.benchmarks.compare_versions OLD_CHECKOUT NEW_CHECKOUT --work FOLDER --out table.md

Finished outputs are kept in FOLDER/old and FOLDER/new, each until the sources of its checkout change: a run that is
interrupted goes on where it was. Arrays are compared, not bytes. `--only drive` is for what has "drive" in its name.
The exit status is 1 where a row fails.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from capture.frames.arkit import ARKIT_NAMES
from tests.benchmarks.compared_outputs import OUTPUTS, Output, Version, chosen
from tests.benchmarks.output_arrays import EXPORTED, Arrays, read_arrays, read_json, run_exported

FRAMES = {".onnx": 200, ".tflite": 200, ".mlpackage": 10}
"""Of the shipped take; Core ML's graph takes a second a frame outside a Mac."""
_LOOKS = [index for index, name in enumerate(ARKIT_NAMES) if name.startswith("eyeLook")]
_BY_THE_CLOCK = ("seconds", "path", "fps", "latency_ms", "ms_per_frame_1_thread", "ms", "init_ms")
_LIVE_COUNTS = ("frames_in", "frames_driven", "frames_dropped")
_ROUNDED_MM, _RELATIVE, _FRACTION, _SIZE = 1e-3, 1e-6, 0.05, 0.03
INTENDED = {
    "probe.npz: readme": "Character.driver() is the driver of live",
    "probe.npz: readme_minus_live": "Character.driver() is the driver of live; eyes turn and flesh sways in live alone",
    "probe.npz: edited": "Character.driver() is the driver of live",
}
"""Arrays that differ on purpose, and why."""


@dataclass(frozen=True)
class Row:
    """One line of the table; `passed` is None where versions differ on purpose."""

    output: str
    compared: str
    difference: str
    bound: str
    passed: bool | None
    note: str = ""

    def __str__(self) -> str:
        verdict = {True: "pass", False: "**FAIL**", None: "on purpose"}[self.passed]
        return f"| {self.output} | {self.compared} | {self.difference} | {self.bound} | {verdict} | {self.note} |"


@dataclass(frozen=True)
class Difference:
    """The largest difference of one array; infinite where shapes, names or whole numbers disagree."""

    name: str
    largest: float
    reason: str = ""

    def __str__(self) -> str:
        return self.reason or f"{self.largest:.2g}"


def compare_arrays(old: Arrays, new: Arrays) -> list[Difference]:
    """Compare arrays of the same names.

    Returns:
        One difference a name, in the unit of the array.
    """
    return [_difference(name, old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys())]


def _difference(name: str, old: np.ndarray | None, new: np.ndarray | None) -> Difference:
    if old is None or new is None:
        return Difference(name, np.inf, "only old" if new is None else "only new")
    if old.shape != new.shape:
        return Difference(name, np.inf, f"shape {old.shape} → {new.shape}")
    if old.dtype.kind == "f" and new.dtype.kind == "f":
        same = (old == new) | np.isnan(old) & np.isnan(new)
        away = np.where(same, 0.0, np.abs(old.astype(float) - new.astype(float)))
        return Difference(name, float(np.nan_to_num(away.max(initial=0.0), nan=np.inf)))
    differing = int(np.count_nonzero(old != new))
    return Difference(name, np.inf if differing else 0.0, f"{differing} values differ" if differing else "")


def rows_of(output: Output, old: Version, new: Version) -> Iterator[Row]:
    """Compare every file of an output that both versions made."""
    for file in output.files:
        paths = old.folder(output) / file, new.folder(output) / file
        if Path(file).suffix == ".json":
            yield from _json_rows(output, *paths)
        else:
            yield from _array_rows(output, file, _arrays(paths[0], old), _arrays(paths[1], old))


def _arrays(path: Path, old: Version) -> Arrays:
    if path.suffix not in EXPORTED:
        return read_arrays(path)
    displacements, weights = _recorded(old)
    every = len(displacements) // FRAMES[path.suffix]
    return run_exported(path, displacements[::every], weights[::every][:, _LOOKS])


@cache
def _recorded(old: Version) -> tuple[np.ndarray, np.ndarray]:
    """Landmark displacements and ARKit weights of the old version on the shipped take: inputs of exported models."""
    driven = read_arrays(old.folder(OUTPUTS[0]) / "probe.npz")
    return driven["displacements"], driven["live_weights"]


def _array_rows(output: Output, file: str, old: Arrays, new: Arrays) -> Iterator[Row]:
    differences = compare_arrays(old, new)
    apart = [each for each in differences if f"{file}: {each.name}" in INTENDED]
    for each in apart:
        yield Row(output.name, f"{file}: {each.name}", str(each), "", None, INTENDED[f"{file}: {each.name}"])
    held = [each for each in differences if each not in apart]
    worst = max(held, key=lambda each: each.largest)
    where = f" ({worst.name})" if worst.largest else ""
    beyond = [each.name for each in held if each.largest > output.bound_m]
    note = output.intended or output.why
    if len(beyond) > 1:
        note = f"beyond: {', '.join(beyond)}. {note}".strip()
    passed = None if output.intended else not beyond
    compared = f"{file}: {len(held)} arrays"
    yield Row(output.name, compared, f"{worst}{where}", f"{output.bound_m:.0e}", passed, note)


def _json_rows(output: Output, old_path: Path, new_path: Path) -> Iterator[Row]:
    """One row for names, one for the equal fields that no clock counts, and one for each of them that differs."""
    old, new = read_json(old_path), read_json(new_path)
    lost, added = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    if lost or added:
        note = f"lost: {', '.join(lost) or 'none'}; more: {', '.join(added) or 'none'}"
        yield Row(output.name, "JSON: names of fields", f"{len(lost)} lost", "0", not lost, note)
    counted = _BY_THE_CLOCK + (_LIVE_COUNTS if output.name == "live" else ())
    names = [name for name in sorted(old.keys() & new.keys()) if not set(name.split(".")) & set(counted)]
    differing = [name for name in names if old[name] != new[name]]
    equal = len(names) - len(differing)
    yield Row(output.name, f"JSON: {equal} equal fields", "0", "0", True, output.why)
    for name in differing:
        bound = _json_bound(name, old[name])
        numbers = isinstance(old[name], int | float) and isinstance(new[name], int | float)
        close = numbers and abs(old[name] - new[name]) <= bound
        passed = None if output.intended else close
        change = f"{old[name]} → {new[name]}"
        yield Row(output.name, f"JSON: {name}", change, f"{bound:.0e}", passed, output.intended)


def _json_bound(name: str, value: object) -> float:
    """A micrometre for millimetres, which are rounded; a millionth for other numbers, a twentieth for shares of frames.

    An ONNX file names the modules of its graph: its size may change by a hundredth.
    """
    if name.endswith("tracked_fraction"):
        return _FRACTION
    if name == "bytes" and isinstance(value, int):
        return _SIZE * value
    if "_mm" in name:
        return _ROUNDED_MM
    return _RELATIVE * abs(value) if isinstance(value, int | float) else 0.0


def compare(old: Version, new: Version, outputs: list[Output]) -> Iterator[Row]:
    """Make what is missing, the old outputs first, and compare; failures to make are rows too."""
    failures: dict[str, str] = {}
    for version in (old, new):
        version.begin()
        for output in outputs:
            print(f"{version.made.name}: {output.name}", file=sys.stderr, flush=True)
            reason = version.make(output)
            if reason:
                failures[output.name] = f"{version.made.name}: {reason}"
    for output in outputs:
        if output.name in failures:
            yield Row(output.name, "not made", "", "", False, failures[output.name])
        else:
            yield from rows_of(output, old, new)


def table(rows: list[Row]) -> str:
    """Write the rows as a Markdown table, with a line that sums them up."""
    lines = [
        "| output | compared | largest difference | bound | verdict | note |",
        "|---|---|---|---|---|---|",
    ]
    failed = sum(row.passed is False for row in rows)
    summary = (
        f"{len(rows)} rows, {failed} failed. Differences in metres for points, else in the array's own unit."
    )
    return "\n".join([*lines, *map(str, rows), "", summary, ""])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="the folder that keeps finished outputs")
    parser.add_argument("--only", default="", help="outputs with this in their name, and those they need")
    parser.add_argument("--out", type=Path, help="a file for the table, which is printed too")
    arguments = parser.parse_args()
    old = Version(arguments.old.resolve(), arguments.work.resolve() / "old")
    new = Version(arguments.new.resolve(), arguments.work.resolve() / "new")
    rows = list(compare(old, new, chosen(arguments.only)))
    text = table(rows)
    print(text)
    if arguments.out is not None:
        arguments.out.write_text(text, encoding="utf-8")
    return int(any(row.passed is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
