"""One layered head and its muscles for all tests of the simulation: layering and fitting take seconds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_INDEX
from landmark_driver.layers.layered_head import LayeredHead
from landmark_driver.simulation.actuation.simulated_head import ActuatedExpression, SimulatedHead
from landmark_driver.simulation.contact.head_contacts import head_contacts
from landmark_driver.simulation.solver.simulator import Simulator
from softdeca.cli import main


def expression(**weights: float) -> np.ndarray:
    """ARKit weights by name."""
    result = np.zeros(len(ARKIT_INDEX))
    for name, value in weights.items():
        result[ARKIT_INDEX[name]] = value
    return result


@pytest.fixture(scope="session")
def layered() -> LayeredHead:
    from tests.landmark_driver.layers.layered import layered_default

    return layered_default()


@pytest.fixture(scope="session")
def head(layered: LayeredHead) -> SimulatedHead:
    """The default head at Poisson's ratio 0.47, without contacts."""
    from landmark_driver.identities.deformation_transfer import ExpressionTransfer
    from tests.identities import identities_or_skip

    identities = identities_or_skip()
    mean = identities.mean()
    return SimulatedHead(layered, ExpressionTransfer(mean, identities.template_expressions())(mean))


@pytest.fixture(scope="session")
def neutral(head: SimulatedHead) -> ActuatedExpression:
    return head.actuate(expression())


@pytest.fixture(scope="session")
def smile(head: SimulatedHead) -> ActuatedExpression:
    return head.actuate(expression(mouthSmileLeft=1.0, mouthSmileRight=1.0))


@pytest.fixture(scope="session")
def touching(head: SimulatedHead) -> Simulator:
    """The head's simulator with its contacts."""
    return Simulator(
        head.mesh,
        head.simulator.materials,
        attachments=head.simulator.attachments,
        contacts=head_contacts(head.layered),
    )


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The words of a refusal: one or two lines on standard error, status 2."""

    def words(*arguments: str) -> str:
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        captured = capsys.readouterr()
        lines = captured.err.strip().splitlines()
        assert end.value.code == 2, captured.err
        assert captured.out == "" and 1 <= len(lines) <= 2, captured.err
        assert lines[0].startswith("softdeca: ")
        return captured.err.removeprefix("softdeca: ").strip()

    return words


def report_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The one line of JSON on standard output."""
    main([*arguments, "--json"])
    [line] = capsys.readouterr().out.splitlines()
    return json.loads(line)
