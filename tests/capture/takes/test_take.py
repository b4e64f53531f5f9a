"""Takes: what was recorded comes back, also after the recorder is killed, and bad files are named."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mcap.reader import make_reader
from mcap.writer import Writer

from capture.frames.capture_error import TakeError
from capture.frames.landmark_frame import LandmarkFrame
from capture.frames.packet import encode_frame
from capture.takes.take import TakeWriter, read_take, read_take_header

RECORDER = """
import sys, time
from pathlib import Path
from capture.takes.take import TakeWriter
from tests.capture.takes.test_take import frame_at
writer = TakeWriter(Path(sys.argv[1]), source="test")
for number in range(100_000):
    writer.add(frame_at(number))
    print(number, flush=True)
    time.sleep(1 / 120)
"""


def frame_at(number: int) -> LandmarkFrame:
    """A frame of its own for every number; every fifth without a face."""
    face = number % 5 != 4
    random = np.random.default_rng(number)
    return LandmarkFrame(
        sequence=number,
        capture_time_s=100 + number / 30,
        receive_time_s=5000 + number / 30 + 0.01,
        image_size_px=(640, 480),
        landmarks=random.random((478, 3), np.float32) if face else None,
        face_transform=random.random((4, 4), np.float32) if face else None,
        blendshapes=random.random(52, np.float32) if face else None,
    )


def assert_same(got: LandmarkFrame, expected: LandmarkFrame) -> None:
    assert got.receive_time_s == pytest.approx(expected.receive_time_s, abs=1e-8)
    assert encode_frame(got) == encode_frame(expected)


@pytest.fixture
def take(tmp_path):
    path = tmp_path / "a.take"
    with TakeWriter(path, source="webcam:0") as writer:
        for number in range(40):
            writer.add(frame_at(number))
    return path


def test_what_was_recorded_comes_back(take):
    frames = list(read_take(take))
    assert len(frames) == 40
    for number, frame in enumerate(frames):
        assert_same(frame, frame_at(number))


def test_a_finished_take_is_an_mcap_file_that_others_can_read(take):
    with take.open("rb") as file:
        reader = make_reader(file)
        summary = reader.get_summary()
        assert summary is not None and summary.statistics is not None
        assert summary.statistics.message_count == 40
        _, channel, message = next(reader.iter_messages())
    assert (channel.topic, channel.message_encoding) == ("/face", "softdeca.packet")
    assert message.data == encode_frame(frame_at(0))
    assert message.publish_time == 100_000_000_000


def test_the_header_says_where_the_frames_come_from_and_on_which_clock(take):
    header = read_take_header(take)
    assert (header.source, header.format_version) == ("webcam:0", 1)
    assert header.software.startswith("softdeca")
    assert "monotonic" in header.clock


def test_the_name_appears_only_when_the_take_is_complete(tmp_path):
    path = tmp_path / "a.take"
    with TakeWriter(path, source="test") as writer:
        writer.add(frame_at(0))
        assert not path.exists()
    assert [file.name for file in tmp_path.iterdir()] == ["a.take"]


def test_an_exception_while_recording_completes_the_take(tmp_path):
    path = tmp_path / "a.take"
    with pytest.raises(ZeroDivisionError), TakeWriter(path, source="test") as writer:
        writer.add(frame_at(0))
        raise ZeroDivisionError
    assert len(list(read_take(path))) == 1


def test_closing_twice_is_harmless(tmp_path):
    writer = TakeWriter(tmp_path / "a.take", source="test")
    writer.add(frame_at(0))
    writer.close()
    writer.close()
    assert len(list(read_take(tmp_path / "a.take"))) == 1


def test_a_recording_without_a_frame_leaves_no_file(tmp_path):
    TakeWriter(tmp_path / "a.take", source="test").close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_recorder_loses_not_one_frame_that_it_had_added(tmp_path):
    path = tmp_path / "a.take"
    recorder = subprocess.Popen([sys.executable, "-c", RECORDER, str(path)], stdout=subprocess.PIPE)
    assert recorder.stdout is not None
    added = -1
    while added < 150:
        added = int(recorder.stdout.readline())
    os.kill(recorder.pid, signal.SIGKILL)
    rest = recorder.communicate()[0].split()
    added = int(rest[-1]) if rest else added
    frames = list(read_take(tmp_path / "a.take.part"))
    assert len(frames) >= added + 1
    for number, frame in enumerate(frames):
        assert_same(frame, frame_at(number))


def test_an_interrupted_take_is_named_when_its_final_name_is_asked_for(tmp_path, take):
    take.rename(tmp_path / "a.take.part")
    with pytest.raises(TakeError) as error:
        read_take(take)
    assert str(error.value) == (
        f"Expected a take, got '{take}', whose recording was interrupted. "
        f"Take '{take}.part', which holds the frames up to then."
    )


def test_a_take_cut_off_anywhere_gives_all_frames_before_the_cut(tmp_path, take):
    data = take.read_bytes()
    cut = tmp_path / "cut.take"
    for length in np.linspace(8000, len(data) - 400, 25).astype(int):
        cut.write_bytes(data[:length])
        frames = list(read_take(cut))
        assert_same(frames[-1], frame_at(len(frames) - 1))
        bytes_of_all = sum(len(encode_frame(frame_at(number))) + 31 for number in range(len(frames) + 1))
        assert len(frames) == 40 or bytes_of_all > length - 600, "no whole frame is given up"


@pytest.mark.parametrize("taken", ["a.take", "a.take.part"])
def test_nothing_that_exists_is_overwritten(tmp_path, taken):
    (tmp_path / taken).write_bytes(b"precious")
    with pytest.raises(TakeError) as error:
        TakeWriter(tmp_path / "a.take", source="test")
    assert str(error.value) == (
        f"Expected a new name to record to, got '{tmp_path / taken}', which exists. "
        "Move it away or choose another."
    )
    assert (tmp_path / taken).read_bytes() == b"precious"


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    with pytest.raises(TakeError) as error:
        TakeWriter(tmp_path / "no folder" / "a.take", source="test")
    assert str(error.value) == (
        f"Expected to record to '{tmp_path / 'no folder' / 'a.take'}', got 'No such file or directory'. "
        "Choose a place with room and permission."
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_named_and_the_recorder_can_still_be_closed(tmp_path):
    writer = TakeWriter(tmp_path / "a.take", source="test")
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, writer._file.fileno())
    os.close(full)
    for close_or_add in (lambda: writer.add(frame_at(0)), writer.close):
        with pytest.raises(TakeError, match=r"got 'No space left on device'\. Choose a place with room"):
            close_or_add()
    writer.close()


def test_a_missing_take_is_refused(tmp_path):
    with pytest.raises(TakeError) as error:
        read_take(tmp_path / "no.take")
    assert (
        str(error.value)
        == f"Expected a take, got '{tmp_path / 'no.take'}', which is no file. Check the path."
    )


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "a.take").touch()
    with pytest.raises(TakeError, match=r"which is empty\. Record it again"):
        read_take(tmp_path / "a.take")


@pytest.mark.parametrize("content", [b"x", b"\x89PNG\r\n\x1a\n" + bytes(100), b"Timecode,BlendShapeCount\n"])
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    path = tmp_path / "a.take"
    path.write_bytes(content)
    with pytest.raises(TakeError) as error:
        read_take(path)
    assert str(error.value) == (
        f"Expected a take (an MCAP file), got '{path}', which begins with other bytes. Choose a take."
    )


def mcap_file(path, header=None, messages=()):
    with path.open("wb") as file:
        writer = Writer(file)
        writer.start()
        if header is not None:
            writer.add_metadata("take", {"json": header})
        channel = writer.register_channel("/face", "softdeca.packet", 0)
        for message in messages:
            writer.add_message(channel, 0, message, 0)
        writer.finish()
    return path


HEADER = json.dumps({"format_version": 1, "source": "s", "software": "w", "clock": "c"})


def test_an_mcap_file_of_another_program_is_refused(tmp_path):
    path = mcap_file(tmp_path / "robot.mcap", messages=[b"1"])
    with pytest.raises(TakeError, match=r"an MCAP file without a take's header\. Choose a take"):
        read_take(path)


@pytest.mark.parametrize("header", ["", "{}", "[1]", "nonsense"])
def test_an_unreadable_header_is_refused(tmp_path, header):
    with pytest.raises(TakeError, match=r"whose header is not readable\. Copy it again"):
        read_take(mcap_file(tmp_path / "a.take", header))


def test_a_take_of_a_later_version_is_refused_with_the_program_that_wrote_it(tmp_path):
    header = json.dumps({"format_version": 2, "software": "softdeca 9.9"})
    with pytest.raises(TakeError) as error:
        read_take(mcap_file(tmp_path / "a.take", header))
    assert str(error.value) == (
        f"Expected a take of format version 1, got version 2 in '{tmp_path / 'a.take'}'. "
        "Read it with the program that wrote it (softdeca 9.9)."
    )


def test_a_take_that_another_tool_packed_into_compressed_chunks_is_read_as_well(tmp_path):
    path = mcap_file(tmp_path / "a.take", HEADER, [encode_frame(frame_at(number)) for number in range(3)])
    assert [frame.sequence for frame in read_take(path)] == [0, 1, 2]


def test_a_take_without_frames_is_refused(tmp_path):
    with pytest.raises(TakeError, match=r"which holds none\. Record it again"):
        list(read_take(mcap_file(tmp_path / "a.take", HEADER)))


def test_a_message_that_is_no_frame_is_named_by_its_number(tmp_path):
    path = mcap_file(tmp_path / "a.take", HEADER, [encode_frame(frame_at(0)), b"\x01"])
    with pytest.raises(TakeError, match=r"damaged at frame 2\. Copy it again\. Expected"):
        list(read_take(path))


def test_a_flipped_bit_in_a_completed_take_does_not_go_unnoticed(take):
    data = bytearray(take.read_bytes())
    for place in np.linspace(300, len(data) * 0.9, 12).astype(int):
        flipped = data.copy()
        flipped[place] ^= 0x10
        take.write_bytes(flipped)
        with pytest.raises(TakeError):
            list(read_take(take))


def test_a_damaged_length_in_a_completed_take_is_not_taken_for_an_interrupted_recording(take):
    data = bytearray(take.read_bytes())
    message = data.index(encode_frame(frame_at(20))) - 22 - 8
    data[message + 6] = 0xFF
    take.write_bytes(data)
    with pytest.raises(TakeError, match="a record whose length does not fit"):
        list(read_take(take))


def test_frames_out_of_order_are_kept_as_they_arrived(tmp_path):
    path = tmp_path / "a.take"
    with TakeWriter(path, source="test") as writer:
        for number in (3, 1, 2):
            writer.add(frame_at(number))
    assert [frame.sequence for frame in read_take(path)] == [3, 1, 2]


def test_a_clock_before_its_zero_is_kept_by_the_packet(tmp_path):
    path = tmp_path / "a.take"
    with TakeWriter(path, source="test") as writer:
        writer.add(replace(frame_at(0), capture_time_s=-2.5))
    assert [frame.capture_time_s for frame in read_take(path)] == [-2.5]
