"""The identity model that a word on the command line names."""

from __future__ import annotations

from pathlib import Path

from landmark_driver.head.identity_model import HeadModelError, IdentityModel

DEFAULT = "default"


def load_identities(spec: str = DEFAULT) -> IdentityModel:
    """`default`, `flame:FILE` (model file, .pkl or .npz) or `ict:FOLDER` (FaceXModel). Raises HeadModelError."""
    kind, _, path = spec.partition(":")
    if spec == DEFAULT:
        from landmark_driver.identities.anny_identities import load_anny_identities

        return load_anny_identities()
    if kind == "flame" and path:
        from landmark_driver.identities.flame_identities import load_flame_identities

        return load_flame_identities(Path(path))
    if kind == "ict" and path:
        from landmark_driver.identities.ict_identities import load_ict_identities

        return load_ict_identities(Path(path))
    raise HeadModelError(
        f"Expected identities of 'default', 'flame:FILE' or 'ict:FOLDER', got '{spec}'. "
        "Give the path of FLAME's model file or of ICT-FaceKit's FaceXModel folder after the colon."
    )
