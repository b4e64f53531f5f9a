"""Mended expressions: what they measure on the template and on other heads."""

from __future__ import annotations

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from docs.scripts.sentence_lengths import ROOT
from landmark_driver.identities.anny_identities import AnnyIdentities
from landmark_driver.identities.deformation_transfer import ExpressionTransfer
from landmark_driver.identities.mended_targets import MENDED, Face

CLOSED = [name for name in MENDED if name not in ("mouthFunnel", "eyeBlinkLeft")]
LIP_SHAPES = ["mouthPucker", "mouthFunnel"]


@pytest.fixture(scope="module")
def face(identities: AnnyIdentities) -> Face:
    return Face(identities.template())


def shape(identities: AnnyIdentities, name: str) -> np.ndarray:
    return identities.template_expressions()[ARKIT_NAMES.index(name)]


def acting(identities: AnnyIdentities, name: str, weight: float = 1.0) -> np.ndarray:
    return identities.template().vertices + weight * shape(identities, name)


@pytest.mark.parametrize("name", CLOSED)
def test_lips_touch_where_an_expression_does_not_part_them(
    identities: AnnyIdentities, face: Face, name: str
) -> None:
    both_sides = {name, name.replace("Left", "Right")}
    for one in both_sides:
        _, gap = face.mouth.opening(acting(identities, one))
        assert gap.max() < 2e-4, one


def test_the_artwork_parts_lips_that_should_touch(identities: AnnyIdentities, face: Face) -> None:
    """What the mending is for; if it fails, the artwork has changed and the table of reasons with it."""
    artwork = identities.artwork_expressions()
    gaps = [
        face.mouth.opening(identities.template().vertices + artwork[ARKIT_NAMES.index(name)])[1].max()
        for name in ("mouthRollLower", "mouthShrugUpper", "mouthDimpleLeft", "mouthPressLeft")
    ]
    assert min(gaps) > 8e-4


def test_pucker_and_funnel_narrow_the_mouth_of_any_head(identities: AnnyIdentities) -> None:
    template = identities.template()
    transfer = ExpressionTransfer(template, np.stack([shape(identities, name) for name in LIP_SHAPES]))
    loop = template.topology.lip_loop
    for head in (template, *(identities.sample(np.random.default_rng(seed)) for seed in (0, 1))):
        moved = head.vertices + transfer(head)
        pucker, funnel = np.ptp(moved[:, loop, 0], axis=1) / np.ptp(head.vertices[loop, 0])
        assert 0.55 < pucker < 0.65
        assert 0.70 < funnel < 0.80


def test_a_funnel_opens_widest_in_its_middle(identities: AnnyIdentities, face: Face) -> None:
    _, gap = face.mouth.opening(acting(identities, "mouthFunnel"))
    middle = len(gap) // 2
    assert 0.011 < gap[middle] < 0.015
    np.testing.assert_allclose(gap, gap[::-1], atol=1e-6)
    assert (np.diff(gap[: middle + 1]) > -2e-4).all() and gap[0] < 0.4 * gap[middle]


@pytest.mark.parametrize("name", ["mouthRollUpper", "mouthRollLower", "mouthPressLeft", "mouthPressRight"])
def test_lips_that_turn_inwards_leave_room_for_teeth(
    identities: AnnyIdentities, face: Face, name: str
) -> None:
    lips = np.abs(face.mouth.side) > 0.3
    depth = -shape(identities, name)[lips, 2].min()
    assert 0.002 < depth < 0.0051


def test_lids_meet_over_the_eyeball(identities: AnnyIdentities, face: Face) -> None:
    rest, closed = identities.template().vertices, acting(identities, "eyeBlinkLeft")
    _, gap = face.lids.opening(closed)
    assert (gap < -1e-3).all() and (gap > -4e-3).all()
    firm = np.abs(face.lids.side) > 0.95
    nearer = np.linalg.norm(rest[firm] - face.eye, axis=1) - np.linalg.norm(closed[firm] - face.eye, axis=1)
    assert nearer.max() < 3e-4
    _, half = face.lids.opening(acting(identities, "eyeBlinkLeft", 0.5))
    assert half.max() > 0.002


def test_the_nostril_of_the_other_side_stays(identities: AnnyIdentities) -> None:
    rest, sneer = identities.template().vertices, shape(identities, "noseSneerLeft")
    nose = (np.abs(np.abs(rest[:, 0]) - 0.016) < 0.004) & (np.abs(rest[:, 1] + 0.042) < 0.004)
    left, right = nose & (rest[:, 0] > 0), nose & (rest[:, 0] < 0)
    assert sneer[left, 1].max() > 0.005 > 10 * np.abs(sneer[right]).max()


def test_sides_mirror_each_other_and_the_rest_is_the_artwork(identities: AnnyIdentities) -> None:
    rest = identities.template().vertices
    order, mirrored = np.lexsort(rest.round(7).T), np.lexsort((rest * [-1, 1, 1]).round(7).T)
    expressions, artwork = identities.template_expressions(), identities.artwork_expressions()
    mended = set()
    for name in MENDED:
        other = name.replace("Left", "Right")
        flipped = shape(identities, name)[mirrored] * [-1, 1, 1]
        np.testing.assert_allclose(flipped, shape(identities, other)[order], atol=1e-6)
        mended |= {name, other}
    skin = identities.topology.vertices_of("skin")
    for index, name in enumerate(ARKIT_NAMES):
        assert np.array_equal(expressions[index, skin], artwork[index, skin]) == (name not in mended), name


def test_teeth_and_eyeballs_move_as_in_the_artwork(identities: AnnyIdentities) -> None:
    expressions, artwork = identities.template_expressions(), identities.artwork_expressions()
    parts = ("teeth_upper", "teeth_lower", "eyeball_left", "eyeball_right")
    rigid = np.concatenate([identities.topology.vertices_of(part) for part in parts])
    np.testing.assert_allclose(expressions[:, rigid], artwork[:, rigid], atol=1e-4)


def test_an_opening_grows_by_what_its_sides_move(identities: AnnyIdentities, face: Face) -> None:
    rest = identities.template().vertices
    places, before = face.mouth.opening(rest)
    moved = rest.copy()
    moved[:, 1] += 0.003 * face.mouth.side
    after = face.mouth.opening(moved)[1]
    inner = np.abs(places) < 0.6 * face.mouth.half_width
    np.testing.assert_allclose((after - before)[inner], 0.006, atol=2e-4)


def test_the_documentation_names_what_is_mended() -> None:
    page = (ROOT / "docs/head_fit.md").read_text()
    for name in MENDED:
        assert name.removesuffix("Left") in page or name in page
