"""The pictures of docs/networks.md: `python -m docs.scripts.make_network_pictures DATASET [errors] [nod]`. Needs the dev extra.

`errors`: losses of the training and errors by region, and heat maps of the best and the worst heads among those
that no training has seen. `nod`: flesh that follows a nod, by the networks and by the simulation.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot
from PIL import Image

from docs.scripts.make_pictures import PICTURES
from docs.scripts.nod import NOD_FPS, nod_recording
from landmark_driver.hypernetwork.data.landmark_layouts import evaluation_layout
from landmark_driver.hypernetwork.data.pooled_basis import pooled_basis
from landmark_driver.hypernetwork.data.training_data import TrainingData, load_training_data
from landmark_driver.hypernetwork.evaluation import baselines
from landmark_driver.hypernetwork.evaluation.baselines import Displace, Task
from landmark_driver.hypernetwork.training.training_problem import own_blendshapes
from landmark_driver.identities.build_character import character_from
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.landmarks.secondary_motion import SecondaryMotion
from landmark_driver.network.shipped_networks import LOG_PATH, shipped_network, shipped_weights
from landmark_driver.rendering.render import orbit_camera, render
from landmark_driver.simulation.programs.move_head import MotionSettings, move_head
from landmark_driver.simulation.programs.simulate_head import prepare_head
from landmark_driver.tissue.face_regions import face_regions
from landmark_driver.tissue.tissue_parameters import REGIONS
from landmark_driver.tissue.tissue_setting import default_setting, setting_from_code

_MOVES_MM, _FULL_MM = 0.5, 1.0
_HEADS_SHOWN = 4
_NOISE_MM = 0.58
_SOFT = {
    "all.stiffness": 0.4,
    "cheek.stiffness": 0.2,
    "jaw.stiffness": 0.2,
    "cheek.volume": 1.3,
    "jaw.volume": 1.2,
}
_CAMERA = orbit_camera(0.52, 20, 0, (260, 320), 30, target=(0.0, -0.02, -0.035))


class HeldOut:
    """Errors of methods at each skin vertex, on the samples of heads and expressions never seen."""

    def __init__(self, folder: Path):
        self.data: TrainingData = load_training_data(folder)
        weights = shipped_weights()
        self.template = load_identities().template()
        pooled = pooled_basis(self.data, weights.latents, folder, self.template)
        self._methods: dict[str, Callable[[Task], Displace]] = {
            "PCA posterior": baselines.pooled_posterior(pooled),
            "no corrector": baselines.own_prior(weights),
            "SparseSoftDECA": baselines.sparse_soft_deca(weights),
        }
        self.samples = self.data.of_split("both")
        self.moving, self.errors_mm = self._measured()

    def _measured(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        layout = evaluation_layout(478, load_identities().landmark_embedding())
        moved_mm = np.linalg.norm(self.data.displacement_mm[self.samples].astype(float), axis=2)
        errors: dict[str, list[np.ndarray]] = {name: [] for name in self._methods}
        for sample in self.samples:
            neutral = self.data.neutral[self.data.head[sample]]
            setting = setting_from_code(self.data.tissue_code[sample])
            task = Task(
                neutral,
                own_blendshapes(neutral[None], load_identities())[0],
                setting,
                layout,
                1e-3 * _NOISE_MM,
            )
            true = 1e-3 * self.data.displacement_mm[sample].astype(float)
            noise = (
                1e-3 * _NOISE_MM * np.random.default_rng(int(sample)).normal(size=(len(layout.weights), 3))
            )
            for name, prepare in self._methods.items():
                result = prepare(task)(layout(true) + noise, np.ones(len(noise), bool))
                errors[name].append(1e3 * np.linalg.norm(result - true, axis=1))
        return moved_mm > _MOVES_MM, {name: np.array(rows) for name, rows in errors.items()}

    def by_region(self) -> dict[str, dict[str, float]]:
        """Mean over moving vertices of each region, millimetres."""
        labels = face_regions(self.template.vertices, self.template.topology.lip_loop)
        places = sorted({name.rsplit("_", 1)[0] for name in REGIONS})
        result: dict[str, dict[str, float]] = {}
        for name, errors in self.errors_mm.items():
            result[name] = {}
            for place in places:
                rows = [i for i, region in enumerate(REGIONS) if region.rsplit("_", 1)[0] == place]
                here = self.moving & np.isin(labels, rows) & self.on_skin
                result[name][place] = float(errors[here].mean()) if here.any() else 0.0
        return result

    @property
    def on_skin(self) -> np.ndarray:
        skin = np.zeros(len(self.template.vertices), bool)
        skin[self.template.topology.vertices_of("skin")] = True
        return skin


def errors(folder: Path) -> None:
    held_out = HeldOut(folder)
    log = json.loads(LOG_PATH.read_text(encoding="utf-8"))
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(12, 4.2))
    for stage, rows in log["losses"].items():
        steps, losses = np.array(rows).T
        left.semilogy(steps, losses, lw=0.5, alpha=0.35)
        width = max(1, len(losses) // 40)
        smooth = np.convolve(losses, np.ones(width) / width, "valid")
        left.semilogy(steps[width - 1 :], smooth, label=stage, color=left.lines[-1].get_color())
    left.set(xlabel="step", ylabel="training loss, mm", title="training")
    left.legend()
    table = held_out.by_region()
    names = list(next(iter(table.values())))
    for number, (method, row) in enumerate(table.items()):
        right.bar(np.arange(len(names)) + 0.27 * (number - 1), list(row.values()), 0.27, label=method)
    right.set_xticks(np.arange(len(names)), names, rotation=45, ha="right")
    title = f"heads and expressions never seen, 478 points, {_NOISE_MM} mm noise"
    right.set(ylabel="mean error, mm", title=title)
    right.legend()
    figure.tight_layout()
    figure.savefig(PICTURES / "network_errors.png", dpi=90)
    _heat_maps(held_out)


def _heat_maps(held_out: HeldOut) -> None:
    """Heads of the split by their mean error: the best above, the worst below; white 0, red 1 mm."""
    heads = held_out.data.head[held_out.samples]
    errors_mm, faces = held_out.errors_mm["SparseSoftDECA"], held_out.template.topology.faces_of("skin")
    moving = held_out.moving & held_out.on_skin
    mean = {h: errors_mm[heads == h][moving[heads == h]].mean() for h in np.unique(heads)}
    ordered = sorted(mean, key=lambda head: mean[head])
    rows = []
    for chosen in (ordered[:_HEADS_SHOWN], ordered[-_HEADS_SHOWN:]):
        row = []
        for head in chosen:
            fraction = np.clip(errors_mm[heads == head].mean(0) / _FULL_MM, 0, 1)[:, None]
            colors = fraction * [0.8, 0.02, 0.02] + (1 - fraction) * [0.75, 0.75, 0.75]
            row.append(render(held_out.data.neutral[head], faces, colors, _CAMERA, supersample=2).image)
        rows.append(np.hstack(row))
        print("mean error of the heads, mm:", [round(float(mean[head]), 3) for head in chosen])
    Image.fromarray(np.vstack(rows)).save(PICTURES / "network_heat_maps.png", optimize=True)


def nod(folder: Path) -> None:
    """How far the 200 skin vertices that a nod moves most are behind the skull."""
    identities = load_identities()
    head = prepare_head(identities.mean(), identities)
    soft = default_setting().with_values(_SOFT)
    simulator = head.with_setting(soft)
    recording = nod_recording()
    frames = list(move_head(head, simulator, recording, MotionSettings(NOD_FPS), contact=False))
    simulated = np.stack([frame.face.vertices - frames[0].face.vertices for frame in frames])

    default = shipped_network(character_from(identities, identities.mean(), {}).head)
    network = default.with_target(soft)
    sway = SecondaryMotion(network.sway.mode)
    times = recording.times_s
    felt = [sway(frame.T_world_head, float(time_s)) for time_s, frame in zip(times, frames, strict=True)]
    shown = (np.array(felt) @ network.gravity_compliance).reshape(len(times), -1, 3)
    _plot_nod(times, simulated, shown)


def _plot_nod(times: np.ndarray, simulated: np.ndarray, shown: np.ndarray) -> None:
    skin = load_identities().topology.vertices_of("skin")
    most = skin[np.argsort(np.abs(simulated[:, skin]).max((0, 2)))[-200:]]
    figure, axes = pyplot.subplots(1, 2, figsize=(12, 3.6), sharey=True)
    for axis, name, number in zip(axes, ("up", "forward"), (1, 2), strict=True):
        pair = [1e3 * way[:, most, number].mean(1) for way in (simulated, shown)]
        for way, label in zip(pair, ("simulation", "networks"), strict=True):
            axis.plot(times, way, label=label)
        late = _delay_s(*pair)
        ratio = np.ptp(pair[1]) / np.ptp(pair[0])
        axis.set(xlabel="s", title=f"{name}: amplitude {ratio:.2f} of the simulation's, {1e3 * late:+.0f} ms")
        print(f"{name}: amplitude ratio {ratio:.3f}, delay {1e3 * late:.0f} ms")
    axes[0].set_ylabel("mm behind the skull")
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(PICTURES / "network_nod.png", dpi=90)


def _delay_s(reference: np.ndarray, other: np.ndarray) -> float:
    """By which the other follows best, from cross-correlation on a fine grid."""
    fine = np.arange(0, len(reference) - 1, 0.1)
    a, b = (np.interp(fine, np.arange(len(way)), way - way.mean()) for way in (reference, other))
    shifts = np.arange(-60, 61)
    return 0.1 / NOD_FPS * shifts[int(np.argmax([np.dot(a[60:-60], np.roll(b, -s)[60:-60]) for s in shifts]))]


if __name__ == "__main__":
    makers = {maker.__name__: maker for maker in (errors, nod)}
    for asked in sys.argv[2:] or makers:
        makers[asked](Path(sys.argv[1]))
