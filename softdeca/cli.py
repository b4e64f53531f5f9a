"""The command line: parses arguments, runs one command, prints its report.

Exit status 0 is success, 2 bad input or usage, 1 an internal failure. With --json the last line of
standard output is one JSON object; everything else goes to standard error.
"""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import tyro

from capture.extras import missing_extra
from capture.softdeca_error import SoftdecaError
from softdeca.commands.bench import Bench
from softdeca.commands.dataset import Dataset
from softdeca.commands.doctor import Doctor
from softdeca.commands.drive import Drive
from softdeca.commands.evaluate import Evaluate
from softdeca.commands.export import Export
from softdeca.commands.head import Head
from softdeca.commands.live import Live
from softdeca.commands.simulate import Simulate
from softdeca.commands.terminal import say
from softdeca.commands.train import Train

Command = (
    Annotated[Live, tyro.conf.subcommand("live")]
    | Annotated[Drive, tyro.conf.subcommand("drive")]
    | Annotated[Head, tyro.conf.subcommand("head")]
    | Annotated[Simulate, tyro.conf.subcommand("simulate")]
    | Annotated[Dataset, tyro.conf.subcommand("dataset")]
    | Annotated[Train, tyro.conf.subcommand("train")]
    | Annotated[Evaluate, tyro.conf.subcommand("evaluate")]
    | Annotated[Export, tyro.conf.subcommand("export")]
    | Annotated[Bench, tyro.conf.subcommand("bench")]
    | Annotated[Doctor, tyro.conf.subcommand("doctor")]
)

_PURPOSES: dict[type, str] = {Dataset: "train", Train: "train", Evaluate: "train", Export: "export"}
"""The extra of the commands that need one whole, where several bring the package that is missing first."""


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its status.

    Args:
        arguments: the words after the program's name; None for those of `sys.argv`.
    """
    command: Command = tyro.cli(  # pyright: ignore[reportCallIssue]
        Command,  # pyright: ignore[reportArgumentType]
        prog="softdeca",
        description="Point a phone at your face and a scanned head moves as living tissue would.",
        args=arguments,
    )
    try:
        result = _run(command)
    except SoftdecaError as error:
        say(f"softdeca: {error}")
        sys.exit(error.exit_status)
    except OSError as error:  # a file that vanished, or a folder without permission: the system's own words
        say(f"softdeca: Expected files that can be read and written, got '{error}'. Check the paths.")
        sys.exit(2)
    if command.json:
        print(json.dumps(result), flush=True)
    if result.get("within_budget") is False or result.get("can_run_live") is False:
        sys.exit(1)


def _run(command: Command) -> dict[str, Any]:
    """Return a command's report. A package of an extra that is not installed becomes the error that names the extra."""
    try:
        return command.run()
    except ModuleNotFoundError as error:
        missing = missing_extra(error, _PURPOSES.get(type(command), ""))
        if missing is None:
            raise
        raise missing from error
