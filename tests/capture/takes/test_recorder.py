"""Recording switched on and off while frames flow."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from capture.frames.capture_error import TakeError
from capture.frames.landmark_frame import LandmarkFrame
from capture.takes.recorder import Recorder
from capture.takes.take import read_take, read_take_header
from tests.capture.frames.golden import golden_frame


def frame(sequence: int) -> LandmarkFrame:
    return replace(golden_frame("packet_full"), sequence=sequence, capture_time_s=sequence / 30)


def test_only_what_comes_while_recording_is_in_the_take(tmp_path: Path) -> None:
    recorder = Recorder("phone")
    recorder.add(frame(0))
    recorder.start(tmp_path / "a.mcap")
    assert recorder.recording
    recorder.add(frame(1))
    recorder.add(frame(2))
    recorder.stop()
    assert not recorder.recording
    recorder.add(frame(3))
    assert [read.sequence for read in read_take(tmp_path / "a.mcap")] == [1, 2]
    assert read_take_header(tmp_path / "a.mcap").source == "phone"
    assert recorder.last_path == tmp_path / "a.mcap"


def test_the_button_starts_a_take_named_by_the_time_and_stops_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recorder = Recorder("demo")
    assert recorder.toggle() is True
    recorder.add(frame(0))
    assert recorder.toggle() is False
    [take] = tmp_path.iterdir()
    assert take.match("take-*-*.mcap") and take.name == str(recorder.last_path)
    assert len(list(read_take(take))) == 1


def test_a_take_that_exists_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.mcap").write_bytes(b"precious")
    recorder = Recorder("demo")
    with pytest.raises(TakeError, match="which exists"):
        recorder.start(tmp_path / "a.mcap")
    assert not recorder.recording and recorder.last_path is None
    assert (tmp_path / "a.mcap").read_bytes() == b"precious"


def test_a_second_start_keeps_the_first_take(tmp_path: Path) -> None:
    recorder = Recorder("demo")
    recorder.start(tmp_path / "a.mcap")
    recorder.start(tmp_path / "b.mcap")
    recorder.add(frame(0))
    recorder.stop()
    recorder.stop()
    assert [file.name for file in tmp_path.iterdir()] == ["a.mcap"]


def test_a_recording_without_a_frame_leaves_no_file_and_has_no_path(tmp_path: Path) -> None:
    recorder = Recorder("demo")
    recorder.start(tmp_path / "a.mcap")
    recorder.stop()
    assert list(tmp_path.iterdir()) == []
    assert recorder.last_path is None


def test_stopping_from_another_thread_loses_no_frame_that_was_added(tmp_path: Path) -> None:
    recorder = Recorder("demo")
    recorder.start(tmp_path / "a.mcap")
    added = threading.Event()

    def add() -> None:
        for index in range(200):
            recorder.add(frame(index))
            if index == 50:
                added.set()

    source = threading.Thread(target=add)
    source.start()
    assert added.wait(10)
    recorder.stop()
    source.join()
    sequences = [read.sequence for read in read_take(tmp_path / "a.mcap")]
    assert sequences == list(range(len(sequences))) and len(sequences) >= 51
