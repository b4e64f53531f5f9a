"""What holds for the layers of the default head and of extreme heads."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from landmark_driver.geometry.mesh_contact import distance_to_mesh
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.identities.anny_identities import load_anny_identities
from landmark_driver.layers.bones.bone_regions import CRANIUM, FREE, MANDIBLE
from landmark_driver.layers.tissue_thickness import MEASURED_SITES
from landmark_driver.layers.wraps.prism_tets import scaled_jacobians, signed_volumes
from landmark_driver.tissue.tissue_parameters import REGIONS
from tests.landmark_driver.layers.layered import (
    default_layer_template,
    layer_head,
    layered_default,
    layered_extreme,
)

from landmark_driver.layers.bones.bones import BONE_PARTS  # isort: skip
from landmark_driver.layers.layer_report import layer_report, thickness_mm  # isort: skip

HEADS = ["default", 1, 5]
"""Heads 1 and 5 of the whole range are among the worst of 300: their skins fold over themselves."""


def _layered(head: str | int):
    return layered_default() if isinstance(head, str) else layered_extreme(head)


@pytest.mark.parametrize("head", HEADS)
def test_nothing_is_inverted_and_bones_stay_clear_of_skin_and_muscles(head: str | int) -> None:
    report = layer_report(_layered(head))
    assert report["inverted"] == 0
    assert report["intersections"] == {"skin_bones": 0, "muscles_bones": 0}
    assert report["min_distance_mm"]["skin_to_skull"] >= 1.5
    assert 30_000 <= report["tets"] <= 38_000


def test_the_default_head_has_the_thickness_of_the_sources_at_every_site() -> None:
    found = thickness_mm(layered_default())
    missed = np.array([found[name] - site.thickness_mm for name, site in MEASURED_SITES.items()])
    assert len(missed) == 20
    assert np.abs(missed).max() < 1.5
    assert np.abs(missed).mean() < 0.5


def test_the_skull_has_a_thin_orbital_rim_and_a_deep_temporal_fossa_behind_it() -> None:
    layered = layered_default()
    at = np.array([[0.0557, -0.001, 0.002], [0.068, 0.009, -0.026], [0.067, -0.017, -0.019]])
    depth_mm = 1e3 * distance_to_mesh(at, layered.bones.vertices, layered.bones.faces)
    rim, fossa, arch = depth_mm
    assert rim < 6.5 and fossa > 13 and arch < 10.5


def test_the_nasal_opening_is_as_wide_as_a_real_one() -> None:
    layered = layered_default()
    rim = default_layer_template().bones.hollows
    widths_mm = [1e3 * np.ptp(layered.bones.vertices[hollow.rim, 0]) for hollow in rim]
    assert 17 < min(widths_mm) < 28


def test_the_default_heads_tetrahedra_are_no_slivers() -> None:
    layered = layered_default()
    quality = scaled_jacobians(layered.nodes, layered.tets)
    assert quality.min() > 0.005
    assert np.quantile(quality, 0.01) > 0.04


@pytest.mark.parametrize("head", HEADS)
def test_the_skin_rides_exactly_where_it_is(head: str | int) -> None:
    layered = _layered(head)
    assert layered.skin_ride.place(layered.nodes) == pytest.approx(layered.skin_vertices, abs=1e-12)


def test_the_skin_ride_as_a_matrix_is_the_same_map() -> None:
    layered = layered_default()
    moved = layered.nodes + np.random.default_rng(0).normal(0, 1e-3, layered.nodes.shape)
    by_matrix = layered.skin_ride.matrix(len(moved)) @ moved + layered.skin_ride.offset
    assert by_matrix == pytest.approx(layered.skin_ride.place(moved), abs=1e-12)


def test_bones_are_closed_and_have_all_their_parts() -> None:
    bones = layered_default().bones
    mesh = trimesh.Trimesh(bones.vertices, bones.faces, process=False)
    assert mesh.is_watertight and mesh.is_winding_consistent
    assert set(bones.part) == set(range(len(BONE_PARTS)))
    jaw = {BONE_PARTS.index("mandible"), BONE_PARTS.index("lower_teeth")}
    assert set(bones.part[bones.moves_with_jaw[bones.faces].all(1)]) == jaw


def test_at_least_twelve_muscles_a_side_and_three_cartilages_are_closed() -> None:
    muscles = layered_default().muscles
    for side in ("_left", "_right"):
        assert sum(name.endswith(side) and "cartilage" not in name for name in muscles.names) >= 12
    assert sum("cartilage" in name for name in muscles.names) == 3
    for index in range(len(muscles.names)):
        mesh = trimesh.Trimesh(muscles.vertices, muscles.faces[muscles.part == index], process=False)
        assert mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0, muscles.names[index]


def test_tetrahedra_of_a_muscle_know_their_fibres() -> None:
    layered = layered_default()
    has = layered.tet_muscle >= 0
    assert set(layered.tissue[has]) == {1}
    assert np.linalg.norm(layered.tet_fibre[has], axis=1) == pytest.approx(1)
    assert np.abs(layered.tet_fibre[~has]).max() == 0
    smile = layered.tet_muscle == layered.muscles.names.index("zygomaticus_major_left")
    mean = layered.tet_fibre[smile].mean(0)
    assert mean[0] < -0.2 and mean[1] < -0.5


def test_bone_holds_the_skull_wrap_only_and_left_and_right_alike() -> None:
    layered = layered_default()
    size = layered.wrap_size
    assert (layered.node_bone[: 2 * size] == FREE).all()
    on_bone = layered.node_bone[2 * size :]
    left, right = layered.skin_wrap[:, 0] > 0.005, layered.skin_wrap[:, 0] < -0.005
    for bone in (CRANIUM, MANDIBLE):
        assert (on_bone[left] == bone).sum() == pytest.approx((on_bone[right] == bone).sum(), rel=0.03)
    assert not layered.sliding[layered.node_bone != FREE].any()


def test_every_region_is_there_and_round_the_slit_the_lip_changes_twice() -> None:
    layered = layered_default()
    assert set(layered.region) == set(range(len(REGIONS)))
    loop = default_layer_template().wrap.lip_loop
    names = [REGIONS[label].rsplit("_", 1)[0] for label in layered.region[loop]]
    assert set(names) == {"upper_lip", "lower_lip"}
    assert sum(one != other for one, other in zip(names, names[1:] + names[:1], strict=True)) == 2
    upper, lower = (
        layered.skin_wrap[loop[[name == lip for name in names]], 1] for lip in ("upper_lip", "lower_lip")
    )
    assert upper.mean() > lower.mean() + 0.001


def test_lip_patches_face_out_of_the_tissue() -> None:
    layered = layered_default()
    boundary = _boundary_triangles(layered.tets)
    for patch in (layered.lips.upper, layered.lips.lower):
        oriented = {tuple(np.roll(t, -int(np.argmin(t))).tolist()) for t in patch}
        assert oriented <= boundary


def _boundary_triangles(tets: np.ndarray) -> set[tuple[int, int, int]]:
    """Triangles of one tetrahedron only, seen from outside counter-clockwise, smallest node first."""
    outwards = tets[:, [[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]]].reshape(-1, 3)
    _, first, count = np.unique(np.sort(outwards, 1), axis=0, return_index=True, return_counts=True)
    return {tuple(np.roll(t, -int(np.argmin(t))).tolist()) for t in outwards[first[count == 1]]}


def test_the_jaw_hinges_behind_the_face_below_the_ears() -> None:
    jaw = layered_default().jaw
    assert jaw.axis == pytest.approx([1, 0, 0], abs=0.02)
    assert -0.035 < jaw.centre[1] < -0.01 and -0.085 < jaw.centre[2] < -0.055


def test_layers_follow_a_turned_and_shifted_head() -> None:
    head = load_anny_identities().mean()
    shifted = IdentityHead(head.topology, head.vertices + np.array([0.02, -0.01, 0.03]), head.coefficients)
    difference = layer_head(shifted, default_layer_template()).nodes - layered_default().nodes
    away = np.abs(difference - [0.02, -0.01, 0.03])
    # Of two triangles that are equally near the last bit chooses, and processors round differently.
    assert np.quantile(away, 0.999) < 2e-4 and away.max() < 1e-3


def test_wanted_thickness_is_obeyed() -> None:
    template = default_layer_template()
    thicker = layer_head(load_anny_identities().mean(), template, thickness=1.3 * template.thickness)
    before = np.linalg.norm(layered_default().skull_wrap - layered_default().skin_wrap, axis=1)
    after = np.linalg.norm(thicker.skull_wrap - thicker.skin_wrap, axis=1)
    on_bone = template.node_bone[2 * template.wrap.size :] > 0
    assert np.median(after[on_bone] / before[on_bone]) == pytest.approx(1.3, abs=0.04)
    assert signed_volumes(thicker.nodes, thicker.tets).min() > 0
