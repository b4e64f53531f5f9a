"""The C sources and their checksum. Installing runs this file by itself, so it imports nothing of the project."""

from __future__ import annotations

import hashlib
from pathlib import Path

SOURCES = Path(__file__).parent / "c"


def sources_checksum() -> str:
    """Return the checksum of the C sources, by which a library that is older than they are is found.

    Returns:
        Sixteen hexadecimal digits.
    """
    digest = hashlib.sha256()
    for path in sorted(SOURCES.glob("*.[ch]")):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]
