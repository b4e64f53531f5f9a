"""The whole server on a real port, against phones made of Python."""

from __future__ import annotations

import http.client
import logging
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from capture.frames.capture_error import PortInUseError
from capture.frames.landmark_frame import LandmarkFrame
from capture.phone.page_headers import content_security_policy
from capture.phone.phone_app import MissingPageError, phone_app
from capture.phone.phone_hub import PhoneStatus
from capture.phone.phone_server import PhoneServer
from capture.phone.phone_session import PhoneCounts
from tests.capture.phone.fake_phone import PostPhone, SocketPhone, packet, trusting, wait_until


class Desk:
    """A running server, what it delivered, and what it said about phones."""

    def __init__(self, folder: Path) -> None:
        self.frames: list[LandmarkFrame] = []
        self.statuses: list[PhoneStatus] = []
        model = folder / "model.task"
        model.write_bytes(b"model bytes")
        self.server = PhoneServer(
            self.frames.append,
            port=0,
            config_dir=folder / "config",
            model_path=model,
            host="127.0.0.1",
            addresses=["127.0.0.1"],
            on_status=self.statuses.append,
        )
        self.authority = str(folder / "config" / "certificates" / "authority.crt")
        self.server.start()

    def socket_phone(self) -> SocketPhone:
        return SocketPhone(self.server.port, self.authority)

    def post_phone(self) -> PostPhone:
        return PostPhone(self.server.port, self.authority)

    def get(self, path: str) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.server.port, context=trusting(self.authority), timeout=5
        )
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body

    def sequences(self) -> list[int]:
        return [frame.sequence for frame in self.frames]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.server.stop()


def test_frames_arrive_in_order_on_our_clock(desk: Desk) -> None:
    phone = desk.socket_phone()
    phone.pair(desk.server.url)
    before_s = time.perf_counter()
    for sequence in range(30):
        phone.send(packet(sequence))
        time.sleep(0.002)  # a camera does not take pictures at the same moment
    wait_until(lambda: len(desk.frames) == 30, "30 frames")
    assert desk.sequences() == list(range(30))
    for frame in desk.frames:
        assert before_s - 0.5 < frame.capture_time_s <= frame.receive_time_s <= time.perf_counter()
    assert desk.server.counts == PhoneCounts(frames_in=30)
    phone.close()


def test_bad_late_and_repeated_packets_are_counted_and_the_session_goes_on(desk: Desk) -> None:
    phone = desk.socket_phone()
    phone.pair(desk.server.url)
    phone.send(packet(5), packet(5), packet(3), b"", b"\x07rubbish", packet(6)[:-1], packet(6) + b"x")
    phone.say({"type": "pong", "id": "no number"})
    phone.say_text("not json")
    phone.send(b"x" * 60_000, packet(7))
    wait_until(lambda: desk.sequences() == [5, 7], "frame 7")
    assert desk.server.counts == PhoneCounts(frames_in=2, rejected=7, duplicates=1, late=1)
    assert desk.server.connected
    phone.close()


def test_a_packet_too_big_to_read_is_counted_and_the_phone_can_come_back(desk: Desk) -> None:
    phone = desk.socket_phone()
    session = phone.pair(desk.server.url)
    phone.send(b"x" * 100_000)
    assert phone.close_code() == 1009
    wait_until(lambda: desk.server.counts.rejected == 1, "the rejection")
    again = desk.socket_phone()
    assert again.hello(session=session)["type"] == "welcome"
    again.close()


def test_a_flood_of_bad_packets_is_not_a_flood_of_log_lines(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    phone = desk.socket_phone()
    phone.pair(desk.server.url)
    with caplog.at_level(logging.WARNING, logger="capture"):
        phone.send(*[b"rubbish"] * 500)
        wait_until(lambda: desk.server.counts.rejected == 500, "500 rejections")
    lines = [record for record in caplog.records if "dropped" in record.message]
    assert 1 <= len(lines) < 20
    assert (
        lines[0].message == "dropped: Expected at least 20 bytes of packet header, got 7. Send whole packets."
    )
    phone.close()


def test_a_second_phone_with_the_used_token_is_refused_and_the_first_goes_on(desk: Desk) -> None:
    url = desk.server.url
    first = desk.socket_phone()
    first.pair(url)
    second = desk.socket_phone()
    answer = second.hello(token=url.partition("#")[2])
    assert answer == {
        "type": "error",
        "code": "token_used",
        "message": (
            "Expected a new code, got one that was used already. Show a new code on the desktop and scan it."
        ),
    }
    assert second.close_code() == 4401
    first.send(packet(1))
    wait_until(lambda: desk.sequences() == [1], "the first phone's frame")
    first.close()


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        (
            {"token": "wrong"},
            "token_wrong",
            "Expected the code that the desktop shows now, got another.",
        ),
        ({"session": "wrong"}, "session_unknown", "Expected a paired phone, got one that the desktop forgot"),
        (
            {},
            "token_missing",
            "Expected a paired page, got one without a code. Scan the code on the desktop.",
        ),
        ({"version": 9}, "version", "Expected a page of version 1, got version 9. Reload the page."),
        ({"token": 7}, "hello_expected", "Expected a hello first, got something else. Reload the page."),
    ],
)
@pytest.mark.parametrize("way", ["websocket", "post"])
def test_a_phone_that_may_not_talk_to_us_is_told_why(
    desk: Desk, way: str, fields: dict[str, object], code: str, message: str
) -> None:
    if way == "websocket":
        phone = desk.socket_phone()
        answer = phone.hello(**fields)
    else:
        phone = desk.post_phone()
        status, answers = phone.post([{"type": "hello", "version": 1, **fields}])
        assert status == 401
        answer = answers[0]
    assert (answer["type"], answer["code"]) == ("error", code)
    assert answer["message"].startswith(message)
    assert not desk.server.connected
    phone.close()


def test_a_packet_before_the_hello_is_refused(desk: Desk) -> None:
    phone = desk.socket_phone()
    phone.send(packet(1))
    assert phone.listen_for("error")["code"] == "hello_expected"
    assert phone.close_code() == 4400
    assert desk.frames == []
    phone.close()


def test_the_same_phone_comes_back_with_its_session_and_starts_anew(desk: Desk) -> None:
    phone = desk.socket_phone()
    session = phone.pair(desk.server.url)
    phone.send(packet(10))
    wait_until(lambda: desk.sequences() == [10], "frame 10")
    phone.close()
    wait_until(lambda: not desk.server.connected, "the phone's leave")
    again = desk.socket_phone()
    assert again.hello(session=session)["session"] == session
    again.listen_for("ping")
    again.send(packet(0))
    wait_until(lambda: desk.sequences() == [10, 0], "frame 0")
    again.close()


def test_a_page_opened_twice_is_heard_where_it_was_opened_last(desk: Desk) -> None:
    first = desk.socket_phone()
    session = first.pair(desk.server.url)
    second = desk.socket_phone()
    second.hello(session=session)
    assert first.listen_for("error") == {
        "type": "error",
        "code": "replaced",
        "message": "Expected one open page, got a second elsewhere. Close one of them.",
    }
    assert first.close_code() == 4409
    assert desk.server.connected
    second.close()


def test_a_newly_paired_phone_takes_over_and_the_old_session_ends(desk: Desk) -> None:
    first = desk.socket_phone()
    session = first.pair(desk.server.url)
    second = desk.socket_phone()
    second.pair(desk.server.new_url())
    assert first.listen_for("error")["code"] == "replaced"
    back = desk.socket_phone()
    assert back.hello(session=session)["code"] == "session_unknown"
    for phone in (first, second, back):
        phone.close()


def test_the_phone_is_told_what_the_desktop_sees(desk: Desk) -> None:
    phone = desk.socket_phone()
    phone.pair(desk.server.url)
    desk.server.send_status(tracking=True, calibrated=True, recording=False, fps=29.97)
    assert phone.listen_for("status") == {
        "type": "status",
        "tracking": True,
        "calibrated": True,
        "recording": False,
        "fps": 30.0,
    }
    phone.close()


def test_comings_and_goings_are_reported(desk: Desk) -> None:
    phone = desk.socket_phone()
    phone.pair(desk.server.url)
    assert desk.server.status == PhoneStatus(
        connected=True,
        message="connected: fake phone at 127.0.0.1 by websocket",
        device="fake phone",
        address="127.0.0.1",
        transport="websocket",
    )
    phone.close()
    wait_until(lambda: not desk.server.connected, "the phone's leave")
    assert [status.message for status in desk.statuses] == [
        "connected: fake phone at 127.0.0.1 by websocket",
        "lost: fake phone disconnected",
    ]


def test_a_phone_that_says_bye_is_gone_at_once(desk: Desk) -> None:
    phone = desk.socket_phone()
    phone.pair(desk.server.url)
    phone.say({"type": "bye"})
    wait_until(lambda: not desk.server.connected, "the phone's leave")
    assert desk.server.status.message == "lost: fake phone closed its page"
    phone.close()


@pytest.mark.parametrize("way", ["websocket", "post"])
def test_a_phone_that_disappears_without_a_word_is_noticed(
    desk: Desk, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("capture.phone.phone_session.SILENCE_S", 0.5)
    phone = desk.socket_phone() if way == "websocket" else desk.post_phone()
    phone.pair(desk.server.url)
    wait_until(lambda: not desk.server.connected, "the silence to be noticed")
    assert desk.server.status.message == "lost: fake phone said nothing for 4 s"
    if isinstance(phone, SocketPhone):
        assert phone.listen_for("error")["code"] == "silent"
        assert phone.close_code() == 4408
    else:
        status, messages = phone.post(packet(1))
        assert (status, messages[0]["code"]) == (409, "silent")
    phone.close()


def test_whoever_takes_the_frames_may_fail_and_the_next_frame_still_comes(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    def fail_once(frame: LandmarkFrame) -> None:
        if frame.sequence == 1:
            raise RuntimeError("no room")
        desk.frames.append(frame)

    desk.server._hub._deliver = fail_once
    phone = desk.socket_phone()
    phone.pair(desk.server.url)
    phone.send(packet(1), packet(2))
    wait_until(lambda: desk.sequences() == [2], "frame 2")
    assert "frame 1 was not taken: RuntimeError: no room" in caplog.text
    phone.close()


def test_the_phone_hears_goodbye_when_the_server_stops(desk: Desk) -> None:
    phone = desk.socket_phone()
    phone.pair(desk.server.url)
    desk.server.stop()
    assert phone.listen_for("bye") == {"type": "bye"}
    phone.close()


def test_a_stopped_server_starts_again_on_the_same_port(desk: Desk) -> None:
    port = desk.server.port
    desk.server.stop()
    desk.server.start()
    assert desk.server.port == port
    phone = desk.socket_phone()
    phone.pair(desk.server.url)
    phone.close()


def test_frames_arrive_by_post_as_well(desk: Desk) -> None:
    phone = desk.post_phone()
    phone.pair(desk.server.url)
    assert desk.server.status.transport == "post"
    for sequence in (1, 2, 2, 3):
        status, _ = phone.post(packet(sequence))
        assert status == 200
    status, _ = phone.post(b"rubbish")
    assert status == 200
    assert desk.sequences() == [1, 2, 3]
    assert desk.server.counts == PhoneCounts(frames_in=3, rejected=1, duplicates=1)
    assert all(0 <= frame.receive_time_s - frame.capture_time_s < 5 for frame in desk.frames)
    phone.close()


def test_the_answer_to_a_post_carries_what_waits_for_the_phone(desk: Desk) -> None:
    phone = desk.post_phone()
    phone.pair(desk.server.url)
    desk.server.send_status(tracking=False, calibrated=True, recording=True, fps=24.0)
    time.sleep(0.1)
    _, messages = phone.post([])
    assert {
        "type": "status",
        "tracking": False,
        "calibrated": True,
        "recording": True,
        "fps": 24.0,
    } in messages
    phone.close()


def test_a_post_without_the_session_is_refused(desk: Desk) -> None:
    phone = desk.post_phone()
    phone.pair(desk.server.url)
    status, messages = phone.post(packet(1), session="wrong")
    assert (status, messages[0]["code"]) == (401, "session_unknown")
    assert desk.frames == []
    phone.close()


def test_a_post_beside_the_websocket_is_told_to_say_hello_again(desk: Desk) -> None:
    by_socket, by_post = desk.socket_phone(), desk.post_phone()
    session = by_socket.pair(desk.server.url)
    status, messages = by_post.post(packet(1), session=session)
    assert (status, messages[0]["code"]) == (409, "replaced")
    by_socket.close()
    by_post.close()


def test_a_post_that_is_too_big_is_refused_unread(desk: Desk) -> None:
    phone = desk.post_phone()
    phone.pair(desk.server.url)
    status, _ = phone.post(b"x" * 70_000)
    assert status == 413
    assert desk.server.counts.rejected == 1
    phone.close()


@pytest.mark.parametrize("body", [[], [7], [{"type": "bye"}]])
def test_a_post_of_other_messages_before_the_hello_is_refused(desk: Desk, body: list[object]) -> None:
    phone = desk.post_phone()
    status, messages = phone.post(body)
    assert (status, messages[0]["code"]) == (401, "hello_expected")
    phone.close()


def test_the_url_carries_the_token_where_no_log_can_see_it(desk: Desk) -> None:
    origin, _, token = desk.server.url.partition("/#")
    assert origin == f"https://127.0.0.1:{desk.server.port}"
    phone = desk.socket_phone()
    phone.pair(desk.server.url)
    desk.get("/")
    assert len(token) >= 22
    assert not any(token in request.path for request in desk.server.requests)
    phone.close()


def test_the_url_shown_after_a_pairing_pairs_the_next_phone(desk: Desk) -> None:
    first = desk.server.url
    phone = desk.socket_phone()
    phone.pair(first)
    assert desk.server.url != first
    phone.close()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/trust", "text/html"),
        ("/style.css", "text/css"),
        ("/main.js", "text/javascript"),
        ("/frames/packet.js", "text/javascript"),
        ("/puppet/network/frame_program.js", "text/javascript"),
        ("/icons/icon.svg", "image/svg+xml"),
        ("/model/face_landmarker.task", "application/octet-stream"),
        ("/mediapipe/vision_bundle.mjs", "text/javascript"),
        ("/mediapipe/wasm/vision_wasm_internal.wasm", "application/wasm"),
    ],
)
def test_every_part_of_the_page_is_served_with_its_type_and_headers(desk: Desk, path: str, kind: str) -> None:
    answer, body = desk.get(path)
    assert answer.status == 200
    assert body
    assert (answer.getheader("Content-Type") or "").startswith(kind)
    host = f"127.0.0.1:{desk.server.port}"
    assert answer.getheader("Content-Security-Policy") == content_security_policy(host)
    assert answer.getheader("X-Content-Type-Options") == "nosniff"
    assert answer.getheader("Referrer-Policy") == "no-referrer"


@pytest.mark.parametrize(
    "path",
    [
        "/package.json",
        "/.npmrc",
        "/node_modules/three/build/three.core.js",
        "/../phone/phone_app.py",
        "/frames/../../phone/phone_app.py",
        "/mediapipe/../../../../frames/packet.py",
    ],
)
def test_nothing_else_is_served(desk: Desk, path: str) -> None:
    answer, _ = desk.get(path)
    assert answer.status == 404


def test_the_policy_names_our_own_socket_and_nobody_else() -> None:
    assert "connect-src 'self' wss://10.0.0.7:8443;" in content_security_policy("10.0.0.7:8443")
    assert "connect-src 'self';" in content_security_policy("evil.example; script-src *")


def test_the_trust_page_shows_the_fingerprint_and_offers_the_authority(desk: Desk) -> None:
    certificates = desk.server._certificates
    _, page = desk.get("/trust")
    assert certificates.authority_fingerprint() in page.decode().replace("<wbr>", "")
    answer, body = desk.get("/trust/softdeca.crt")
    assert body == certificates.authority_der()
    assert answer.getheader("Content-Type") == "application/x-x509-ca-cert"


def test_requests_are_countable(desk: Desk) -> None:
    desk.get("/")
    desk.get("/nothing")
    phone = desk.socket_phone()
    phone.pair(desk.server.url)
    phone.close()
    assert [(r.client, r.method, r.path, r.status) for r in desk.server.requests] == [
        ("127.0.0.1", "GET", "/", 200),
        ("127.0.0.1", "GET", "/nothing", 404),
        ("127.0.0.1", "WEBSOCKET", "/socket", 101),
    ]


def test_the_pairing_code_is_there_for_terminal_and_viewer(desk: Desk) -> None:
    assert "▀" in desk.server.qr_terminal() or "▄" in desk.server.qr_terminal()
    assert desk.server.qr_svg().startswith("<svg")
    assert desk.server.qr_png().startswith(b"\x89PNG")


def test_a_port_in_use_is_a_clear_error(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = PhoneServer(
            lambda frame: None,
            port=port,
            config_dir=tmp_path,
            model_path=tmp_path / "model",
            host="127.0.0.1",
            addresses=[],
        )
        with pytest.raises(PortInUseError) as error:
            server.start()
    assert str(error.value) == (
        f"Expected port {port} to be free, got 'in use by another program'. "
        "End the other program or choose another with --port."
    )


def test_a_page_without_its_tracker_is_a_clear_error(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(
        MissingPageError, match=r"Expected .*tasks-vision', got none\. Install it with `npm ci --prefix"
    ):
        phone_app(desk.server._hub, desk.server._certificates, tmp_path / "model", page=tmp_path)
