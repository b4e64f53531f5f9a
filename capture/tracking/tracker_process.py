"""The tracker process: opens one video or camera, follows the face in it, and sends back numbers.

Run as `python -m capture.tracking.tracker_process JOB` by `tracker_link`, which also sets the proxy variables
of `shut_network`. Pictures never leave this process, and this process reaches no network: the first
thing it does, before a library with usage statistics is loaded, is to have the kernel refuse it sockets.

Standard output carries the messages of `tracker_messages` and nothing else: the libraries' own remarks
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
    """Does the job, answering on `answers`, until the source ends, it is asked to stop or nobody listens."""
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
    """The job's pictures; OpenCV is loaded only here, behind the closed door."""
    if isinstance(job.source, int):
        from capture.cameras.camera_pictures import CameraPictures

        return CameraPictures(job.source, job.max_side_px)
    from capture.cameras.video_pictures import VideoPictures

    return VideoPictures(Path(job.source), job.max_side_px)


def send_frames(
    pictures: Iterable[Picture], model: Path, answers: BinaryIO, stopped: threading.Event
) -> None:
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
    """Standard output for ourselves; whatever else writes to it reaches standard error instead."""
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
