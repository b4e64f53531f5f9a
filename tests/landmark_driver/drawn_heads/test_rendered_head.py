"""Heads that act before a camera, what is learned from them, and the measure of the whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.character import Character
from landmark_driver.drawn_heads import make_demo_take
from landmark_driver.drawn_heads.rendered_head import PerformingHead, portrait_camera
from landmark_driver.drawn_heads.skin_look import random_look
from landmark_driver.head.eyes import blendshape_vertices
from landmark_driver.head.identity_model import PARTS, IdentityHead
from landmark_driver.hypernetwork.evaluation.closed_loop import moving_error_mm
from landmark_driver.hypernetwork.evaluation.lip_penetrations import LipPenetrations
from landmark_driver.identities import embed_landmarks
from landmark_driver.identities.anny_identities import AnnyIdentities, load_anny_identities
from landmark_driver.network.shipped_networks import shipped_weights
from landmark_driver.rendering.detailed_head import detailed_head
from landmark_driver.rendering.seen_by_tracker import track_pictures
from tests.tracker_file import tracking_model_or_skip

Both = tuple[IdentityHead, np.ndarray]


@pytest.fixture(scope="module")
def character() -> Character:
    return Character.load("default")


def weights_of(**weights: float) -> np.ndarray:
    return np.array([weights.get(name, 0.0) for name in ARKIT_NAMES])


def test_detail_is_painted_by_anatomy(head_and_expressions: Both) -> None:
    """Lips redder than cheeks, brows darker than the forehead, whites of eyes light, pupils dark."""
    head = head_and_expressions[0]
    detail = detailed_head(head)
    assert len(detail.faces) == 4 * len(head.topology.faces) == len(detail.face_part)
    fine = detail.subdivision(head.vertices)
    assert len(fine) == len(detail.colors) == len(detail.gloss)
    assert ((detail.colors >= 0) & (detail.colors <= 1)).all()

    def color_near(x_mm: float, y_mm: float, part: str = "skin") -> np.ndarray:
        rows = np.unique(detail.faces[detail.face_part == PARTS.index(part)])
        front = rows[fine[rows, 2] > 0]
        return detail.colors[front[((1e3 * fine[front, :2] - [x_mm, y_mm]) ** 2).sum(1).argmin()]]

    cheek, forehead = color_near(38, -30), color_near(0, 45)
    lip, brow = (detail.colors[amount.argmax()] for _, amount in detail.paints)
    assert [amount.max() > 0.9 for _, amount in detail.paints] == [True, True]
    assert lip[0] / lip[1] > 1.2 * cheek[0] / cheek[1]
    assert brow.mean() < 0.5 * forehead.mean()
    left_eye = head.vertices[head.topology.vertices_of("eyeball_left")].mean(0) * 1e3
    pupil, white = (color_near(left_eye[0] + dx, left_eye[1], "eyeball_left") for dx in (0, 10))
    assert pupil.mean() < 0.1 < 0.6 < white.mean()


def test_a_fine_triangle_knows_the_coarse_one_it_lies_in(head_and_expressions: Both) -> None:
    head = head_and_expressions[0]
    detail = detailed_head(head)
    np.testing.assert_array_equal(detail.coarse_face(np.array([0, 3, 4, 11])), [0, 0, 1, 2])
    np.testing.assert_array_equal(
        detail.face_part, head.topology.face_part[detail.coarse_face(np.arange(len(detail.faces)))]
    )


def test_places_on_fine_triangles_are_places_on_coarse_ones(head_and_expressions: Both) -> None:
    """On a flat triangle subdivided at its midpoints both say the same point."""
    rng = np.random.default_rng(0)
    triangle = rng.normal(size=(3, 3))
    middle = (triangle + np.roll(triangle, -1, axis=0)) / 2  # ab, bc, ca
    a, b, c = triangle
    children = np.array(
        [[a, middle[0], middle[2]], [b, middle[1], middle[0]], [c, middle[2], middle[1]], middle]
    )
    weights = rng.dirichlet(np.ones(3), 4)
    coarse, places = embed_landmarks._coarse(np.arange(4) + 4 * 9, weights)
    assert (coarse == 9).all()
    np.testing.assert_allclose(places @ triangle, np.einsum("fk,fkc->fc", weights, children), atol=1e-12)


def test_the_nearest_allowed_pixel_is_found_within_reach_and_within_the_picture() -> None:
    allowed = np.zeros((40, 60), bool)
    allowed[10, 20] = allowed[30, 59] = allowed[0, 0] = True
    assert embed_landmarks._nearest(np.array([22.4, 11.2]), allowed) == (10, 20)
    assert embed_landmarks._nearest(np.array([40.0, 20.0]), allowed) is None
    assert embed_landmarks._nearest(np.array([63.0, 33.0]), allowed) == (30, 59)
    assert embed_landmarks._nearest(np.array([-5.0, -6.0]), allowed) == (0, 0)
    assert embed_landmarks._nearest(np.array([-30.0, -30.0]), allowed) is None
    assert embed_landmarks._nearest(np.array([200.0, 200.0]), allowed) is None


def test_the_geometric_median_ignores_a_far_minority() -> None:
    rng = np.random.default_rng(1)
    points = np.concatenate([rng.normal(0, 1e-4, (9, 3)), np.full((3, 3), 0.05)])
    place = embed_landmarks._geometric_median(points, np.ones(12))
    assert np.linalg.norm(place) < 3e-4 < np.linalg.norm(points.mean(0))


def test_lips_of_a_performing_head_do_not_cross(character: Character) -> None:
    weights = np.zeros(52)
    weights[[ARKIT_NAMES.index("mouthPressLeft"), ARKIT_NAMES.index("mouthPressRight")]] = 1.0
    template = load_anny_identities().template()
    crossing = LipPenetrations(template)
    as_they_come = PerformingHead(character.head, template).vertices(weights).astype(float)
    parted = PerformingHead(character.head, template, shipped_weights().lips).vertices(weights).astype(float)
    assert crossing(as_they_come) > 0 and crossing(parted) == 0


def test_the_script_of_the_demo_begins_and_ends_neutral_and_stays_in_bounds() -> None:
    times_s = np.arange(0, 16, 1 / 30)
    weights = np.array([make_demo_take.weights_at(time_s) for time_s in times_s.tolist()])
    assert ((weights >= 0) & (weights <= 1)).all()
    assert not weights[times_s < 0.65].any() and not weights[times_s > 15.4].any()
    assert np.abs(np.diff(weights, axis=0)).max() < 0.6, "nothing jumps"
    assert (weights.max(0) > 0.3).sum() > 20, "much of the face is shown"
    views = np.array([make_demo_take.view_at(time_s) for time_s in times_s.tolist()])
    assert not views[times_s < 1.2].any()
    assert np.abs(views).max() < 15 and np.abs(np.diff(views, axis=0)).max() < 1


def test_errors_count_where_the_expression_moves_the_skin(character: Character) -> None:
    neutral = character.neutral_vertices
    true = neutral.copy()
    true[[10, 11]] += np.float32(0.002)
    true[12] += np.float32(0.0001)  # hardly moves
    true[character.head.eye_vertices[0, 0]] += np.float32(0.01)  # no skin
    skin = np.zeros(len(neutral), bool)
    skin[:3000] = True
    np.testing.assert_allclose(
        moving_error_mm(neutral, true, character.neutral_vertices, skin),
        2 * np.sqrt(3) * np.ones(2),
        rtol=1e-3,
    )
    np.testing.assert_allclose(moving_error_mm(true, true, character.neutral_vertices, skin), 0)


def test_a_performing_head_shows_what_it_does(identities: AnnyIdentities, character: Character) -> None:
    head = PerformingHead(character.head, load_anny_identities().template())
    open_jaw = weights_of(jawOpen=0.8, eyeLookUpLeft=0.5)
    np.testing.assert_array_equal(head.vertices(open_jaw), blendshape_vertices(character.head, open_jaw))
    camera = portrait_camera(size_px=(160, 120))
    neutral, moved = (head.picture(weights, camera).astype(int) for weights in (weights_of(), open_jaw))
    assert neutral.shape == (120, 160, 3)
    changed = np.abs(moved - neutral).sum(2) > 30
    assert changed[70:].sum() > 10 * changed[:40].sum()


def test_a_skin_is_on_the_head_and_not_behind_it(identities: AnnyIdentities, character: Character) -> None:
    head = PerformingHead(character.head, load_anny_identities().template())
    camera = portrait_camera(size_px=(160, 120))
    look = replace(
        random_look(np.random.default_rng(0)), tone=np.full(3, 0.3), light=np.zeros(2), noise_levels=0.0
    )
    smile = weights_of(mouthSmileLeft=1.0)
    plain = head.picture(smile, camera).astype(int)
    skinned = head.looking(smile, camera, look, np.random.default_rng(1)).astype(int)
    assert skinned.shape == plain.shape
    assert np.abs(skinned - plain)[:20, :20].max() <= 1
    assert skinned[50:80, 70:90].mean() < 0.8 * plain[50:80, 70:90].mean()


@pytest.mark.parametrize("hold", [1, 3])
def test_the_tracker_sees_the_heads_we_draw(
    identities: AnnyIdentities, character: Character, hold: int
) -> None:
    tracking_model_or_skip()
    head = PerformingHead(character.head, load_anny_identities().template())
    looks = [weights_of(), weights_of(jawOpen=0.8), weights_of()]
    frames = list(track_pictures((head.picture(look, portrait_camera()) for look in looks), hold=hold))
    assert len(frames) == 3
    gaps = []
    for frame in frames:
        assert frame.landmarks is not None and frame.image_size_px == (640, 480)
        gaps.append(np.linalg.norm(frame.landmarks[13, :2] - frame.landmarks[14, :2]))
    assert gaps[1] > 3 * max(gaps[0], 1e-3)
