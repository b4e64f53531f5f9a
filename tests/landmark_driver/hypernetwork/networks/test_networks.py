"""The networks: training and live path compute the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from landmark_driver import Character
from landmark_driver.character import CharacterError
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.hypernetwork.networks.local_tissue import LocalTissue
from landmark_driver.hypernetwork.networks.soft_deca import SoftDECA
from landmark_driver.network.bounded_latent import BoundedLatent
from landmark_driver.network.character_network import character_network
from landmark_driver.network.head_network import folded_forward, specialise
from landmark_driver.network.network_weights import NetworkWeights, WeightsError
from landmark_driver.posterior.evidence import LATENT_ALONE
from landmark_driver.posterior.landmark_noise import LandmarkNoise
from landmark_driver.tissue.sample_setting import sample_setting
from landmark_driver.tissue.tissue_error import TissueSettingError
from landmark_driver.tissue.tissue_parameters import REGIONS
from landmark_driver.tissue.tissue_setting import FEATURE_REGIONS, FEATURE_SIZE
from tests.landmark_driver.hypernetwork.arbitrary_networks import (
    CODE,
    LATENTS,
    arbitrary_module,
    arbitrary_weights,
)


@pytest.fixture(scope="module")
def character() -> Character:
    return Character.load("default")


@pytest.fixture(scope="module")
def module() -> SoftDECA:
    return arbitrary_module()


@pytest.fixture(scope="module")
def weights() -> NetworkWeights:
    return arbitrary_weights()


def test_the_folded_forward_network_equals_torch(weights, module):
    rng = np.random.default_rng(1)
    code, setting = rng.normal(size=CODE), sample_setting(rng)
    expressions = rng.uniform(0, 1, (7, 52)).astype(np.float32)
    condition = np.tile(np.concatenate([code, setting.features()]), (7, 1)).astype(np.float32)
    with torch.no_grad():
        expected = module(torch.as_tensor(expressions), torch.as_tensor(condition)).numpy()
    assert np.abs(folded_forward(weights, code, setting)(expressions) - expected).max() < 1e-5


def test_weights_of_a_latent_stay_in_bounds_and_the_rest_follows(weights, character):
    neutral = character.neutral_vertices.astype(float)
    head = specialise(weights, neutral, character.head.expressions, sample_setting(np.random.default_rng(5)))
    layout = character.head.embedding
    noise = LandmarkNoise.same(len(layout.weights), 6e-4, 3.0)
    posterior = head.posterior(layout, neutral, noise, LATENT_ALONE)
    bounded, deviation = BoundedLatent.of(posterior.covariance, 52), np.sqrt(np.diag(posterior.covariance))
    latent = posterior.offset + 2 * np.random.default_rng(0).normal(size=52 + LATENTS) * deviation
    latent[:3] = -1.0, 9.0, 0.5
    found = bounded(latent.astype(np.float32)).astype(float)
    assert (found[:52] >= 0).all() and (found[:52] <= 4).all()

    def cost(z: np.ndarray) -> float:
        away = z - latent
        return float(away @ np.linalg.solve(posterior.covariance, away))

    rng = np.random.default_rng(1)
    for _ in range(50):
        other = found + 0.05 * rng.normal(size=len(found)) * deviation
        other[:52] = np.clip(other[:52], 0, 4)
        assert cost(found) <= cost(other) * (1 + 1e-5)
    inside = np.concatenate([np.full(52, 2.0), np.zeros(LATENTS)]).astype(np.float32)
    assert bounded(inside) is inside


def test_a_character_with_networks_survives_its_file(weights, character, tmp_path):
    moving = replace(
        character,
        network=character_network(
            weights, character.neutral_vertices.astype(float), character.head.expressions
        ),
    )
    path = tmp_path / "me.safetensors"
    moving.save(path)
    displacements = np.random.default_rng(4).normal(0, 1e-3, (478, 3))
    given = DriverInput(displacements)
    before, after = (one.mesh_driver()(given) for one in (moving, Character.load(path)))
    assert np.array_equal(before.vertices, after.vertices)
    assert np.array_equal(before.weights, after.weights)


def test_eyes_turn_rigidly_and_irises_move_nothing(weights, character):
    moving = replace(
        character,
        network=character_network(
            weights, character.neutral_vertices.astype(float), character.head.expressions
        ),
    )
    driver = moving.driver()
    displacements = np.zeros((478, 3))
    still = driver(displacements)
    displacements[468:] = 0.004
    assert np.abs(driver(displacements) - still).max() < 1e-6
    turned = driver(np.zeros((478, 3)), gaze=np.array([[0.2, 0.0], [0.2, 0.0]]))
    for eye, rows in enumerate(character.head.eye_vertices):
        centre = character.head.eye_centres[eye]
        radii = [np.linalg.norm(v[rows] - centre, axis=1) for v in (turned, character.neutral_vertices)]
        assert np.allclose(*radii, atol=1e-6) and np.abs(turned[rows] - still[rows]).max() > 1e-3


def test_lost_landmarks_and_masked_ones_are_the_same(weights, character):
    moving = replace(
        character,
        network=character_network(
            weights, character.neutral_vertices.astype(float), character.head.expressions
        ),
    )
    driver = moving.driver()
    displacements = np.random.default_rng(6).normal(0, 1e-3, (478, 3))
    mask = np.arange(478) % 3 > 0
    lost = np.where(mask[:, None], displacements, np.nan)
    assert np.array_equal(driver(displacements, mask=mask), driver(lost))


def test_default_tissue_shows_what_is_seen_and_other_tissue_does_not(weights, character):
    moving = replace(
        character,
        network=character_network(
            weights, character.neutral_vertices.astype(float), character.head.expressions
        ),
    )
    displacements = np.random.default_rng(7).normal(0, 1e-3, (478, 3))
    shown = moving.driver()(displacements)
    same = moving.with_material({"cheek_left.stiffness": 1.0}).driver()(displacements)
    other = moving.with_material({"cheek.strength": 0.0}, gravity=(0, 0, -9.81)).driver()(displacements)
    assert np.abs(same - shown).max() < 1e-6
    assert np.abs(other - shown).max() > 1e-4


def test_settings_that_do_not_exist_are_named(weights, character):
    moving = replace(
        character,
        network=character_network(
            weights, character.neutral_vertices.astype(float), character.head.expressions
        ),
    )
    with pytest.raises(TissueSettingError, match=r"got 'chek_left'.*cheek,.*_left"):
        moving.with_material({"chek_left.stiffness": 0.5})
    with pytest.raises(TissueSettingError, match=r"Expected stiffness from 0\.2 to 5, got 20"):
        moving.with_material({"cheek_left.stiffness": 20.0})
    with pytest.raises(CharacterError, match="linear blendshapes only"):
        replace(character, network=None).with_material({"cheek_left.stiffness": 0.5})


def test_weights_that_are_not_weights_are_refused(character, weights, tmp_path):
    with pytest.raises(WeightsError, match="softdeca train"):
        NetworkWeights.load(tmp_path / "none.safetensors")
    character.save(tmp_path / "character.safetensors")
    with pytest.raises(WeightsError, match="got softdeca-character"):
        NetworkWeights.load(tmp_path / "character.safetensors")
    with pytest.raises(WeightsError, match="another head model"):
        specialise(
            weights, character.neutral_vertices[:100].astype(float), character.head.expressions[:, :100]
        )


def test_a_material_moves_only_regions_that_hear_of_it():
    regions = len(REGIONS)
    reach = np.concatenate([np.ones((regions, CODE)), np.arange(regions)[:, None] == FEATURE_REGIONS], 1)
    local = LocalTissue(reach.astype(np.float32), np.eye(2 * regions, dtype=np.float32))
    new = SoftDECA(CODE + FEATURE_SIZE, local)
    default = torch.zeros(1, CODE + FEATURE_SIZE)
    other = default.clone()
    other[:, CODE:][:, torch.as_tensor(FEATURE_REGIONS == 3)] = 0.7
    smile = torch.rand(1, 52, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        moved = (new.difference(smile, other) - new.difference(smile, default))[0]
    assert set(torch.nonzero(moved).ravel().tolist()) == {6, 7}
