"""Cameras: what can be shown without one, and with one that a test makes up."""

import itertools
import os
import sys
import time
from pathlib import Path

import pytest

from capture.cameras import camera_pictures
from capture.cameras.camera_pictures import CameraPictures
from capture.frames.capture_error import SourceError
from capture.sources.webcam_source import track_webcam

FAKE = "tests.capture.sources.fake_camera_tracker"


def test_a_camera_that_is_not_there_is_refused(capfd):
    with pytest.raises(SourceError, match=r"Expected a camera with number 97, got none that opens") as error:
        next(track_webcam(97))
    assert "or choose another number" in str(error.value)
    assert capfd.readouterr() == ("", ""), "OpenCV's own remarks stay away"


def test_a_camera_gives_frames_with_a_face_on_this_machines_clock():
    frames = track_webcam(0, tracker_module=FAKE)
    before_s = time.perf_counter()
    taken = list(itertools.islice(frames, 10))
    frames.close()
    assert all(frame.has_face for frame in taken)
    times_s = [frame.capture_time_s for frame in taken]
    assert times_s == sorted(set(times_s))
    assert before_s < times_s[0] and taken[-1].receive_time_s < time.perf_counter()
    assert all(frame.capture_time_s < frame.receive_time_s for frame in taken), "one clock for both processes"


def test_a_slow_taker_gets_the_newest_frame_and_the_numbers_show_the_gap():
    frames = track_webcam(0, tracker_module=FAKE)
    first = next(frames)
    time.sleep(1.0)
    second, third = next(frames), next(frames)
    frames.close()
    assert second.sequence > first.sequence + 10
    assert third.sequence > second.sequence


def test_closing_frees_the_camera_soon():
    frames = track_webcam(0, tracker_module=FAKE)
    next(frames)
    start_s = time.perf_counter()
    frames.close()
    assert time.perf_counter() - start_s < 5
    with pytest.raises(StopIteration):
        next(frames)


def test_a_camera_that_is_unplugged_is_reported_after_its_last_frame():
    frames = track_webcam(7, tracker_module=FAKE)
    taken = []
    with pytest.raises(SourceError) as error:
        for frame in frames:
            taken.append(frame)
    assert 1 <= len(taken) <= 5
    assert str(error.value) == (
        "Expected pictures from camera 7, got none for 5 s or their end. "
        "Plug it in again, or close the program that took it over."
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="devices are files on Linux only")
def test_a_camera_without_permission_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(Path, "exists", lambda path: True)
    monkeypatch.setattr(Path, "group", lambda path: "video")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(SourceError) as error:
        CameraPictures(3, 1280)
    assert str(error.value) == (
        "Expected permission to use camera 3 (/dev/video3), got none. "
        "Add yourself to the group 'video' and log in again."
    )


def test_elsewhere_the_message_names_the_privacy_settings(monkeypatch):
    monkeypatch.setattr(camera_pictures.sys, "platform", "darwin")
    assert "allow this terminal to use the camera" in str(camera_pictures._nothing_there(0))
