"""The live loop: counts add up, the newest frame wins, one bad frame is one frame less."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from capture.frames.landmark_frame import LandmarkFrame
from capture.frames.newest_frame import NewestFrame
from landmark_driver.character import Character
from landmark_driver.live.face_driver import DrivenFace, FaceDriver
from landmark_driver.live.latency import STAGES, LatencyLog
from landmark_driver.live.live_loop import LiveLoop
from tests.landmark_driver.landmarks.synthetic_face import no_face, performer, pose, seen


def face_of(frame: LandmarkFrame) -> DrivenFace:
    """What a driver that does nothing makes of a frame, two milliseconds after it came."""
    return DrivenFace(
        frame.sequence,
        frame.capture_time_s,
        frame.receive_time_s,
        tracked=frame.sequence % 4 != 0,
        calibrated=True,
        vertices=np.zeros((1, 3)),
        weights=np.zeros(52),
        gaze=np.zeros((2, 2)),
        T_world_head=np.eye(4),
        displacements=np.zeros((478, 3)),
        vertices_time_s=frame.receive_time_s + 0.002,
    )


class Stage:
    """A loop around any driver, in a thread of its own, with what came out of it."""

    def __init__(self, driver: Callable[[LandmarkFrame], DrivenFace]) -> None:
        self.mailbox: NewestFrame[LandmarkFrame] = NewestFrame()
        self.latency = LatencyLog()
        self.faces: list[DrivenFace] = []
        self.going = True
        stand_in: Any = driver
        self.loop = LiveLoop(self.mailbox, stand_in, [self.faces.append], self.latency)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        self.report = self.loop.run(lambda: self.going, ["test"])

    def put_and_wait(self, frame: LandmarkFrame, handled: Callable[[], bool]) -> None:
        self.mailbox.put(frame)
        deadline_s = time.perf_counter() + 10
        while not handled():
            assert time.perf_counter() < deadline_s
            time.sleep(0.001)

    def end(self) -> None:
        self.mailbox.close()
        self.thread.join(10)
        assert not self.thread.is_alive()


def test_every_frame_that_is_waited_for_is_driven_in_order() -> None:
    stage = Stage(face_of)
    for index in range(20):
        frame = replace(no_face(index / 30, index), receive_time_s=index / 30 + 0.005)
        stage.put_and_wait(frame, lambda index=index: len(stage.faces) == index + 1)
    stage.end()
    assert [face.sequence for face in stage.faces] == list(range(20))
    report = stage.report
    assert (report.frames_in, report.frames_driven, report.frames_dropped) == (20, 20, 0)
    assert report.tracked_fraction == 0.75
    assert report.sources == ["test"]
    assert report.seconds > 0 and report.fps == pytest.approx(20 / report.seconds, rel=0.02)
    assert report.latency_ms["capture_to_receive"] == {"p50": 5.0, "p95": 5.0, "p99": 5.0}
    assert report.latency_ms["receive_to_vertices"] == {"p50": 2.0, "p95": 2.0, "p99": 2.0}
    assert report.latency_ms["capture_to_vertices"] == {"p50": 7.0, "p95": 7.0, "p99": 7.0}


def test_a_slow_driver_gets_the_newest_frame_and_the_others_are_counted() -> None:
    busy, go_on = threading.Event(), threading.Event()

    def slow(frame: LandmarkFrame) -> DrivenFace:
        busy.set()
        assert go_on.wait(10)
        return face_of(frame)

    stage = Stage(slow)
    stage.mailbox.put(no_face(0.0, 0))
    assert busy.wait(10)
    for index in range(1, 8):
        stage.mailbox.put(no_face(index / 30, index))
    go_on.set()
    stage.end()
    assert [face.sequence for face in stage.faces] == [0, 7]
    report = stage.report
    assert (report.frames_in, report.frames_driven, report.frames_dropped) == (8, 2, 6)


@pytest.mark.parametrize("error", [ValueError("odd"), ZeroDivisionError(), np.linalg.LinAlgError("odd")])
def test_a_frame_that_cannot_be_driven_is_counted_and_the_loop_goes_on(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[int] = []

    def fails_once(frame: LandmarkFrame) -> DrivenFace:
        tried.append(frame.sequence)
        if frame.sequence == 1:
            raise error
        return face_of(frame)

    stage = Stage(fails_once)
    for index in range(4):
        stage.put_and_wait(no_face(index / 30, index), lambda index=index: len(tried) == index + 1)
    stage.end()
    assert [face.sequence for face in stage.faces] == [0, 2, 3]
    report = stage.report
    assert (report.frames_in, report.frames_driven, report.frames_dropped) == (4, 3, 1)


def test_it_ends_when_it_is_told_to_though_no_frame_comes() -> None:
    stage = Stage(face_of)
    stage.going = False
    stage.thread.join(10)
    assert not stage.thread.is_alive()
    report = stage.report
    assert (report.frames_in, report.fps, report.tracked_fraction) == (0, 0.0, 0.0)
    assert report.latency_ms == {}


def test_nothing_that_a_phone_can_send_ends_it(character: Character) -> None:
    """Faces of zeros, of huge numbers, of one point, from tiny pictures: all finite, so all valid packets."""
    rng = np.random.default_rng(0)
    good = seen(performer(character), pose())
    landmarks = good.landmarks
    assert landmarks is not None
    odd = [
        replace(good, landmarks=np.zeros((478, 3), np.float32)),
        replace(good, landmarks=np.full((478, 3), 3e38, np.float32)),
        replace(good, landmarks=rng.normal(0, 1e3, (478, 3)).astype(np.float32)),
        replace(good, face_transform=np.zeros((4, 4), np.float32)),
        replace(good, face_transform=np.full((4, 4), 1e30, np.float32)),
        replace(good, face_transform=None),
        replace(good, image_size_px=(1, 65535)),
        no_face(0.0),
    ]
    driver = FaceDriver(character)
    tried: list[int] = []

    def drive(frame: LandmarkFrame) -> DrivenFace:
        tried.append(frame.sequence)
        with np.errstate(all="ignore"):
            return driver(frame)

    stage = Stage(drive)
    for index in range(60):
        frame = odd[index % len(odd)] if index < 40 else good
        frame = replace(frame, sequence=index, capture_time_s=index / 30)
        stage.put_and_wait(frame, lambda index=index: len(tried) == index + 1)
    stage.end()
    report = stage.report
    assert report.frames_in == 60 and report.frames_driven >= 20
    assert stage.faces[-1].sequence == 59
    assert np.isfinite(stage.faces[-1].vertices).all()


def test_latencies_are_summed_up_per_stage() -> None:
    log = LatencyLog()
    for milliseconds in range(1, 101):
        log.note("receive_to_vertices", milliseconds / 1e3)
    assert log.summary() == {"receive_to_vertices": {"p50": 50.5, "p95": 95.05, "p99": 99.01}}
    assert log.recent_ms("receive_to_vertices", 3) == pytest.approx([98, 99, 100])
    assert log.recent_ms("receive_to_vertices", 1000) == pytest.approx(list(range(1, 101)))
    assert log.recent_ms("vertices_to_viewer", 3) == []
    assert log.summary(3)["receive_to_vertices"]["p50"] == pytest.approx(99)


def test_a_stage_that_nobody_knows_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError, match="lunch is none of"):
        LatencyLog().note("lunch", 1.0)


def test_latencies_may_be_noted_and_read_by_several_threads() -> None:
    log = LatencyLog()

    def note() -> None:
        for _ in range(5000):
            log.note(STAGES[0], 0.001)

    writers = [threading.Thread(target=note) for _ in range(3)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        log.summary()
        log.recent_ms(STAGES[0], 150)
    assert len(log.recent_ms(STAGES[0], 20_000)) == 15_000
