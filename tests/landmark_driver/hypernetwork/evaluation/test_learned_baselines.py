"""The baselines that learn: their parts, and that they learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from landmark_driver.hypernetwork.data.landmark_layouts import MULTI_PIE_68, SPARSE_20
from landmark_driver.hypernetwork.networks.s2d_decoder import (
    S2DDecoder,
    farthest_points,
    interpolation,
    nearness_weights,
    spiral_indices,
)
from landmark_driver.identities.anny_identities import load_anny_identities


@pytest.fixture(scope="module")
def sphere():
    points = np.random.default_rng(0).normal(size=(400, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def test_a_spiral_begins_with_its_vertex_and_turns_once(sphere):
    spirals = spiral_indices(sphere, sphere)
    assert (spirals[:, 0] == np.arange(400)).all()
    assert all(len(set(row)) == 9 for row in spirals)
    away = sphere[spirals[:, 1:]] - sphere[:, None]
    turning = np.einsum("nij,nj->ni", np.cross(away[:, :-1], away[:, 1:]), sphere)
    assert (turning > 0).mean() > 0.85


def test_farthest_points_are_spread(sphere):
    chosen = farthest_points(sphere, 40)
    assert len(set(chosen)) == 40
    gaps = np.linalg.norm(sphere[chosen][:, None] - sphere[chosen][None], axis=2) + 9 * np.eye(40)
    assert gaps.min() > 0.3


def test_interpolation_keeps_constants_and_coarse_vertices(sphere):
    index, fraction = interpolation(sphere[:50], sphere)
    assert np.allclose(fraction.sum(1), 1)
    assert np.allclose((sphere[:50][index] * fraction[..., None]).sum(1)[:50], sphere[:50], atol=1e-3)


def test_nearness_weights_favour_landmarks_and_average_to_one(sphere):
    weight = nearness_weights(sphere, sphere[:5])
    assert np.isclose(weight.mean(), 1) and weight[:5].min() >= weight[5:].max() - 1e-9


def test_the_decoder_has_the_papers_channels_and_moves_every_vertex():
    head = load_anny_identities().mean()
    skin, faces = head.topology.vertices_of("skin"), head.topology.faces_of("skin")
    decoder = S2DDecoder(68, head.vertices[skin], faces)
    assert [layer.out_features for layer in decoder.convolutions] == [128, 64, 32, 32, 16, 3]
    with torch.no_grad():
        moved = decoder(torch.ones(2, 204))
    assert moved.shape == (2, len(skin), 3) and (moved.norm(dim=2) > 0).all()


def test_the_decoder_can_learn_one_expression():
    torch.manual_seed(0)
    identities = load_anny_identities()
    head = identities.mean()
    skin, faces = head.topology.vertices_of("skin"), head.topology.faces_of("skin")
    decoder = S2DDecoder(68, head.vertices[skin], faces)
    true = torch.as_tensor(10 * identities.template_expressions()[23, skin], dtype=torch.float32)[None]
    seen = torch.ones(1, 204)
    optimiser = torch.optim.Adam(decoder.parameters(), 2e-4)
    losses = []
    for _ in range(20):
        loss = (decoder(seen) - true).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.7 * losses[0]


def test_layouts_name_each_landmark_once():
    assert len(set(MULTI_PIE_68)) == 68 and len(set(SPARSE_20)) == 20
    assert max(MULTI_PIE_68 + SPARSE_20) < 468
