"""The edits of docs/physics.md: `python -m docs.scripts.make_physics_pictures`. Needs the training extra."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from capture.frames.arkit import ARKIT_NAMES
from docs.scripts.expression_weights import weights
from docs.scripts.nod import FULL_COLOR_MM, lag, nod_frames
from docs.scripts.stage import Stage, save
from landmark_driver.rendering.render import orbit_camera
from landmark_driver.simulation.actuation.simulated_head import actuated_load
from landmark_driver.simulation.programs.check_replay import TargetVolume
from landmark_driver.simulation.solver.load import BonePoses
from landmark_driver.tissue.tissue_parameters import REGIONS

_NEUTRAL = np.zeros(len(ARKIT_NAMES))
_UP, _LYING, _UPSIDE_DOWN = (0.0, -9.81, 0.0), (0.0, 0.0, -9.81), (0.0, 9.81, 0.0)
_TURNED = orbit_camera(0.52, 28, 0, (200, 240), 32, target=(0.0, -0.02, -0.035))

Panel = list[tuple[str, np.ndarray]]
"""Captioned images that stand side by side."""


def gravity_panel(stage: Stage) -> Panel:
    edit = "all.stiffness=0.15"
    faces = [stage.solve_static(stage.neutral, edit, gravity=g).vertices for g in (_UP, _LYING, _UPSIDE_DOWN)]
    names = ("very soft tissue, upright", "lying on the back", "upside down")
    return [(name, stage.draw(face, _TURNED)) for name, face in zip(names, faces, strict=True)]


def volume_panel(stage: Stage) -> Panel:
    regions = ("cheek", "jaw", "chin", "neck")
    slim, fat = (
        stage.solve_static(stage.neutral, *(f"{region}.volume={v}" for region in regions)) for v in (0.6, 1.8)
    )
    return [
        ("neutral", stage.draw(stage.neutral.blendshapes, _TURNED)),
        ("slim: volume 0.6", stage.draw(slim.vertices, _TURNED)),
        ("fat: volume 1.8", stage.draw(fat.vertices, _TURNED)),
    ]


def stiffness_panel(stage: Stage) -> Panel:
    soft = [f"{region}_left.stiffness=0.08" for region in ("cheek", "jaw", "lower_lip", "chin")]
    even = stage.solve_static(stage.neutral, gravity=_UP)
    uneven = stage.solve_static(stage.neutral, *soft, gravity=_UP)
    moved = np.linalg.norm(uneven.vertices - even.vertices, axis=1) * 1e3
    return [
        ("upright, even tissue", stage.draw(even.vertices)),
        ("left side soft (0.08)", stage.draw(uneven.vertices)),
        (f"difference, to {moved.max():.1f} mm", stage.draw(uneven.vertices, amount=moved / 4)),
    ]


def paralysis_panel(stage: Stage) -> Panel:
    smile = stage.actuate(weights(mouthSmile=1.0, cheekSquint=0.5))
    left = [f"{region}.strength=0" for region in REGIONS if region.endswith("_left")]
    half = stage.solve_static(smile, *left)
    return [
        ("smile: blendshapes", stage.draw(smile.blendshapes)),
        ("smile: simulated", stage.draw(stage.solve_static(smile).vertices)),
        ("left side paralysed", stage.draw(half.vertices)),
    ]


def mandible_panel(stage: Stage) -> Panel:
    short, long = (stage.solve_static(stage.neutral, bones=(f"mandible.scale={s}",)) for s in (0.94, 1.06))
    side = orbit_camera(0.52, 75, 0, (200, 240), 31, target=(0.0, -0.03, -0.07))
    return [
        ("neutral", stage.draw(stage.neutral.blendshapes, side)),
        ("mandible x 0.94", stage.draw(short.vertices, side)),
        ("mandible x 1.06", stage.draw(long.vertices, side)),
    ]


def puff_panel(stage: Stage) -> Panel:
    puff = stage.actuate(weights(cheekPuff=1.0))
    settled = stage.solve_static(puff)
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
    tinted = stage.draw(rest + behind, _TURNED, amount / FULL_COLOR_MM, T_world_head=pose)
    return [
        ("before a nod", stage.draw(rest, _TURNED)),
        ("in the nod", stage.draw(rest + behind, _TURNED, T_world_head=pose)),
        (f"the flesh lags, to {amount.max():.1f} mm", tinted),
    ]


def lips_panel(stage: Stage) -> Panel:
    press = stage.actuate(weights(mouthPress=1.0, mouthShrugLower=0.6))
    near = orbit_camera(0.3, 25, 0, (200, 240), 22, target=(0.0, -0.075, 0.0))
    crossing, touching = stage.solve_static(press), stage.solve_static(press, contact=True)
    poses = actuated_load(press, BonePoses(), (0, 0, 0)).poses
    pairs = sum(one.violations(crossing.settled.nodes, poses) for one in stage.head.simulator.contacts)
    print(f"lips pressed: {pairs} overlaps without contact, {touching.settled.penetrations} with it")
    return [
        ("lips pressed: blendshapes", stage.draw(press.blendshapes, near, sealed=False)),
        (f"no contact: {pairs} overlaps", stage.draw(crossing.vertices, near, sealed=False)),
        (
            f"contact: {touching.settled.penetrations} overlaps",
            stage.draw(touching.vertices, near, sealed=False),
        ),
    ]


PANELS: tuple[Callable[[Stage], Panel], ...] = (
    gravity_panel,
    volume_panel,
    stiffness_panel,
    paralysis_panel,
    mandible_panel,
    puff_panel,
    nod_panel,
    lips_panel,
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


if __name__ == "__main__":
    edits(Stage())
