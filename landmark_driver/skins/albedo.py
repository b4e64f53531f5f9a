"""The colour of a skin at places on the default head."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.head.identity_model import PARTS
from landmark_driver.skins.lines import lip_furrows, wrinkles
from landmark_driver.skins.noise import nearest, scattered
from landmark_driver.skins.places import Places, ramp
from landmark_driver.skins.skin_recipe import SkinRecipe

_MUCOSA = (0.30, 0.085, 0.075)
_TONGUE = (0.44, 0.175, 0.155)
_HOLLOW = (0.05, 0.018, 0.014)

Colors = Float[np.ndarray, "places 3"]
Amount = Float[np.ndarray, "places"]


def albedo(recipe: SkinRecipe, places: Places) -> Colors:
    """Paint a skin.

    Args:
        recipe: its colours and amounts.
        places: on the default head.

    Returns:
        (N, 3) linear RGB in 0..1.
    """
    color = np.tile(np.asarray(recipe.skin, float), (len(places.points), 1))
    color = _tones(color, recipe, places)
    color = _hair(color, recipe, places)
    color = _marks(color, recipe, places, np.random.default_rng(recipe.seed))
    color = _lips(color, recipe, places)
    color = _eyes(color, recipe, places)
    furrows = recipe.age * np.clip(wrinkles(places) / 0.6, 0, 1)
    color = _mixed(color, 0.72 * color * [1.0, 0.92, 0.90], 0.75 * furrows)
    return np.clip(_inner_parts(_nostrils(color, places), recipe, places), 0, 1)


def _tones(color: Colors, recipe: SkinRecipe, places: Places) -> Colors:
    """Return broad regions: a lighter forehead, flushed cheeks, nose and ears, and mottling at three lengths."""
    noise, points = places.noise, places.points
    color = color * (1 + 0.05 * places.around((151,), (40, 20, 60)) * places.front)[:, None]
    color = _mixed(color, np.array(recipe.shade), 0.16 * ramp(-points[:, 1], 95, 125) * places.front)
    patchy = np.clip(0.75 + 0.28 * noise(points, 11, 3, field=1), 0, 1.3)
    color = _mixed(color, np.array(recipe.blood), np.clip(recipe.flush * places.flush * patchy, 0, 1))
    veins = np.clip(noise(points, 2.2, 2, field=2) - 0.9, 0, 1) * places.flush
    color = _mixed(color, np.array(recipe.blood), np.clip(0.5 * recipe.flush * recipe.mottling * veins, 0, 1))
    broad, middle, fine = (noise(points, length, 2, field=3 + i) for i, length in enumerate((16, 4, 1.3)))
    light = 1 + recipe.mottling * (0.035 * broad + 0.040 * middle + 0.028 * fine)
    red = recipe.mottling * 0.035 * noise(points, 5, 3, field=6)
    return color * light[:, None] * np.stack([1 + 0.3 * red, 1 - red, 1 - 0.9 * red], 1)


def _hair(color: Colors, recipe: SkinRecipe, places: Places) -> Colors:
    """Return the roots of hair on the scalp and of the beard: a veil, and dots."""
    hair = np.array(recipe.hair)
    dots = ramp(places.noise(places.points, 0.40, 1, field=8), 0.0, 1.6)
    strands = places.noise(places.points * [1, 0.4, 0.7], 0.7, 2, field=9)
    cover = recipe.scalp * places.scalp * np.clip(0.86 + 0.08 * strands, 0, 1)
    color = _mixed(color, hair, np.clip(cover, 0, 1))
    veil = color * [0.76, 0.84, 0.93]
    color = _mixed(color, veil, np.clip(1.6 * recipe.stubble * places.beard, 0, 1))
    return _mixed(color, hair, np.clip(0.8 * recipe.stubble * places.beard * dots, 0, 1))


def _marks(color: Colors, recipe: SkinRecipe, places: Places, rng: np.random.Generator) -> Colors:
    """Return freckles, moles and spots of age."""
    on_face = places.front * (1 - places.scalp) * (1 - places.lips) * (places.part == PARTS.index("skin"))
    sunny = on_face * (0.15 + places.around((50,), (26, 22, 40)) + places.around((280,), (26, 22, 40)))
    wiggle = 1 + 0.25 * places.noise(places.points, 1.6, 2, field=10)
    brown = np.array(recipe.shade) * [0.85, 0.75, 0.65]
    color = _dotted(color, places, recipe.freckles, (0.3, 0.75), 0.42, brown, sunny, rng, wiggle)
    blotchy = wiggle + 0.25 * places.noise(places.points, 3.5, 2, field=11)
    higher = on_face * (0.2 + ramp(places.points[:, 1], -45, 15))
    color = _dotted(color, places, recipe.spots, (1.0, 3.4), 0.50, brown, higher, rng, blotchy)
    dark = np.array(recipe.shade) * [0.32, 0.26, 0.24]
    return _dotted(color, places, recipe.moles, (0.4, 0.8), 0.75, dark, on_face, rng, wiggle)


def _dotted(color, places, count, radii, strength, paint, weight, rng, wiggle) -> Colors:
    if not count:
        return color
    distance, index = nearest(places.points, scattered(places.points, count, rng, weight), 6.0)
    radius, own = rng.uniform(*radii, count)[index], rng.uniform(0.4, 1, count)[index]
    return _mixed(
        color, paint, strength * own * (weight > 0) * ramp(-distance * wiggle / radius, -1.25, -0.55)
    )


def _lips(color: Colors, recipe: SkinRecipe, places: Places) -> Colors:
    """Return lips: redder than skin, paler at their edge, darker where they meet, furrowed, and a light rim around."""
    furrows, blotches = lip_furrows(places), places.noise(places.points, 2.5, 2, field=12)
    rim = np.exp(-(((places.lip_edge + 1.6) / 1.1) ** 2)) * (places.points[:, 2] > 0)
    color = color * (1 + 0.025 * rim)[:, None]
    red = np.array(recipe.lip) * (1 + 0.10 * furrows + 0.05 * blotches)[:, None]
    red = _mixed(red, red * [0.62, 0.55, 0.58], ramp(-places.from_slit, -3.2, -0.2))
    corners = np.maximum(places.around((61,), (3.5, 2.5, 6)), places.around((291,), (3.5, 2.5, 6)))
    color = color * (1 - 0.35 * corners)[:, None]
    return _mixed(color, red, places.lips * (0.80 + 0.14 * ramp(places.lip_edge, 0, 3)))


def _eyes(color: Colors, recipe: SkinRecipe, places: Places) -> Colors:
    """Return darker, redder lids, bluish hollows under the eyes, and wet pink rims."""
    color = _mixed(color, np.array(recipe.shade), 0.42 * places.sockets)
    hollows = np.maximum(places.around((119,), (13, 6, 14)), places.around((348,), (13, 6, 14)))
    color = color * (1 - (0.07 + 0.09 * recipe.age) * hollows[:, None] * [1.0, 0.8, 0.5])
    lids = ramp(-places.from_lids, -5.5, -0.8)
    color = _mixed(color, np.array(recipe.blood) * [0.86, 0.80, 0.85], 0.45 * lids)
    return _mixed(color, np.array(recipe.blood) * 1.05, 0.7 * ramp(-places.from_lids, -0.9, -0.3))


def _nostrils(color: Colors, places: Places) -> Colors:
    """Return the insides of nose and ears darker, by how little light comes in."""
    nose = np.maximum(places.around((98, 2), (11, 7, 12)), places.around((327, 2), (11, 7, 12)))
    hidden = ramp(-places.openness, -0.42, -0.16)
    color = _mixed(color, np.array(_HOLLOW), 0.95 * hidden * np.clip(1.6 * nose, 0, 1))
    return color * (1 - 0.30 * hidden * places.ears)[:, None]


def _inner_parts(color: Colors, recipe: SkinRecipe, places: Places) -> Colors:
    """Return the mouth's cavity, the sockets behind the lids, and the tongue."""
    color = color.copy()
    mottled = (1 + 0.08 * places.noise(places.points, 3, 3, field=13))[:, None]
    mouth = places.part == PARTS.index("mouth_cavity")
    from_red = ramp(places.from_slit, 0, 9)
    cavity = (
        _mixed(np.array(recipe.lip) * [0.85, 0.72, 0.75] + 0 * color, np.array(_MUCOSA), from_red) * mottled
    )
    color[mouth] = cavity[mouth]
    for part in ("eye_cavity_left", "eye_cavity_right"):
        own = places.part == PARTS.index(part)
        color[own] = (np.array(recipe.blood) * mottled)[own] * (1 - 0.5 * ramp(places.from_lids[own], 1, 6))[
            :, None
        ]
    tongue = places.part == PARTS.index("tongue")
    coat = 0.5 + 0.5 * ramp(places.noise(places.points, 0.8, 1, field=14), -0.5, 1)
    color[tongue] = _mixed(np.array(_TONGUE) * mottled, np.array([0.56, 0.33, 0.30]), 0.30 * coat)[tongue]
    return color


def _mixed(color: Colors, paint: np.ndarray, amount: Amount) -> Colors:
    return color + amount[:, None] * (paint - color)
