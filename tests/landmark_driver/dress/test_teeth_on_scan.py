"""Under a scan, teeth hang on the added vertices, and the coarse ones are markers that nobody sees."""

from dataclasses import replace

import numpy as np

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.dress.outfit import Outfit
from landmark_driver.dress.teeth import RIBBON_PARTS, ribbon_rows
from tests.landmark_driver.textured_scan import textured_scan


def test_teeth_move_under_a_scan_as_in_its_head(character):
    head = character.head
    mouth = np.unique(head.faces[np.isin(head.face_part, [1, 4, *RIBBON_PARTS])]).astype(np.int32)
    skin = textured_scan().scan
    assert skin is not None
    scan = replace(skin, added_vertices=mouth)
    bare, dressed = (replace(character, scan=scan, outfit=Outfit(teeth=name)) for name in ("", "teeth_base"))
    ribbons = np.isin(head.face_part, RIBBON_PARTS).sum()
    assert len(dressed.faces) == len(bare.faces) - ribbons
    assert not np.isin(dressed.mesh.face_part, RIBBON_PARTS).any()
    assert np.array_equal(dressed.neutral_vertices, bare.neutral_vertices)
    moved = head.neutral_vertices + 0.6 * head.expressions[ARKIT_NAMES.index("jawOpen")]
    on_head = replace(dressed, scan=None)
    assert len(dressed.pieces) == len(on_head.pieces) == 3
    for own, piece in zip(on_head.pieces, dressed.pieces, strict=True):
        assert piece.operator.shape == (len(own.vertices), len(dressed.neutral_vertices))
        under = piece.follow(dressed.mesh.moved(moved, None), dressed.neutral_vertices)
        assert np.abs(under - own.follow(moved, head.neutral_vertices)).max() < 2e-6
    assert len(ribbon_rows(head.faces, head.face_part)) == 136
