"""`softdeca head layers`: a head's anatomical layers as files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from landmark_driver.identities.identity_names import DEFAULT_IDENTITIES
from softdeca.commands.choices import IdentitiesChoice
from softdeca.commands.terminal import say


@dataclass(frozen=True)
class HeadLayers:
    """Write a head's anatomical layers: skin, muscles, bones, wraps and the tissue between them."""

    head: Annotated[str, tyro.conf.Positional]
    """default (the identity model's mean), a character, or a mesh as `head sample` writes it with the same --identities."""
    out: Path
    """The folder to write into."""
    learn: Path | None = None
    """A folder of pairs NAME_skin and NAME_skull: learn the tissue's thickness from them."""
    identities: IdentitiesChoice = DEFAULT_IDENTITIES
    json: bool = False

    def run(self) -> dict[str, Any]:
        """Layer the head and write its layers.

        Returns:
            The report: path, numbers of tetrahedra and of inverted ones, as values for JSON.
        """
        from landmark_driver.identities.load_identities import load_identities
        from landmark_driver.layers.layer_file import layer_file

        report = layer_file(self.head, self.out, load_identities(self.identities), self.learn)
        say(f"{report['tets']} tetrahedra, {report['inverted']} inverted: {self.out}")
        return report
