"""The outputs that two versions are compared by, and how one checkout makes them.

Every output is one folder, made by one process that runs in the checkout, and gets its name when it is complete: a run
that is interrupted goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PROBE = Path(__file__).with_name("version_probe.py")
_DEMO = "{checkout}/capture/assets/demo.mcap"
_PACKAGES = ("capture", "landmark_driver", "export", "desktop_viewer", "softdeca", "softdeca.py")
_JSON = "reply.json"
_DIGEST = "checkout.json"
_TIMEOUT_S = 5400


@dataclass(frozen=True)
class Output:
    """One command and the files that it leaves."""

    name: str
    command: tuple[str, ...]
    """Arguments of `softdeca`, or of Python where `python` is set; {out}, {made} and {checkout} are folders."""
    files: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """Names of outputs that have to be made before."""
    python: bool = False
    bound_m: float = 1e-6
    """Largest difference allowed between versions."""
    why: str = ""
    """Where the bound is not a micrometre: the reason."""
    intended: str = ""
    """Where versions differ on purpose: the reason; such a row cannot fail."""


def _drive(
    name: str, ending: str, *more: str, take: str = _DEMO, needs: tuple[str, ...] = (), **kept
) -> Output:
    out = f"driven{ending}"
    return Output(
        name, ("drive", take, "--out", f"{{out}}/{out}", "--json", *more), (out, _JSON), needs, **kept
    )


def _simulate(name: str, weights: str, *more: str, **kept) -> Output:
    command = ("simulate", "--weights", weights, "--out", "{out}/settled.npz", "--json", *more)
    return Output(name, command, ("settled.npz", _JSON), **kept)


def _export(name: str, ending: str, *more: str, **kept) -> Output:
    command = ("export", "default", "--out", f"{{out}}/head{ending}", "--json", *more)
    return Output(name, command, (f"head{ending}", _JSON), ("drivers in Python",), **kept)


_SCAN = "{made}/head-fit/me.safetensors"
_SURFACES = ("skin", "inner_parts", "bones", "muscles", "skin_wrap", "muscle_wrap", "skull_wrap")
_LAYERS = (
    *(f"layers/{name}.ply" for name in _SURFACES),
    "layers/soft_tissue.vtu",
    "layers/muscle_tissue.vtu",
)
_SMILE = "jawOpen=0.7,mouthSmileLeft=1"

OUTPUTS: tuple[Output, ...] = (
    Output("drivers in Python", (str(PROBE), "{out}/probe.npz"), ("probe.npz",), python=True),
    Output(
        "live",
        ("live", "--source", "demo", "--seconds", "5", "--no-viewer", "--json"),
        (_JSON,),
        why="frames are counted by the clock",
    ),
    _drive("drive", ".npz"),
    _drive("drive, weights", ".npz", "--driver", "weights"),
    _drive("drive, linear", ".npz", "--driver", "linear"),
    _drive("drive, neutral of a second", ".npz", "--neutral", "1"),
    _drive("drive to glb", ".glb"),
    _drive("drive to usdc", ".usdc"),
    _simulate("simulate", _SMILE),
    _simulate("simulate, one edit", _SMILE, "--material", "cheek_left.stiffness=0.5"),
    _simulate("simulate, one edit of volume", _SMILE, "--material", "jaw.volume=1.2"),
    _simulate("simulate, gravity", _SMILE, "--gravity", "0,-9.81,0"),
    _simulate("simulate, bone", _SMILE, "--bone", "mandible.scale=0.9"),
    _simulate("simulate, in motion", "jawOpen=0.4", "--dynamic", "10", "--gravity", "0,-9.81,0"),
    _simulate(
        "simulate, edits that overlap",
        _SMILE,
        "--material",
        "cheek_left.volume=1.5",
        "--material",
        "jaw_left.volume=0.7",
        intended="edits of regions that share tetrahedra no longer depend on their order",
    ),
    Output("head sample", ("head", "sample", "--seed", "3", "--out", "{out}/head.obj"), ("head.obj",)),
    Output(
        "head fit",
        ("head", "fit", "{made}/head-sample/head.obj", "--out", "{out}/me.safetensors", "--json"),
        ("me.safetensors", _JSON),
        ("head sample",),
    ),
    _drive("drive, scan", ".npz", "--head", _SCAN, needs=("head fit",)),
    _drive("drive, scan's template", ".npz", "--head", _SCAN, "--template", needs=("head fit",)),
    _drive("drive, scan to glb", ".glb", "--head", _SCAN, needs=("head fit",)),
    Output(
        "head layers",
        ("head", "layers", "default", "--out", "{out}/layers", "--json"),
        (*_LAYERS, _JSON),
    ),
    Output("evaluate", ("evaluate", "--samples", "30", "--json"), (_JSON,)),
    Output(
        "evaluate, 68 noisy landmarks",
        ("evaluate", "--samples", "30", "--landmarks", "68", "--noise", "1", "--json"),
        (_JSON,),
    ),
    _export("export onnx", ".onnx", "--format", "onnx"),
    _export("export tflite", ".tflite", "--format", "tflite"),
    _export(
        "export tflite, int8",
        ".tflite",
        "--format",
        "tflite",
        "--precision",
        "int8",
        bound_m=1e-4,
        why="the bound of int8 in docs/export.md",
    ),
    _export("export coreml", ".mlpackage", "--format", "coreml"),
)


@dataclass(frozen=True)
class Version:
    """One checkout, and the folder of its outputs."""

    checkout: Path
    made: Path

    def begin(self) -> None:
        """Make the folder ready, and empty it where it holds outputs of other sources than the checkout has now."""
        self.made.mkdir(parents=True, exist_ok=True)
        about = self.made / _DIGEST
        digest = _digest(self.checkout)
        if about.exists() and json.loads(about.read_text())["digest"] != digest:
            for made in [item for item in self.made.iterdir() if item.is_dir()]:
                shutil.rmtree(made)
        about.write_text(json.dumps({"checkout": str(self.checkout), "digest": digest}))

    def folder(self, output: Output) -> Path:
        return self.made / output.name.replace(",", "").replace("'", "").replace(" ", "-")

    def make(self, output: Output) -> str:
        """Make an output unless it is there; return the reason where it cannot be made, else nothing.

        A failure is not kept: the next run tries again.
        """
        folder = self.folder(output)
        if folder.exists():
            return ""
        unfinished = folder.with_name(folder.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        places = {"out": unfinished, "made": self.made, "checkout": self.checkout}
        arguments = [part.format(**places) for part in output.command]
        start_s = time.monotonic()
        done = subprocess.run(
            [sys.executable, *([] if output.python else ["-m", "softdeca"]), *arguments],
            cwd=self.checkout,
            env={**os.environ, "PYTHONPATH": str(self.checkout), "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
        )
        if done.returncode != 0:
            return f"exit status {done.returncode}: {_last_line(done.stderr) or _last_line(done.stdout)}"
        if _JSON in output.files:
            (unfinished / _JSON).write_text(_last_line(done.stdout))
        (unfinished / "seconds.json").write_text(json.dumps(round(time.monotonic() - start_s, 1)))
        unfinished.rename(folder)
        return ""


def chosen(pattern: str) -> list[Output]:
    """The outputs whose name contains the pattern, and those that they need, in order."""
    wanted = {output.name for output in OUTPUTS if pattern in output.name}
    for output in reversed(OUTPUTS):
        if output.name in wanted:
            wanted |= set(output.needs)
    return [output for output in OUTPUTS if output.name in wanted]


def _digest(checkout: Path) -> str:
    """Checksum of the sources that outputs follow from."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        root = checkout / package
        files = [root] if root.is_file() else sorted(root.rglob("*.py"))
        for file in files:
            if "node_modules" not in file.parts:
                digest.update(str(file.relative_to(checkout)).encode() + file.read_bytes())
    return digest.hexdigest()


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""
