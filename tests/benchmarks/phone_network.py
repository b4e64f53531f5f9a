"""What the phone page's network takes: an exported model in LiteRT.js and plain JavaScript, by turns in one page.

Processor time of the page's thread a frame, over the displacements of the take that ships, so that other work on the
machine counts for nothing; and how far each is from the desktop's network.

    softdeca export default --format tflite --out head.tflite
    python -m tests.benchmarks.phone_network head.tflite
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import read_take
from landmark_driver.character import Character
from landmark_driver.live.face_driver import FaceDriver
from tests.browser.chromium import Chromium
from tests.browser.live_stage import TRUSTING
from tests.browser.puppet_page import PuppetServer

FRAMES = range(100, 300, 5)
REPEATS = 10
ROUNDS = 7

_PREPARE = """(async (displacements) => {
  const network = ["litert_network", "frame_program"].map((name) => `puppet/network/${name}`);
  const modules = ["connection/pairing_store", "puppet/files/frame_file", ...network];
  const [{ PairingStore }, { readFrameFile }, { loadLiteRtNetwork }, { frameProgram, restingFrame }] = await Promise.all(
    modules.map((at) => import(`/${at}.js`)));
  const headers = { Authorization: `Bearer ${new PairingStore().session}` };
  const get = async (address) => (await fetch(address, { headers })).arrayBuffer();
  const file = readFrameFile(await get("/puppet.safetensors"));
  const plain = frameProgram(file).through("decoder");
  const faces = displacements.map((numbers) => Float32Array.from(numbers));
  const model = await loadLiteRtNetwork(await get("/puppet.tflite"), file, plain, faces[0], AGREEMENT);
  const networks = { "JavaScript": plain, "LiteRT.js": model };
  window.turn = async (name, repeats) => {
    const frame = restingFrame(file);
    for (let k = 0; k < repeats; k += 1) {
      for (const face of faces) {
        frame.displacements.set(face);
        await networks[name].run(frame);
      }
    }
  };
  window.apartMm = async () => {
    const [one, other] = [restingFrame(file), restingFrame(file)];
    const [a, b] = [one.vertices, other.vertices];
    let largest = 0;
    for (const face of faces) {
      one.displacements.set(face);
      other.displacements.set(face);
      plain.run(one);
      await model.run(other);
      for (let at = 0; at < a.length; at += 3) {
        largest = Math.max(largest, Math.hypot(a[at] - b[at], a[at + 1] - b[at + 1], a[at + 2] - b[at + 2]));
      }
    }
    return 1000 * largest;
  };
})"""


def measure(browser: Chromium) -> dict[str, Any]:
    """Milliseconds a frame, the least and the median of several rounds."""
    browser.command("Performance.enable", timeDomain="threadTicks")
    took: dict[str, list[float]] = {"JavaScript": [], "LiteRT.js": []}
    for number in range(ROUNDS + 1):
        for name, rounds in took.items():
            before = _page_s(browser)
            browser.evaluate(f"turn({json.dumps(name)}, {REPEATS})")
            if number:  # the first round warms up
                rounds.append(1e3 * (_page_s(browser) - before) / (REPEATS * len(FRAMES)))
    result: dict[str, Any] = {"apart_mm": browser.evaluate("apartMm()"), "load": round(os.getloadavg()[0], 1)}
    for name, rounds in took.items():
        result[name] = {"least_ms": round(min(rounds), 3), "median_ms": round(statistics.median(rounds), 3)}
    result["times_faster"] = round(result["JavaScript"]["median_ms"] / result["LiteRT.js"]["median_ms"], 2)
    return result


def _page_s(browser: Chromium) -> float:
    metrics = browser.command("Performance.getMetrics")["metrics"]
    return next(item["value"] for item in metrics if item["name"] == "TaskDuration")


def displacements() -> list[list[float]]:
    driver = FaceDriver(Character.load("default"))
    faces = [driver(frame) for frame in read_take(DEMO_TAKE)]
    return [np.asarray(faces[number].displacements, float).ravel().tolist() for number in FRAMES]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument(
        "--agreement-mm", type=float, default=0.01, help="how far the model may be from plain JavaScript"
    )
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        PuppetServer(Path(name), network=arguments.model) as server,
        Chromium([TRUSTING]) as browser,
    ):
        browser.open(server.page().replace("mode=phone", "mode=landmarks"))
        browser.wait_for(
            "import('/connection/pairing_store.js').then((m) => new m.PairingStore().session)", 60
        )
        script = _PREPARE.replace("AGREEMENT", str(arguments.agreement_mm))
        browser.evaluate(f"{script}({json.dumps(displacements())})")
        print(json.dumps(measure(browser)))


if __name__ == "__main__":
    main()
