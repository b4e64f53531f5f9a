"""The session without sockets: the time is an argument, the phone is this file."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from capture.frames.capture_error import PacketError
from capture.frames.packet import encode_frame
from capture.phone.pairing import RefusedError
from capture.phone.phone_messages import Bye, DesktopStatus, Hello, Pong, parse_message
from capture.phone.phone_session import PhoneCounts, PhoneSession
from tests.capture.frames.golden import golden_frame

PHONE_CLOCK_S = 500.0
"""What the phone's clock shows when ours shows 0."""


def session(now_s: float = 100.0) -> PhoneSession:
    hello = Hello(version=1, token="t", session="", device="test phone")
    first: dict[str, object] = {"type": "welcome"}
    return PhoneSession(hello, first, PhoneCounts(), now_s, transport="websocket", address="10.0.0.2")


def clocked(now_s: float = 100.0) -> PhoneSession:
    """One whose first ping was answered without delay."""
    talk = session(now_s)
    talk.take_waiting(now_s)
    talk.receive_message(Pong(1, now_s + PHONE_CLOCK_S, now_s + PHONE_CLOCK_S), now_s)
    return talk


def packet(sequence: int, captured_s: float = 100.0) -> bytes:
    frame = golden_frame("packet_no_face")
    frame = dataclasses.replace(frame, sequence=sequence, capture_time_s=captured_s + PHONE_CLOCK_S)
    return encode_frame(frame)


def test_the_welcome_comes_first_and_a_ping_with_it() -> None:
    assert [message["type"] for message in session().take_waiting(100.0)] == ["welcome", "ping"]


def test_twenty_quick_pings_are_followed_by_one_a_second() -> None:
    talk, times = session(), []
    for step in range(500):
        now_s = 100.0 + step * 0.01
        if any(message["type"] == "ping" for message in talk.take_waiting(now_s)):
            times.append(now_s)
    gaps = [round(b - a, 2) for a, b in itertools.pairwise(times)]
    assert len([gap for gap in gaps if gap < 0.1]) == 19
    assert set(gaps[19:]) == {1.0}


def test_capture_times_arrive_on_our_clock() -> None:
    frame = clocked().receive_packet(packet(1, captured_s=100.25), 100.3)
    assert frame is not None
    assert frame.capture_time_s == pytest.approx(100.25)
    assert frame.receive_time_s == 100.3


def test_a_frame_is_never_captured_after_it_arrived() -> None:
    frame = clocked().receive_packet(packet(1, captured_s=101.0), 100.3)
    assert frame is not None
    assert frame.capture_time_s == 100.3


def test_capture_times_keep_their_order_when_a_better_ping_moves_the_offset() -> None:
    talk = session()
    talk.take_waiting(100.0)
    talk.receive_message(Pong(1, 100.0 + PHONE_CLOCK_S, 100.0 + PHONE_CLOCK_S), 100.2)
    first = talk.receive_packet(packet(1, captured_s=100.20), 100.4)
    talk.take_waiting(100.4)
    talk.receive_message(Pong(2, 100.4 + PHONE_CLOCK_S, 100.4 + PHONE_CLOCK_S), 100.4)
    second = talk.receive_packet(packet(2, captured_s=100.23), 100.43)
    assert first is not None and second is not None
    assert talk.clock.round_trip_s == 0.0
    assert second.capture_time_s > first.capture_time_s


def test_frames_before_the_first_answered_ping_are_counted_and_dropped() -> None:
    talk = session()
    assert talk.receive_packet(packet(1), 100.0) is None
    assert talk.counts == PhoneCounts(unclocked=1)


def test_duplicates_and_late_frames_are_counted_and_dropped() -> None:
    talk = clocked()
    taken = [talk.receive_packet(packet(n), 100.0 + i / 30) for i, n in enumerate([5, 6, 6, 4, 9, 5, 8, 10])]
    assert [frame.sequence for frame in taken if frame] == [5, 6, 9, 10]
    assert talk.counts == PhoneCounts(frames_in=4, duplicates=2, late=2)


def test_a_pong_nobody_waited_for_is_refused() -> None:
    with pytest.raises(PacketError, match="Expected a pong with the id of an open ping, got 77"):
        session().receive_message(Pong(77, 1.0, 1.0), 100.0)


def test_a_pong_that_says_it_took_longer_than_it_did_is_refused() -> None:
    talk = session()
    talk.take_waiting(100.0)
    with pytest.raises(PacketError, match=r"Expected a pong within 0\.010 s, got one that says 3\.000 s"):
        talk.receive_message(Pong(1, 600.0, 603.0), 100.01)


def test_a_second_hello_is_refused() -> None:
    with pytest.raises(PacketError, match="Expected one hello at the start, got another"):
        session().receive_message(Hello(1, "t", "", ""), 100.0)


def test_silence_is_noticed_after_four_seconds_and_any_sound_ends_it() -> None:
    talk = session(100.0)
    assert not talk.is_silent(103.9)
    assert talk.is_silent(104.1)
    talk.receive_message(None, 104.1)
    assert not talk.is_silent(108.0)


def test_only_the_newest_status_waits() -> None:
    talk = session()
    talk.take_waiting(100.0)
    for fps in (10.0, 29.96):
        talk.send_status(DesktopStatus(tracking=True, calibrated=False, recording=True, fps=fps))
    assert talk.take_waiting(100.01) == [
        {"type": "status", "tracking": True, "calibrated": False, "recording": True, "fps": 30.0}
    ]


def test_the_phone_is_told_why_a_session_ended_and_not_pinged_again() -> None:
    talk, woken = session(), []
    talk.take_waiting(100.0)
    talk.wake = lambda: woken.append(True)
    talk.end(RefusedError("silent", "Nothing was heard."))
    assert woken
    assert talk.take_waiting(200.0) == [{"type": "error", "code": "silent", "message": "Nothing was heard."}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Expected a message in JSON, got '{'"),
        ("[" * 3000, "Expected a message in JSON, got"),
        ("[1]", "Expected a message as JSON object, got list"),
        ("{}", "Expected a message with a type, got None"),
        ('{"type": 3}', "Expected a message with a type, got 3"),
        ('{"type": "pong", "id": "1"}', "Expected an integer as id of message pong, got '1'"),
        ('{"type": "pong", "id": true}', "Expected an integer as id of message pong, got True"),
        (
            '{"type": "pong", "id": 1, "received_s": NaN}',
            "Expected seconds as received_s of message pong, got nan",
        ),
        ('{"type": "hello", "version": 1, "token": 5}', "Expected text as token of message hello, got 5"),
        ('{"type": "bye"}' + " " * 5000, "Expected a message of at most 4096 characters, got 5015"),
    ],
)
def test_a_malformed_message_is_refused_with_what_was_expected_and_got(text: str, message: str) -> None:
    with pytest.raises(PacketError) as error:
        parse_message(text)
    assert str(error.value).startswith(message)


def test_messages_of_unknown_type_are_ignored_and_unknown_fields_too() -> None:
    assert parse_message('{"type": "dance"}') is None
    assert parse_message('{"type": "bye", "mood": "good"}') == Bye()


def test_a_device_name_is_cut_to_a_sensible_length() -> None:
    hello = parse_message('{"type": "hello", "version": 1, "device": "' + "x" * 500 + '"}')
    assert isinstance(hello, Hello)
    assert hello.device == "x" * 80
