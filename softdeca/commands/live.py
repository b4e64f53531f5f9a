"""`softdeca live`: a session of sources, driver, viewer and recording."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from capture.config_dir import user_config_dir
from softdeca.commands.choices import DriverChoice, HeadChoice
from softdeca.commands.terminal import say


@dataclass(frozen=True)
class Live:
    """Drive a head live from a phone, a webcam, a video or a take."""

    source: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """phone (default), webcam[:N], video:PATH, take:PATH, or demo (a take that ships). Repeatable: a later
    one takes over from an earlier one while it delivers frames."""
    head: HeadChoice = "default"
    driver: DriverChoice = None
    record: Path | None = None
    """Record every frame to this take (.mcap)."""
    port: int = 8443
    """Port of the phone page."""
    viewer_port: int = 8080
    viewer: bool = True
    open_browser: bool = False
    """Open the viewer in a browser tab."""
    seconds: float | None = None
    """Stop after this many seconds."""
    json: bool = False

    def run(self) -> dict[str, Any]:
        """Run the session.

        Returns:
            The report: numbers of frames, frames a second, latencies in milliseconds.
        """
        from desktop_viewer.session import SessionSettings, run_session
        from export.models.phone_file import phone_file
        from export.models.phone_model import PhoneModel

        settings = SessionSettings(
            sources=self.source or ("phone",),
            head=self.head,
            record=self.record,
            port=self.port,
            viewer_port=self.viewer_port,
            viewer=self.viewer,
            open_browser=self.open_browser,
            seconds=self.seconds,
            config_dir=user_config_dir(),
            driver=self.driver,
        )
        with PhoneModel(self.head) as phone_model:
            report = run_session(settings, say, phone_file, phone_model).to_json()
        say(f"drove {report['frames_driven']} frames at {report['fps']} a second")
        return report
