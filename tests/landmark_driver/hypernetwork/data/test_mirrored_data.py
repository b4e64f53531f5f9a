"""Mirror images of training samples."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pyarrow")

from capture.frames.arkit import ARKIT_INDEX
from landmark_driver.hypernetwork.data.make_dataset import make_dataset
from landmark_driver.hypernetwork.data.mirrored_data import (
    mirror_vertices,
    mirrored_codes,
    with_mirror_images,
)
from landmark_driver.hypernetwork.data.sample_plan import DatasetConfig
from landmark_driver.hypernetwork.data.training_data import TrainingData, load_training_data
from landmark_driver.identities.anny_identities import load_anny_identities
from landmark_driver.tissue.sample_setting import sample_setting
from landmark_driver.tissue.tissue_parameters import REGIONS
from landmark_driver.tissue.tissue_setting import setting_from_code


@pytest.fixture(scope="module")
def across() -> np.ndarray:
    return mirror_vertices(load_anny_identities().mean().vertices)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> TrainingData:
    folder = tmp_path_factory.mktemp("data")
    make_dataset(folder, DatasetConfig(heads=7, expressions=18, physics="stand-in"))
    return load_training_data(folder)


def test_the_vertex_across_is_on_the_other_side(across):
    vertices = load_anny_identities().mean().vertices
    assert np.abs(vertices[across] - vertices * (-1, 1, 1)).max() < 2e-4


def test_only_samples_to_train_on_are_mirrored(data, across):
    both = with_mirror_images(data, across)
    assert len(both.of_split("training")) == 2 * len(data.of_split("training"))
    for split in ("unseen-heads", "unseen-expressions", "both"):
        assert np.array_equal(both.of_split(split), data.of_split(split))


def test_a_head_and_its_mirror_image_are_kept_from_training_together(data, across):
    both = with_mirror_images(data, across)
    kept = both.validation_heads
    assert kept.any() and np.array_equal(kept[:7], kept[7:])
    assert np.array_equal(kept[:7], data.validation_heads)


def test_a_mirrored_sample_moves_the_other_side(data, across):
    both = with_mirror_images(data, across)
    first, image = data.of_split("training")[3], len(data.head) + 3
    left, right = ARKIT_INDEX["mouthSmileLeft"], ARKIT_INDEX["mouthSmileRight"]
    assert both.weights[image, left] == data.weights[first, right]
    there = both.displacement_mm[image][across] * np.array([-1, 1, 1])
    assert np.array_equal(there, data.displacement_mm[first])
    assert both.setting[image] not in data.setting


def test_a_mirrored_setting_has_its_sides_exchanged():
    setting = sample_setting(np.random.default_rng(1))
    image = setting_from_code(mirrored_codes(setting.code()[None])[0])
    left = [index for index, name in enumerate(REGIONS) if name.endswith("_left")]
    right = [REGIONS.index(REGIONS[index][:-4] + "right") for index in left]
    assert np.allclose(image.regions[left], setting.regions[right])
    assert np.allclose(image.regions[right], setting.regions[left])
    assert np.allclose(image.gravity, setting.gravity * (-1, 1, 1)) and np.allclose(
        image.bones, setting.bones
    )
