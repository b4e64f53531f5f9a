"""The ARKit table: its order, its dialects, its mirror and the way in from MediaPipe."""

import numpy as np
import pytest

from capture.frames.arkit import (
    ARKIT_INDEX,
    ARKIT_NAMES,
    MEDIAPIPE_NAMES,
    UnknownExpressionError,
    arkit_name,
    arkit_weights_from_mediapipe,
    mirrored,
)

WORD_KEPT = {"jawLeft", "jawRight", "mouthLeft", "mouthRight"}


def suffixed(name: str) -> str:
    """The `_L/_R` dialect, in which four names keep the word."""
    if name in WORD_KEPT:
        return name
    for word, suffix in (("Left", "_L"), ("Right", "_R")):
        if name.endswith(word):
            return name.removesuffix(word) + suffix
    return name


def test_there_are_52_different_names():
    assert len(ARKIT_NAMES) == len(set(ARKIT_NAMES)) == 52


def test_landmarks_of_the_live_link_order_stand_where_unreal_expects_them():
    expected = {0: "eyeBlinkLeft", 7: "eyeBlinkRight", 14: "jawForward", 15: "jawLeft", 16: "jawRight"}
    expected |= {17: "jawOpen", 18: "mouthClose", 21: "mouthLeft", 23: "mouthSmileLeft", 31: "mouthRollLower"}
    expected |= {41: "browDownLeft", 43: "browInnerUp", 46: "cheekPuff", 49: "noseSneerLeft", 51: "tongueOut"}
    assert {index: ARKIT_NAMES[index] for index in expected} == expected


@pytest.mark.parametrize(
    "dialect",
    [
        str,
        lambda name: name[0].upper() + name[1:],
        suffixed,
        lambda name: "blendShape1." + suffixed(name),
        lambda name: "head.blendShape1." + name,
        str.upper,
        str.lower,
        lambda name: f" {name}\t",
    ],
    ids=["camel", "Pascal", "_L/_R", "prefixed _L/_R", "two prefixes", "upper", "lower", "padded"],
)
def test_every_dialect_leads_to_the_same_52_names(dialect):
    assert tuple(arkit_name(dialect(name)) for name in ARKIT_NAMES) == ARKIT_NAMES


def test_the_two_vrm_blinks_that_mean_one_eye_are_understood():
    assert [arkit_name(alias) for alias in ("blinkLeft", "Blink_R")] == ["eyeBlinkLeft", "eyeBlinkRight"]


def test_an_unknown_name_is_answered_with_the_nearest_one():
    with pytest.raises(UnknownExpressionError) as error:
        arkit_name("mouthSmyle_L")
    assert str(error.value) == (
        "Expected the name of an ARKit expression, got 'mouthSmyle_L'. Write 'mouthSmileLeft' if that is meant."
    )


@pytest.mark.parametrize("alias", ["", ".", "HeadYaw", "_neutral", "left"])
def test_what_is_not_an_expression_is_refused(alias):
    with pytest.raises(UnknownExpressionError, match="Expected the name of an ARKit expression"):
        arkit_name(alias)


def test_the_mirror_is_its_own_inverse():
    weights = np.random.default_rng(0).random((3, 52))
    np.testing.assert_array_equal(mirrored(mirrored(weights)), weights)


def test_the_mirror_exchanges_the_sides_and_leaves_the_middle():
    weights = np.arange(52.0)
    seen = mirrored(weights)
    assert seen[ARKIT_INDEX["mouthSmileLeft"]] == ARKIT_INDEX["mouthSmileRight"]
    assert seen[ARKIT_INDEX["jawLeft"]] == ARKIT_INDEX["jawRight"]
    middle = [ARKIT_INDEX[name] for name in ARKIT_NAMES if "Left" not in name and "Right" not in name]
    np.testing.assert_array_equal(seen[middle], middle)


def test_mediapipe_scores_reach_the_expression_of_the_same_name():
    scores = np.arange(52, dtype=np.float32)
    weights = arkit_weights_from_mediapipe(scores)
    for name in MEDIAPIPE_NAMES[1:]:
        assert weights[ARKIT_INDEX[name]] == scores[MEDIAPIPE_NAMES.index(name)], name


def test_mediapipe_never_shows_the_tongue_and_its_neutral_score_goes_nowhere():
    scores = np.zeros(52, dtype=np.float32)
    scores[0] = 1
    assert not arkit_weights_from_mediapipe(scores).any()
    assert arkit_weights_from_mediapipe(np.ones((2, 52)))[:, ARKIT_INDEX["tongueOut"]].tolist() == [0, 0]
