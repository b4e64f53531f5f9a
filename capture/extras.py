"""The optional packages: which extra brings each, and the command that installs an extra here."""

from __future__ import annotations

import json
import sys
from importlib import metadata
from urllib.parse import unquote, urlparse
from urllib.request import url2pathname

from capture.softdeca_error import SoftdecaError

EXTRAS: dict[str, tuple[str, ...]] = {
    "numba": ("physics", "train"),
    "anny": ("train",),
    "pyarrow": ("train",),
    "torch": ("train", "export"),
    "dask": ("cluster",),
    "distributed": ("cluster",),
    "ai_edge_litert": ("export",),
    "coremltools": ("export",),
    "litert_torch": ("export",),
    "onnx": ("export",),
    "onnxruntime": ("export",),
    "onnxscript": ("export",),
    "pxr": ("export",),
}
"""From the module that is imported to the extras that bring it, the usual one first."""


class MissingExtraError(SoftdecaError):
    """A package is missing that an extra brings."""


def install_command(extra: str) -> str:
    """Return the command that installs an extra into this environment.

    Args:
        extra: a name in pyproject.toml's optional dependencies.

    Returns:
        The command, with this interpreter's path; for a checkout it names the checkout's folder.
    """
    checkout = _checkout()
    what = f"--editable '{checkout}[{extra}]'" if checkout else f"'softdeca[{extra}]'"
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    return f"{python} -m pip install {what}"


def missing_extra(error: ModuleNotFoundError, purpose: str = "") -> MissingExtraError | None:
    """Return the error that names the extra of a module that could not be imported.

    Args:
        error: the failed import.
        purpose: the extra to prefer where several bring the module, as in "export".

    Returns:
        The error, or None where no extra brings the module: then something else is broken.
    """
    extras = EXTRAS.get(error.name or "")
    if not extras:
        return None
    extra = purpose if purpose in extras else extras[0]
    return MissingExtraError(
        f"Expected the package '{error.name}' of the extra '{extra}', got none. "
        f"Install it: {install_command(extra)}."
    )


def _checkout() -> str | None:
    """Return the folder of an editable installation; None for a wheel's."""
    try:
        text = metadata.distribution("softdeca").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None
    origin = json.loads(text or "{}")
    if not origin.get("dir_info", {}).get("editable"):
        return None
    return url2pathname(unquote(urlparse(origin["url"]).path))
