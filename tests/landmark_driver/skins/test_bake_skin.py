"""A skin is painted where it should be, the same in every run; at a quarter of the size that ships."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landmark_driver.dress.skin import FOLDER, RELIEF, skin_paints
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.skins.albedo import albedo
from landmark_driver.skins.bake_skin import paint_amounts, places_on
from landmark_driver.skins.lines import wrinkles
from landmark_driver.skins.noise import Noise
from landmark_driver.skins.skin_recipe import RECIPES

_SIZE_PX = 256
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def placed():
    return places_on(load_identities(), RECIPES["fair"].seed, _SIZE_PX)


def test_every_skin_has_a_recipe() -> None:
    assert list(RECIPES) == list(RELIEF)


def test_noise_has_no_mean_and_a_deviation_of_one() -> None:
    places = np.random.default_rng(0).uniform(-90, 90, (40_000, 3))
    for octaves in (1, 3):
        values = Noise(4)(places, 2.0, octaves)
        assert abs(values.mean()) < 0.05 and abs(values.std() - 1) < 0.1
    assert np.array_equal(Noise(4)(places, 2.0), Noise(4)(places, 2.0))
    assert abs(np.corrcoef(Noise(4)(places, 2.0), Noise(5)(places, 2.0))[0, 1]) < 0.05


def test_a_skin_painted_again_looks_as_the_one_that_ships(placed) -> None:
    texels, places = placed
    painted = np.clip(texels.of(albedo(RECIPES["fair"], places)), 0, 1) ** (1 / 2.2)
    image = cv2.imread(str(FOLDER / "fair_color.jpg"))
    assert image is not None
    ships = cv2.resize(image, (_SIZE_PX, _SIZE_PX), interpolation=cv2.INTER_AREA)[:, :, ::-1] / 255
    away = cv2.blur(painted, (9, 9)) - cv2.blur(ships, (9, 9))
    assert np.abs(away[texels.covered]).mean() < 0.02


def test_lines_lie_where_a_face_folds(placed) -> None:
    _, places = placed
    depth = wrinkles(places)
    assert depth.min() >= 0 and (depth[places.lips == 1] == 0).all()
    for landmarks in ((151,), (206,), (426,)):
        near = np.linalg.norm(places.points - places.landmarks[list(landmarks)].mean(0), axis=1) < 6
        assert depth[near].max() > 0.2
    assert depth[places.points[:, 2] < -110].max() < 0.05, "none at the back of the head"


def test_the_paints_that_ship_are_those_that_are_made() -> None:
    assert np.abs(paint_amounts(load_identities()).astype(int) - skin_paints()).max() <= 1
