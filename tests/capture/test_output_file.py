"""Outputs that appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from capture.output_file import OutputError, check_output, written_whole


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    with written_whole(path) as unfinished:
        unfinished.write_bytes(b"half")
        assert not path.exists() and unfinished.parent == tmp_path
    assert path.read_bytes() == b"half"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_nothing_and_an_older_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"old")
    with pytest.raises(KeyError), written_whole(path) as unfinished:
        unfinished.write_bytes(b"half")
        raise KeyError("what happened")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    with pytest.raises(OutputError) as error, written_whole(path):
        raise OSError(28, "No space left on device")
    assert str(error.value) == (
        f"Expected to write '{path}', got 'No space left on device'. Choose a place with room and permission."
    )


def test_the_wrong_ending_is_known_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as error:
        check_output(tmp_path / "x.txt", (".obj", ".ply"))
    assert str(error.value) == (
        "Expected an output ending in .obj or .ply, got 'x.txt'. Choose another name."
    )
    check_output(tmp_path / "x.ply", (".obj", ".ply"))


def test_a_missing_folder_is_known_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as error:
        check_output(tmp_path / "nowhere" / "x.npz", (".npz",))
    assert str(error.value) == (
        f"Expected an existing folder for 'x.npz', got '{tmp_path / 'nowhere'}', which is none. "
        "Make it first, or choose another."
    )


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "x.npz").mkdir()
    with pytest.raises(OutputError) as error:
        check_output(tmp_path / "x.npz", (".npz",))
    assert str(error.value) == (
        f"Expected a file to write, got '{tmp_path / 'x.npz'}', which is a folder. Name a file in it."
    )


def test_a_folder_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(OutputError) as error:
        check_output(tmp_path / "x.npz", (".npz",))
    assert str(error.value) == (
        f"Expected a folder that may be written to, got '{tmp_path}'. Choose another."
    )
