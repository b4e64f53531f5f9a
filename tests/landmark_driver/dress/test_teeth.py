"""Teeth sit in a head by the same rule for everyone, and go with skull and mandible."""

from dataclasses import replace

import igl
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.dress.dental_arches import ARCH_ANGLES, dental_arches
from landmark_driver.dress.outfit import Outfit
from landmark_driver.dress.teeth import GUM, load_teeth
from landmark_driver.dress.teeth_place import place_teeth
from landmark_driver.head.identity_model import PARTS

TEETH = load_teeth("teeth_base")
TISSUE = [PARTS.index(part) for part in ("skin", "mouth_cavity", "eye_cavity_left", "eye_cavity_right")]
SHIFT = np.array([0, -0.004, 0.002])
LOWER = PARTS.index("teeth_lower")


@pytest.fixture(scope="module")
def dressed(character) -> Character:
    return replace(character, outfit=Outfit(teeth="teeth_base"))


@pytest.mark.parametrize("seed", [None, 0, 1])
def test_crowns_are_behind_the_lips_and_free_of_tissue_on_anyone(identities, seed):
    head = identities.template() if seed is None else identities.sample(np.random.default_rng(seed))
    topology = head.topology
    place = place_teeth(TEETH, head.vertices, topology.faces, topology.face_part)
    crowns = place(TEETH.vertices.astype(float))[TEETH.tooth > 0]
    tissue = topology.faces[np.isin(topology.face_part, TISSUE)].astype(np.int64)
    kind = igl.SignedDistanceType.SIGNED_DISTANCE_TYPE_UNSIGNED
    distance = np.asarray(igl.signed_distance(1e3 * crowns, 1e3 * head.vertices, tissue, kind)[0])
    assert (np.asarray(igl.winding_number(head.vertices, tissue, crowns)) < 0.5).all()
    assert 0.75 < distance.min() < 0.9, "millimetres"
    width = np.ptp(crowns[:, 0]) / place.scale
    assert 0.057 < width < 0.062, "real arches are about 60 mm wide outside"
    loop = topology.lip_loop
    middle = loop[np.abs(head.vertices[loop, 0] - crowns[:, 0].mean()) < 0.004]
    shown = head.vertices[middle, 1].max() - place(TEETH.vertices[TEETH.upper_crowns])[:, 1].min()
    assert 0.0012 < shown < 0.0025


def test_upper_crowns_stay_and_lower_ones_are_rigid_with_the_mandible(dressed):
    upper, lower, gums = dressed.pieces
    head = dressed.head
    neutral = head.neutral_vertices
    rows = np.unique(head.faces[head.face_part == LOWER])
    moved = neutral + 0.7 * head.expressions[ARKIT_NAMES.index("jawOpen")]
    assert (upper.follow(moved, neutral) == upper.vertices).all()
    turn = Rotation.from_euler("xz", [20, 3], degrees=True)
    rigid = neutral.copy()
    rigid[rows] = turn.apply(neutral[rows]) + SHIFT
    wanted = turn.apply(lower.vertices) + SHIFT
    assert np.abs(lower.follow(rigid, neutral) - wanted).max() < 2e-5
    motion = np.linalg.norm(gums.follow(rigid, neutral) - gums.vertices, axis=1)
    assert motion.min() == 0 and motion.max() > 0.01, "palate stays, lower gum goes along"


def test_an_arch_encloses_its_crowns(character):
    head = character.head
    place = place_teeth(TEETH, head.neutral_vertices, head.faces, head.face_part)
    vertices = place(TEETH.vertices.astype(float))
    for arch, crowns in zip(
        dental_arches(TEETH, place), (vertices[TEETH.upper_crowns], vertices[TEETH.lower_crowns]), strict=True
    ):
        away = crowns[:, [0, 2]] - arch.centre
        angle = np.arctan2(away[:, 0], away[:, 1])
        beyond = np.hypot(*away.T) - np.interp(angle, ARCH_ANGLES, arch.radius)
        assert beyond.max() < 0.001
        assert arch.lowest == crowns[:, 1].min() and arch.highest == crowns[:, 1].max()
        assert (np.diff(arch.radius) < 0.003).all() and np.allclose(arch.radius, arch.radius[::-1])


def test_nothing_is_worn_without_a_name(character):
    assert replace(character, outfit=Outfit()).pieces == ()


def test_gum_goes_with_the_crowns_that_stand_in_it():
    gum = np.flatnonzero(TEETH.tooth == GUM)
    for crowns, share, down in ((TEETH.upper_crowns, 0, -1), (TEETH.lower_crowns, 1, 1)):
        for number in np.unique(TEETH.tooth[crowns]):
            points = TEETH.vertices[TEETH.tooth == number]
            neck = points[(down * points[:, 1]).argsort()[:8]]
            nearest = [gum[np.linalg.norm(TEETH.vertices[gum] - point, axis=1).argmin()] for point in neck]
            assert np.abs(TEETH.lower[nearest] - share).max() < 0.01, number
