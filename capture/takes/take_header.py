"""The header of a take: the source of its frames, and the meaning of their times."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from capture.frames.capture_error import TakeError

FORMAT_VERSION = 1
CLOCK = "capture_time_s: the source's own, seconds; log time: the recording machine's monotonic clock"


@dataclass(frozen=True)
class TakeHeader:
    """The origin of a take: `source` as the command line names it, `software` that wrote it."""

    source: str
    software: str
    clock: str = CLOCK
    format_version: int = FORMAT_VERSION

    def to_json(self) -> str:
        """Return the header as text.

        Returns:
            JSON.
        """
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str, path: Path) -> TakeHeader:
        """Return the header in a text.

        Args:
            text: JSON; entries that it lacks become empty.
            path: the take, for the error's message.

        Returns:
            The header.

        Raises:
            TakeError: where the text is not readable, or is of another version.
        """
        try:
            entries = json.loads(text)
            version = entries["format_version"]
        except (ValueError, TypeError, KeyError) as error:
            raise TakeError(
                f"Expected a take, got '{path}', whose header is not readable. Copy it again."
            ) from error
        if version != FORMAT_VERSION:
            raise TakeError(
                f"Expected a take of format version {FORMAT_VERSION}, got version {version} in '{path}'. "
                f"Read it with the program that wrote it ({entries.get('software', 'unknown')})."
            )
        return cls(**{name: entries.get(name, "") for name in cls.__dataclass_fields__})


def software() -> str:
    """Return name and version of this program.

    Returns:
        Such as `softdeca 0.1.0`.
    """
    try:
        return f"softdeca {metadata.version('softdeca')}"
    except metadata.PackageNotFoundError:
        return "softdeca, not installed"
