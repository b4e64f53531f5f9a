"""Layered heads for tests: layering needs the extra `physics` and takes seconds, so each head is layered once."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from landmark_driver.identities.anny_identities import load_anny_identities

pytest.importorskip("numba", reason="layering needs the extra: pip install 'softdeca[physics]'")

from landmark_driver.layers.layer_head import layer_head
from landmark_driver.layers.layer_template import LayerTemplate, load_layer_template
from landmark_driver.layers.layered_head import LayeredHead


def default_layer_template() -> LayerTemplate:
    return load_layer_template(load_anny_identities().template())


@functools.cache
def layered_default() -> LayeredHead:
    return layer_head(load_anny_identities().mean(), default_layer_template())


@functools.cache
def layered_extreme(number: int) -> LayeredHead:
    """A head drawn over the identity model's whole range; numbers 1 and 5 of this seed fold over themselves."""
    rng = np.random.default_rng([0, number])
    return layer_head(load_anny_identities().sample_whole_range(rng), default_layer_template())
