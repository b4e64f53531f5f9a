"""Live Link Face recordings are read by their column names and true times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_INDEX, ARKIT_NAMES
from capture.frames.arkit_csv import WeightsFileError, read_weights_csv, seconds_of_timecode

_APP_ORDER = [name[0].upper() + name[1:] for name in ARKIT_NAMES]


def _write(path: Path, names: list[str], rows: list[tuple[str, list[float]]]) -> Path:
    lines = [",".join(["Timecode", "BlendShapeCount", *names])]
    lines += [
        ",".join([time, str(len(names)), *(f"{value:.10f}" for value in values)]) for time, values in rows
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_columns_are_found_by_name_whatever_their_order(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    order = rng.permutation(len(_APP_ORDER))
    values = rng.uniform(size=len(ARKIT_NAMES))
    shuffled = [_APP_ORDER[i] for i in order]
    path = _write(tmp_path / "a.csv", [*shuffled, "HeadYaw"], [("10:00:00:00.000", [*values[order], 0.3])])
    assert np.allclose(read_weights_csv(path).weights[0], values)


def test_names_may_be_camel_case_and_the_tongue_may_be_missing(tmp_path: Path) -> None:
    names = [name for name in ARKIT_NAMES if name != "tongueOut"]
    path = _write(tmp_path / "a.csv", names, [("00:00:00:00.000", [0.5] * len(names))])
    weights = read_weights_csv(path).weights[0]
    assert weights[ARKIT_INDEX["tongueOut"]] == 0
    assert weights[ARKIT_INDEX["jawOpen"]] == 0.5


def test_thirty_hertz_on_a_sixty_hertz_time_base_gives_true_seconds(tmp_path: Path) -> None:
    rows = [("16:48:39:58.000", [0.0] * 52), ("16:48:40:00.000", [0.0] * 52), ("16:48:40:02.500", [0.0] * 52)]
    recording = read_weights_csv(_write(tmp_path / "a.csv", _APP_ORDER, rows))
    assert np.allclose(recording.times_s, [0, 2 / 60, 4.5 / 60])


def test_a_take_may_cross_midnight(tmp_path: Path) -> None:
    rows = [("23:59:59:59.000", [0.0] * 52), ("00:00:00:01.000", [0.0] * 52)]
    recording = read_weights_csv(_write(tmp_path / "a.csv", _APP_ORDER, rows))
    assert recording.times_s[1] == pytest.approx(2 / 60)


def test_a_timecode_is_hours_minutes_seconds_and_frames() -> None:
    assert seconds_of_timecode("01:02:03:30.500") == pytest.approx(3723 + 30.5 / 60)
    with pytest.raises(ValueError, match="no timecode"):
        seconds_of_timecode("12.5")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "got 0 lines"),
        ("a,b,c\n1,2,3\n", "columns named after ARKit's shapes, got 0"),
        (",".join(["Timecode", *_APP_ORDER]) + "\n00:00:00:00.0,1,oops\n", "in line 2"),
        (",".join(["Timecode", *_APP_ORDER]) + "\n00:00:00:00.0,1\n", "in line 2"),
    ],
)
def test_other_files_are_refused_with_the_line_and_the_reason(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(WeightsFileError, match=said):
        read_weights_csv(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsFileError, match=r"absent\.csv"):
        read_weights_csv(tmp_path / "absent.csv")


def test_a_recordings_head_angles_are_read_and_none_where_it_has_none(tmp_path: Path) -> None:
    rows = [("00:00:00:00.000", [0.0] * 52 + [0.3, 0.1, -0.2])]
    path = _write(tmp_path / "a.csv", [*_APP_ORDER, "HeadRoll", "HeadYaw", "HeadPitch"], rows)
    assert read_weights_csv(path).head_angles_rad == pytest.approx(np.array([[0.1, -0.2, 0.3]]))
    bare = _write(tmp_path / "b.csv", _APP_ORDER, [("00:00:00:00.000", [0.0] * 52)])
    assert read_weights_csv(bare).head_angles_rad is None


def test_a_weight_that_is_no_number_is_refused_with_its_line(tmp_path: Path) -> None:
    rows = [("00:00:00:00.000", [0.0] * 52), ("00:00:00:02.000", [float("nan")] * 52)]
    with pytest.raises(WeightsFileError, match="got NaN or infinity in line 3"):
        read_weights_csv(_write(tmp_path / "a.csv", _APP_ORDER, rows))
