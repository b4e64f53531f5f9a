"""What is worn is shown in a few colours, and goes with the head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from capture.frames.arkit import ARKIT_NAMES
from desktop_viewer.worn_layers import worn_pieces
from landmark_driver.dress.outfit import Outfit


def test_teeth_are_cut_into_few_colours_and_only_lower_ones_are_sent_again(character):
    dressed = replace(character, outfit=Outfit(teeth="teeth_base"))
    worn = worn_pieces(dressed)
    assert [one.piece.name for one in worn] == ["crowns_upper", "crowns_lower", "gums"]
    assert [one.moves for one in worn] == [False, True, True]
    head = dressed.head
    for one in worn:
        assert 1 <= len(one.layers) <= 4
        own = np.concatenate([layer.rows[layer.faces][:, 0] for layer in one.layers])
        assert set(one.piece.faces.ravel()) <= set(np.concatenate([layer.rows for layer in one.layers]))
        assert len(own) >= len(one.piece.faces)
    opened = head.neutral_vertices + head.expressions[ARKIT_NAMES.index("jawOpen")]
    lower = worn[1]
    for layer, placed in zip(lower.layers, lower.follow(opened, head.neutral_vertices), strict=True):
        wanted = lower.piece.follow(opened, head.neutral_vertices)[layer.rows] + layer.lift
        assert np.abs(placed - wanted).max() < 1e-7


def test_nothing_is_worn_by_a_character_without_an_outfit(character):
    assert worn_pieces(replace(character, outfit=Outfit())) == []
