"""Converters are large and optional: they are imported when needed, and named when missing."""

from __future__ import annotations

import contextlib
import importlib
import io
import warnings
from collections.abc import Iterator
from types import ModuleType

from capture.extras import install_command
from export.export_error import ExportError


def converter(module: str, model_format: str) -> ModuleType:
    """Return a module of a converter, imported when it is needed.

    Args:
        module: dotted name of the module, as in "coremltools.converters.mil".
        model_format: the format that the module converts to, for the message.

    Returns:
        The imported module.

    Raises:
        ExportError: where the package is not installed.
    """
    try:
        with quiet():
            return importlib.import_module(module)
    except ImportError as error:
        raise ExportError(
            f"Expected the package '{module.split('.')[0]}' to export {model_format}, got '{error}'. "
            f"Install the exporters: {install_command('export')}."
        ) from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence warnings, standard output and standard error.

    Converters report progress and warn of their own parts; neither concerns the user who exports a head.

    Yields:
        None, once; output comes back when the block ends.
    """
    chatter = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(chatter), contextlib.redirect_stderr(chatter):
        warnings.simplefilter("ignore")
        yield
