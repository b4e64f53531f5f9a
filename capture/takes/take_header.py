"""The header of a take: where its frames come from, and what their times mean."""

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
    """Where a take comes from: `source` as the command line names it, `software` that wrote it."""

    source: str
    software: str
    clock: str = CLOCK
    format_version: int = FORMAT_VERSION

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str, path: Path) -> TakeHeader:
        """The header of the take at `path`; TakeError where it is not readable or of another version."""
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
    """Name and version of this program."""
    try:
        return f"softdeca {metadata.version('softdeca')}"
    except metadata.PackageNotFoundError:
        return "softdeca, not installed"
