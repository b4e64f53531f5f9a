"""Layered heads for tests: layering needs the training extra and takes seconds, so each head is layered once."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from tests.identities import identities_or_skip

for _package in ("numba", "cholespy", "warp"):
    pytest.importorskip(_package, reason="layering needs the training extra: pip install 'softdeca[train]'")

from landmark_driver.layers.layer_head import layer_head  # noqa: E402
from landmark_driver.layers.layer_template import LayerTemplate, load_layer_template  # noqa: E402
from landmark_driver.layers.layered_head import LayeredHead  # noqa: E402


def default_layer_template() -> LayerTemplate:
    return load_layer_template(identities_or_skip().template())


@functools.cache
def layered_default() -> LayeredHead:
    return layer_head(identities_or_skip().mean(), default_layer_template())


@functools.cache
def layered_extreme(number: int) -> LayeredHead:
    """A head drawn over the identity model's whole range; numbers 1 and 5 of this seed fold over themselves."""
    rng = np.random.default_rng([0, number])
    return layer_head(identities_or_skip().sample_whole_range(rng), default_layer_template())
