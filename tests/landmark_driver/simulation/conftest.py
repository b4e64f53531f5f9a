"""One layered head and its muscles for all tests of the simulation: layering and fitting take seconds."""

from __future__ import annotations

import json
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
def head(layered: LayeredHead) -> SimulatedHead:
    """The default head at Poisson's ratio 0.47, without contacts."""
    from landmark_driver.identities.anny_identities import load_anny_identities
    from landmark_driver.identities.deformation_transfer import expression_transfer

    identities = load_anny_identities()
    return SimulatedHead(layered, expression_transfer(identities)(identities.mean()))


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


def report_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The one line of JSON on standard output."""
    main([*arguments, "--json"])
    [line] = capsys.readouterr().out.splitlines()
    return json.loads(line)
