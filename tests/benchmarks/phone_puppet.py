"""How fast the page drives and draws a head alone: frames a second, what the network takes, and where the time goes.

A headless Chromium plays a video of a face as its camera, with the tracker and WebGL on the processor. Frames a second
are what a busy machine leaves of them; processor time a frame says what an idle one could do: the page's thread
and the drawing work side by side.

    python -m tests.benchmarks.phone_puppet --seconds 20                       # plain JavaScript
    python -m tests.benchmarks.phone_puppet --seconds 20 --model head.tflite   # LiteRT.js
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.astronaut_video import write_astronaut_video
from tests.browser.chromium import Chromium, fake_camera_flags
from tests.browser.live_stage import SOFTWARE_WEBGL, TRUSTING
from tests.browser.puppet_page import NOTE_FRAMES, PuppetServer, wait_for_puppet

WARM_UP_S = 5.0


def observe(browser: Chromium, seconds: float) -> dict[str, Any]:
    """What happened in `seconds` of a page that puppeteers."""
    browser.command("Performance.enable", timeDomain="threadTicks")
    time.sleep(WARM_UP_S)
    start = _state(browser)
    time.sleep(seconds)
    end = _state(browser)
    frames = round(end["frames"] - start["frames"])
    network_ms = sorted(browser.evaluate(f"puppetFrames.networkMs.slice(-{frames})"))
    return {
        "fps": round(frames / (end["time_s"] - start["time_s"]), 1),
        "network_ms_p50": round(network_ms[frames // 2], 2),
        "network_ms_p95": round(network_ms[int(0.95 * frames)], 2),
        "page_cpu_ms_a_frame": round(1e3 * (end["page_s"] - start["page_s"]) / frames, 1),
        "drawing_cpu_ms_a_frame": round(1e3 * (end["drawing_s"] - start["drawing_s"]) / frames, 1),
        "frames": frames,
        "load": round(os.getloadavg()[0], 1),
    }


def _state(browser: Chromium) -> dict[str, float]:
    metrics = {item["name"]: item["value"] for item in browser.command("Performance.getMetrics")["metrics"]}
    return {
        "time_s": time.perf_counter(),
        "frames": browser.evaluate("puppetFrames.count"),
        "page_s": metrics["TaskDuration"],
        "drawing_s": browser.drawing_s(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--model", type=Path, help="an exported .tflite of the default head")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, PuppetServer(Path(name), network=options.model) as server:
        camera = write_astronaut_video(Path(name) / "camera.mjpeg", seconds=8)
        with Chromium([*fake_camera_flags(camera), TRUSTING, *SOFTWARE_WEBGL]) as browser:
            browser.before_every_page(NOTE_FRAMES)
            browser.open(server.page())
            wait_for_puppet(browser)
            print(json.dumps(observe(browser, options.seconds)))


if __name__ == "__main__":
    main()
