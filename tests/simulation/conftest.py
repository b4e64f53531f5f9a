"""One layered head and its muscles for all tests of the simulation: layering and fitting take seconds."""

from __future__ import annotations

import numpy as np
import pytest

from capture.arkit import ARKIT_INDEX
from landmark_driver.head_model.layered_head import LayeredHead
from landmark_driver.simulation.simulated_head import ActedExpression, SimulatedHead


def expression(**weights: float) -> np.ndarray:
    """ARKit weights by name."""
    result = np.zeros(len(ARKIT_INDEX))
    for name, value in weights.items():
        result[ARKIT_INDEX[name]] = value
    return result


@pytest.fixture(scope="session")
def layered() -> LayeredHead:
    from tests.head_model.layered import layered_default

    return layered_default()


@pytest.fixture(scope="session")
def head(layered: LayeredHead) -> SimulatedHead:
    """The default head at Poisson's ratio 0.47, without contacts."""
    from landmark_driver.head_model.deformation_transfer import ExpressionTransfer
    from tests.identities import identities_or_skip

    identities = identities_or_skip()
    mean = identities.mean()
    return SimulatedHead(layered, ExpressionTransfer(mean, identities.template_expressions())(mean))


@pytest.fixture(scope="session")
def neutral(head: SimulatedHead) -> ActedExpression:
    return head.act(expression())


@pytest.fixture(scope="session")
def smile(head: SimulatedHead) -> ActedExpression:
    return head.act(expression(mouthSmileLeft=1.0, mouthSmileRight=1.0))
