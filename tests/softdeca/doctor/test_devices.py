"""Cameras and browsers that are there, missing or closed on purpose."""

from __future__ import annotations

import webbrowser
from pathlib import Path

from softdeca.doctor.devices import check_browser, check_cameras


def test_cameras_are_listed_by_their_device_files(tmp_path: Path) -> None:
    assert check_cameras("linux", tmp_path).found == "none"
    assert check_cameras("linux", tmp_path).status == "note"
    (tmp_path / "video0").touch()
    (tmp_path / "video2").touch()
    assert check_cameras("linux", tmp_path).found == "video0, video2"
    closed = check_cameras("linux", tmp_path, readable=lambda path: path.name != "video2")
    assert (closed.status, closed.found) == ("note", "no permission for video2")
    assert closed.advice == "Join the group: sudo usermod -aG video $USER"
    assert check_cameras("darwin", tmp_path).status == "ok"


def test_a_machine_without_a_browser_has_a_note() -> None:
    def none() -> object:
        raise webbrowser.Error("could not locate runnable browser")

    assert check_browser(none).status == "note"
    assert check_browser(lambda: webbrowser.GenericBrowser("firefox")).found == "firefox"
