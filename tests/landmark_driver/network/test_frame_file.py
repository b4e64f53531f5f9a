"""The compiled frame survives its file, and what is no such file is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from landmark_driver.character import Character
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.network.frame_file import FrameFileError, frame_bytes, read_frame
from landmark_driver.network.frame_program import FrameProgram

STAGES = ("looks", "posterior", "bounds", "decoder", "residual", "sway", "arches", "seal", "eyes")


def driver_of(character: Character) -> SparseDriver:
    driver = character.mesh_driver().head_driver
    assert isinstance(driver, SparseDriver)
    return driver


def written(program: FrameProgram, folder: Path, **header: str) -> Path:
    path = folder / "head.frame"
    path.write_bytes(frame_bytes(program, header=header))
    return path


@pytest.mark.parametrize("edits", [{}, {"cheek.strength": 0.0, "all.volume": 1.2}])
def test_a_program_read_from_its_file_moves_every_vertex_as_before(
    character: Character, tmp_path: Path, edits: dict[str, float]
) -> None:
    driver = driver_of(character.with_material(edits) if edits else character)
    again = read_frame(written(driver.program, tmp_path))
    assert again.names == driver.program.names == STAGES
    rng = np.random.default_rng(0)
    for _ in range(4):
        gaze, sway = rng.normal(0, 0.1, (2, 2)), rng.normal(0, 3, 3)
        given = DriverInput(rng.normal(0, 2e-3, (478, 3)), gaze=gaze, sway_m_s2=sway)
        before, after = (program.run(driver.frame(given)).vertices for program in (driver.program, again))
        assert before is not None and after is not None
        np.testing.assert_allclose(after, before, atol=1e-7)


def test_a_program_stops_before_a_stage_and_leaves_out_others(character: Character) -> None:
    driver = driver_of(character)
    frame = driver.frame(DriverInput(np.zeros((478, 3))))
    assert driver.program.run(frame, until="decoder").vertices is None
    assert frame.latent is not None
    assert driver.program.without("seal", "eyes").names == STAGES[:-2]
    assert driver.program.macs == sum(m.size for stage in driver.program for m in stage.matrices())


def test_what_is_no_frame_is_refused(character: Character, tmp_path: Path) -> None:
    path = written(driver_of(character).program, tmp_path)
    cut = tmp_path / "cut.frame"
    cut.write_bytes(path.read_bytes()[:1000])
    for broken in (cut, tmp_path / "gone.frame"):
        with pytest.raises(FrameFileError, match=r"Expected a compiled frame in .*cannot be read"):
            read_frame(broken)
    other = tmp_path / "other.frame"
    save_file({"a": np.zeros(3, np.float32)}, other, {"format": "softdeca-character", "format_version": "1"})
    with pytest.raises(FrameFileError, match=r"Expected softdeca-frame 1 in .*, got softdeca-character 1"):
        read_frame(other)


def test_a_stage_that_this_version_lacks_is_named(character: Character, tmp_path: Path) -> None:
    path = written(driver_of(character).program, tmp_path, stages="looks wrinkles")
    with pytest.raises(FrameFileError, match=r"Expected the stages looks, .*, got 'wrinkles'"):
        read_frame(path)
