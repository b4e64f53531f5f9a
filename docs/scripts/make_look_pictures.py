"""Twelve expressions as the phone's page draws them: `python -m docs.scripts.make_look_pictures [CHARACTER [FILE]]`.

Without a character the people who ship are drawn, each into a file of its own.

Needs Chromium. The desktop's driver of ARKit weights moves the character, and the page's own renderer draws it, from the front
and from 35 degrees beside.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from docs.scripts.expression_weights import weights
from landmark_driver.character import Character
from landmark_driver.people import PEOPLE
from tests.browser.look_page import LookPage

PICTURES = Path(__file__).parents[1] / "pictures"
EXPRESSIONS = {
    "rest": weights(),
    "jawOpen .7": weights(jawOpen=0.7),
    "mouthSmile": weights(mouthSmile=1.0),
    "mouthPucker": weights(mouthPucker=1.0),
    "mouthFunnel": weights(mouthFunnel=1.0),
    "mouthRoll": weights(mouthRollUpper=1.0, mouthRollLower=1.0),
    "eyeBlink": weights(eyeBlink=1.0),
    "cheekPuff": weights(cheekPuff=1.0),
    "browDown": weights(browDown=1.0),
    "jawOpen .4, mouthSmile .7": weights(jawOpen=0.4, mouthSmile=0.7),
    "mouthUpperUp, mouthLowerDown": weights(mouthUpperUp=1.0, mouthLowerDown=1.0),
    "tongueOut, jawOpen .5": weights(tongueOut=1.0, jawOpen=0.5),
}
_COLUMNS = 6
_SIZE_PX = (280, 360)
_BESIDE_DEG = 35.0
_BACKDROP = ((86, 90, 96), (34, 37, 42))
"""sRGB in the middle and at the corners."""


def sheet(character: Character, expressions: dict[str, np.ndarray] = EXPRESSIONS) -> Image.Image:
    """Every expression twice, in rows of six: from the front, and below from beside."""
    with tempfile.TemporaryDirectory() as name, LookPage(Path(name), character, _SIZE_PX) as page:
        cells = [
            [_labelled(page.picture(pose, yaw), name) for name, pose in expressions.items()]
            for yaw in (0.0, _BESIDE_DEG)
        ]
    rows = [
        np.concatenate(row[start : start + _COLUMNS], 1)
        for start in range(0, len(expressions), _COLUMNS)
        for row in cells
    ]
    return Image.fromarray(np.concatenate(rows))


def on_backdrop(drawn: np.ndarray) -> Image.Image:
    """What the page draws, before a grey wall."""
    height, width = drawn.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    middle = np.exp(-1.2 * (x**2 + y**2))[..., None]
    wall = middle * np.array(_BACKDROP[0]) + (1 - middle) * np.array(_BACKDROP[1])
    cover = drawn[..., 3:] / 255
    return Image.fromarray((cover * drawn[..., :3] + (1 - cover) * wall).astype(np.uint8))


def _labelled(drawn: np.ndarray, label: str) -> np.ndarray:
    picture = on_backdrop(drawn)
    ImageDraw.Draw(picture).text((6, 4), label, fill=(220, 220, 220))
    return np.asarray(picture)


def main(character: str = "", file: str = "") -> None:
    for name in [character] if character else PEOPLE:
        path = Path(file) if file else PICTURES / f"look_{name}.jpg"
        sheet(Character.load(name)).save(path, quality=88)
        print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
