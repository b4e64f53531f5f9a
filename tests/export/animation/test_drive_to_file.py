"""`softdeca drive` writes what the ending of its output says."""

# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from capture.extras import install_command
from capture.output_file import OutputError
from capture.sources.live_source import DEMO_TAKE
from capture.takes.take import TakeWriter, read_take
from export.animation.animation_usd import write_usd
from export.animation.drive_to_file import FORMATS, drive_to_file
from export.export_error import ExportError
from tests.export.animation.driven_demo import CHARACTER, names_in
from tests.export.animation.glb_reader import ReadGlb

_NO_USD = f"Expected the package usd-core to write USD, got none. Install it: {install_command('export')}."


@pytest.fixture(scope="module")
def short_take(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("take") / "short.mcap"
    with TakeWriter(path, source="demo") as take:
        for frame, _ in zip(read_take(DEMO_TAKE), range(12), strict=False):
            take.add(frame)
    return path


def _drive(take: Path, out: Path):
    return drive_to_file(take, out)


def test_glb_and_npz_hold_the_same_weights_at_the_same_times(short_take, tmp_path):
    assert _drive(short_take, tmp_path / "x.glb").frames == 12
    _drive(short_take, tmp_path / "x.npz")
    arrays = np.load(tmp_path / "x.npz")
    times, weights = ReadGlb(tmp_path / "x.glb").curve("head", "weights")
    assert np.array_equal(weights, arrays["weights"])
    assert np.abs(times - arrays["timestamps_s"]).max() < 1e-6


def test_usdc_and_npz_hold_the_same_vertices(short_take, tmp_path):
    pytest.importorskip("pxr")
    from pxr import Usd, UsdGeom

    _drive(short_take, tmp_path / "x.usdc")
    _drive(short_take, tmp_path / "x.npz")
    stage = Usd.Stage.Open(str(tmp_path / "x.usdc"))
    points = UsdGeom.Mesh.Get(stage, "/Head/Face").GetPointsAttr()
    vertices = [np.array(points.Get(code)) for code in points.GetTimeSamples()]
    assert np.array_equal(vertices, np.load(tmp_path / "x.npz")["vertices"])


def test_a_wrong_output_is_refused_before_the_recording_is_read(tmp_path):
    missing = tmp_path / "missing.mp4"
    with pytest.raises(OutputError, match="Expected an output ending in"):
        drive_to_file(missing, tmp_path / "x.txt")
    with pytest.raises(OutputError, match="Expected an existing folder"):
        drive_to_file(missing, tmp_path / "none" / "x.npz")
    assert list(tmp_path.iterdir()) == []


def test_another_ending_is_refused_with_the_list_of_endings(short_take, tmp_path):
    with pytest.raises(OutputError) as caught:
        _drive(short_take, tmp_path / "x.obj")
    assert str(caught.value) == (
        f"Expected an output ending in {' or '.join(FORMATS)}, got 'x.obj'. Choose another name."
    )


def test_a_missing_usd_package_is_named_before_anything_is_read(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pxr", None)
    with pytest.raises(ExportError) as caught:
        _drive(Path("no such recording.mp4"), tmp_path / "x.usdc")
    assert str(caught.value) == _NO_USD
    with pytest.raises(ExportError):
        write_usd(tmp_path / "x.usdc", iter(()), 0, CHARACTER)
    assert names_in(tmp_path) == []
