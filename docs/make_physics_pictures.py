"""The pictures of docs/physics.md: `python -m docs.make_physics_pictures [nod] [edits]`. Needs the training extra."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from capture.arkit import ARKIT_NAMES
from capture.arkit_csv import WeightsRecording
from docs.make_pictures import PICTURES, weights
from landmark_driver.head_model.anny_identities import load_anny_identities
from landmark_driver.head_model.detailed_head import DetailedHead, detailed_head
from landmark_driver.head_model.face_regions import REGIONS
from landmark_driver.head_model.render import Camera, orbit_camera, render
from landmark_driver.simulation.affine_pose import moved_points
from landmark_driver.simulation.check_replay import TargetVolume
from landmark_driver.simulation.load import BonePoses
from landmark_driver.simulation.material_edits import edited_materials, parse_material_edit
from landmark_driver.simulation.move_head import MotionSettings, MovedFrame, move_head
from landmark_driver.simulation.simulate_head import bone_edits, prepare_head
from landmark_driver.simulation.simulated_head import (
    ActedExpression,
    SimulatedFace,
    SimulatedHead,
    acted_load,
)
from landmark_driver.simulation.simulator import Simulator

LIPS_PRESSED = True
"""Whether the panel with contact is drawn."""

_NEUTRAL = np.zeros(len(ARKIT_NAMES))
_NOD_FPS, _NOD_S, _NOD_STOPS_S, _NOD_RAD = 30.0, 2.0, 1.0, 0.45
_SOFT = (
    "all.stiffness=0.4",
    "cheek.stiffness=0.12",
    "jaw.stiffness=0.2",
    "cheek.volume=1.3",
    "jaw.volume=1.2",
)
_SHOWN_FRAMES = (0, 4, 8, 11, 15, 23, 27, 60)
_EXAGGERATED = 2.5
_FULL_COLOR_MM = 2.0
_LAG_COLOR = np.array([0.05, 0.25, 0.95])
_UP, _LYING, _UPSIDE_DOWN = (0.0, -9.81, 0.0), (0.0, 0.0, -9.81), (0.0, 9.81, 0.0)
_FRONT = orbit_camera(0.52, 0, 0, (200, 240), 32, target=(0.0, -0.02, -0.035))
_TURNED = orbit_camera(0.52, 28, 0, (200, 240), 32, target=(0.0, -0.02, -0.035))
_FILM = orbit_camera(0.5, 38, 0, (230, 260), 29, target=(0.0, -0.045, -0.05))

Panel = list[tuple[str, np.ndarray]]
"""Captioned images that stand side by side."""


class Stage:
    """One head that is edited, settled and drawn."""

    def __init__(self):
        identities = load_anny_identities()
        self.head: SimulatedHead = prepare_head(identities.mean())
        self._detail: DetailedHead = detailed_head(identities.mean())
        self.neutral = self.act(_NEUTRAL)

    def act(self, expression: np.ndarray) -> ActedExpression:
        return self.head.act(expression)

    def tissue(self, *edits: str) -> Simulator:
        """The head with material edits as the command line writes them."""
        parsed = dict(parse_material_edit(text) for text in edits)
        return self.head.with_materials(
            edited_materials(self.head.layered, parsed, self.head.simulator.materials)
        )

    def settle(
        self,
        acted: ActedExpression,
        *edits: str,
        gravity: tuple[float, float, float] = (0.0, 0.0, 0.0),
        bones: tuple[str, ...] = (),
        contact: bool = False,
    ) -> SimulatedFace:
        return self.head.settle(
            acted,
            self.tissue(*edits),
            gravity_m_s2=gravity,
            bones=bone_edits(self.head.layered, bones),
            contact=contact,
        )

    def draw(
        self, vertices: np.ndarray, camera: Camera = _FRONT, amount: np.ndarray | None = None
    ) -> np.ndarray:
        """The head; `amount` (0 to 1 a vertex) tints it blue."""
        detail = self._detail
        colors = detail.colors
        if amount is not None:
            tint = np.clip(detail.subdivision(amount[:, None].repeat(3, 1)), 0, 1)
            colors = (1 - tint) * colors + tint * _LAG_COLOR
        fine = detail.subdivision(vertices)
        return render(fine, detail.faces, colors, camera, detail.gloss, 2).image


def nod_frames(stage: Stage) -> list[MovedFrame]:
    """Two nods in a second and then stillness, in soft tissue with full cheeks."""
    times = np.arange(int(_NOD_S * _NOD_FPS) + 1) / _NOD_FPS
    down = (1 - np.cos(4 * np.pi * times / _NOD_STOPS_S)) / 2
    pitch = np.where(times < _NOD_STOPS_S, _NOD_RAD * down, 0.0)
    angles = np.stack([0 * pitch, pitch, 0 * pitch], 1)
    recording = WeightsRecording(times, np.zeros((len(times), len(ARKIT_NAMES))), angles)
    simulator = stage.tissue(*_SOFT)
    motion = MotionSettings(_NOD_FPS)
    return list(move_head(stage.head, simulator, recording, motion, gravity_m_s2=_UP, contact=False))


def lag(frames: list[MovedFrame], number: int) -> np.ndarray:
    """How far each vertex is from where it would be in a head that moves slowly, metres, head frame."""
    return frames[number].face.vertices - frames[0].face.vertices


def nod(stage: Stage) -> None:
    """Above the nod as it is, below the flesh's lag exaggerated and tinted, and the energy under both."""
    frames = nod_frames(stage)
    plain, exaggerated = [], []
    for number in _SHOWN_FRAMES:
        pose, behind = frames[number].T_world_head, lag(frames, number)
        amount = np.linalg.norm(behind, axis=1) * 1e3 / _FULL_COLOR_MM
        rest = frames[0].face.vertices
        plain.append(stage.draw(moved_points(pose, rest + behind), _FILM))
        more = moved_points(pose, rest + _EXAGGERATED * behind)
        exaggerated.append(stage.draw(more, _FILM, amount))
    energies = [frame.tissue.total_j for frame in frames]
    _print_energies(frames)
    strip = np.concatenate([np.concatenate(plain, 1), np.concatenate(exaggerated, 1)])
    save("nod.png", np.concatenate([strip, _energy_plot(energies, strip.shape[1])]))


def _print_energies(frames: list[MovedFrame]) -> None:
    """Every frame's energy, and how much it rises once the head is still."""
    for number, frame in enumerate(frames):
        most = np.linalg.norm(lag(frames, number), axis=1).max() * 1e3
        print(
            f"{frame.time_s:.3f} s: kinetic {frame.tissue.kinetic_j * 1e3:7.3f} mJ, "
            f"total {frame.tissue.total_j * 1e3:9.3f} mJ, lag up to {most:.2f} mm"
        )
    still = [frame.tissue.total_j for frame in frames if frame.time_s >= _NOD_STOPS_S + 1e-6]
    gain = max(later - earlier for earlier, later in pairwise(still))
    print(f"largest gain from frame to frame once still: {gain * 1e3:.2e} mJ")


def _energy_plot(energies: list[float], width_px: int, height_px: int = 90) -> np.ndarray:
    """Total energy against time, the frames above marked."""
    image = Image.new("RGB", (width_px, height_px), (41, 46, 54))
    draw = ImageDraw.Draw(image)
    values = np.array(energies)
    x = 10 + (width_px - 20) * np.arange(len(values)) / (len(values) - 1)
    y = height_px - 10 - (height_px - 34) * (values - values.min()) / np.ptp(values)
    draw.line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=(240, 200, 120), width=2)
    for number in _SHOWN_FRAMES:
        spot = x[number] - 3, y[number] - 3, x[number] + 3, y[number] + 3
        draw.ellipse(spot, fill=(240, 240, 240))
    caption = (
        f"total energy over {_NOD_S:g} s; dots: the frames above. The head is still from {_NOD_STOPS_S:.2f} s"
    )
    draw.text((10, 4), caption, fill=(220, 220, 220), font=ImageFont.load_default(14))
    return np.asarray(image)


def gravity_panel(stage: Stage) -> Panel:
    edit = "all.stiffness=0.15"
    faces = [stage.settle(stage.neutral, edit, gravity=g).vertices for g in (_UP, _LYING, _UPSIDE_DOWN)]
    names = ("very soft tissue, upright", "lying on the back", "upside down")
    return [(name, stage.draw(face, _TURNED)) for name, face in zip(names, faces, strict=True)]


def volume_panel(stage: Stage) -> Panel:
    regions = ("cheek", "jaw", "chin", "neck")
    slim, fat = (
        stage.settle(stage.neutral, *(f"{region}.volume={v}" for region in regions)) for v in (0.6, 1.8)
    )
    return [
        ("neutral", stage.draw(stage.neutral.blendshapes, _TURNED)),
        ("slim: volume 0.6", stage.draw(slim.vertices, _TURNED)),
        ("fat: volume 1.8", stage.draw(fat.vertices, _TURNED)),
    ]


def stiffness_panel(stage: Stage) -> Panel:
    soft = [f"{region}_left.stiffness=0.08" for region in ("cheek", "jaw", "lower_lip", "chin")]
    even = stage.settle(stage.neutral, gravity=_UP)
    uneven = stage.settle(stage.neutral, *soft, gravity=_UP)
    moved = np.linalg.norm(uneven.vertices - even.vertices, axis=1) * 1e3
    return [
        ("upright, even tissue", stage.draw(even.vertices)),
        ("left side soft (0.08)", stage.draw(uneven.vertices)),
        (f"difference, to {moved.max():.1f} mm", stage.draw(uneven.vertices, amount=moved / 4)),
    ]


def paralysis_panel(stage: Stage) -> Panel:
    smile = stage.act(weights(mouthSmile=1.0, cheekSquint=0.5))
    left = [f"{region}.strength=0" for region in REGIONS if region.endswith("_left")]
    half = stage.settle(smile, *left)
    return [
        ("smile: blendshapes", stage.draw(smile.blendshapes)),
        ("smile: simulated", stage.draw(stage.settle(smile).vertices)),
        ("left side paralysed", stage.draw(half.vertices)),
    ]


def mandible_panel(stage: Stage) -> Panel:
    short, long = (stage.settle(stage.neutral, bones=(f"mandible.scale={s}",)) for s in (0.94, 1.06))
    side = orbit_camera(0.52, 75, 0, (200, 240), 31, target=(0.0, -0.03, -0.07))
    return [
        ("neutral", stage.draw(stage.neutral.blendshapes, side)),
        ("mandible x 0.94", stage.draw(short.vertices, side)),
        ("mandible x 1.06", stage.draw(long.vertices, side)),
    ]


def puff_panel(stage: Stage) -> Panel:
    puff = stage.act(weights(cheekPuff=1.0))
    settled = stage.settle(puff)
    changes = TargetVolume(stage.head).change(puff, stage.head), settled.settled.volume_change
    print("cheeks puffed: tissue volume of the blendshapes {:+.2%}, settled {:+.2%}".format(*changes))
    return [
        ("neutral", stage.draw(stage.neutral.blendshapes, _TURNED)),
        (f"blendshapes: volume {changes[0]:+.1%}", stage.draw(puff.blendshapes, _TURNED)),
        (f"simulated: volume {changes[1]:+.1%}", stage.draw(settled.vertices, _TURNED)),
    ]


def nod_panel(stage: Stage) -> Panel:
    frames = nod_frames(stage)
    most = max(range(len(frames)), key=lambda n: np.linalg.norm(lag(frames, n), axis=1).max())
    behind = lag(frames, most)
    pose, rest = frames[most].T_world_head, frames[0].face.vertices
    amount = np.linalg.norm(behind, axis=1) * 1e3
    tinted = stage.draw(moved_points(pose, rest + behind), _TURNED, amount / _FULL_COLOR_MM)
    return [
        ("before a nod", stage.draw(rest, _TURNED)),
        ("in the nod", stage.draw(moved_points(pose, rest + behind), _TURNED)),
        (f"the flesh lags, to {amount.max():.1f} mm", tinted),
    ]


def lips_panel(stage: Stage) -> Panel:
    press = stage.act(weights(mouthPress=1.0, mouthShrugLower=0.6))
    near = orbit_camera(0.3, 25, 0, (200, 240), 22, target=(0.0, -0.075, 0.0))
    crossing, touching = stage.settle(press), stage.settle(press, contact=True)
    poses = acted_load(press, BonePoses(), (0, 0, 0)).poses
    pairs = sum(one.violations(crossing.settled.nodes, poses) for one in stage.head.simulator.contacts)
    print(f"lips pressed: {pairs} overlaps without contact, {touching.settled.penetrations} with it")
    return [
        ("lips pressed: blendshapes", stage.draw(press.blendshapes, near)),
        (f"no contact: {pairs} overlaps", stage.draw(crossing.vertices, near)),
        (f"contact: {touching.settled.penetrations} overlaps", stage.draw(touching.vertices, near)),
    ]


PANELS: tuple[Callable[[Stage], Panel], ...] = (
    gravity_panel,
    volume_panel,
    stiffness_panel,
    paralysis_panel,
    mandible_panel,
    puff_panel,
    nod_panel,
    *((lips_panel,) if LIPS_PRESSED else ()),
)


def edits(stage: Stage) -> None:
    """What blendshapes cannot do, three heads an edit, two edits a row."""
    rows = [_captioned(panel(stage)) for panel in PANELS]
    if len(rows) % 2:
        rows.append(np.full_like(rows[0], 41))
    pairs = [np.concatenate(rows[i : i + 2], 1) for i in range(0, len(rows), 2)]
    save("edits.png", np.concatenate(pairs))


def _captioned(panel: Panel) -> np.ndarray:
    images = []
    for caption, picture in panel:
        image = Image.fromarray(picture)
        ImageDraw.Draw(image).text((6, 4), caption, fill=(235, 235, 235), font=ImageFont.load_default(13))
        images.append(np.asarray(image))
    return np.concatenate(images, 1)


def save(name: str, picture: np.ndarray) -> None:
    """256 colours, dithered, so that a picture stays small."""
    image = Image.fromarray(picture)
    palette = image.quantize(256, kmeans=2)
    image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(PICTURES / name, optimize=True)
    print(PICTURES / name, (PICTURES / name).stat().st_size // 1000, "kB", flush=True)


if __name__ == "__main__":
    makers = {maker.__name__: maker for maker in (nod, edits)}
    stage = Stage()
    for name in sys.argv[1:] or makers:
        makers[name](stage)
