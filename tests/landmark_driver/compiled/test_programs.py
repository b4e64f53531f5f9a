"""Many programs in one process: each has a state of its own, is replaced from another thread, and frees its memory."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest

from capture.frames.arkit import ARKIT_INDEX
from landmark_driver.character import Character
from landmark_driver.compiled import compiled_stage
from landmark_driver.compiled.compiled_program import CompiledProgram
from landmark_driver.compiled.compiled_stage import CompiledStage
from landmark_driver.compiled.evaluator import NUMPY, C, evaluating
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.network.frame_program import Frame, FrameProgram
from landmark_driver.tissue.tissue_setting import default_setting
from tests.landmark_driver.compiled.driven import SAME_M, needs_library

pytestmark = needs_library

SOFT = default_setting().with_values({"cheek_left.stiffness": 0.5, "mandible.scale": 0.9})


def driver_in(evaluator, character: Character) -> SparseDriver:
    with evaluating(evaluator):
        driver = character.mesh_driver("landmarks").head_driver
    assert isinstance(driver, SparseDriver)
    return driver


def smile(character: Character, much: float) -> DriverInput:
    moved = much * character.head.landmark_expressions[ARKIT_INDEX["mouthSmileLeft"]]
    return DriverInput(moved.astype(float))


def test_several_drivers_do_not_see_each_others_frames(character: Character) -> None:
    soft = character.with_material({"cheek_left.stiffness": 0.5}, gravity=(0, -5, 2))
    together = [driver_in(C, each) for each in (character, soft, character)]
    alone = [driver_in(NUMPY, each) for each in (character, soft, character)]
    for step in range(6):
        for number, (one, other) in enumerate(zip(together, alone, strict=True)):
            given = smile(character, 0.3 * number + 0.2 * step)
            np.testing.assert_allclose(one(given).vertices, other(given).vertices, rtol=0, atol=SAME_M)


def test_a_changed_material_is_numpys_and_keeps_the_stages_that_stay(character: Character) -> None:
    drivers = [driver_in(each, character) for each in (NUMPY, C)]
    before = drivers[1].program
    for driver in drivers:
        driver.set_material(SOFT)
    after = drivers[1].program
    assert isinstance(before, CompiledProgram) and isinstance(after, CompiledProgram)
    kept = {stage.name for stage, same in zip(after, before, strict=True) if stage is same}
    assert kept == {"looks", "posterior", "bounds", "arches", "seal", "eyes"}
    expected, found = (driver(smile(character, 0.8)).vertices for driver in drivers)
    np.testing.assert_allclose(found, expected, rtol=0, atol=SAME_M)


def test_materials_change_while_another_thread_drives(character: Character) -> None:
    driver, given, failed = driver_in(C, character), smile(character, 0.8), []
    plain = driver(given).vertices
    driver.set_material(SOFT)
    soft = driver(given).vertices
    assert np.abs(soft - plain).max() > 1e-4

    def drive() -> None:
        for _ in range(400):
            found = driver(given).vertices
            if min(np.abs(found - each).max() for each in (plain, soft)) > SAME_M:
                failed.append(found)

    thread = threading.Thread(target=drive)
    thread.start()
    while thread.is_alive():
        driver.set_material(default_setting())
        driver.set_material(SOFT)
    thread.join()
    assert not failed


def test_a_program_that_is_replaced_frees_its_stages(
    character: Character, monkeypatch: pytest.MonkeyPatch
) -> None:
    freed: list[int] = []
    library = compiled_stage.load_library()
    monkeypatch.setattr(library, "free_stage", _counted(library.free_stage, freed))
    driver = driver_in(C, character)
    program = driver.program
    assert isinstance(program, CompiledProgram)
    [decoder] = [stage for stage in program if stage.name == "decoder"]
    assert isinstance(decoder, CompiledStage)
    handle, gone = decoder.handle, weakref.ref(decoder)
    driver.set_material(SOFT)
    del program, decoder
    gc.collect()
    assert gone() is None and handle in freed


def test_a_stage_that_c_does_not_have_runs_in_numpy(character: Character) -> None:
    class Shift:
        name = "shift"

        def __call__(self, frame: Frame) -> None:
            assert frame.vertices is not None
            frame.vertices += 1

        def arrays(self) -> dict[str, np.ndarray]:
            return {}

        def matrices(self) -> tuple[np.ndarray, ...]:
            return ()

    program = driver_in(NUMPY, character).program
    for stages in ((*program.stages, Shift()), tuple(s for s in program.stages if s.name != "corrector")):
        frame = Frame(np.zeros((2, 2)), np.zeros(3 * 478, np.float32))
        expected = FrameProgram(stages).run(frame).vertices
        found = CompiledProgram(stages).run(Frame(np.zeros((2, 2)), np.zeros(3 * 478, np.float32))).vertices
        assert expected is not None and found is not None
        np.testing.assert_allclose(found, expected, rtol=0, atol=SAME_M)


def _counted(free, freed: list[int]):
    def counted(handle: int) -> None:
        freed.append(handle)
        free(handle)

    return counted
