"""A video file becomes landmark frames: all of them, in order, upright; and bad files are named."""

import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from capture.cameras.video_pictures import repaired_time
from capture.frames.arkit import ARKIT_INDEX
from capture.frames.capture_error import SourceError, TrackingModelError
from capture.sources.video_source import track_video
from capture.tracking import tracker_link
from tests.astronaut_video import FACE_CENTRE_PX, _window, write_astronaut_video

NOSE_TIP = 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("videos")


@pytest.fixture(scope="module")
def video(folder):
    return write_astronaut_video(folder / "face.mp4", seconds=2)


@pytest.fixture(scope="module")
def frames(video):
    return list(track_video(video))


def write_pictures(path, pictures, fps=30.0, codec="mp4v"):
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, (width, height))
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return path


def nose_px(frame):
    return frame.landmarks[NOSE_TIP, :2] * frame.image_size_px


@pytest.fixture
def patient(monkeypatch):
    """However slow the machine is, the tracker is let end by itself."""
    monkeypatch.setattr(tracker_link, "SECONDS_TO_END", 120.0)


def test_every_frame_of_a_moving_face_is_tracked(frames):
    assert len(frames) == 60
    assert all(frame.has_face for frame in frames)


def test_frames_are_numbered_from_zero_and_carry_the_media_time(frames):
    assert [frame.sequence for frame in frames] == list(range(60))
    np.testing.assert_allclose([frame.capture_time_s for frame in frames], np.arange(60) / 30, atol=1e-6)


def test_landmarks_transform_and_weights_come_in_their_shapes_and_units(frames):
    frame = frames[0]
    assert frame.landmarks.shape == (478, 3) and frame.landmarks.dtype == np.float32
    assert -100 < frame.face_transform[2, 3] < -20, "centimetres, in front of the camera"
    np.testing.assert_allclose(frame.face_transform[3], [0, 0, 0, 1])
    assert frame.blendshapes.shape == (52,) and frame.blendshapes.min() >= 0
    assert frame.blendshapes[ARKIT_INDEX["mouthSmileLeft"]] > 0.5, "she smiles"
    assert frame.blendshapes[ARKIT_INDEX["tongueOut"]] == 0


def test_landmarks_follow_the_pan_and_zoom_that_made_the_video(frames):
    nose = np.array([nose_px(frame) for frame in frames])
    portrait = np.append(np.linalg.inv(np.vstack([_window(0, (640, 480)), [0, 0, 1]])) @ [*nose[0], 1], 1)[:3]
    expected = np.array([_window(index / 30, (640, 480)) @ portrait for index in range(60)])
    assert np.ptp(expected, axis=0).min() > 10, "the face does move"
    assert np.linalg.norm(nose - expected, axis=1).mean() < 4, "pixels; smoothing lags a little"


def test_the_frame_count_is_known_before_the_first_frame(video):
    with track_video(video) as frames:
        assert frames.frame_count == 60


@pytest.mark.parametrize("ending", [".avi", ".mov", ".mjpeg"])
def test_other_containers_are_read_as_well(folder, ending):
    path = write_astronaut_video(folder / f"other{ending}", seconds=0.2)
    assert [frame.has_face for frame in track_video(path)] == [True] * 6


def test_frames_without_a_face_are_handed_on_without_landmarks(folder):
    face = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    path = write_pictures(folder / "gone.mp4", [face] * 5 + [np.full_like(face, 90)] * 5 + [face] * 5)
    frames = list(track_video(path))
    assert [frame.has_face for frame in frames] == [True] * 5 + [False] * 5 + [True] * 5
    assert frames[7].landmarks is frames[7].face_transform is frames[7].blendshapes is None
    assert frames[7].image_size_px == (512, 512)


def test_a_large_video_gives_the_same_landmarks_and_its_own_size(folder):
    large = write_astronaut_video(folder / "large.mp4", seconds=0.2, size_px=(1920, 1440))
    whole = list(track_video(large, max_side_px=1920))
    small = list(track_video(large, max_side_px=640))
    assert small[0].image_size_px == (1920, 1440)
    gaps = [nose_px(a) - nose_px(b) for a, b in zip(whole, small, strict=True)]
    assert np.abs(gaps).max() < 10


def rotated_copy(video, path, quarter_turns):
    """The same mp4 with the display matrix of a phone held differently; the pictures stay as they are."""
    cosine, sine = round(np.cos(quarter_turns * np.pi / 2)), round(np.sin(quarter_turns * np.pi / 2))
    matrix = struct.pack(">9i", cosine << 16, sine << 16, 0, -sine << 16, cosine << 16, 0, 0, 0, 1 << 30)
    data = bytearray(video.read_bytes())
    start = data.index(b"tkhd") + 4 + 40  # the matrix of a version-0 track header
    data[start : start + len(matrix)] = matrix
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_a_phones_rotation_mark_is_honoured(folder, quarter_turns):
    upright = cv2.resize(cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)[:400], (640, 500))
    stored = [np.ascontiguousarray(np.rot90(upright, quarter_turns))] * 5  # as the sensor lies in the phone
    turned = rotated_copy(
        write_pictures(folder / f"lying{quarter_turns}.mp4", stored), folder / "turned.mp4", quarter_turns
    )
    reference = list(track_video(write_pictures(folder / "upright.mp4", [upright] * 5)))
    frames = list(track_video(turned))
    assert [frame.image_size_px for frame in frames] == [(640, 500)] * 5
    np.testing.assert_allclose(nose_px(frames[4]), nose_px(reference[4]), atol=4)


def test_damaged_time_stamps_are_repaired_to_rising_ones():
    times, last_s = [], -np.inf
    for time_s in [0.0, 0.04, 0.04, 0.02, float("nan"), 0.3]:
        last_s = repaired_time(last_s, time_s, 0.04)
        times.append(last_s)
    np.testing.assert_allclose(times, [0, 0.04, 0.08, 0.12, 0.16, 0.3])


def test_a_video_cut_off_by_a_crash_gives_the_frames_it_has(folder):
    whole = write_astronaut_video(folder / "whole.avi", seconds=1)
    cut = folder / "cut.avi"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert 5 < len(list(track_video(cut))) < 30


def test_closing_early_ends_the_process_cleanly(video, patient):
    frames = track_video(video)
    process = frames.process
    next(frames)
    frames.close()
    assert process.returncode == 0
    with pytest.raises(StopIteration):
        next(frames)


def test_dropping_the_iterator_ends_the_process(video, patient):
    frames = track_video(video)
    process = frames.process
    del frames
    assert process.returncode == 0


def test_a_tracker_that_dies_is_reported_with_its_last_words(video):
    frames = track_video(video)
    next(frames)
    frames.process.kill()
    with pytest.raises(RuntimeError, match="the face tracker ended by itself, exit status"):
        list(frames)


def test_a_tracker_that_cannot_start_is_reported_with_its_last_words(video):
    with pytest.raises(RuntimeError, match=r"ended by itself, exit status 1(.|\n)*No module named"):
        track_video(video, tracker_module="tests.capture.no_such_tracker")


def test_tracking_prints_nothing(video, capfd):
    list(track_video(video))
    assert capfd.readouterr() == ("", "")


def content(name):
    face = skimage.data.astronaut()
    return {
        "noise.mp4": lambda: np.random.default_rng(0).bytes(50_000),
        "text.mp4": lambda: b"hello " * 1000,
        "text.txt": lambda: b"hello " * 1000,
        "still.png": lambda: cv2.imencode(".png", face)[1].tobytes(),
        "still.mp4": lambda: cv2.imencode(".jpg", face)[1].tobytes(),
    }[name]()


@pytest.mark.parametrize("name", ["noise.mp4", "text.mp4", "text.txt", "still.png", "still.mp4"])
def test_a_file_that_is_no_video_is_refused(tmp_path, capfd, name):
    path = tmp_path / name
    path.write_bytes(content(name))
    with pytest.raises(SourceError) as error:
        track_video(path)
    assert str(error.value) == (
        f"Expected a video with at least one picture (mp4, mov, webm, avi, mkv), "
        f"got '{path}', in which none can be read. Convert it or choose another file."
    )
    assert capfd.readouterr() == ("", "")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(SourceError) as error:
        track_video(tmp_path / "no.mp4")
    assert str(error.value) == (
        f"Expected a video file, got '{tmp_path / 'no.mp4'}', which does not exist. Check the path."
    )


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"which is a folder\. Name a file in it"):
        track_video(tmp_path)


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "empty.mp4"
    path.touch()
    with pytest.raises(SourceError, match=r"which is empty\. Record or copy it again"):
        track_video(path)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path):
    path = tmp_path / "secret.mp4"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(SourceError, match=r"which may not be read\. Change its permissions"):
        track_video(path)


def test_a_wrong_model_is_refused_before_anything_starts(video, tmp_path):
    model = tmp_path / "face_landmarker.task"
    model.write_bytes(b"other")
    with pytest.raises(TrackingModelError, match="Expected the face tracking model with sha256 64184e"):
        track_video(video, model_path=model)


def test_the_test_video_shows_the_face_where_it_says(frames):
    assert np.linalg.norm(_window(0, (640, 480)) @ [*FACE_CENTRE_PX, 1] - [320, 240]) < 1e-9
    assert np.linalg.norm(nose_px(frames[0]) - [320, 240]) < 60


def has_ended(state: Path) -> bool:
    try:
        return ") Z " in state.read_text()  # dead, and its parent has not yet asked
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the process's state from /proc")
def test_the_tracker_ends_with_the_program_that_started_it(video):
    program = (
        "import sys, time; from pathlib import Path; from capture.sources.video_source import track_video\n"
        "frames = track_video(Path(sys.argv[1])); print(frames.process.pid, flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", program, str(video)], stdout=subprocess.PIPE)
    assert starter.stdout is not None
    state = Path(f"/proc/{int(starter.stdout.readline())}/stat")
    starter.kill()
    starter.communicate()
    deadline_s = time.monotonic() + 20
    while not has_ended(state):
        assert time.monotonic() < deadline_s, "the tracker lives on"
        time.sleep(0.05)
