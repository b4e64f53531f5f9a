"""`softdeca evaluate --real` on the video of the one real face that tests may count on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from landmark_driver.real_faces.film_strip import strip_frames
from softdeca.cli import main
from tests.astronaut_video import write_astronaut_video

STAGES = ["raw", "calibrated", "corrected", "filtered", "driven"]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    write_astronaut_video(folder / "portrait.mp4", seconds=1.5, size_px=(320, 240))
    (folder / "notes.txt").write_text("no video", encoding="utf-8")
    return folder


def test_every_stage_of_every_signal_is_reported(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["evaluate", "--real", str(clips), "--strips", str(tmp_path / "strips"), "--json"])
    captured = capsys.readouterr()
    report = json.loads(captured.out.strip().splitlines()[-1])
    rows = [row for row in report["rows"] if row["clip"] == "portrait"]
    assert list(dict.fromkeys(row["stage"] for row in rows)) == STAGES
    assert len(rows) == len(STAGES) * 13
    for row in rows:
        assert -1 <= row["correlation"] <= 1 and row["amplitude_ratio"] >= 0
        if row["stage"] == "raw":
            assert row["correlation"] == row["amplitude_ratio"] == 1
    (clip,) = report["clips"]
    assert clip["frames"] == 45 and clip["fps"] == pytest.approx(30, abs=0.1)
    assert "| median | driven |" in captured.err
    strip = cv2.imread(str(tmp_path / "strips" / "portrait.png"))
    assert strip is not None and strip.shape == (480, 2000, 3)
    assert strip[:240].std() > 20 and strip[240:].std() > 10


def test_a_folder_that_cannot_be_measured_is_refused(work: Path, refused: Callable[..., str]) -> None:
    assert "Expected a folder of videos" in refused("evaluate", "--real", str(work / "none"))
    assert "Expected videos" in refused("evaluate", "--real", str(work))
    assert "Expected --real FOLDER" in refused("evaluate", "--strips", str(work))


def test_a_strip_shows_the_usual_face_and_the_extremes() -> None:
    signals = {
        "jaw": np.array([0.0, 0.0, 0.1, 0.0, 1.0, 0.0]),
        "brows": np.array([0.0, -2.0, 0.0, 0.1, 0.0, 0.0]),
    }
    chosen = strip_frames(signals, 3)
    assert 1 in chosen and 4 in chosen and len(chosen) == 3
    assert list(strip_frames(signals, 99)) == [0, 1, 2, 3, 4, 5]
