"""The pictures of docs/index.md: `python -m docs.scripts.make_architecture_pictures`. Needs the dev extra.

One shows every package with its imports, read from the files; the other shows a frame's way from the phone to the viewer.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, PathPatch
from matplotlib.path import Path as Curve
from PIL import Image

from tests.import_order import ORDER
from tests.test_import_direction import PACKAGES, ROOT, folder_of, imported_files, sources

PICTURES = Path(__file__).parents[1] / "pictures"
COLOURS = dict(zip(PACKAGES, ("#2a6f97", "#b5523b", "#5b8c3e", "#7a5195", "#a07c1c", "#3d3d3d"), strict=True))
FLOW = (
    ("camera", "capture/page", "pictures,\non the phone"),
    ("landmarks", "capture/frames/packet.py", "478 points,\none packet a picture"),
    ("displacements", "landmark_driver/landmarks", "calibrated, corrected,\nsmoothed, metres"),
    ("network", "landmark_driver/network/frame_program.py", "landmarks to a latent,\nlatent to vertices"),
    ("mesh", "landmark_driver/head", "the head's vertices,\nor the scan's own"),
    ("viewer", "desktop_viewer", "a browser tab,\na recording, a file"),
)
"""A frame's way: a name, the place where it lives, and its form there."""


def imports() -> Counter[tuple[str, str]]:
    """Return the imports between packages.

    Returns:
        The number of imports by (importing package, imported package).
    """
    found: Counter[tuple[str, str]] = Counter()
    for package in PACKAGES:
        for path in sources(package):
            for file in imported_files(path):
                found[folder_of(path), folder_of(file)] += folder_of(path) != folder_of(file)
    return +found


def architecture(path: Path) -> None:
    """Draw every package, highest at the top, and its imports as arcs.

    Args:
        path: of the picture to write.
    """
    figure, axes = plt.subplots(figsize=(9.5, 11.5), layout="constrained")
    place = {folder: number for number, folder in enumerate(ORDER)}
    for folder, height in place.items():
        files = sum(path.name != "__init__.py" for path in ROOT.joinpath(*folder.split(".")).glob("*.py"))
        colour = COLOURS[folder.split(".")[0]]
        axes.text(-0.6, height, f"{folder}  ({files})", ha="right", va="center", fontsize=9, color=colour)
        axes.plot(0, height, "o", color=colour, markersize=5)
    for (above, below), count in imports().items():
        _arc(axes, place[above], place[below], count, COLOURS[above.split(".")[0]])
    axes.set(xlim=(-14, 18.5), ylim=(-1, len(ORDER)))
    axes.axis("off")
    axes.set_title(
        "Packages and their numbers of files. Each arc is an import, and all go downwards.", fontsize=10
    )
    _save(figure, path)


def _arc(axes: Axes, above: float, below: float, count: int, colour: str) -> None:
    width = 0.45 * (above - below) + 0.6
    points = [(0.0, above), (width, above), (width, below), (0.0, below)]
    curve = Curve(points, [Curve.MOVETO, Curve.CURVE4, Curve.CURVE4, Curve.CURVE4])
    axes.add_patch(PathPatch(curve, fill=False, lw=0.5 + 0.12 * min(count, 12), color=colour, alpha=0.55))


def data_flow(path: Path) -> None:
    """Draw a frame's way from the phone's camera to the viewer.

    Args:
        path: of the picture to write.
    """
    figure, axes = plt.subplots(figsize=(12, 2.1), layout="constrained")
    for number, (name, home, form) in enumerate(FLOW):
        assert (ROOT / home).exists(), home
        left = 2.2 * number
        colour = COLOURS[home.split("/")[0]]
        axes.add_patch(
            FancyBboxPatch((left, 0), 1.7, 1, boxstyle="round,pad=0.06", fc="white", ec=colour, lw=1.6)
        )
        axes.text(left + 0.85, 0.76, name, ha="center", va="center", fontsize=12, color=colour)
        axes.text(left + 0.85, 0.3, form, ha="center", va="center", fontsize=8)
        axes.text(
            left + 0.85,
            -0.24,
            home.replace("landmark_driver/", "landmark_driver/\n"),
            ha="center",
            va="top",
            fontsize=7,
            family="monospace",
        )
        if number:
            axes.add_patch(
                FancyArrowPatch((left - 0.42, 0.5), (left - 0.08, 0.5), arrowstyle="-|>", mutation_scale=12)
            )
    axes.set(xlim=(-0.15, 2.2 * len(FLOW) - 0.35), ylim=(-0.75, 1.15))
    axes.axis("off")
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    """Write a figure in 64 colours, which makes its file a fourth as large."""
    figure.savefig(path, dpi=110)
    plt.close(figure)
    Image.open(path).convert("RGB").quantize(64).save(path, optimize=True)


if __name__ == "__main__":
    architecture(PICTURES / "architecture.png")
    data_flow(PICTURES / "data_flow.png")
