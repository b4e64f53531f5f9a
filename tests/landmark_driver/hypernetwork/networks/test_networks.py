"""The networks: training and live path compute the same, and begin at the closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from landmark_driver.network.landmark_posterior import LandmarkNoise, nuisance_deviations, rigid_columns

from landmark_driver import Character
from landmark_driver.character import CharacterError
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.hypernetwork.networks.local_tissue import LocalTissue
from landmark_driver.hypernetwork.networks.soft_deca import SoftDECA, arrays_of
from landmark_driver.hypernetwork.networks.sparse_soft_deca import LayoutBatch, SparseSoftDECA, posterior
from landmark_driver.network.bounded_latent import BoundedLatent
from landmark_driver.network.character_network import character_network
from landmark_driver.network.compile_frame import compile_landmarks
from landmark_driver.network.head_basis import head_basis
from landmark_driver.network.head_network import (
    corrector_condition,
    folded_corrector,
    folded_forward,
    specialise,
)
from landmark_driver.network.latent_stages import Corrector, Posterior
from landmark_driver.network.network_weights import NetworkWeights, WeightsError
from landmark_driver.tissue.sample_setting import sample_setting
from landmark_driver.tissue.tissue_error import TissueSettingError
from landmark_driver.tissue.tissue_parameters import REGIONS
from landmark_driver.tissue.tissue_setting import FEATURE_REGIONS, FEATURE_SIZE
from tests.landmark_driver.hypernetwork.arbitrary_networks import (
    CODE,
    LATENTS,
    arbitrary_modules,
    arbitrary_weights,
)


@pytest.fixture(scope="module")
def character() -> Character:
    return Character.load("default")


@pytest.fixture(scope="module")
def modules():
    return arbitrary_modules()


@pytest.fixture(scope="module")
def weights() -> NetworkWeights:
    return arbitrary_weights()


def compiled(weights, head, character, layout, noise=None) -> tuple[Posterior, Corrector]:
    """The stages that the corrector's training knows too."""
    neutral = character.neutral_vertices.astype(float)
    basis = head_basis(weights, neutral, character.head.expressions)
    program = compile_landmarks(weights, head, basis, neutral, layout, noise)
    posterior, corrector = program.stage("posterior"), program.stage("corrector")
    assert isinstance(posterior, Posterior) and isinstance(corrector, Corrector)
    return posterior, corrector


def layout_batch(head, posterior_, neutral, layout, noise_m: float) -> LayoutBatch:
    points = layout(neutral)
    columns = rigid_columns(points) * nuisance_deviations()
    arrays = (head.rows(layout), columns, posterior_._precision, noise_m, head.condition)
    return LayoutBatch(*(torch.as_tensor(np.asarray(a), dtype=torch.float32)[None] for a in arrays))


def test_the_folded_forward_network_equals_torch(weights, modules):
    rng = np.random.default_rng(1)
    code, setting = rng.normal(size=CODE), sample_setting(rng)
    expressions = rng.uniform(0, 1, (7, 52)).astype(np.float32)
    condition = np.tile(np.concatenate([code, setting.features()]), (7, 1)).astype(np.float32)
    with torch.no_grad():
        expected = modules[0](torch.as_tensor(expressions), torch.as_tensor(condition)).numpy()
    assert np.abs(folded_forward(weights, code, setting)(expressions) - expected).max() < 1e-5


def test_the_folded_driver_equals_torch(weights, modules, character):
    rng = np.random.default_rng(2)
    neutral = character.neutral_vertices.astype(float)
    layout = character.head.embedding
    layout = replace(layout, corners=layout.corners[:300:4], weights=layout.weights[:300:4].astype(float))
    setting = sample_setting(rng)
    head = specialise(weights, neutral, character.head.expressions, setting)
    noise = LandmarkNoise.same(len(layout.weights), 5e-4)
    read, corrector = compiled(weights, head, character, layout, noise)
    assert read.whole is not None
    batch = layout_batch(head, read.whole, neutral, layout, 5e-4)
    displacements = rng.normal(0, 2e-3, 3 * len(layout.weights)).astype(np.float32)
    mean = torch.as_tensor(head.prior_mean[None], dtype=torch.float32)
    precision = torch.as_tensor(np.linalg.inv(head.prior_covariance)[None], dtype=torch.float32)
    with torch.no_grad():
        z = modules[1](torch.as_tensor(displacements)[None, None], batch, mean, precision)[0, 0].numpy()
    z0 = read.gain @ displacements + read.offset
    moved_mm = 1e3 * np.abs((z - z0 - corrector.layers(z0)) @ head.basis)
    assert moved_mm.max() < 1e-2
    told = corrector_condition(head.condition, 5e-4, read.whole.deviation)
    assert len(told) == CODE + FEATURE_SIZE + 1 + 52 + LATENTS
    with torch.no_grad():
        deviation = torch.as_tensor(read.whole.deviation[None], dtype=torch.float32)
        correction = modules[1].correction(torch.as_tensor(z0)[None, None], deviation, batch)[0, 0].numpy()
    assert np.abs(correction).max() > 1e-3, "the corrector of this test does something"
    ours = folded_corrector(weights, head, 5e-4, read.whole)(z0)
    assert np.abs(ours - correction).max() < 1e-5


def test_a_new_corrector_changes_nothing(weights, character):
    torch.manual_seed(0)
    new = SparseSoftDECA(CODE + FEATURE_SIZE, 52 + LATENTS)
    fresh = NetworkWeights(weights.arrays | arrays_of(new, "corrector"))
    neutral = character.neutral_vertices.astype(float)
    head = specialise(fresh, neutral, character.head.expressions)
    read, corrector = compiled(fresh, head, character, character.head.embedding)
    assert read.whole is not None
    displacements = np.random.default_rng(3).normal(0, 2e-3, 3 * 478)
    z0 = read.whole(displacements)
    assert np.abs(corrector.layers(z0.astype(np.float32))).max() < 1e-5
    assert np.abs(read.gain @ displacements + read.offset - z0).max() < 1e-4


def test_weights_of_a_latent_stay_in_bounds_and_the_rest_follows(weights, character):
    neutral = character.neutral_vertices.astype(float)
    head = specialise(weights, neutral, character.head.expressions, sample_setting(np.random.default_rng(5)))
    posterior_ = compiled(weights, head, character, character.head.embedding)[0].whole
    assert posterior_ is not None
    bounded = BoundedLatent.of(posterior_.covariance, 52)
    latent = posterior_.offset + 2 * np.random.default_rng(0).normal(size=52 + LATENTS) * posterior_.deviation
    latent[:3] = -1.0, 9.0, 0.5
    found = bounded(latent.astype(np.float32)).astype(float)
    assert (found[:52] >= 0).all() and (found[:52] <= 4).all()

    def cost(z: np.ndarray) -> float:
        away = z - latent
        return float(away @ np.linalg.solve(posterior_.covariance, away))

    rng = np.random.default_rng(1)
    for _ in range(50):
        other = found + 0.05 * rng.normal(size=len(found)) * posterior_.deviation
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


def test_torch_and_numpy_agree_on_the_posterior(weights, character):
    neutral = character.neutral_vertices.astype(float)
    head = specialise(weights, neutral, character.head.expressions)
    layout = character.head.embedding
    layout = replace(layout, corners=layout.corners[:200:5], weights=layout.weights[:200:5].astype(float))
    numpy_posterior = head.posterior(layout, neutral, LandmarkNoise.same(40, 1e-3))
    batch = layout_batch(head, numpy_posterior, neutral, layout, 1e-3)
    mean = torch.as_tensor(head.prior_mean[None], dtype=torch.float32)
    precision = torch.as_tensor(np.linalg.inv(head.prior_covariance)[None], dtype=torch.float32)
    displacements = np.random.default_rng(8).normal(0, 2e-3, (3, 120))
    z, deviation = posterior(
        torch.as_tensor(displacements, dtype=torch.float32)[None], batch, mean, precision
    )
    expected = np.stack([numpy_posterior(one) for one in displacements])
    assert np.allclose(z[0].numpy(), expected, atol=2e-3)
    assert np.allclose(deviation[0].numpy(), numpy_posterior.deviation, rtol=2e-3)


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
