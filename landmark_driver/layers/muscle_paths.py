"""The courses of the facial muscles: fibre polylines on the default head's surface, left side, in millimetres.

A muscle is given by the outermost fibres of its sheet (and some between), each from origin to
insertion, as seen from the front (x, y) or from the left (z, y). Origins and insertions follow
anatomy textbooks; the coordinates are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class MusclePath:
    """A sheet of fibres; fibres between the given ones are interpolated."""

    view: str
    """The view of the coordinates: `front` (x, y) or `side` (z, y), millimetres."""
    fibres: tuple[tuple[tuple[float, float], ...], ...]
    fibre_count: int
    depth: tuple[float, float] = (0.2, 0.75)
    """The depths of the sheet's outer and inner face in the muscle layer (0 muscle wrap, 1 skull wrap)."""
    closed: bool = False
    """Whether the fibres are rings."""
    paired: bool = True


def _rings(centre: tuple[float, float], radii: list[tuple[float, float]], points: int) -> tuple:
    turn = 2 * np.pi * np.arange(points) / points
    return tuple(
        tuple((centre[0] + a * float(np.cos(t)), centre[1] + b * float(np.sin(t))) for t in turn)
        for a, b in radii
    )


MUSCLE_PATHS = {
    "frontalis": MusclePath(
        "front", (((6, 24), (6, 45), (7, 68)), ((24, 25), (25, 46), (26, 70)), ((42, 21), (45, 42), (43, 62))), 8
    ),
    "corrugator": MusclePath("front", (((5, 13), (15, 17), (28, 20)), ((7, 18), (16, 21.5), (30, 24))), 3, (0.45, 0.85)),
    "procerus": MusclePath("front", (((0.8, -12), (0.8, 5), (1, 22)), ((4, -12), (4.5, 5), (6, 22))), 3, (0.15, 0.6)),
    "orbicularis_oculi": MusclePath(
        "front", _rings((32.5, 0.5), [(17, 9), (21, 13.5), (25, 18), (28, 21.5)], 28), 5, (0.1, 0.5), closed=True
    ),
    "nasalis": MusclePath("front", (((17.5, -45), (11, -31), (2, -27)), ((19, -41), (12, -26), (2.5, -23))), 3),
    "levator_labii_superioris_alaeque_nasi": MusclePath(
        "front", (((10, -6), (13.5, -25), (17, -43), (14, -58)), ((13.5, -7), (17, -25), (20, -43), (17.5, -59))), 3, (0.15, 0.5)
    ),
    "levator_labii_superioris": MusclePath(
        "front", (((21, -17), (21, -38), (16, -60)), ((34, -18), (28, -38), (21, -62))), 5, (0.2, 0.55)
    ),
    "levator_anguli_oris": MusclePath(
        "front", (((24, -31), (24, -52), (25, -69)), ((31, -31), (30, -52), (28.5, -71))), 4, (0.58, 0.85)
    ),
    "zygomaticus_minor": MusclePath(
        "front", (((42, -18), (33, -38), (20, -60)), ((47, -21), (36, -41), (23, -63))), 3, (0.15, 0.5)
    ),
    "zygomaticus_major": MusclePath(
        "front", (((51, -21), (40, -45), (26.5, -70)), ((57, -24), (45, -49), (29, -75))), 4, (0.15, 0.55)
    ),
    "risorius": MusclePath("front", (((52, -60), (40, -69), (28.5, -74)), ((53, -66), (41, -74), (28.5, -78))), 3, (0.08, 0.4)),
    "buccinator": MusclePath(
        "front",
        (((50, -58), (40, -64), (30, -71)), ((50, -70), (40, -72), (30, -74.5)), ((49, -81), (40, -80), (30, -78))),
        6,
        (0.6, 0.88),
    ),
    "depressor_anguli_oris": MusclePath(
        "front", (((21, -106), (25, -92), (26.5, -79)), ((36, -102), (33, -90), (29.5, -77))), 5, (0.12, 0.5)
    ),
    "depressor_labii_inferioris": MusclePath(
        "front", (((11, -106), (8, -96), (5, -86)), ((25, -103), (20, -94), (17, -85))), 5, (0.25, 0.65)
    ),
    "mentalis": MusclePath("front", (((2.5, -92), (3, -99), (2.5, -108)), ((8, -92.5), (10, -99), (12, -107))), 4, (0.3, 0.85)),
    "orbicularis_oris": MusclePath(
        "front", _rings((0, -73.4), [(31, 6.5), (32, 10), (33.5, 13.5), (35, 17)], 44), 5, (0.2, 0.75), True, False
    ),
    "masseter": MusclePath(
        "side", (((-19, -29), (-30, -60), (-40, -88)), ((-48, -25), (-56, -55), (-61, -82))), 7, (0.15, 0.85)
    ),
    "temporalis": MusclePath(
        "side",
        (
            ((-8, 22), (-22, -2), (-37, -27)),
            ((-32, 68), (-38, 20), (-40, -26)),
            ((-74, 72), (-53, 25), (-43, -25)),
            ((-104, 38), (-74, 6), (-47, -24)),
        ),
        11,
        (0.25, 0.85),
    ),
    "platysma": MusclePath(
        "side",
        (((0, -102), (-18, -112), (-42, -129)), ((-30, -86), (-45, -102), (-58, -122)), ((-50, -78), (-66, -94), (-76, -116))),
        8,
        (0.05, 0.25),
    ),
}  # fmt: skip
"""Nineteen muscles; eighteen of them lie on each side."""
