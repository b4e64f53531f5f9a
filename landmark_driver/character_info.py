"""What is in a character, in words and numbers: `softdeca head info`."""

from __future__ import annotations

from typing import Any

import numpy as np

from landmark_driver.character import Character
from landmark_driver.scan_character import ScanCharacter

_M_IN_MM = 1e3


def character_info(path: str) -> dict[str, Any]:
    """Mesh, size, expressions, networks, scan and provenance. Raises CharacterError."""
    character = Character.load(path)
    template = character.template
    info: dict[str, Any] = {
        "vertices": len(character.neutral_vertices),
        "faces": len(character.faces),
        "size_mm": [round(float(side), 1) for side in _M_IN_MM * np.ptp(character.neutral_vertices, axis=0)],
        "expressions": len(template.expressions),
        "strongest_motion_mm": round(float(_M_IN_MM * np.linalg.norm(template.expressions, axis=2).max()), 1),
        "landmarks": len(template.landmark_corners),
        "driver": "linear" if character.network is None else "landmarks",
        "megabytes": round(sum(a.nbytes for a in template_arrays(template)) / 1e6, 1),
    }
    if isinstance(character, ScanCharacter):
        scan = character.scan
        info["scan"] = {
            "vertices": len(scan.vertices),
            "faces": len(scan.faces),
            "moving": int(np.count_nonzero(scan.weights.any(1))),
            "hidden_faces": int(np.count_nonzero(scan.bridging)),
            "added_vertices": len(scan.extra),
            "scale_to_metres": scan.scale_to_metres,
        }
    return info | {"provenance": character.provenance}


def template_arrays(template: Character) -> list[np.ndarray]:
    """The arrays that the file of a character without a scan holds."""
    return [value for value in vars(template).values() if isinstance(value, np.ndarray)]
