"""Expressions as the artwork has them, and mended: `python -m docs.scripts.make_target_pictures`. Half a minute.

Writes docs/pictures/targets.png: two rows of the artwork above, and the same two rows mended below.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from docs.scripts.make_pictures import weights
from docs.scripts.stage import save
from landmark_driver.identities.anny_identities import load_anny_identities
from landmark_driver.rendering.detailed_head import detailed_head
from landmark_driver.rendering.render import orbit_camera, render

_SHOWN: dict[str, dict[str, float]] = {
    "pucker": {"mouthPucker": 1},
    "funnel": {"mouthFunnel": 1},
    "roll": {"mouthRollUpper": 1, "mouthRollLower": 1},
    "press": {"mouthPress": 1},
    "shrug upper": {"mouthShrugUpper": 1},
    "puff": {"cheekPuff": 1},
    "puff, pucker": {"cheekPuff": 1, "mouthPucker": 1},
    "sneer": {"noseSneer": 1},
    "blink": {"eyeBlink": 1},
}
_VIEWS = [orbit_camera(0.5, yaw, 0, (130, 150), 17.5, target=(0, -0.045, 0.01)) for yaw in (0, 40)]


def targets() -> None:
    """Artwork above, mended below, each from the front and from the left."""
    identities = load_anny_identities()
    template, detail = identities.template(), detailed_head(identities.template())
    rows = []
    for expressions in (identities.artwork_expressions(), identities.template_expressions()):
        for camera in _VIEWS:
            row = []
            for named in _SHOWN.values():
                moved = template.vertices + np.tensordot(weights(**named), expressions, 1)
                fine = detail.subdivision(moved)
                row.append(render(fine, detail.faces, detail.colors, camera, detail.gloss, 2).image)
            rows.append(np.concatenate(row, 1))
    picture = Image.fromarray(np.concatenate(rows))
    draw = ImageDraw.Draw(picture)
    for index, name in enumerate(_SHOWN):
        draw.text((130 * index + 4, 2), name, fill=(255, 255, 255))
    save("targets.png", np.asarray(picture))


if __name__ == "__main__":
    targets()
