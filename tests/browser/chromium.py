"""A headless Chromium, driven over its DevTools protocol: open, evaluate, wait, take a picture.

Everything it may call home for is switched off, and what it asks for is kept in `requests`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from firmware_bench.devices import headless_browser

FLAGS = (*headless_browser.FLAGS, "--disable-client-side-phishing-detection", "--remote-debugging-port=0")

_NOTE_VIOLATIONS = """
    window.cspViolations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
      window.cspViolations.push(`${event.violatedDirective}: ${event.blockedURI}`));
"""


def find_chromium() -> str | None:
    """The browser's path, None where there is none."""
    return next((path for name in headless_browser.PROGRAMS if (path := shutil.which(name))), None)


def fake_camera_flags(mjpeg: Path) -> tuple[str, ...]:
    """Flags for a camera that plays `mjpeg` over and over and is allowed without asking."""
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={mjpeg}",
    )


class JavaScriptError(Exception):
    """What a page threw while evaluating."""


class Chromium:
    """One browser with one page; leaves nothing behind when its `with` block ends."""

    def __init__(self, flags: Sequence[str] = (), size_px: tuple[int, int] = (390, 844)) -> None:
        program = find_chromium()
        assert program is not None, "no Chromium on this machine"
        self._profile = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [program, *FLAGS, *flags, f"--user-data-dir={self._profile.name}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._socket = connect(
            self._page_address(), max_size=None, proxy=None, open_timeout=60, ping_timeout=300
        )
        self._identity = 0
        self.events: list[dict[str, Any]] = []
        """Everything the page reported: requests, console lines, exceptions, …"""
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.command(f"{domain}.enable")
        self.before_every_page(_NOTE_VIOLATIONS)
        self.resize(size_px)

    def __enter__(self) -> Chromium:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            self.command("Browser.close")
        self._socket.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._profile.cleanup()

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Sends a DevTools command and returns its result; events on the way are kept."""
        self._identity += 1
        self._socket.send(json.dumps({"id": self._identity, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(300))
            if "method" in message:
                self.events.append(message)
            elif message["id"] == self._identity:
                assert "error" not in message, message
                return message["result"]

    def open(self, url: str) -> None:
        """Starts loading `url`, from nothing even where only the fragment differs."""
        self.command("Page.navigate", url="about:blank")
        result = self.command("Page.navigate", url=url)
        assert "errorText" not in result, result

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited where it is a promise."""
        result = self.command(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in result:
            raise JavaScriptError(result["exceptionDetails"])
        return result["result"].get("value")

    def wait_for(self, expression: str, timeout_s: float = 30.0) -> Any:
        """The expression's value as soon as it is true; one that throws is not (a page still loads)."""
        deadline_s = time.monotonic() + timeout_s
        while not (value := self._evaluate_or_none(expression)):
            if time.monotonic() > deadline_s:
                page = self.evaluate("document.body ? document.body.innerText : ''")
                raise AssertionError(
                    f"waited {timeout_s} s for {expression}; {self.errors()}; page says: {page}"
                )
            time.sleep(0.05)
        return value

    def _evaluate_or_none(self, expression: str) -> Any:
        try:
            return self.evaluate(expression)
        except JavaScriptError:
            return None

    def before_every_page(self, script: str) -> None:
        """Runs `script` in every page opened from now on, before the page's own."""
        self.command("Page.addScriptToEvaluateOnNewDocument", source=script)

    def resize(self, size_px: tuple[int, int], scale: float = 1.0) -> None:
        """The page's size in CSS pixels, and picture pixels for each of them."""
        width, height = size_px
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=width < 700,
        )

    def deny_camera(self) -> None:
        """Answers every page's question for the camera with no."""
        self.command("Browser.setPermission", permission={"name": "camera"}, setting="denied")

    def screenshot(self, file: Path, whole_page: bool = False) -> None:
        """Writes what the page looks like as a PNG."""
        result = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=whole_page)
        file.write_bytes(base64.b64decode(result["data"]))

    def requests(self) -> list[str]:
        """Every address the page asked for so far, web sockets included."""
        asked = {
            "Network.requestWillBeSent": lambda parameters: parameters["request"]["url"],
            "Network.webSocketCreated": lambda parameters: parameters["url"],
        }
        return [asked[event["method"]](event["params"]) for event in self.events if event["method"] in asked]

    def errors(self) -> list[str]:
        """Uncaught exceptions and what the browser itself logged as an error.

        A worker's console is in that log too, and MediaPipe writes all it has to say as errors.
        """
        found = []
        for event in self.events:
            parameters = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                found.append(json.dumps(parameters["exceptionDetails"])[:600])
            elif event["method"] == "Log.entryAdded" and parameters["entry"]["level"] == "error":
                entry = parameters["entry"]
                if not entry["text"].startswith("INFO: "):
                    found.append(f"{entry['text']} ({entry.get('url', '')})")
        return found

    def policy_violations(self) -> list[str]:
        """What the page's Content Security Policy stopped since it was opened."""
        return self.evaluate("window.cspViolations")

    def drawing_s(self) -> float:
        """Processor time of the process that draws, so far."""
        processes = self._ask_browser("SystemInfo.getProcessInfo")["processInfo"]
        return next(process["cpuTime"] for process in processes if process["type"] == "GPU")

    def _ask_browser(self, method: str) -> dict[str, Any]:
        """The result of a command that belongs to the browser, not to its page."""
        with connect(self._browser, proxy=None, open_timeout=60) as browser:
            browser.send(json.dumps({"id": 1, "method": method, "params": {}}))
            return json.loads(browser.recv(30))["result"]

    def _page_address(self) -> str:
        """The DevTools address of the one page, as soon as the browser has written its port down."""
        port_file = Path(self._profile.name) / "DevToolsActivePort"
        deadline_s = time.monotonic() + 30
        while not (port_file.exists() and (lines := port_file.read_text().splitlines())):
            assert self._process.poll() is None, f"Chromium ended with status {self._process.returncode}"
            assert time.monotonic() < deadline_s, "Chromium did not open its DevTools port within 30 s"
            time.sleep(0.02)
        port, browser_path = lines[0], lines[1]
        self._browser = f"ws://127.0.0.1:{port}{browser_path}"
        targets = self._ask_browser("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        return f"ws://127.0.0.1:{port}/devtools/page/{page['targetId']}"
