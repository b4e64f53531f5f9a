"""Networks of arbitrary parameters on the default head's own shapes: made in a moment, good for nothing else."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from landmark_driver.character import Character  # noqa: E402
from landmark_driver.hypernetwork.data.lip_surfaces import lip_separation  # noqa: E402
from landmark_driver.hypernetwork.networks.local_tissue import LocalTissue  # noqa: E402
from landmark_driver.hypernetwork.networks.soft_deca import SoftDECA  # noqa: E402
from landmark_driver.identities.anny_identities import load_anny_identities  # noqa: E402
from landmark_driver.network.character_network import character_network  # noqa: E402
from landmark_driver.network.network_weights import NetworkWeights, head_scale  # noqa: E402
from landmark_driver.tissue.tissue_parameters import REGIONS  # noqa: E402
from landmark_driver.tissue.tissue_setting import FEATURE_SIZE  # noqa: E402

LATENTS, CODE = 16, 5


@functools.cache
def arbitrary_module() -> SoftDECA:
    torch.set_num_threads(1)
    return _excited(SoftDECA(CODE + FEATURE_SIZE, arbitrary_locality()))


def arbitrary_locality() -> LocalTissue:
    rng = np.random.default_rng(5)
    hearing = rng.uniform(0.1, 1, (len(REGIONS), CODE + FEATURE_SIZE)).astype(np.float32)
    components = rng.normal(0, 0.2, (LATENTS, 2 * len(REGIONS))).astype(np.float32)
    return LocalTissue(hearing, components)


@functools.cache
def arbitrary_weights() -> NetworkWeights:
    character = Character.load("default")
    rng = np.random.default_rng(0)
    neutral = character.neutral_vertices.astype(float)
    skin = np.unique(character.head.faces[character.head.face_part == 0])
    shapes = character.head.expressions.reshape(52, -1).astype(float)
    shapes.reshape(52, -1, 3)[:, character.head.eye_vertices.ravel()] = 0
    basis = rng.normal(size=(LATENTS, 52)) @ shapes / 4 / head_scale(neutral, skin)
    arrays = {
        "basis": basis.astype(np.float16),
        "usual_residual_std": np.full(neutral.size, 1e-4, np.float32),
        "edited_residual_std": np.full(neutral.size, 2e-4, np.float32),
        "skin": skin.astype(np.int32),
        "code_basis": rng.normal(0, 0.01, (CODE, neutral.size)).astype(np.float16),
        "code_mean": rng.normal(0, 0.1, neutral.size).astype(np.float32),
        "code_std": np.ones(CODE, np.float32),
        "canonical": rng.uniform(0, 1, (64, 52)).astype(np.float32),
        "usual_error": 0.01 * np.eye(LATENTS, dtype=np.float32),
        "edited_error": 0.02 * np.eye(LATENTS, dtype=np.float32),
        **{
            f"lips.{name}": array
            for name, array in lip_separation(load_anny_identities().mean()).arrays().items()
        },
    }
    return NetworkWeights(arrays | arbitrary_module().arrays("forward"))


@functools.cache
def network_character() -> Character:
    """The default head with these networks."""
    character = Character.load("default")
    neutral = character.neutral_vertices.astype(float)
    network = character_network(arbitrary_weights(), neutral, character.head.expressions)
    return replace(character, network=network)


def _excited(module):
    """The module with no parameter at zero."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.05 * torch.randn(parameter.shape, generator=generator)
    return module
