"""The film strip of docs/physics.md: `python -m docs.scripts.make_nod_picture`. Needs the training extra."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from docs.scripts.nod import FULL_COLOR_MM, NOD_LASTS_S, NOD_STOPS_S, lag, nod_frames
from docs.scripts.stage import Stage, save
from landmark_driver.rendering.render import orbit_camera
from landmark_driver.simulation.programs.move_head import MovedFrame

_SHOWN_FRAMES = (0, 4, 8, 11, 15, 23, 27, 60)
_EXAGGERATED = 2.5
_FILM = orbit_camera(0.5, 38, 0, (230, 260), 29, target=(0.0, -0.045, -0.05))


def nod(stage: Stage) -> None:
    """Above the nod as it is, below the flesh's lag exaggerated and tinted, and the energy under both."""
    frames = nod_frames(stage)
    plain, exaggerated = [], []
    for number in _SHOWN_FRAMES:
        pose, behind = frames[number].T_world_head, lag(frames, number)
        amount = np.linalg.norm(behind, axis=1) * 1e3 / FULL_COLOR_MM
        rest = frames[0].face.vertices
        plain.append(stage.draw(rest + behind, _FILM, T_world_head=pose))
        more = rest + _EXAGGERATED * behind
        exaggerated.append(stage.draw(more, _FILM, amount, T_world_head=pose))
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
    still = [frame.tissue.total_j for frame in frames if frame.time_s >= NOD_STOPS_S + 1e-6]
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
    caption = f"total energy over {NOD_LASTS_S:g} s; dots: the frames above. The head is still from {NOD_STOPS_S:.2f} s"
    draw.text((10, 4), caption, fill=(220, 220, 220), font=ImageFont.load_default(14))
    return np.asarray(image)


if __name__ == "__main__":
    nod(Stage())
