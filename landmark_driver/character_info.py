"""The contents of a character, in words and numbers: `softdeca head info`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from landmark_driver.character import Character

_M_IN_MM = 1e3


def character_info(path: str) -> dict[str, Any]:
    """Return mesh, size, expressions, networks, scan and provenance of a character.

    Args:
        path: of a .safetensors character, or the name of a person who ships.

    Returns:
        Values by name, ready for JSON. Sizes and motions are in millimetres; `megabytes` counts the head's arrays only.

    Raises:
        CharacterError: for files that are missing, damaged or of another kind.
    """
    character = Character.load(path)
    head = character.head
    info: dict[str, Any] = {
        "vertices": len(character.neutral_vertices),
        "faces": len(character.faces),
        "size_mm": [round(float(side), 1) for side in _M_IN_MM * np.ptp(character.neutral_vertices, axis=0)],
        "expressions": len(head.expressions),
        "strongest_motion_mm": round(float(_M_IN_MM * np.linalg.norm(head.expressions, axis=2).max()), 1),
        "landmarks": len(head.landmark_corners),
        "driver": "linear" if character.network is None else "landmarks",
        "outfit": {name: value for name, value in asdict(character.outfit).items() if value},
        "megabytes": round(sum(a.nbytes for a in head.arrays().values()) / 1e6, 1),
    }
    if character.scan is not None:
        scan = character.scan
        info["scan"] = {
            "vertices": len(scan.vertices),
            "faces": len(scan.faces),
            "moving": int(np.count_nonzero(scan.weights.any(1))),
            "hidden_faces": int(np.count_nonzero(scan.bridging)),
            "added_vertices": len(scan.added_vertices),
            "scale_to_metres": scan.scale_to_metres,
        }
    return info | {"provenance": character.provenance}
