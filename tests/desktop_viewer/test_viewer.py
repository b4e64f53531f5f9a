"""The viewer: it shows the newest face, lets nobody wait, and is there for this machine alone."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from capture.frames.capture_error import PortInUseError
from capture.phone.local_addresses import lan_addresses
from desktop_viewer.panel import PanelActions
from desktop_viewer.view import HeadViewer
from landmark_driver.character import Character
from landmark_driver.live.face_driver import DrivenFace
from landmark_driver.live.latency import LatencyLog
from tests.capture.phone.fake_phone import wait_until
from tests.free_port import free_port


def face_of(character: Character, **changed: Any) -> DrivenFace:
    fields: dict[str, Any] = {
        "sequence": 0,
        "capture_time_s": 0.0,
        "receive_time_s": 0.0,
        "tracked": True,
        "calibrated": True,
        "vertices": character.neutral_vertices.copy(),
        "weights": np.zeros(52),
        "gaze": np.zeros((2, 2)),
        "T_world_head": np.eye(4),
        "displacements": np.zeros((478, 3)),
        "vertices_time_s": time.perf_counter(),
    }
    return DrivenFace(**(fields | changed))


class Room:
    """A viewer, its log, and what its buttons did."""

    def __init__(self, character: Character) -> None:
        self.pressed: list[str] = []
        self.recording = False
        self.latency = LatencyLog()
        actions = PanelActions(
            lambda: self.pressed.append("calibrate"), self._toggle, lambda: "source: <demo>"
        )
        self.viewer = HeadViewer(character, self.latency, actions, free_port())

    def _toggle(self) -> bool:
        self.recording = not self.recording
        return self.recording

    def shown(self) -> int:
        """How many faces were drawn so far."""
        return len(self.latency.recent_ms("vertices_to_viewer", 10_000))

    def show_and_wait(self, face: DrivenFace) -> None:
        before = self.shown()
        self.viewer.show(face)
        wait_until(lambda: self.shown() > before, "a drawn face")


@pytest.fixture
def room(character: Character) -> Iterator[Room]:
    room = Room(character)
    yield room
    room.viewer.stop()


def test_a_page_is_served_on_this_machine(room: Room) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", room.viewer.port, timeout=10)
    connection.request("GET", "/")
    answer = connection.getresponse()
    assert answer.status == 200
    assert b"<html" in answer.read()
    connection.close()


def test_nobody_else_on_the_network_can_open_it(room: Room) -> None:
    """The panel shows the code that pairs a phone."""
    others = [address for address in lan_addresses() if not address.startswith("127.")]
    if not others:
        pytest.skip("this machine is on no network")
    for address in others:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, room.viewer.port), timeout=5)


def test_a_shown_face_is_drawn(room: Room, character: Character) -> None:
    moved = character.neutral_vertices + np.float32(0.01) * np.array([1, 0, 0], np.float32)
    before = [np.array(handle.vertices) for handle in room.viewer._handles]
    room.show_and_wait(face_of(character, vertices=moved))
    for old, handle in zip(before, room.viewer._handles, strict=True):
        np.testing.assert_allclose(handle.vertices, old + np.array([0.01, 0, 0]), atol=1e-6)


def test_the_head_turns_with_the_performer_and_not_when_the_pose_is_off(
    room: Room, character: Character
) -> None:
    room.show_and_wait(face_of(character, calibrated=False))
    turned = np.eye(4)
    turned[:3, :3] = Rotation.from_euler("y", 20, degrees=True).as_matrix()
    room.show_and_wait(face_of(character, T_world_head=turned))
    expected = Rotation.from_euler("y", 20, degrees=True).as_quat(scalar_first=True)
    np.testing.assert_allclose(room.viewer._head.wxyz, expected, atol=1e-6)
    room.viewer.panel._pose.value = False
    room.show_and_wait(face_of(character, T_world_head=turned))
    np.testing.assert_allclose(room.viewer._head.wxyz, [1, 0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(room.viewer._head.position, 0, atol=1e-6)


def test_the_landmarks_are_shown_on_demand(room: Room, character: Character) -> None:
    room.show_and_wait(face_of(character))
    assert not room.viewer._landmarks.visible
    room.viewer.panel._dots.value = True
    room.show_and_wait(face_of(character, displacements=np.full((478, 3), 0.002)))
    assert room.viewer._landmarks.visible
    np.testing.assert_allclose(
        room.viewer._landmarks.points, character.head.neutral_landmarks + 0.002, atol=1e-4
    )


def test_show_returns_at_once_however_slow_the_drawing(
    room: Room, character: Character, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one face is being drawn a thousand come; the last of them is drawn next, and no other."""
    drawing, go_on = threading.Event(), threading.Event()
    drawn: list[int] = []

    def slow(face: DrivenFace) -> None:
        drawn.append(face.sequence)
        drawing.set()
        assert go_on.wait(20)

    monkeypatch.setattr(room.viewer, "_draw", slow)
    room.viewer.show(face_of(character, sequence=0))
    assert drawing.wait(10)
    for sequence in range(1, 1001):
        room.viewer.show(face_of(character, sequence=sequence))
    assert drawn == [0]
    go_on.set()
    wait_until(lambda: len(drawn) == 2, "the second face")
    assert drawn == [0, 1000]


def test_a_port_in_use_is_a_clear_error(character: Character) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortInUseError) as error:
            HeadViewer(character, LatencyLog(), PanelActions(lambda: None), port)
    assert str(error.value) == (
        f"Expected port {port} for the viewer to be free, got 'Address already in use'. "
        "Stop the program that has it, or choose another with --viewer-port."
    )


@pytest.mark.parametrize("port", [0, -1, 70000])
def test_a_port_that_cannot_be_is_a_clear_error(character: Character, port: int) -> None:
    with pytest.raises(PortInUseError) as error:
        HeadViewer(character, LatencyLog(), PanelActions(lambda: None), port)
    assert str(error.value) == (
        f"Expected a port from 1 to 65535 for the viewer, got {port}. Choose another with --viewer-port."
    )


def test_a_stopped_viewer_leaves_its_port_and_its_thread(character: Character) -> None:
    room = Room(character)
    port = room.viewer.port
    room.viewer.stop()
    assert not room.viewer._thread.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    room.viewer.show(face_of(character))  # a late face does no harm


def test_the_panel_says_what_the_tracker_sees(room: Room, character: Character) -> None:
    panel = room.viewer.panel
    for face, words in (
        (None, "waiting for frames"),
        (face_of(character, tracked=False), "no face in view"),
        (face_of(character, calibrated=False), "calibrating: keep a neutral face"),
        (face_of(character), "tracking"),
    ):
        panel.refresh(face, room.latency)
        assert f"<b>{words}</b>" in panel._state.content
        assert "source: &lt;demo&gt;" in panel._state.content


def test_the_panel_shows_latency_and_expression(room: Room, character: Character) -> None:
    for stage in ("capture_to_receive", "receive_to_vertices", "vertices_to_viewer"):
        for milliseconds in (1, 2, 3):
            room.latency.note(stage, milliseconds / 1e3)
    weights = np.zeros(52)
    weights[17] = 0.756
    room.viewer.panel.refresh(face_of(character, weights=weights), room.latency)
    assert "| capture to receive | 2.0 | 2.9 |" in room.viewer.panel._times.content
    assert room.viewer.panel._expression.content == "- jawOpen 0.76"
    assert len(room.viewer.panel._plot.data) == 4


def test_the_record_button_says_what_it_does_next(room: Room) -> None:
    panel = room.viewer.panel
    panel._toggle_recording()
    assert panel._record.label == "Stop recording"
    panel._toggle_recording()
    assert panel._record.label == "Record"


def test_the_pairing_code_is_renewed_when_it_was_used(character: Character) -> None:
    codes = [np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 255, np.uint8)]
    actions = PanelActions(lambda: None, qr_png=lambda: codes[0])
    viewer = HeadViewer(character, LatencyLog(), actions, free_port())
    try:
        viewer.panel.refresh(None, LatencyLog())
        np.testing.assert_array_equal(viewer.panel._code.image, codes[0])
        codes.pop(0)
        viewer.panel.refresh(None, LatencyLog())
        np.testing.assert_array_equal(viewer.panel._code.image, codes[0])
    finally:
        viewer.stop()
