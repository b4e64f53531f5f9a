"""Every file in an `assets` folder, made again in order by the commands that made it.

    python -m softdeca.make_assets --dry-run
    python -m softdeca.make_assets --takes a.csv b.csv --source "who, licence"

A step whose command and input files are those of its last run here is up to date and is left out. Stopped steps go on where
they stopped, as far as their programs do. Everything needs the extra `train`, and the training data takes longest.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from capture.output_file import written_whole
from landmark_driver.dress.skin import RELIEF
from landmark_driver.people import PEOPLE
from softdeca.commands.terminal import say
from softdeca.commands.usage_error import UsageError

ROOT = Path(__file__).parents[1]
_BUILD = "build/assets"
_ASSETS = "landmark_driver/assets"
_ANNY = f"{_ASSETS}/anny_head.npz"
_LANDMARKS, _CHARACTER = f"{_ASSETS}/anny_landmarks.npz", f"{_ASSETS}/default.safetensors"
_COORDINATES = f"{_ASSETS}/skins/coordinates.npz"
_SKINS = (
    *(f"{_ASSETS}/skins/{name}_color.jpg" for name in RELIEF),
    *(
        f"{_ASSETS}/skins/{relief}_{kind}.jpg"
        for relief in sorted(set(RELIEF.values()))
        for kind in ("normal", "roughness")
    ),
    f"{_ASSETS}/skins/paints.npz",
)
_TEETH = f"{_ASSETS}/wardrobe/teeth_base.npz"
_BROWS = tuple(f"{_ASSETS}/wardrobe/brows_{shape}.npz" for shape in ("soft", "straight", "bushy"))
_STYLES = ("short", "bob", "receding")
_WARDROBE = {
    "paint_eyes": tuple(f"eyes_{name}.jpg" for name in ("brown", "hazel", "blue", "grey", "normal")),
    "paint_lashes": ("lashes_light.png", "lashes_full.png"),
    "paint_hair": ("hair_strands.png", "hair_scalp.png"),
    "grow_hair": tuple(f"{piece}_{style}.npz" for style in _STYLES for piece in ("hair", "scalp")),
    "shape_body": ("shirt.npz",),
}
"""What each program of the wardrobe writes."""
_RESPONSE, _STATISTICS = f"{_ASSETS}/tracker_response.npz", f"{_ASSETS}/take_statistics.json"
_DATASET, _NETWORK = f"{_BUILD}/dataset", "sparse_soft_deca"


@dataclass(frozen=True)
class Step:
    """A command that makes assets; paths are relative to the checkout."""

    name: str
    command: tuple[str, ...]
    """Arguments of Python."""
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    """Files, or folders with all that they hold."""
    copied: tuple[tuple[str, str], ...] = ()
    """What is copied to an output once the command has ended."""


@dataclass(frozen=True)
class MakeAssets:
    """Make every asset again, in order."""

    dry_run: bool = False
    """Show the steps, and which of them are up to date."""
    takes: tuple[Path, ...] = ()
    """Live Link Face recordings for the statistics of expressions, and the first one for the tracker's response; without any, the
    statistics that ship stay, and the response learns from them."""
    source: str = "own recordings"
    """Who made these recordings, and their licence."""
    makehuman: Path | None = None
    """A copy of MakeHuman's official CC0 assets, for what characters wear; without one, what ships stays."""
    workers: int = 2
    """Processes that make training data and pictures."""


def steps(asked: MakeAssets) -> tuple[Step, ...]:
    """Return the steps in order, each after the ones that make its inputs.

    Args:
        asked: recordings and processes.

    Returns:
        The steps. Those of the statistics are missing without recordings, those of teeth and brows without MakeHuman's assets.
    """
    takes = tuple(str(take.resolve()) for take in asked.takes)
    learn_statistics = Step(
        "statistics of expressions",
        ("-m", "landmark_driver.hypernetwork.data.learn_take_statistics", *takes, "--source", asked.source),
        takes,
        (_STATISTICS,),
    )
    folder = str(asked.makehuman.resolve()) if asked.makehuman else ""
    teeth = Step(
        "teeth",
        ("-m", "landmark_driver.wardrobe.reduce_teeth", folder),
        (_CHARACTER,),
        (_TEETH,),
    )
    brows = Step("brows", ("-m", "landmark_driver.wardrobe.reduce_brows", folder), (_ANNY,), _BROWS)
    weights, log = (f"{_NETWORK}{ending}" for ending in (".safetensors", ".log.json"))
    return (
        _program("head model", "landmark_driver.identities.anny_reduction", (), _ANNY),
        _program("landmarks on the head", "landmark_driver.identities.embed_landmarks", (_ANNY,), _LANDMARKS),
        _program("places on skins", "landmark_driver.identities.lay_out_skin", (_ANNY,), _COORDINATES),
        Step("skins", ("-m", "landmark_driver.skins.bake_skin"), (_LANDMARKS, _COORDINATES), _SKINS),
        Step(
            "people who ship",
            ("-m", "landmark_driver.identities.build_character"),
            (_LANDMARKS, _COORDINATES, *_SKINS),
            tuple(f"{_ASSETS}/{name}.safetensors" for name in PEOPLE),
        ),
        *((teeth, brows) if folder else ()),
        *(
            Step(
                program.replace("_", " "),
                ("-m", f"landmark_driver.wardrobe.{program}"),
                (_ANNY,),
                tuple(f"{_ASSETS}/wardrobe/{file}" for file in files),
            )
            for program, files in _WARDROBE.items()
        ),
        Step(
            "response of the tracker",
            (
                *(
                    "-m",
                    "landmark_driver.drawn_heads.learn_tracker_response",
                    "--workers",
                    str(asked.workers),
                ),
                *(("--take", takes[0]) if takes else ()),
            ),
            (_LANDMARKS, _CHARACTER, *takes[:1]),
            (_RESPONSE,),
        ),
        Step(
            "errors that the response leaves",
            (
                *("-m", "landmark_driver.drawn_heads.learn_tracker_errors"),
                *(("--take", takes[0]) if takes else ()),
            ),
            (_LANDMARKS, _CHARACTER, _RESPONSE, *takes[:1]),
            (f"{_ASSETS}/tracker_errors.npz",),
        ),
        _program(
            "noise of pictures",
            "landmark_driver.head_fit.photos.learn_photo_noise",
            (_LANDMARKS,),
            f"{_ASSETS}/photo_noise.npz",
        ),
        _program(
            "demo take",
            "landmark_driver.drawn_heads.make_demo_take",
            (_LANDMARKS,),
            "capture/assets/demo.mcap",
        ),
        *((learn_statistics,) if takes else ()),
        Step(
            "training data",
            (
                *("-m", "softdeca", "dataset", "--out", _DATASET),
                *("--heads", "126", "--expressions", "36", "--seed", "0", "--workers", str(asked.workers)),
            ),
            (_LANDMARKS, _STATISTICS),
            (f"{_DATASET}/manifest.json",),
        ),
        Step(
            "networks",
            ("-m", "softdeca", "train", _DATASET, "--out", f"{_BUILD}/{weights}"),
            (f"{_DATASET}/manifest.json",),
            (f"{_ASSETS}/{weights}", f"{_ASSETS}/{log}"),
            tuple((f"{_BUILD}/{name}", f"{_ASSETS}/{name}") for name in (weights, log)),
        ),
        Step(
            "held-out samples",
            ("-m", "landmark_driver.hypernetwork.held_out.keep_held_out", _DATASET),
            (f"{_DATASET}/manifest.json", f"{_ASSETS}/{weights}"),
            (f"{_ASSETS}/held_out",),
        ),
    )


def _program(name: str, module: str, inputs: tuple[str, ...], output: str) -> Step:
    return Step(name, ("-m", module), inputs, (output,))


def make(
    asked_steps: Sequence[Step],
    root: Path,
    dry_run: bool = False,
    run: Callable[[Sequence[str], Path], int] = lambda command, folder: subprocess.call(command, cwd=folder),
) -> list[str]:
    """Run the steps that are not up to date, and record each one that ends well.

    Args:
        asked_steps: in order.
        root: the checkout.
        dry_run: shows the steps and runs none.
        run: runs a command in a folder and returns its exit status.

    Returns:
        Names of the steps that ran, or would run.

    Raises:
        UsageError: for a step that fails; the ones before it stay recorded.
    """
    record_path = root / _BUILD / "made.json"
    record: dict[str, str] = json.loads(record_path.read_text("utf-8")) if record_path.exists() else {}
    made: list[str] = []
    for number, step in enumerate(asked_steps, 1):
        title = f"{number} of {len(asked_steps)}, {step.name}"
        if record.get(step.name) == _fingerprint(step, root):
            say(f"{title}: up to date")
            continue
        say(f"{title}: python {' '.join(step.command)}")
        made.append(step.name)
        if dry_run:
            continue
        (root / _BUILD).mkdir(parents=True, exist_ok=True)
        start_s = time.perf_counter()
        status = run((sys.executable, *step.command), root)
        if status != 0:
            raise UsageError(
                f"Expected '{step.name}' to end well, got exit status {status}. "
                "See its words above, and run make assets again: it goes on here."
            )
        for source, target in step.copied:
            shutil.copy(root / source, root / target)
        say(f"{title}: {time.perf_counter() - start_s:.1f} s")
        record[step.name] = _fingerprint(step, root)
        with written_whole(record_path) as unfinished:
            unfinished.write_text(json.dumps(record, indent=1), encoding="utf-8")
    return made


def _fingerprint(step: Step, root: Path) -> str:
    """Return a checksum of a step's command, inputs and outputs."""
    found = hashlib.sha256(repr(step).encode())
    for name in (*step.inputs, *step.outputs):
        place = root / name
        files = [place] if place.is_file() else sorted(file for file in place.rglob("*") if file.is_file())
        for file in files:
            found.update(str(file.relative_to(place)).encode() + hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def main() -> None:
    asked = tyro.cli(MakeAssets)
    try:
        make(steps(asked), ROOT, asked.dry_run)
    except UsageError as error:
        say(f"make_assets: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
