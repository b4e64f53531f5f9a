"""The head, expression and tissue of every sample of a dataset, decided by the seed and the sample's number.

Fitting the actuation of an expression costs more than finding an equilibrium. Each expression is therefore
shown in several settings one after the other: first the default, then some that no other expression has.

    sample            0        1    2    3        4    5   ...
    expression        0        0    0    1        1    1   ...   every sixth is never trained on
    setting           default  1    2    default  3    4   ...
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from landmark_driver.head.identity_model import IdentityHead, IdentityModel
from landmark_driver.hypernetwork.data.expression_sampler import sample_expression
from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES
from landmark_driver.tissue.sample_setting import sample_setting
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting

_HEAD, _SETTING, _EXPRESSION = range(3)
_SPREADS = (0.7, 1.0, 1.0, 1.6)
"""The spreads of heads: most heads are plausible, some are extreme."""
_HELD_OUT = 6
"""Every sixth head, and every sixth expression of every head, is never trained on."""


@dataclass(frozen=True)
class DatasetConfig:
    """The size, seed and physics of a dataset."""

    heads: int
    expressions: int
    """The number of samples of each head."""
    seed: int = 0
    physics: str = "simulation"
    contact: bool = False
    """Whether lips, cheeks and teeth push each other apart; the lips of proxy tissue always do."""
    settings_per_expression: int = 6
    """The number of settings of each expression, the default among them; at least 2."""
    identities: str = DEFAULT_IDENTITIES
    """The name of the identity model, which every worker loads itself."""


@dataclass(frozen=True)
class PlannedSample:
    """The expression, tissue and split of one sample."""

    number: int
    split: str
    kind: str
    weights: Float[np.ndarray, "52"]
    setting_number: int
    setting: TissueSetting


def planned_head(config: DatasetConfig, number: int, identities: IdentityModel) -> IdentityHead:
    """Return a random head of a dataset.

    Args:
        config: the dataset's configuration.
        number: the head's number.
        identities: the identity model.

    Returns:
        The neutral head, metres, head frame.
    """
    rng = np.random.default_rng([config.seed, _HEAD, number])
    return identities.sample(rng, float(rng.choice(_SPREADS)))


def head_split(number: int) -> str:
    """Return the split of a head.

    Args:
        number: the head's number.

    Returns:
        `unseen-head` for every sixth, else `seen-head`.
    """
    return "unseen-head" if number % _HELD_OUT == _HELD_OUT - 1 else "seen-head"


def planned_sample(config: DatasetConfig, head: int, number: int) -> PlannedSample:
    """Return the plan of one sample.

    Args:
        config: the dataset's configuration.
        head: the head's number.
        number: the sample's number within the head.

    Returns:
        The plan.
    """
    expression, place = divmod(number, config.settings_per_expression)
    setting_number = 0 if place == 0 else expression * (config.settings_per_expression - 1) + place
    kind, weights = sample_expression(np.random.default_rng([config.seed, _EXPRESSION, head, expression]))
    setting = planned_setting(config, head, setting_number)
    return PlannedSample(number, _expression_split(expression), kind, weights, setting_number, setting)


def planned_setting(config: DatasetConfig, head: int, setting_number: int) -> TissueSetting:
    """Return random tissue, but the default for number 0.

    Args:
        config: the dataset's configuration.
        head: the head's number.
        setting_number: the setting's number within the head.

    Returns:
        The tissue setting.
    """
    if setting_number == 0:
        return default_setting()
    return sample_setting(np.random.default_rng([config.seed, _SETTING, head, setting_number]))


def _expression_split(expression: int) -> str:
    return "unseen-expression" if expression % _HELD_OUT == _HELD_OUT - 1 else "seen-expression"
