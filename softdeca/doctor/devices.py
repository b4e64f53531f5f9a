"""Checks of devices: cameras, and a browser for the viewer."""

from __future__ import annotations

import os
import webbrowser
from collections.abc import Callable
from pathlib import Path

from softdeca.doctor.finding import Finding

DEVICES = Path("/dev")


def check_cameras(
    platform: str,
    devices: Path = DEVICES,
    readable: Callable[[Path], bool] = lambda path: os.access(path, os.R_OK),
) -> Finding:
    """Check which cameras this machine has, without opening one.

    Args:
        platform: as in `sys.platform`.
        devices: the folder of Linux's device files.
        readable: whether this user may read a device file.

    Returns:
        The finding. No camera is a note, since a phone has one. Outside Linux cameras are not listed.
    """
    if platform != "linux":
        return Finding("cameras", "ok", "not listed here", "Try one: softdeca live --source webcam")
    found = sorted(devices.glob("video*"))
    if not found:
        return Finding("cameras", "note", "none", "Use a phone, or plug in a webcam for --source webcam.")
    if closed := [path for path in found if not readable(path)]:
        names = ", ".join(path.name for path in closed)
        return Finding(
            "cameras", "note", f"no permission for {names}", "Join the group: sudo usermod -aG video $USER"
        )
    return Finding("cameras", "ok", ", ".join(path.name for path in found))


def check_browser(get: Callable[[], object] = webbrowser.get) -> Finding:
    """Check that a browser can show the viewer.

    Args:
        get: returns the standard browser, or raises webbrowser.Error.

    Returns:
        The finding; a machine without a browser has a note.
    """
    try:
        browser = get()
    except webbrowser.Error:
        advice = "Open the viewer's address in a browser of this machine, or start live with --no-viewer."
        return Finding("browser", "note", "none that Python can start", advice)
    return Finding("browser", "ok", str(getattr(browser, "name", type(browser).__name__)))
