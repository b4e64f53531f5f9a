"""`head fit` and `head info` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trimesh

from softdeca.cli import main


def status(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_info_of_the_default_head(capsys: pytest.CaptureFixture[str]) -> None:
    main(["head", "info", "default", "--json"])
    info = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert info["vertices"] == 5526
    assert info["expressions"] == 52
    assert "scan" not in info
    assert 200 < info["size_mm"][1] < 400


def test_info_of_what_is_no_character(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert status(["head", "info", str(tmp_path / "gone.safetensors")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_a_scan_that_cannot_be_read_leaves_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "empty.obj").write_text("")
    out = tmp_path / "me.safetensors"
    assert status(["head", "fit", str(tmp_path / "empty.obj"), "--out", str(out)]) == 2
    written = capsys.readouterr()
    assert "softdeca: Expected a scan" in written.err
    assert "Traceback" not in written.err
    assert not out.exists()


def test_an_output_of_another_ending_is_refused_at_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    trimesh.creation.icosphere(subdivisions=3).export(tmp_path / "ball.ply")
    assert status(["head", "fit", str(tmp_path / "ball.ply"), "--out", str(tmp_path / "me.npz")]) == 2
    assert "ending in .safetensors" in capsys.readouterr().err


def test_a_scan_or_pictures_but_not_both(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = str(tmp_path / "me.safetensors")
    for source in ([], ["scan.obj", "--photo", "me.jpg"]):
        assert status(["head", "fit", *source, "--out", out]) == 2
        assert "a scan or --photo" in capsys.readouterr().err


def test_a_picture_that_is_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "words.jpg").write_text("no picture")
    out = tmp_path / "me.safetensors"
    assert status(["head", "fit", "--photo", str(tmp_path / "words.jpg"), "--out", str(out)]) == 2
    assert "Expected a picture" in capsys.readouterr().err
    assert not out.exists()
