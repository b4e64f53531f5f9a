"""The command line: reads arguments, calls one function of a package, prints.

Exit status 0 is success, 2 bad input or usage, 1 an internal failure. With --json the last line of
standard output is one JSON object; everything else goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from capture.frames.capture_error import CaptureError


class UsageError(Exception):
    """Arguments that do not go together."""


def config_dir() -> Path:
    """Where this user's certificates are kept: XDG's configuration folder, or ~/.config."""
    root = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(root) / "softdeca"


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Live:
    """Drive a head live from a phone, a webcam, a video or a take."""

    source: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """phone (default), webcam[:N], video:PATH, take:PATH, or demo (a take that ships). Repeatable: a later
    one takes over from an earlier one while it delivers frames."""
    head: str = "default"
    """A character file, or the one that ships."""
    driver: Literal["landmarks", "weights", "linear"] | None = None
    """landmarks is SparseSoftDECA (the default of a character with networks), weights is SoftDECA on ARKit
    weights, linear the baseline of 52 blendshapes (the default of any other)."""
    record: Path | None = None
    """Record every frame to this take (.mcap)."""
    port: int = 8443
    """Port of the phone page."""
    viewer_port: int = 8080
    viewer: bool = True
    open_browser: bool = False
    """Open the viewer in a browser tab."""
    seconds: float | None = None
    """Stop after this many seconds."""
    json: bool = False

    def run(self) -> dict[str, Any]:
        from desktop_viewer.session import SessionSettings, run_session
        from export.models.phone_file import phone_file
        from export.models.phone_model import PhoneModel

        settings = SessionSettings(
            sources=self.source or ("phone",),
            head=self.head,
            record=self.record,
            port=self.port,
            viewer_port=self.viewer_port,
            viewer=self.viewer,
            open_browser=self.open_browser,
            seconds=self.seconds,
            config_dir=config_dir(),
            driver=self.driver,
        )
        with PhoneModel(self.head) as phone_model:
            report = run_session(settings, say, phone_file, phone_model).to_json()
        say(f"drove {report['frames_driven']} frames at {report['fps']} a second")
        return report


@dataclass(frozen=True)
class Drive:
    """Drive a head from a video or a take, offline, and write its motion."""

    input: Annotated[Path, tyro.conf.Positional]
    """A video, or a take (.mcap)."""
    out: Path
    """The .npz, .glb or .usdc to write."""
    head: str = "default"
    driver: Literal["landmarks", "weights", "linear"] | None = None
    """As of `live`."""
    neutral: str = "auto"
    """auto, or the number of seconds at the start that are neutral."""
    template: bool = False
    """Of a head made from a scan, write the template's vertices (metres, head frame), not the scan's own."""
    json: bool = False

    def run(self) -> dict[str, Any]:
        from export.animation.drive_to_file import drive_to_file

        progress = show_progress("frames")
        return asdict(
            drive_to_file(self.input, self.out, self.head, self.neutral, progress, self.template, self.driver)
        )


@dataclass(frozen=True)
class HeadSample:
    """Write a random identity of the head model as a mesh."""

    seed: int
    out: Path
    """The mesh to write: .obj, .ply or .glb, metres, head frame."""
    identities: str = "default"
    """default, flame:FILE (FLAME's model file) or ict:FOLDER (ICT-FaceKit's FaceXModel)."""
    json: bool = False

    def run(self) -> dict[str, Any]:
        import numpy as np

        from capture.output_file import check_output
        from landmark_driver.identities.load_identities import load_identities
        from landmark_driver.identities.write_mesh import ENDINGS, write_mesh

        check_output(self.out, ENDINGS)  # before the model is built, which may take a minute
        head = load_identities(self.identities).sample(np.random.default_rng(self.seed))
        write_mesh(head, self.out)
        return {"path": str(self.out), "vertices": len(head.vertices), "faces": len(head.topology.faces)}


@dataclass(frozen=True)
class HeadLayers:
    """Write a head's anatomical layers: skin, muscles, bones, wraps and the tissue between them."""

    head: Annotated[str, tyro.conf.Positional]
    """default, a character, or a mesh in the default head's topology (as `head sample` writes)."""
    out: Path
    """The folder to write into."""
    learn: Path | None = None
    """A folder of pairs NAME_skin and NAME_skull: learn the tissue's thickness from them."""
    json: bool = False

    def run(self) -> dict[str, Any]:
        from landmark_driver.layers.layer_file import layer_file

        report = layer_file(self.head, self.out, self.learn)
        say(f"{report['tets']} tetrahedra, {report['inverted']} inverted: {self.out}")
        return report


@dataclass(frozen=True)
class HeadFit:
    """Make a character from a scan, whose own vertices will move with your face, or from pictures."""

    out: Path
    """The character to write (.safetensors)."""
    scan: Annotated[Path | None, tyro.conf.Positional] = None
    """.obj, .ply, .stl or .glb; any unit, orientation and position."""
    photo: tyro.conf.UseAppendAction[tuple[Path, ...]] = ()
    """A picture from the front; more from half left and half right help. Repeatable, instead of a scan."""
    json: bool = False

    def run(self) -> dict[str, Any]:
        if (self.scan is None) == (not self.photo):
            raise UsageError("Expected a scan or --photo PICTURE, got both or neither.")
        return self._from_photos() if self.scan is None else self._from_scan(self.scan)

    def _from_photos(self) -> dict[str, Any]:
        from landmark_driver.head_fit.photos.photo_file import photo_file

        report = photo_file(list(self.photo), self.out, show_step)
        say(f"a head from {report['photos']} pictures: {self.out}")
        return report

    def _from_scan(self, scan: Path) -> dict[str, Any]:
        from landmark_driver.head_fit.registration.fit_file import fit_file

        report = fit_file(scan, self.out, show_step)
        error = report["surface_error_mm"]
        for note in report["notes"]:
            say(note)
        say(f"surface error {error['mean']:.2f} mm in the face, 95 % below {error['p95']:.2f}: {self.out}")
        return report


@dataclass(frozen=True)
class HeadInfo:
    """Show what is in a character."""

    character: Annotated[str, tyro.conf.Positional] = "default"
    json: bool = False

    def run(self) -> dict[str, Any]:
        from landmark_driver.character_info import character_info

        info = character_info(self.character)
        for name, value in info.items():
            say(f"{name}: {value}")
        return info


@dataclass(frozen=True)
class Simulate:
    """Let tissue come to rest under an expression's muscles, or move, with any material, gravity and bones."""

    weights: str
    """jawOpen=0.7,mouthSmileLeft=1 or a CSV of ARKit weights."""
    out: Path
    """The .npz to write."""
    head: str = "default"
    gravity: str = "0,0,0"
    """X,Y,Z in m/s^2, head frame: 0,-9.81,0 for a head held upright. With --dynamic in the frame of a head
    that has not turned."""
    material: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """REGION.PARAMETER=VALUE, as in cheek_left.stiffness=0.5 or all.volume=1.3. Repeatable."""
    bone: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """mandible.scale=0.9 or cranium.scale=1.05. Repeatable."""
    slide: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """A region whose tissue slides on its bone instead of growing on it, as in forehead. Repeatable."""
    contact: bool = True
    """Push apart what touches."""
    dynamic: float | None = None
    """Frames a second: tissue moves with inertia. A CSV's HeadYaw, HeadPitch and HeadRoll turn the head; one
    expression is held for a second."""
    damping: float = 8.0
    """With --dynamic: how fast motion relative to the head dies, 1/s."""
    json: bool = False

    def run(self) -> dict[str, Any]:
        from capture.frames.weights_spec import parse_weights
        from capture.output_file import check_output
        from landmark_driver.identities.read_head import read_head
        from landmark_driver.simulation.programs.move_head import MotionSettings
        from landmark_driver.simulation.programs.simulate_head import (
            SimulationRequest,
            prepare_head,
            simulate_head,
        )

        check_output(self.out, (".npz",))
        recording = parse_weights(self.weights)
        motion = None if self.dynamic is None else MotionSettings(self.dynamic, self.damping)
        gravity = parse_vector(self.gravity)
        request = SimulationRequest(gravity, self.material, self.bone, self.slide, self.contact, motion)
        request.check()
        head = prepare_head(read_head(self.head), self.slide)
        report = simulate_head(head, recording, request, self.out, show_progress("frames"))
        say(
            f"residual {report['residual_mm']:.4f} mm after {report['iterations']:.0f} iterations: {self.out}"
        )
        return report


@dataclass(frozen=True)
class Dataset:
    """Make training data; run again to go on after an interruption."""

    out: Path
    heads: int = 180
    expressions: int = 48
    """Samples of each head."""
    seed: int = 0
    workers: int = 1
    scheduler: str | None = None
    """Address of a Dask scheduler whose workers see the same folder; instead of --workers."""
    physics: Literal["simulation", "stand-in"] = "simulation"
    """What moves the heads. The stand-in only resembles tissue: it is for developing networks."""
    contact: bool = False
    """Let lips, cheeks and teeth push each other apart in the simulation."""
    json: bool = False

    def run(self) -> dict[str, Any]:
        from landmark_driver.hypernetwork.data.make_dataset import DatasetConfig, make_dataset

        if min(self.heads, self.expressions, self.workers) < 1:
            raise UsageError("Expected at least 1 for --heads, --expressions and --workers.")
        config = DatasetConfig(self.heads, self.expressions, self.seed, self.physics, self.contact)
        manifest = make_dataset(self.out, config, self.workers, self.scheduler, show_progress("heads"))
        return {"path": str(self.out)} | {name: manifest[name] for name in ("samples", "failures")}


@dataclass(frozen=True)
class Train:
    """Train the networks on a dataset; run again to go on after an interruption."""

    dataset: Annotated[Path, tyro.conf.Positional]
    out: Path
    """The .safetensors weights to write; log and checkpoint lie beside them."""
    network: Literal["sparse", "soft"] = "sparse"
    """sparse: landmarks to vertices (and soft, which it needs); soft: ARKit weights to vertices."""
    seed: int = 0
    latents: int = 128
    forward_steps: int = 6000
    corrector_steps: int = 1500
    threads: int = 1
    json: bool = False

    def run(self) -> dict[str, Any]:
        from landmark_driver.hypernetwork.training.train_network import train
        from landmark_driver.hypernetwork.training.training_config import TrainingConfig

        names = ("network", "seed", "latents", "forward_steps", "corrector_steps", "threads")
        config = TrainingConfig(**{name: getattr(self, name) for name in names})
        return asdict(train(self.dataset, self.out, config, show_progress("steps")))


@dataclass(frozen=True)
class Evaluate:
    """Measure drivers against heads with known vertices."""

    closed_loop: bool = False
    """Draw heads, let MediaPipe see them, drive, and compare."""
    dataset: Path | None = None
    """A dataset whose held-out samples to measure on, instead of those that ship."""
    weights: Path | None = None
    """Trained weights, instead of those that ship."""
    split: Literal["unseen-heads", "unseen-expressions", "both"] = "both"
    landmarks: Literal[20, 68, 478] = 478
    noise: float = 0.0
    """Landmark noise per axis, mm."""
    drop: float = 0.0
    """Share of the landmarks that is not seen."""
    jitter: tuple[float, float] = (0.0, 0.0)
    """Head-pose jitter: mm and degrees per axis."""
    samples: int = 150
    baseline_steps: int = 0
    """Train the plain MLP, and at 68 points S2D-Dec, for so many steps and add their rows."""
    simulated: int = 0
    """Simulate so many of the samples again, for the time that takes."""
    heads: int = 3
    mixtures: int = 30
    seed: int = 1
    json: bool = False

    def run(self) -> dict[str, Any]:
        rows = self._closed_loop() if self.closed_loop else self._on_dataset()
        say(table([asdict(row) for row in rows]))
        return {"rows": [asdict(row) for row in rows]}

    def _trained(self):
        from landmark_driver.network.network_weights import NetworkWeights
        from landmark_driver.network.shipped_networks import shipped_weights

        return shipped_weights() if self.weights is None else NetworkWeights.load(self.weights)

    def _closed_loop(self):
        from landmark_driver.hypernetwork.evaluation.closed_loop import closed_loop

        return closed_loop(self.heads, self.mixtures, self.seed, say, self._trained())

    def _on_dataset(self):
        from landmark_driver.hypernetwork.evaluation.error_tally import EvaluationConfig
        from landmark_driver.hypernetwork.evaluation.evaluate_methods import evaluate
        from landmark_driver.network.shipped_networks import HELD_OUT_PATH

        if self.noise < 0 or not 0 <= self.drop < 1:
            raise UsageError(
                "Expected --noise of at least 0 and --drop from 0 to below 1, "
                f"got {self.noise} and {self.drop}."
            )
        config = EvaluationConfig(
            self.split,
            self.landmarks,
            self.noise,
            self.drop,
            *self.jitter,
            self.samples,
            self.seed,
            self.baseline_steps,
            self.simulated,
        )
        dataset = self.dataset or HELD_OUT_PATH
        return evaluate(dataset, self._trained(), config, progress=show_progress("settings"))


@dataclass(frozen=True)
class Export:
    """Write a character's per-frame network as a model for phones, if it computes what the driver computes."""

    character: Annotated[str, tyro.conf.Positional]
    """A character file, or default."""
    format: Literal["coreml", "tflite", "onnx"]
    out: Path
    """The .mlpackage, .tflite or .onnx to write."""
    precision: Literal["fp32", "fp16", "int8", "palettised"] = "fp32"
    """How weights are stored; computing stays in float32. palettised is for coreml alone."""
    network: Literal["sparse", "soft"] = "sparse"
    """sparse: landmarks to vertices; soft: ARKit weights to vertices."""
    ios: Literal[16, 18] = 16
    """For coreml: with 18, one package holds both functions."""
    json: bool = False

    def run(self) -> dict[str, Any]:
        from export.models.export_model import export_model
        from landmark_driver.character import Character

        character = Character.load(self.character)
        report = export_model(
            character, self.format, self.out, self.precision, self.network, show_step, self.ios
        ).to_json()
        say(
            f"{report['path']}: {report['bytes']} bytes, within {report['max_abs_error_mm']:.2g} mm of the driver"
        )
        return report


@dataclass(frozen=True)
class Bench:
    """Measure latency: here, in any browser, on handsets. `bench compare A B` tells whether two reports differ."""

    what: Annotated[
        tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="[CHARACTER | compare A B]")
    ] = ()
    """A character (default: the one that ships), or compare and two reports."""
    target: Literal["local", "browser", "phone", "android", "ios", "arm64-emulated"] = "local"
    """browser is a headless Chromium here, phone any handset that opens the page behind the code, android
    whatever adb lists. arm64-emulated counts instructions and checks results; it tells no time."""
    threads: int = 1
    """Also with so many threads."""
    seconds: float | None = None
    """Of timing (30; in a browser 10). 600 in a browser shows how a device slows down as it gets warm."""
    report: Path | None = None
    """The folder to write bench.json, bench.md and bench.html into."""
    budget: str | None = None
    """As in 10ms: exit status 1 where a frame takes longer in its 95th percentile."""
    simulator: bool = True
    """Also one solve of the physics."""
    exported: Path | None = None
    """A folder with exported models (.tflite, .onnx, .mlpackage); without it they are exported where that is installed."""
    port: int = 8443
    """Port of the page for phones."""
    benchmark_model: Path | None = None
    """For android: LiteRT's official benchmark_model, built for it."""
    imported: tyro.conf.UseAppendAction[tuple[Path, ...]] = ()
    """For android: JSON that litert-benchmark --result_json wrote on a device. Repeatable."""
    team: str = ""
    """For ios: the developer team that signs Apple's model runner."""
    json: bool = False

    def run(self) -> dict[str, Any]:
        if self.what and self.what[0] == "compare":
            return self._compare()
        if len(self.what) > 1:
            raise UsageError(f"Expected one character, or compare A B, got '{' '.join(self.what)}'.")
        from firmware_bench.report.report_markdown import report_markdown
        from firmware_bench.run_bench import BenchSettings, run_bench

        given = {
            item.name: getattr(self, item.name) for item in fields(self) if item.name not in ("what", "json")
        }
        settings = BenchSettings(config_dir(), self.what[0] if self.what else "default", **given)
        report = run_bench(settings, say, show_progress("rounds"))
        say(report_markdown(report))
        return report.to_json()

    def _compare(self) -> dict[str, Any]:
        if len(self.what) != 3:
            raise UsageError(f"Expected two reports, as in bench compare A B, got {len(self.what) - 1}.")
        from firmware_bench.report.bench_report import read_report
        from firmware_bench.report.compare_runs import compare_runs
        from firmware_bench.report.report_markdown import comparison_markdown
        from firmware_bench.report.write_reports import check_report_folder, write_comparison

        comparison = compare_runs(read_report(Path(self.what[1])), read_report(Path(self.what[2])))
        if self.report is not None:
            check_report_folder(self.report)
            write_comparison(comparison, self.report)
        say(comparison_markdown(comparison))
        return comparison.to_json()


HeadCommand = (
    Annotated[HeadSample, tyro.conf.subcommand("sample")]
    | Annotated[HeadFit, tyro.conf.subcommand("fit")]
    | Annotated[HeadLayers, tyro.conf.subcommand("layers")]
    | Annotated[HeadInfo, tyro.conf.subcommand("info")]
)


@dataclass(frozen=True)
class Head:
    """Make and inspect heads."""

    command: tyro.conf.OmitArgPrefixes[tyro.conf.OmitSubcommandPrefixes[HeadCommand]]

    @property
    def json(self) -> bool:
        return self.command.json

    def run(self) -> dict[str, Any]:
        return self.command.run()


Command = (
    Annotated[Live, tyro.conf.subcommand("live")]
    | Annotated[Drive, tyro.conf.subcommand("drive")]
    | Annotated[Head, tyro.conf.subcommand("head")]
    | Annotated[Simulate, tyro.conf.subcommand("simulate")]
    | Annotated[Dataset, tyro.conf.subcommand("dataset")]
    | Annotated[Train, tyro.conf.subcommand("train")]
    | Annotated[Evaluate, tyro.conf.subcommand("evaluate")]
    | Annotated[Export, tyro.conf.subcommand("export")]
    | Annotated[Bench, tyro.conf.subcommand("bench")]
)


def parse_vector(text: str) -> tuple[float, float, float]:
    """Three finite numbers from "X,Y,Z"."""
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"Expected three numbers X,Y,Z, as in 0,-9.81,0, got '{text}'.") from error
    return x, y, z


def table(rows: list[dict[str, Any]]) -> str:
    """Rows with the same keys as a Markdown table."""
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    return "\n".join(lines + ["| " + " | ".join(str(value) for value in row.values()) + " |" for row in rows])


def show_progress(unit: str):
    """A progress line on a terminal, nothing elsewhere."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty() and (done % 10 == 0 or done == total):
            end = "\n" if done == total else ""
            print(f"\r{done} of {total} {unit}", end=end, file=sys.stderr, flush=True)

    return show


def show_step(step: str) -> None:
    """What is being done, on a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{step}", end="", file=sys.stderr, flush=True)


def bad_input() -> tuple[type[Exception], ...]:
    from capture.output_file import OutputError
    from export.export_error import ExportError
    from firmware_bench.measure.bench_error import BenchError
    from landmark_driver.character import CharacterError
    from landmark_driver.head.identity_model import HeadModelError
    from landmark_driver.head_fit.scan_files.head_fit_error import HeadFitError
    from landmark_driver.hypernetwork.data.dataset_error import DatasetError
    from landmark_driver.network.network_weights import WeightsError
    from landmark_driver.simulation.energy.simulation_error import SimulationError

    ours = (
        BenchError,
        CaptureError,
        CharacterError,
        DatasetError,
        ExportError,
        HeadFitError,
        HeadModelError,
        OutputError,
        SimulationError,
        WeightsError,
    )
    return (*ours, UsageError, OSError)


def main(arguments: list[str] | None = None) -> None:
    command: Command = tyro.cli(  # pyright: ignore[reportCallIssue]
        Command,  # pyright: ignore[reportArgumentType]
        prog="softdeca",
        description="Point a phone at your face and a scanned head moves as living tissue would.",
        args=arguments,
    )
    from export.export_error import ParityError

    try:
        result = command.run()
    except ParityError as error:
        say(f"softdeca: {error}")
        sys.exit(1)
    except bad_input() as error:
        say(f"softdeca: {error}")
        sys.exit(2)
    if command.json:
        print(json.dumps(result), flush=True)
    if result.get("within_budget") is False:
        sys.exit(1)


if __name__ == "__main__":
    main()
