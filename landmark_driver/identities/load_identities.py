"""The identity models by their names on the command line."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from landmark_driver.head.identity_model import HeadModel, HeadModelError, IdentityModel
from landmark_driver.identities.identity_names import DEFAULT_IDENTITIES, IDENTITIES_TEXT, MODEL_FILES_TEXT


def _flame(path: Path) -> HeadModel:
    from landmark_driver.identities.flame_identities import load_flame_identities

    return load_flame_identities(path)


def _ict(path: Path) -> HeadModel:
    from landmark_driver.identities.ict_identities import load_ict_identities

    return load_ict_identities(path)


_LOADERS: dict[str, Callable[[Path], HeadModel]] = {"flame": _flame, "ict": _ict}
"""The loaders of `MODEL_FILES`, which import a model's module when it is asked for."""


@functools.cache
def load_identities(name: str = DEFAULT_IDENTITIES) -> IdentityModel:
    """Load a model for layers, physics and networks: its heads have the template's mesh.

    Args:
        name: one of `identity_names.py`, as in `anny` or `flame:FILE`.

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
        name: one of `identity_names.py`, as in `anny` or `flame:FILE`.

    Returns:
        The model, the same object in every call with the same name.

    Raises:
        HeadModelError: for a name or file that is none.
    """
    kind, _, path = name.partition(":")
    if name == DEFAULT_IDENTITIES:
        return _default()
    if kind in _LOADERS and path:
        return _LOADERS[kind](Path(path))
    raise HeadModelError(f"Expected identities of {IDENTITIES_TEXT}, got '{name}'. {MODEL_FILES_TEXT}.")


def _default() -> IdentityModel:
    from landmark_driver.identities.anny_identities import load_anny_identities

    return load_anny_identities()
