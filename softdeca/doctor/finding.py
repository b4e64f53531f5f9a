"""The result of a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """The result of one check, with the remedy where there is one."""

    name: str
    status: Literal["ok", "note", "problem"]
    """A problem keeps `softdeca live` from running as it is; a note keeps a part of it from working."""
    found: str
    advice: str = ""
