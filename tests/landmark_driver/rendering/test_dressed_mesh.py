"""What is shown of a character: its mesh without what dress stands for, and its dress, in one piece."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.dress.outfit import Outfit
from landmark_driver.dress.teeth import RIBBON_PARTS
from landmark_driver.rendering.dressed_mesh import DressedMesh


@pytest.fixture(scope="module")
def bare(character) -> Character:
    return replace(character, outfit=Outfit())


@pytest.fixture(scope="module")
def dressed(character) -> Character:
    return replace(character, outfit=Outfit(teeth="teeth_base"))


def test_who_wears_teeth_shows_no_ribbons_and_keeps_their_vertices(bare, dressed):
    head = dressed.head
    ribbons = np.isin(head.face_part, RIBBON_PARTS)
    assert np.array_equal(dressed.faces, head.faces[~ribbons])
    assert np.array_equal(dressed.mesh.written_faces, dressed.faces)
    assert np.array_equal(dressed.neutral_vertices, bare.neutral_vertices)
    assert np.array_equal(bare.faces, head.faces)
    kept = np.repeat(~ribbons, 4)
    assert np.array_equal(dressed.mesh.display.faces, bare.mesh.display.faces[kept])
    assert np.array_equal(dressed.mesh.display_part, bare.mesh.display_part[kept])
    assert (dressed.mesh.display.operator != bare.mesh.display.operator).nnz == 0


def test_pieces_follow_the_mesh_in_one_array(dressed):
    shown, head = DressedMesh(dressed), dressed.head
    own = len(dressed.mesh.display_colors)
    neutral, opened = (
        shown(head.neutral_vertices + weight * head.expressions[ARKIT_NAMES.index("jawOpen")])
        for weight in (0, 1)
    )
    assert (
        len(neutral)
        == len(shown.colors)
        == len(shown.gloss)
        == own + sum(len(piece.vertices) for piece in dressed.pieces)
    )
    assert shown.faces.max() == len(neutral) - 1
    moved = np.linalg.norm(opened - neutral, axis=1)[own:]
    upper, lower = (len(piece.vertices) for piece in dressed.pieces[:2])
    assert moved[:upper].max() == 0 and moved[upper : upper + lower].min() > 0.005


def test_teeth_are_brighter_than_gums(dressed):
    shown, own = DressedMesh(dressed), len(dressed.mesh.display_colors)
    crowns = sum(len(piece.vertices) for piece in dressed.pieces[:2])
    colors = shown.colors[own:]
    assert colors[:crowns, 1].mean() > 4 * colors[crowns:, 1].mean() > 0
    assert (colors >= 0).all() and (colors <= 1).all()


def test_molars_are_darker_than_incisors_because_nothing_casts_a_shadow(dressed):
    shown, own = DressedMesh(dressed), len(dressed.mesh.display_colors)
    upper = dressed.pieces[0].vertices
    brightness = shown.colors[own : own + len(upper)].mean(1)
    incisors, molars = (
        upper[:, 2] > np.quantile(upper[:, 2], 0.9),
        upper[:, 2] < np.quantile(upper[:, 2], 0.1),
    )
    assert brightness[molars].mean() < 0.4 * brightness[incisors].mean()
