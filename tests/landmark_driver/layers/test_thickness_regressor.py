"""Thickness learned from pairs of skin and skull surfaces, on pairs whose law is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from landmark_driver.geometry.vertex_normals import smoothed_normals
from landmark_driver.head.identity_model import HeadModelError
from landmark_driver.identities.anny_identities import load_anny_identities
from landmark_driver.tissue.tissue_parameters import REGIONS
from tests.landmark_driver.layers.layered import default_layer_template, layer_head, layered_default

from landmark_driver.layers.layer_head import head_scale  # isort: skip
from landmark_driver.layers.layer_template import LayerTemplate  # isort: skip
from landmark_driver.layers.thickness_regressor import (  # isort: skip
    LearningSettings,
    ThicknessRegressor,
    fit_regressor,
    learn_thickness,
)
from landmark_driver.layers.write_layers import write_ply  # isort: skip


def test_a_linear_law_of_the_shape_is_recovered_on_unseen_heads() -> None:
    rng = np.random.default_rng(0)
    modes, law = rng.normal(size=(3, 50, 3)), rng.normal(0, 0.1, (3, 50))
    scores = rng.normal(size=(40, 3))
    shapes = np.einsum("hm,mvc->hvc", scores, modes)
    regressor = fit_regressor(shapes[:30], (scores @ law)[:30] + 0.2, LearningSettings(ridges=(1e-6, 10.0)))
    unseen = (shapes[30:] - regressor.mean_shape).reshape(10, -1) @ regressor.components.T @ regressor.slopes
    assert unseen + regressor.mean_log_ratio == pytest.approx((scores @ law)[30:] + 0.2, abs=1e-3)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Heads that differ mostly by phenotype; those with wider necks have thicker tissue."""
    folder = tmp_path_factory.mktemp("pairs")
    identities, template = load_anny_identities(), default_layer_template()
    faces = identities.topology.faces_of("skin")
    for number in range(24):
        head = identities.sample(np.random.default_rng(number), 0.2)
        skin = head.vertices[identities.topology.vertices_of("skin")]
        skin_wrap = template.solver.wrapper.wrap(skin)
        depth = _law(template, skin) * template.thickness
        depth = head_scale(template, skin) * depth
        skull = skin_wrap - depth[:, None] * smoothed_normals(skin_wrap, template.wrap.faces, 2)
        write_ply(folder / f"head{number:02d}_skin.ply", skin, faces)
        write_ply(folder / f"head{number:02d}_skull.ply", skull, template.wrap.faces)
    return folder


def _law(template: LayerTemplate, skin: np.ndarray) -> float:
    """Thickness over the table's: a wide neck for the size of the head goes with thick tissue."""
    wrap = template.solver.wrapper.wrap(skin) / head_scale(template, skin)
    left, right = (template.region == REGIONS.index(f"neck_{side}") for side in ("left", "right"))
    width_m = wrap[left, 0].mean() - wrap[right, 0].mean()
    return float(np.exp(0.2 * (width_m - 0.0625) / 0.0022))


def test_pairs_teach_a_thickness_that_beats_the_table_on_unseen_heads(pairs: Path) -> None:
    identities, template = load_anny_identities(), default_layer_template()
    regressor = learn_thickness(pairs, template, identities.topology)
    on_bone = template.node_bone[2 * template.wrap.size :] > 0
    errors, table_errors = [], []
    for number in range(100, 108):
        head = identities.sample(np.random.default_rng(number), 0.2)
        skin = head.vertices[identities.topology.vertices_of("skin")]
        predicted = regressor.predict(template, skin)[on_bone]
        truth = _law(template, skin)
        tabled = head_scale(template, skin) * template.thickness[on_bone]
        errors.append(np.median(np.abs(predicted - truth * tabled)))
        table_errors.append(np.median(np.abs(tabled - truth * tabled)))
    assert np.mean(errors) < 0.7 * np.mean(table_errors)


def test_a_regressor_survives_its_file_and_layers_a_head(pairs: Path, tmp_path: Path) -> None:
    identities, template = load_anny_identities(), default_layer_template()
    regressor = learn_thickness(pairs, template, identities.topology)
    regressor.save(tmp_path / "thickness.npz")
    again = ThicknessRegressor.load(tmp_path / "thickness.npz")
    head = identities.mean()
    skin = head.vertices[identities.topology.vertices_of("skin")]
    thickness = again.predict(template, skin)
    assert (thickness == regressor.predict(template, skin)).all()
    assert len(layer_head(head, template, thickness).tets) == len(layered_default().tets)


def test_a_skin_without_a_skull_and_too_few_pairs_are_refused(pairs: Path, tmp_path: Path) -> None:
    identities, template = load_anny_identities(), default_layer_template()
    with pytest.raises(HeadModelError, match="Expected a folder with pairs"):
        learn_thickness(tmp_path / "nowhere", template, identities.topology)
    with pytest.raises(HeadModelError, match=r"Expected at least 3 pairs .* got 0"):
        learn_thickness(tmp_path, template, identities.topology)
    (tmp_path / "a_skin.ply").write_bytes((pairs / "head00_skin.ply").read_bytes())
    with pytest.raises(
        HeadModelError, match=r"Expected a skull beside a_skin\.ply, got none\. Name it a_skull\.ply"
    ):
        learn_thickness(tmp_path, template, identities.topology)


def test_a_skin_of_another_topology_is_refused(pairs: Path, tmp_path: Path) -> None:
    identities, template = load_anny_identities(), default_layer_template()
    for kind in ("skin", "skull"):
        (tmp_path / f"a_{kind}.ply").write_bytes((pairs / "head00_skull.ply").read_bytes())
    with pytest.raises(
        HeadModelError, match=r"Expected a skin in template topology .* got \d+ in a_skin.ply"
    ):
        learn_thickness(tmp_path, template, identities.topology)


def test_a_file_that_is_no_regressor_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(b"nothing")
    with pytest.raises(HeadModelError, match="Expected a thickness regressor made by"):
        ThicknessRegressor.load(tmp_path / "x.npz")
