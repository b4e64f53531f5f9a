"""Lids and lips by how far they are open."""

from __future__ import annotations

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.landmarks import apertures
from landmark_driver.landmarks.apertures import INNER_LIPS, LID_MIDDLES, Apertures, lid_height, lip_gap

STILL = np.zeros((478, 3))
SIDES = tuple(apertures.LIDS)


@pytest.fixture(scope="module")
def neutral(character: Character) -> np.ndarray:
    return character.head.neutral_landmarks


def gaps(points: np.ndarray, pairs) -> np.ndarray:
    upper, lower = np.array(pairs).T
    return points[upper, 1] - points[lower, 1]


def middle_gap(points: np.ndarray, side: str) -> float:
    return float(gaps(points, apertures.LIDS[side][:3]).mean())


def opened(points: np.ndarray, **openings: float) -> np.ndarray:
    """The points with the openings of `left`, `right` and `lips` scaled about the middle of each pair."""
    moved = points.copy()
    for name, opening in openings.items():
        pairs = apertures.LIPS if name == "lips" else apertures.LIDS[name]
        by = (opening - 1) * gaps(points, pairs) / 2
        upper, lower = np.array(pairs).T
        moved[upper, 1] += by
        moved[lower, 1] -= by
    return moved


def with_lip_gap(points: np.ndarray, of_eye_distance: float) -> np.ndarray:
    """The points with this gap between the middles of the lips, over the distance of the outer eye corners."""
    wanted = of_eye_distance * np.linalg.norm(points[33] - points[263])
    return opened(points, lips=wanted / gaps(points, apertures.LIPS[:3]).mean())


@pytest.mark.parametrize("eyes", [1.0, 0.7, 1.3])
def test_a_neutral_face_stays_neutral(neutral: np.ndarray, eyes: float) -> None:
    performer = opened(neutral, left=eyes, right=eyes)
    np.testing.assert_allclose(Apertures(performer, neutral)(performer, STILL, 0.0), 0, atol=1e-12)


def test_narrow_eyes_that_close_close_wider_ones(character: Character, neutral: np.ndarray) -> None:
    """By the landmarks' millimetres alone the character's eyes would stay open; closed lids lie as in the head's own blink."""
    blinks = {side: ARKIT_NAMES.index(f"eyeBlink{side.title()}") for side in SIDES}
    performer = opened(neutral, left=0.75, right=0.75)
    shut = opened(performer, left=0.15, right=0.15)
    moved = Apertures(performer, neutral)(shut, shut - performer, 0.0)
    for side in SIDES:
        blink = middle_gap(neutral + character.head.landmark_expressions[blinks[side]], side)
        assert middle_gap(neutral + shut - performer, side) > 1e-3
        assert middle_gap(neutral + moved, side) == pytest.approx(blink, abs=0.4e-3)


def test_between_closed_and_wide_the_eye_opens_steadily(neutral: np.ndarray) -> None:
    heights = []
    for opening in np.linspace(0.2, 1.5, 27):
        seen = opened(neutral, left=opening, right=opening)
        moved = Apertures(neutral, neutral)(seen, STILL, 0.0)
        heights.append(middle_gap(neutral + moved, "left") / middle_gap(neutral, "left"))
    assert (np.diff(heights) > 0).all()
    half = heights[6]
    assert 0.2 < half < 0.8
    assert heights[16] == pytest.approx(1.0)


@pytest.mark.parametrize(("winking", "open_side"), [SIDES, SIDES[::-1]])
def test_each_eye_is_by_itself(neutral: np.ndarray, winking: str, open_side: str) -> None:
    wink = opened(neutral, **{winking: 0.1})
    moved = Apertures(neutral, neutral)(wink, STILL, 0.0)
    others = np.ravel(apertures.LIDS[open_side])
    assert np.abs(moved[others]).max() < 1e-9
    assert middle_gap(neutral + moved, winking) <= 1e-12


def test_the_usual_opening_follows_slowly(neutral: np.ndarray) -> None:
    """Eyes that stay narrow open a little on the character; a blink is too short for that."""
    narrow = opened(neutral, left=0.6, right=0.6)
    follow = Apertures(neutral, neutral)
    times_s = np.arange(0, 4, 0.1).tolist()
    own = middle_gap(neutral, "left")
    heights = [middle_gap(neutral + follow(narrow, STILL, time_s), "left") / own for time_s in times_s]
    assert (np.diff(heights) >= -1e-12).all()
    assert heights[0] == pytest.approx(lid_height(0.6, 1.0))
    assert heights[-1] == pytest.approx(lid_height(0.6, 0.6))
    assert heights[1] - heights[0] < 0.2 * (heights[-1] - heights[0])


def test_time_comes_from_the_stamps(neutral: np.ndarray) -> None:
    narrow = opened(neutral, left=0.6, right=0.6)
    often, seldom = Apertures(neutral, neutral), Apertures(neutral, neutral)
    last = [often(narrow, STILL, time_s) for time_s in np.linspace(0, 1, 61).tolist()][-1]
    seldom(narrow, STILL, 0.0)
    np.testing.assert_allclose(seldom(narrow, STILL, 1.0), last, atol=1e-12)
    np.testing.assert_allclose(seldom(narrow, STILL, 0.5), last, atol=1e-12)


def test_eyes_that_stay_shut_stay_shut(neutral: np.ndarray) -> None:
    shut, follow = opened(neutral, left=0.05, right=0.05), Apertures(neutral, neutral)
    for time_s in np.arange(0, 60, 0.5).tolist():
        moved = follow(shut, STILL, time_s)
        assert max(middle_gap(neutral + moved, side) for side in SIDES) <= 1e-12


def test_shut_lips_are_nowhere_further_apart_than_at_rest(neutral: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    shut, rest = with_lip_gap(neutral, 0.015), gaps(neutral, apertures.LIPS)
    for _ in range(20):
        moved = Apertures(neutral, neutral)(shut, rng.normal(0, 2e-3, (478, 3)), 0.0)
        assert (gaps(neutral + moved, apertures.LIPS) <= rest + 1e-12).all()


def test_pressed_lips_stay_pressed(neutral: np.ndarray) -> None:
    upper, lower = np.array(apertures.LIPS).T
    pressed = STILL.copy()
    pressed[upper, 1], pressed[lower, 1] = -0.5e-3, 0.5e-3
    performer = with_lip_gap(neutral, 0.015)
    moved = Apertures(performer, neutral)(performer, pressed, 0.0)
    wide = gaps(neutral + moved, apertures.LIPS)
    assert (wide <= gaps(neutral + pressed, apertures.LIPS) + 1e-12).all()
    np.testing.assert_allclose(wide[:3], gaps(neutral + pressed, apertures.LIPS[:3]), atol=1e-12)


def test_shut_lips_that_have_moved_press_on_each_other(neutral: np.ndarray) -> None:
    """The whole mouth goes sideways: the further, the closer its rims, up to a limit."""
    shut, rest = with_lip_gap(neutral, 0.015), gaps(neutral, apertures.LIPS)
    wide = []
    for away_m in (0.0, 0.5e-3, 1e-3, 2e-3, 5e-3):
        sideways = STILL.copy()
        sideways[list(INNER_LIPS), 0] = away_m
        moved = Apertures(neutral, neutral)(shut, sideways, 0.0)
        wide.append(gaps(neutral + moved, apertures.LIPS))
    assert (np.diff(wide, axis=0) <= 1e-12).all()
    assert (wide[-1] <= (1 - apertures._PRESSED_LIPS) * rest + 1e-12).all()
    assert (wide[1] > wide[3]).any() and (wide[-1] > 0).any()
    np.testing.assert_allclose(wide[3], wide[4], atol=1e-12)


def test_parted_lips_are_as_far_apart_as_reported(neutral: np.ndarray) -> None:
    parted = with_lip_gap(neutral, 0.2)
    reported = gaps(parted, apertures.LIPS[:3]).mean()
    for weakened in (1.0, 0.6):
        given = weakened * (parted - neutral)
        moved = Apertures(neutral, neutral)(parted, given, 0.0)
        found = gaps(neutral + moved, apertures.LIPS[:3]).mean()
        assert found == pytest.approx(reported, abs=1e-9)
    np.testing.assert_allclose(
        Apertures(neutral, neutral)(parted, parted - neutral, 0.0), parted - neutral, atol=1e-9
    )


def test_the_gap_of_lips_that_counts_grows_from_nothing_to_the_reported_one() -> None:
    reported = np.linspace(0, 0.12, 200)
    counted = np.array([lip_gap(gap) for gap in reported])
    assert (np.diff(counted) >= 0).all()
    assert (counted <= reported + 1e-15).all()
    assert counted[0] == 0 == lip_gap(0.015)
    np.testing.assert_array_equal(counted[reported > 0.07], reported[reported > 0.07])
    assert np.diff(counted).max() < 3 * np.diff(reported).max(), "nothing jumps"


def test_only_heights_of_lids_and_lips_change(neutral: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    given = rng.normal(0, 1e-3, (478, 3))
    kept = given.copy()
    seen = opened(neutral, left=0.3, right=1.2, lips=0.5)
    changed = Apertures(neutral, neutral)(seen, given, 0.0) != given
    np.testing.assert_array_equal(given, kept)
    assert not changed[:, [0, 2]].any()
    lids = [landmark for pairs in apertures.LIDS.values() for landmark in np.ravel(pairs)]
    assert set(np.flatnonzero(changed[:, 1])) <= {*lids, *np.ravel(apertures.LIPS)}
    assert changed[list(LID_MIDDLES), 1].all()


def test_a_neutral_with_closed_eyes_does_not_tear_them_open(neutral: np.ndarray) -> None:
    """Opened again, they are wide, but no wider than lids go."""
    performer = neutral.copy()
    for upper, lower in ((386, 374), (385, 380), (387, 373)):
        performer[upper, 1] = performer[lower, 1]
    moved = Apertures(performer, neutral)(neutral, np.zeros((478, 3)), 0.0)
    own = neutral[386, 1] - neutral[374, 1]
    assert own < own + moved[386, 1] - moved[374, 1] < 2.2 * own
