"""`softdeca head info`: a character's contents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import tyro

from softdeca.commands.choices import HeadChoice
from softdeca.commands.terminal import say


@dataclass(frozen=True)
class HeadInfo:
    """Show the contents of a character."""

    character: Annotated[HeadChoice, tyro.conf.Positional] = "default"
    json: bool = False

    def run(self) -> dict[str, Any]:
        """Show the contents.

        Returns:
            The contents by name, as values for JSON.
        """
        from landmark_driver.character_info import character_info

        info = character_info(self.character)
        for name, value in info.items():
            say(f"{name}: {value}")
        return info
