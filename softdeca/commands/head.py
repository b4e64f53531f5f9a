"""`softdeca head`: the group of commands that make and inspect heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import tyro

from softdeca.commands.head_edit import HeadEdit
from softdeca.commands.head_fit import HeadFit
from softdeca.commands.head_info import HeadInfo
from softdeca.commands.head_layers import HeadLayers
from softdeca.commands.head_sample import HeadSample

HeadCommand = (
    Annotated[HeadSample, tyro.conf.subcommand("sample")]
    | Annotated[HeadFit, tyro.conf.subcommand("fit")]
    | Annotated[HeadEdit, tyro.conf.subcommand("edit")]
    | Annotated[HeadLayers, tyro.conf.subcommand("layers")]
    | Annotated[HeadInfo, tyro.conf.subcommand("info")]
)


@dataclass(frozen=True)
class Head:
    """Make and inspect heads."""

    command: tyro.conf.OmitArgPrefixes[tyro.conf.OmitSubcommandPrefixes[HeadCommand]]

    @property
    def json(self) -> bool:
        return self.command.json

    def run(self) -> dict[str, Any]:
        """Run the command of the group.

        Returns:
            Its report, as values for JSON.
        """
        return self.command.run()
