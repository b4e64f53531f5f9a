"""The default head without its dress, driven by frames of the demo take.

Its blendshapes drive it, which files of 52 shapes can repeat.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take
from landmark_driver.character import Character
from landmark_driver.dress.outfit import Outfit
from landmark_driver.live.drive_recording import drive_recording, find_neutral
from landmark_driver.live.face_driver import DrivenFace

CHARACTER = replace(Character.load("default"), network=None, outfit=Outfit())


@cache
def demo_faces(step: int = 1) -> tuple[DrivenFace, ...]:
    """Thirty faces: the first of the take, or every `step`-th of it."""
    frames = list(read_take(DEMO_TAKE))
    return tuple(drive_recording(frames[::step][:30], CHARACTER, find_neutral(frames, "auto")))


def breaking_off(faces: tuple[DrivenFace, ...]) -> Iterator[DrivenFace]:
    """The faces, and then no end but an error."""
    yield from faces
    raise RuntimeError("the recording breaks off")


@contextlib.contextmanager
def small_disk(size: int) -> Iterator[None]:
    """Files of this process end at `size` bytes, as on a full disk (not on Windows)."""
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]
