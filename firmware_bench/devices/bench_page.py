"""`softdeca bench --target browser` and `--target phone`: any browser measures, this machine reports."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from capture.phone.page_packages import FOLDER, is_installed
from capture.phone.pairing_code import qr_terminal
from capture.phone.phone_app import PAGE as PHONE_PAGE
from capture.tracking.tracking_model import TrackingModelError, find_tracking_model
from firmware_bench.devices.face_picture import face_png
from firmware_bench.devices.headless_browser import HeadlessBrowser
from firmware_bench.devices.page_app import PageContent
from firmware_bench.devices.page_result import report_from_page
from firmware_bench.devices.page_server import PageServer
from firmware_bench.measure.bench_error import BenchError
from firmware_bench.measure.example_frame import example_file, example_frame
from firmware_bench.measure.exported_network import ExportedNetworks
from firmware_bench.measure.frame_network import sparse_driver
from firmware_bench.report.bench_report import BenchReport
from landmark_driver.character import Character

SECONDS = 10.0
_LOADING_S = 180.0
_SCAN_S = 600.0
"""Time for a phone to scan the code."""
_LITERT = PHONE_PAGE / FOLDER
_MEDIAPIPE = PHONE_PAGE / "node_modules/@mediapipe/tasks-vision"


@dataclass(frozen=True)
class PageSettings:
    """The settings of the targets `browser` and `phone`; `browser` takes any free port."""

    config_dir: Path
    character: str = "default"
    seconds: float = SECONDS
    port: int = 8443
    tracker: bool = True
    """Whether MediaPipe and the chain are measured too."""
    exported: Path | None = None
    """A folder with the exported .tflite for LiteRT.js; None to export it where the exporter is installed."""


def bench_browser(settings: PageSettings, say: Callable[[str], None] = lambda line: None) -> BenchReport:
    """Return the report of a headless Chromium on this machine, unattended.

    Args:
        settings: the character, the length of the measurement and the folder of the certificates.
        say: receives a line for people at every step.

    Returns:
        The report of the target `browser`.

    Raises:
        BrowserError: where there is no Chromium, or where it gives no usable result in time.
        BenchError: for a character without networks.
        CharacterError: for a character that cannot be loaded.
    """
    started = _now()
    # Without a graphics card the GPU delegate runs in software.
    content = _content(settings, "CPU")
    loopback = ["127.0.0.1"]
    with PageServer(
        content, config_dir=settings.config_dir, port=0, host="127.0.0.1", addresses=loopback
    ) as server:
        say(f"measuring for {settings.seconds:g} s in a headless Chromium")
        with HeadlessBrowser(server.url, server.certificate) as browser:
            result = server.wait_for_result(settings.seconds + _LOADING_S, browser.alive)
    return report_from_page(result, "browser", settings.character, settings.seconds, started)


def bench_phone(settings: PageSettings, say: Callable[[str], None] = lambda line: None) -> BenchReport:
    """Return the report of the handset that opens the page first.

    Args:
        settings: the character, the length of the measurement, the port and the folder of the certificates.
        say: receives the page's address and its QR code.

    Returns:
        The report of the target `phone`.

    Raises:
        BrowserError: where no usable result comes in time.
        PortInUseError: where the port is taken.
        BenchError: for a character without networks.
        CharacterError: for a character that cannot be loaded.
    """
    content = _content(settings, "GPU")
    with PageServer(content, config_dir=settings.config_dir, port=settings.port) as server:
        url = server.url
        say(f"{qr_terminal(url)}\nScan this code, or open {url}")
        started = _now()
        result = server.wait_for_result(settings.seconds + _SCAN_S + _LOADING_S)
    return report_from_page(result, "phone", settings.character, settings.seconds, started)


def _content(settings: PageSettings, delegate: str) -> PageContent:
    character = Character.load(settings.character)
    program, example = sparse_driver(character).program, example_frame(character)
    mediapipe = _MEDIAPIPE if (_MEDIAPIPE / "vision_bundle.mjs").exists() and settings.tracker else None
    try:
        model = find_tracking_model()
    except TrackingModelError:
        model = None
    return PageContent(
        example_file(program, example, settings.character),
        face_png(character),
        mediapipe,
        model,
        settings.seconds,
        *_litert(settings),
        delegate,
    )


def _litert(settings: PageSettings) -> tuple[Path | None, bytes | None]:
    """Return LiteRT.js and the model that it runs, where both are here."""
    if not is_installed(_LITERT):
        return None, None
    try:
        with tempfile.TemporaryDirectory(prefix="softdeca-bench-") as folder:
            models = ExportedNetworks(settings.character, settings.exported, Path(folder))
            return _LITERT, models.path("litert").read_bytes()
    except BenchError:
        return None, None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
