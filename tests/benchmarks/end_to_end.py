"""How fast a face before a camera becomes a moved head: browser, network, driver, viewer, all on one machine.

A headless Chromium plays a video of a face as its camera and tracks it; what it sends is driven and
handed to the viewer, which a second Chromium may look at. Printed is one JSON object with the
driven frames a second, violations of order, and milliseconds per stage, over the websocket and over POST.

    python -m tests.benchmarks.end_to_end --seconds 20
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from capture.tracking.tracking_model import find_tracking_model
from landmark_driver.live.latency import LatencyLog
from tests.astronaut_video import write_astronaut_video
from tests.browser.chromium import Chromium, fake_camera_flags, find_chromium
from tests.browser.live_stage import (
    BLOCKED_SOCKETS,
    SOFTWARE_WEBGL,
    TRUSTING,
    LiveStage,
    live_stage,
    wait_for_state,
)

WARM_UP_S = 3.0
"""Neither the tracker's first frames nor the calibration are measured."""


def measure(way: str, camera: Path, model: Path, seconds: float, screen: bool, query: str) -> dict[str, Any]:
    """What happened in `seconds` of a running session over `way`, websocket or post."""
    with (
        tempfile.TemporaryDirectory() as folder,
        live_stage(Path(folder), model) as stage,
        contextlib.ExitStack() as browsers,
    ):
        if screen:
            viewer = browsers.enter_context(Chromium(SOFTWARE_WEBGL, size_px=(900, 600)))
            viewer.open(stage.viewer_page)
            viewer.wait_for("document.querySelector('canvas') !== null", 60)
        phone = browsers.enter_context(Chromium([*fake_camera_flags(camera), TRUSTING]))
        if way == "post":
            phone.before_every_page(BLOCKED_SOCKETS)
        phone.open(stage.page(query))
        wait_for_state(phone, "tracking")
        time.sleep(WARM_UP_S)
        assert stage.server.status.transport == way
        return observe(stage, seconds)


def observe(stage: LiveStage, seconds: float) -> dict[str, Any]:
    """Frames a second, order and latency from now on."""
    first, shown = len(stage.faces), len(stage.latency.recent_ms("vertices_to_viewer", 1_000_000))
    load, start_s = os.getloadavg()[0], time.perf_counter()
    time.sleep(seconds)
    elapsed_s = time.perf_counter() - start_s
    faces = stage.faces[first:]
    log = LatencyLog()
    for face in faces:
        log.note("capture_to_receive", face.receive_time_s - face.capture_time_s)
        log.note("receive_to_vertices", face.vertices_time_s - face.receive_time_s)
        log.note("capture_to_vertices", face.vertices_time_s - face.capture_time_s)
    for milliseconds in stage.latency.recent_ms("vertices_to_viewer", 1_000_000)[shown:]:
        log.note("vertices_to_viewer", milliseconds / 1e3)
    return {
        "seconds": round(elapsed_s, 2),
        "frames_driven": len(faces),
        "fps": round(len(faces) / elapsed_s, 2),
        "order_violations": sum(a.sequence >= b.sequence for a, b in pairwise(faces)),
        "tracked_fraction": round(sum(face.tracked for face in faces) / max(len(faces), 1), 4),
        "latency_ms": log.summary(),
        "load_before": round(load, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Page, server, driver and viewer on one machine.")
    parser.add_argument("--seconds", type=float, default=20.0, help="measured for each way")
    parser.add_argument("--ways", nargs="+", default=["websocket", "post"], choices=["websocket", "post"])
    parser.add_argument("--screen", action="store_true", help="let a second browser show the viewer")
    parser.add_argument("--mode", default="full", choices=["full", "landmarks"], help="what the page sends")
    options = parser.parse_args()
    if find_chromium() is None:
        parser.error("expected Chromium on PATH, found none; install it")
    query = "?delegate=cpu" + ("&mode=landmarks" if options.mode == "landmarks" else "")
    with tempfile.TemporaryDirectory() as folder:
        camera = write_astronaut_video(Path(folder) / "face.mjpeg", seconds=10)
        model = find_tracking_model()
        rows = {
            way: measure(way, camera, model, options.seconds, options.screen, query) for way in options.ways
        }
    machine = {"processors": os.cpu_count(), "machine": platform.machine(), "system": platform.system()}
    print(json.dumps({"machine": machine, "mode": options.mode, "screen": options.screen, "ways": rows}))


if __name__ == "__main__":
    main()
