"""The tracker process: opens one video or camera, follows the face in it, and sends back numbers.

Run as `python -m capture.tracking.tracker_process JOB` by `tracker_link`, which also sets the proxy variables
of `network_sandbox`. Pictures never leave this process, and this process reaches no network: its first action,
before a library with usage statistics is loaded, is to have the kernel refuse it sockets.

Standard output carries the messages of `tracker_messages` and nothing else. The libraries' own remarks
are sent to standard error, which the other side keeps in a file and shows only if this process fails.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from capture.frames.capture_error import CaptureError
from capture.frames.landmark_frame import LandmarkFrame
from capture.frames.packet import encode_frame
from capture.tracking.network_sandbox import refuse_sockets
from capture.tracking.tracker_messages import (
    DONE,
    FAILED,
    FRAME,
    OPENED,
    TrackerHeader,
    TrackerJob,
    write_message,
)

if TYPE_CHECKING:
    from capture.cameras.camera_pictures import CameraPictures
    from capture.cameras.picture import Picture
    from capture.cameras.video_pictures import VideoPictures
    from capture.tracking.face_tracker import TrackedFace


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the other side, which then ends this one
    serve(TrackerJob.from_json(sys.argv[1]), private_output(), sockets_refused=refuse_sockets())


def serve(job: TrackerJob, answers: BinaryIO, *, sockets_refused: bool) -> None:
    """Do a job until the source ends, a stop is requested, or the other side is gone.

    Args:
        job: the source and the model.
        answers: where the messages go.
        sockets_refused: the result of `refuse_sockets`, for the header.
    """
    stopped = threading.Event()
    threading.Thread(target=_await_end_of_input, args=(stopped,), daemon=True).start()
    try:
        pictures = opened(job)
        write_message(answers, OPENED, TrackerHeader(pictures.frame_count, sockets_refused).to_bytes())
        send_frames(pictures, Path(job.model), answers, stopped)
        write_message(answers, DONE)
    except BrokenPipeError:
        # Nobody reads any more; the interpreter must not try to flush the rest on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), answers.fileno())
    except CaptureError as error:
        write_message(answers, FAILED, f"{type(error).__name__}\n{error}".encode())


def opened(job: TrackerJob) -> VideoPictures | CameraPictures:
    """Return a job's pictures; OpenCV is loaded only here, behind the closed door.

    Args:
        job: the source.

    Returns:
        The pictures, to be iterated once.
    """
    if isinstance(job.source, int):
        from capture.cameras.camera_pictures import CameraPictures

        return CameraPictures(job.source, job.max_side_px)
    from capture.cameras.video_pictures import VideoPictures

    return VideoPictures(Path(job.source), job.max_side_px)


def send_frames(
    pictures: Iterable[Picture], model: Path, answers: BinaryIO, stopped: threading.Event
) -> None:
    """Track every picture and send its frame.

    Args:
        pictures: in the order of their times.
        model: MediaPipe's face landmarker, a file.
        answers: where the messages go.
        stopped: ends the loop once it is set.
    """
    from capture.tracking.face_tracker import FaceTracker

    tracker = FaceTracker(model)
    try:
        for picture in pictures:
            if stopped.is_set():
                return
            face = tracker.track(picture.rgb, picture.capture_time_s)
            write_message(answers, FRAME, encode_frame(frame_of(picture, face)))
    finally:
        tracker.close()


def frame_of(picture: Picture, face: TrackedFace | None) -> LandmarkFrame:
    """Return the frame of a picture.

    Args:
        picture: gives sequence number, capture time and size.
        face: the face in it; None where there is none.

    Returns:
        The frame; its `receive_time_s` is the capture time, in seconds on the source's clock.
    """
    return LandmarkFrame(
        sequence=picture.sequence,
        capture_time_s=picture.capture_time_s,
        receive_time_s=picture.capture_time_s,
        image_size_px=picture.size_px,
        landmarks=face and face.landmarks,
        face_transform=face and face.face_transform,
        blendshapes=face and face.blendshapes,
    )


def private_output() -> BinaryIO:
    """Return standard output for our messages alone; all other writing to it reaches standard error instead.

    Returns:
        A binary stream.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _await_end_of_input(stopped: threading.Event) -> None:
    # os.read, not sys.stdin: a thread waiting in a buffered reader would stop the interpreter from ending.
    while os.read(0, 1):
        pass
    stopped.set()


if __name__ == "__main__":
    main()
