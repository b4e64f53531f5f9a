"""The baselines of `softdeca evaluate` as things to time, on one head and MediaPipe's surface landmarks.

A network's time depends on its sizes and not on its training: the pooled posterior, the plain MLP and S2D-Dec get
arbitrary network weights of the sizes that `evaluate` trains. The module imports packages that training installs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Int

from firmware_bench.measure.timed_rounds import Subject
from landmark_driver.character import Character
from landmark_driver.head.head import Head
from landmark_driver.head.landmark_embedding import LandmarkEmbedding
from landmark_driver.hypernetwork.data.landmark_layouts import evaluation_layout
from landmark_driver.hypernetwork.data.pooled_basis import PooledBasis
from landmark_driver.hypernetwork.evaluation import baselines
from landmark_driver.hypernetwork.evaluation.baselines import Displace, Task
from landmark_driver.hypernetwork.evaluation.learned_baselines import BaselineConfig, PlainMLP
from landmark_driver.hypernetwork.networks.s2d_decoder import S2DDecoder
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.network.network_weights import NetworkWeights
from landmark_driver.posterior.residual_kernel import ResidualKernel
from landmark_driver.tissue.tissue_setting import default_setting

_S2D_LANDMARKS = 68


def baseline_subjects(character: Character, within: dict[str, Callable]) -> list[Subject]:
    """Return one subject for each baseline.

    Args:
        character: with networks.
        within: the context of a slice of calls, for "numpy" and for "torch".

    Returns:
        Four baselines in NumPy, then the plain MLP and S2D-Dec in PyTorch.
    """
    head, network = character.head, character.network
    assert network is not None
    layout, neutral = _layout(), head.neutral_vertices.astype(float)
    kernel = ResidualKernel.of(head)
    task = Task(neutral, head.expressions.astype(float), default_setting(), layout, 5e-4, kernel)
    pooled = _pooled(network.head.basis, network.weights.arrays["skin"])
    prepared: dict[str, Displace] = {
        "bounded least squares": baselines.bounded_least_squares(task),
        "ridge least squares": baselines.ridge_least_squares(task),
        "biharmonic warp": baselines.radial_warp(task),
        "PCA posterior": baselines.pooled_posterior(pooled)(task),
    }
    moved = _smile(head, layout)
    seen = np.ones(len(moved), bool)
    subjects = [
        Subject(name, "numpy", lambda displace=displace: displace(moved, seen), within=within["numpy"])
        for name, displace in prepared.items()
    ]
    return [*subjects, *_learned(network.weights, within["torch"])]


def _layout() -> LandmarkEmbedding:
    return evaluation_layout(478, load_identities().landmark_embedding())


def _smile(head: Head, layout) -> np.ndarray:
    weights = np.random.default_rng(0).uniform(0, 0.4, len(head.expressions))
    return np.tensordot(weights, layout(head.expressions.astype(float)), 1)


def _pooled(basis: Float[np.ndarray, "latent coordinates"], skin: Int[np.ndarray, "skin"]) -> PooledBasis:
    residual = np.full(basis.shape[1], 1e-4, np.float32)
    return PooledBasis(basis, residual, np.zeros(len(basis)), np.eye(len(basis)), skin)


def _learned(weights: NetworkWeights, within: Callable) -> list[Subject]:
    torch.manual_seed(0)
    template = load_identities().template()
    skin, faces = template.topology.vertices_of("skin"), template.topology.faces_of("skin")
    points = len(_layout().weights)
    mlp = PlainMLP(points, len(weights.basis), BaselineConfig().width).eval()
    basis, moved = torch.as_tensor(weights.basis.astype(np.float32)), torch.randn(1, 3 * points)
    decoder, sparse = (
        S2DDecoder(_S2D_LANDMARKS, template.vertices[skin], faces).eval(),
        torch.randn(1, 3 * _S2D_LANDMARKS),
    )

    @torch.inference_mode()
    def plain() -> object:
        return mlp(moved, torch.ones(1, points)) @ basis

    @torch.inference_mode()
    def s2d() -> object:
        return decoder(sparse)

    return [
        Subject("plain MLP", "torch", plain, within=within),
        Subject("S2D-Dec", "torch", s2d, within=within),
    ]
