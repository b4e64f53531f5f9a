"""Converters are large and optional: they are imported when needed, and named when missing."""

from __future__ import annotations

import contextlib
import importlib
import io
import warnings
from collections.abc import Iterator
from types import ModuleType

from export.export_error import ExportError


def converter(module: str, model_format: str) -> ModuleType:
    """Raises ExportError where the package is not installed."""
    try:
        with quiet():
            return importlib.import_module(module)
    except ImportError as error:
        raise ExportError(
            f"Expected the package '{module.split('.')[0]}' to export {model_format}, got '{error}'. "
            "Install the exporters: pip install 'softdeca[export]'."
        ) from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Converters report progress and warn of their own parts; neither concerns who exports a head."""
    chatter = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(chatter), contextlib.redirect_stderr(chatter):
        warnings.simplefilter("ignore")
        yield
