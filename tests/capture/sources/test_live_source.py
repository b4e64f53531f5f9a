"""Where live frames come from: every name of a source, and every way it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from capture.frames.capture_error import PortInUseError, SourceError, TakeError
from capture.frames.landmark_frame import LandmarkFrame
from capture.phone.listening_socket import listening_socket
from capture.phone.phone_app import PAGE
from capture.sources import live_source
from capture.sources.live_source import DEMO_TAKE, FrameThread, PhoneSource, open_source
from capture.sources.source_switch import SILENCE_S, SourceSwitch
from capture.takes.take import TakeWriter, read_take
from tests.astronaut_video import write_astronaut_video
from tests.capture.frames.golden import golden_frame
from tests.capture.phone.fake_phone import wait_until
from tests.tracker_file import tracking_model_or_skip


def frame(sequence: int, receive_time_s: float = 0.0) -> LandmarkFrame:
    return replace(
        golden_frame("packet_full"),
        sequence=sequence,
        capture_time_s=sequence / 100,
        receive_time_s=receive_time_s,
    )


class Collector:
    """What a source delivered, and whether it ended."""

    def __init__(self) -> None:
        self.frames: list[LandmarkFrame] = []
        self.ended = threading.Event()

    def play(self, source: FrameThread, until: Callable[[], bool] | None = None) -> None:
        """Runs the source to its end, or until enough came."""
        source.start(self.frames.append, self.ended.set)
        if until is None:
            assert self.ended.wait(60)
        else:
            wait_until(until, "frames", 60)
        source.stop()
        assert self.ended.wait(10)

    @property
    def sequences(self) -> list[int]:
        return [frame.sequence for frame in self.frames]


def opened(spec: str, folder: Path) -> FrameThread:
    source = open_source(spec, port=0, config_dir=folder)
    assert isinstance(source, FrameThread)
    return source


@pytest.fixture
def take(tmp_path: Path) -> Path:
    path = tmp_path / "short.mcap"
    with TakeWriter(path, source="test") as writer:
        for index in range(12):
            writer.add(frame(index))
    return path


def test_a_take_plays_once_on_this_machines_clock(take: Path, tmp_path: Path) -> None:
    collector = Collector()
    before_s = time.perf_counter()
    collector.play(opened(f"take:{take}", tmp_path))
    assert collector.sequences == list(range(12))
    captured = [frame.capture_time_s for frame in collector.frames]
    assert captured == sorted(captured)
    assert before_s <= captured[0] and captured[-1] <= time.perf_counter()


def test_the_demo_plays_over_and_over(take: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_source, "DEMO_TAKE", take)
    collector = Collector()
    collector.play(opened("demo", tmp_path), lambda: len(collector.frames) >= 30)
    assert collector.sequences[:30] == list(range(30))


def test_the_demo_that_ships_is_a_face_in_every_frame() -> None:
    frames = list(read_take(DEMO_TAKE))
    assert len(frames) >= 300
    assert all(frame.has_face and frame.face_transform is not None for frame in frames)
    assert [frame.sequence for frame in frames] == list(range(len(frames)))


def test_a_video_is_tracked_and_paced(tmp_path: Path) -> None:
    tracking_model_or_skip()
    video = write_astronaut_video(tmp_path / "face.mp4", seconds=0.5, size_px=(320, 240))
    collector = Collector()
    collector.play(opened(f"video:{video}", tmp_path))
    assert len(collector.frames) == 15
    assert all(frame.has_face for frame in collector.frames)


def test_a_source_stops_while_it_waits_for_its_next_frame(take: Path, tmp_path: Path) -> None:
    collector = Collector()
    collector.play(opened(f"take:{take}", tmp_path), lambda: len(collector.frames) >= 3)
    assert collector.sequences == list(range(len(collector.frames)))


def test_a_source_that_was_never_started_may_be_stopped(take: Path, tmp_path: Path) -> None:
    opened(f"take:{take}", tmp_path).stop()


def test_an_error_on_the_way_is_kept_and_ends_the_source(tmp_path: Path, take: Path) -> None:
    whole = take.read_bytes()
    take.write_bytes(whole[: len(whole) // 2] + b"\x00" * 40 + whole[len(whole) // 2 + 40 :])
    collector = Collector()
    source = opened(f"take:{take}", tmp_path)
    collector.play(source)
    assert isinstance(source.error, TakeError)
    assert f"'{take}'" in str(source.error)


def test_a_mistake_of_ours_is_kept_as_well(tmp_path: Path) -> None:
    """So that whoever runs the source can tell it from a source that came to its end."""

    def broken() -> Iterator[LandmarkFrame]:
        yield frame(0)
        raise KeyError("ours")

    source = FrameThread("broken", broken)
    collector = Collector()
    collector.play(source)
    assert isinstance(source.error, KeyError)
    assert collector.sequences == [0]


def test_a_webcam_is_opened_by_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def fake(index: int) -> Iterator[LandmarkFrame]:
        asked.append(index)
        return iter([frame(index)])

    monkeypatch.setattr(live_source, "track_webcam", fake)
    for spec, index in (("webcam", 0), ("webcam:", 0), ("webcam:3", 3)):
        source = opened(spec, tmp_path)
        assert source.description == spec
        collector = Collector()
        collector.play(source)
        assert asked[-1] == index and collector.sequences == [index]


@pytest.mark.parametrize(
    "spec", ["", "nonsense", "webcam:front", "webcam:²", "webcam:-1", "video", "video:", "take:", "demo:2"]
)
def test_an_unknown_source_is_told_all_known_ones(tmp_path: Path, spec: str) -> None:
    with pytest.raises(SourceError) as error:
        open_source(spec, port=0, config_dir=tmp_path)
    assert str(error.value) == (
        f"Expected a source (phone, webcam[:N], video:PATH, take:PATH, demo), got '{spec}'. "
        "Choose one of these."
    )


@pytest.mark.parametrize(("kind", "error"), [("video", SourceError), ("take", TakeError)])
def test_a_missing_file_is_known_before_anything_starts(
    tmp_path: Path, kind: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match=r"nobody\.file"):
        open_source(f"{kind}:{tmp_path / 'nobody.file'}", port=0, config_dir=tmp_path)


needs_page = pytest.mark.skipif(
    not (PAGE / "node_modules").exists(), reason="the page's parts are missing: npm ci --prefix capture/page"
)


@needs_page
def test_the_phone_is_a_server_that_starts_and_stops(tmp_path: Path) -> None:
    source = open_source("phone", port=0, config_dir=tmp_path)
    assert isinstance(source, PhoneSource)
    assert source.description == "phone" and source.error is None
    assert source.server.port > 0 and "#" in source.server.url
    source.start(lambda frame: None, lambda: None)
    source.stop()
    source.stop()


@needs_page
def test_a_phone_port_in_use(tmp_path: Path) -> None:
    with listening_socket("0.0.0.0", 0) as other:
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortInUseError, match=f"Expected port {port} to be free"):
            open_source("phone", port=port, config_dir=tmp_path)


class Switched:
    """A switch between two sources without threads."""

    def __init__(self) -> None:
        self.passed: list[int] = []
        self.switches = self.ends = 0
        self.switch = SourceSwitch(
            lambda frame: self.passed.append(frame.sequence), self._switched, self._end
        )

    def _switched(self) -> None:
        self.switches += 1

    def _end(self) -> None:
        self.ends += 1


def test_a_later_source_takes_over_while_it_delivers() -> None:
    stage = Switched()
    for rank, sequence, time_s in (
        (0, 0, 0.0),
        (0, 1, 0.1),
        (1, 100, 0.2),
        (0, 2, 0.3),  # the first goes on and is not heard
        (1, 101, 0.4),
        (0, 3, 0.4 + SILENCE_S + 0.1),  # the second has fallen silent
        (0, 4, 0.4 + SILENCE_S + 0.2),
        (1, 102, 0.4 + SILENCE_S + 0.3),
    ):
        stage.switch.offer(rank, frame(sequence, time_s))
    assert stage.passed == [0, 1, 100, 101, 3, 4, 102]
    assert stage.switches == 3


def test_a_single_source_is_never_switched() -> None:
    stage = Switched()
    for index in range(4):
        stage.switch.offer(0, frame(index, 10.0 * index))
    assert stage.passed == [0, 1, 2, 3] and stage.switches == 0


def test_the_end_comes_when_every_source_has_ended(take: Path, tmp_path: Path) -> None:
    stage = Switched()
    sources = [opened(f"take:{take}", tmp_path) for _ in range(2)]
    stage.switch.start(sources)
    wait_until(lambda: stage.ends, "the end", 30)
    for source in sources:
        source.stop()
    assert stage.ends == 1
    assert set(stage.passed) == set(range(12))


@needs_page
def test_a_phone_port_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(PortInUseError) as error:
        open_source("phone", port=70000, config_dir=tmp_path)
    assert str(error.value) == "Expected a port from 0 to 65535, got 70000. Choose another with --port."
