"""The service worker that keeps the phone page for times without a network: a script after the list of its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

SCRIPT = "service_worker.js"


def service_worker(script: Path, files: Mapping[str, Path]) -> str:
    """Return the script after a line that names the page's files and their version.

    Args:
        script: the service worker's own file.
        files: the files to keep, by address.

    Returns:
        JavaScript.

    Browsers compare the script byte by byte at every visit, so whenever a file changes they fetch all of them anew.
    """
    told = json.dumps({"version": _version(files.values()), "files": sorted(files)})
    return f"const PAGE = {told};\n{script.read_text(encoding='utf-8')}"


def _version(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]
