"""Skins with spots, light and noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from landmark_driver.drawn_heads.skin_look import SkinLook, random_look

PLAIN = np.full((40, 60, 3), 150, np.uint8)


@pytest.fixture(scope="module")
def look() -> SkinLook:
    """Strong spots, in even light and without noise."""
    drawn = random_look(np.random.default_rng(0))
    return replace(
        drawn, contrasts=np.full(3, 0.3), stubble=0.0, tone=np.ones(3), light=np.zeros(2), noise_levels=0.0
    )


def places(shift_px: int = 0) -> np.ndarray:
    """What each pixel shows of a flat cheek: a millimetre a pixel, the cheek moved along x."""
    y, x = np.mgrid[:40, :60] * 1e-3
    return np.stack([x - 1e-3 * shift_px, -y, np.full_like(x, 0.04)], 2)


def seen(look: SkinLook, where: np.ndarray, seed: int = 0, picture: np.ndarray = PLAIN) -> np.ndarray:
    return look(picture, where, np.random.default_rng(seed)).astype(int)


def test_spots_move_with_the_skin(look: SkinLook) -> None:
    before, after = seen(look, places()), seen(look, places(7))
    assert before.std() > 5
    inner = slice(5, -5)
    np.testing.assert_allclose(after[inner, 12:-5], before[inner, 5:-12], atol=1)
    assert np.abs(after - before).mean() > 3, "they are not the picture's"


def test_the_same_places_have_the_same_spots_on_another_picture(look: SkinLook) -> None:
    """A skin that is lit twice as bright has the same dark places."""
    light, dark = (seen(look, places(), picture=np.full_like(PLAIN, level)) for level in (180, 90))
    np.testing.assert_allclose(light / light.mean(), dark / dark.mean(), atol=0.02)


def test_the_background_is_as_it_was_but_for_light_and_noise(look: SkinLook) -> None:
    nothing = np.full((40, 60, 3), np.nan)
    assert np.abs(seen(look, nothing) - PLAIN).max() <= 1
    half = places()
    half[:, :30] = np.nan
    assert np.abs(seen(look, half)[:, :25] - 150).max() <= 1
    noisy = seen(replace(look, noise_levels=4.0), nothing) - 150
    assert 3 < noisy.std() < 5 and abs(noisy.mean()) < 1
    lit = seen(replace(look, light=np.array([0.3, 0.0])), nothing)
    assert lit[:, -1].mean() > 150 > lit[:, 0].mean()


def test_tone_is_the_skins_alone(look: SkinLook) -> None:
    half = places()
    half[:, :30] = np.nan
    toned = seen(replace(look, tone=np.array([0.5, 0.4, 0.3])), half)
    assert np.abs(toned[:, :25] - 150).max() <= 1
    red, green, blue = toned[:, 35:].reshape(-1, 3).mean(0)
    assert 150 > red > green > blue


def test_stubble_is_below_the_mouth(look: SkinLook) -> None:
    where = places()
    where[..., 1] -= 0.055
    bearded = seen(replace(look, contrasts=np.zeros(3), stubble=0.5), where)
    assert np.abs(bearded[:5] - 150).max() <= 1
    assert bearded[-10:].mean() < 140


@pytest.mark.parametrize("seed", range(4))
def test_a_look_is_its_seeds(seed: int) -> None:
    first, again, other = (random_look(np.random.default_rng(number)) for number in (seed, seed, seed + 10))
    for name in ("fields", "contrasts", "stubble", "tone", "light", "noise_levels"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert not np.array_equal(first.fields, other.fields)
    picture = first(PLAIN, places(), np.random.default_rng(1))
    np.testing.assert_array_equal(again(PLAIN, places(), np.random.default_rng(1)), picture)
    assert picture.dtype == np.uint8 and picture.shape == PLAIN.shape
