"""What each skin that ships is painted from: colours, amounts and a seed."""

from __future__ import annotations

from dataclasses import dataclass

Color = tuple[float, float, float]


@dataclass(frozen=True)
class SkinRecipe:
    """One skin. Colours are linear RGB albedo, amounts 0 for none to 1 for much."""

    seed: int
    skin: Color
    blood: Color
    """Of flushed skin."""
    lip: Color
    shade: Color
    """Of lids, hollows and pigment."""
    hair: Color
    """Of roots under the skin."""
    scalp: float
    """How densely hair covers the scalp."""
    stubble: float
    flush: float
    mottling: float
    freckles: int
    moles: int
    spots: int
    """Spots of age."""
    age: float
    """How deep lines are: 0 none, 1 those of seventy years."""


RECIPES = {
    "fair": SkinRecipe(
        seed=1,
        skin=(0.726, 0.44, 0.296),
        blood=(0.624, 0.238, 0.176),
        lip=(0.487, 0.19, 0.16),
        shade=(0.367, 0.174, 0.114),
        hair=(0.075, 0.05, 0.036),
        scalp=0.85,
        stubble=0.30,
        flush=0.55,
        mottling=0.75,
        freckles=260,
        moles=5,
        spots=0,
        age=0.12,
    ),
    "brown": SkinRecipe(
        seed=2,
        skin=(0.266, 0.118, 0.062),
        blood=(0.235, 0.074, 0.048),
        lip=(0.216, 0.064, 0.049),
        shade=(0.145, 0.059, 0.034),
        hair=(0.018, 0.013, 0.011),
        scalp=0.9,
        stubble=0.0,
        flush=0.45,
        mottling=0.7,
        freckles=90,
        moles=5,
        spots=0,
        age=0.05,
    ),
    "aged": SkinRecipe(
        seed=3,
        skin=(0.637, 0.358, 0.224),
        blood=(0.561, 0.183, 0.129),
        lip=(0.405, 0.161, 0.128),
        shade=(0.344, 0.158, 0.094),
        hair=(0.33, 0.31, 0.29),
        scalp=0.45,
        stubble=0.22,
        flush=0.75,
        mottling=0.85,
        freckles=180,
        moles=8,
        spots=46,
        age=1.0,
    ),
}
"""By the names of `landmark_driver.dress.skin`."""

RELIEF_FROM = {"smooth": "brown", "lined": "aged"}
"""The skin whose recipe each relief is made from."""
