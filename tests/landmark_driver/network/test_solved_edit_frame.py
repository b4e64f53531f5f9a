"""A solved edit in the frame: the resting head is the solved one, and the table is added to the default tissue's motion."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from landmark_driver.character import Character
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.drivers.weights_driver import WeightsDriver
from landmark_driver.head.eyes import NEUTRAL_GAZE
from landmark_driver.network.frame_file import frame_bytes, read_frame
from landmark_driver.network.frame_program import Frame, FrameProgram
from landmark_driver.network.latent_stages import latent_weights
from landmark_driver.network.vertex_stages import Decoder
from landmark_driver.tissue.solved_edit import ShapeTable, SolvedEdit
from landmark_driver.tissue.tissue_setting import default_setting
from tests.landmark_driver.hypernetwork.arbitrary_networks import network_character
from tests.landmark_driver.network.moved_by_lips import moved_by_lips

PARALYSED = {"cheek_left.strength": 0.0, "upper_lip_left.strength": 0.2}
TARGET = default_setting().with_values(PARALYSED)
STILL = DriverInput(np.zeros((478, 3)))


def edit_of(character: Character, with_table: bool) -> SolvedEdit:
    """A small arbitrary resting head and table, of vertices that lips and eyes leave alone."""
    assert character.network is not None
    rng, neutral = np.random.default_rng(2), character.head.neutral_vertices
    free = np.ones(len(neutral), bool)
    free[moved_by_lips(_program(character), len(free))] = False
    free[character.head.eye_vertices.ravel()] = False
    rest = np.where(free[:, None], 1e-3 * rng.normal(size=neutral.shape), 0).astype(np.float32)
    vertices = np.flatnonzero(free)[::7].astype(np.int32)
    directions = rng.uniform(-1, 1, (5, 3 * len(vertices))).astype(np.float16)
    coefficients = (1e-4 * rng.normal(size=(104, 5))).astype(np.float32)
    table = ShapeTable(TARGET, coefficients, directions, vertices) if with_table else None
    return SolvedEdit(TARGET, rest, table)


def _program(character: Character) -> FrameProgram:
    driver = character.mesh_driver("weights").head_driver
    assert isinstance(driver, WeightsDriver)
    return driver.program


@pytest.fixture(scope="module")
def usual() -> Character:
    return network_character()


def edited(usual: Character, with_table: bool = True) -> Character:
    character = usual.with_material(PARALYSED)
    assert character.network is not None
    return replace(character, network=character.network.with_solved(edit_of(usual, with_table)))


def smile(character: Character) -> DriverInput:
    weights = np.zeros(52)
    weights[[17, 24, 40]] = 0.3, 0.6, 0.4
    return DriverInput(np.tensordot(weights, character.head.landmark_expressions, 1))


@pytest.mark.parametrize("name", ["landmarks", "weights"])
@pytest.mark.parametrize("with_table", [True, False])
def test_a_face_that_does_not_move_is_the_solved_resting_head(usual, name, with_table):
    edit, driver = edit_of(usual, with_table), edited(usual, with_table).mesh_driver(name)
    assert edit.rest is not None
    moved = driver(STILL).vertices - usual.mesh_driver(name)(STILL).vertices
    own = usual.head.neutral_vertices + edit.rest if name == "landmarks" else None
    free = np.abs(edit.rest).max(1) > 0
    if own is not None:
        assert np.allclose(driver(STILL).vertices[free], own[free], atol=1e-6)
    else:
        still = driver.head_driver.show(np.zeros(52)).vertices  # type: ignore[union-attr]
        assert np.allclose(still[free], (usual.head.neutral_vertices + edit.rest)[free], atol=1e-6)
    assert np.abs(moved[free]).max() > 1e-4


def test_landmarks_move_default_tissue_and_the_table_adds_the_edit(usual):
    edit, given = edit_of(usual, True), smile(usual)
    assert edit.table is not None and edit.rest is not None
    default = usual.mesh_driver().head_driver
    assert isinstance(default, SparseDriver)
    frame = default.program.run(default.frame(given))
    decoder = default.program.stage("decoder")
    assert isinstance(decoder, Decoder) and frame.latent is not None and frame.look_latents is not None
    weights = latent_weights(frame.latent, decoder.rest_latent, frame.look_latents)
    assert weights.max() > 0.1
    expected = default(given).vertices + edit.rest
    expected[edit.table.vertices] += edit.table.displacements(weights)
    free = np.abs(edit.rest).max(1) > 0
    found = edited(usual).mesh_driver()(given).vertices
    assert np.allclose(found[free], expected[free], atol=2e-6)
    assert np.abs(edit.table.displacements(weights)).max() > 1e-5


def test_weights_move_default_tissue_and_the_table_adds_the_edit(usual):
    edit, weights = edit_of(usual, True), np.zeros(52)
    assert edit.table is not None and edit.rest is not None
    weights[[17, 24, 40]] = 0.3, 0.6, 0.4
    drivers = [one.mesh_driver("weights").head_driver for one in (usual, edited(usual))]
    assert all(isinstance(driver, WeightsDriver) for driver in drivers)
    (still, default), (_, found) = (
        [driver.show(shown).vertices for shown in (np.zeros(52), weights)]  # type: ignore[union-attr]
        for driver in drivers
    )
    expected = usual.head.neutral_vertices + (default - still) + edit.rest
    expected[edit.table.vertices] += edit.table.displacements(weights)
    free = np.abs(edit.rest).max(1) > 0
    assert np.allclose(found[free], expected[free], atol=2e-6)


@pytest.mark.parametrize("name", ["landmarks", "weights"])
def test_other_tissue_while_running_drops_what_does_not_fit_and_takes_what_is_solved(usual, name):
    driver, made = edited(usual).mesh_driver(name), usual.with_material({"all.volume": 1.2}).mesh_driver(name)
    material = driver.material
    assert material is not None
    given = smile(usual)
    before = driver(given).vertices
    material.set_material(default_setting().with_values({"all.volume": 1.2}))
    assert np.allclose(driver(given).vertices, made(given).vertices, atol=1e-6)
    material.set_material(TARGET, edit_of(usual, True))
    assert np.allclose(driver(given).vertices, before, atol=1e-6)


@pytest.mark.parametrize("name", ["landmarks", "weights"])
def test_a_resting_head_that_is_solved_later_changes_the_decoder_alone(usual, name):
    driver = usual.mesh_driver(name).head_driver
    assert isinstance(driver, SparseDriver | WeightsDriver)
    driver.set_material(TARGET)
    before = driver.program.stages
    driver.set_material(TARGET, edit_of(usual, False))
    changed = {old.name for old, new in zip(before, driver.program.stages, strict=True) if old is not new}
    assert changed == ({"decoder"} if name == "landmarks" else {"forward", "decoder"})


@pytest.mark.parametrize("name", ["landmarks", "weights"])
@pytest.mark.parametrize("solved", [True, False])
def test_an_exaggerated_head_rests_and_swings_so_many_times_further_and_expresses_the_same(
    usual, name, solved
):
    driver, edit = usual.mesh_driver(name), edit_of(usual, False)
    material, shaken = driver.material, replace(STILL, sway_m_s2=np.array([1.0, -2.0, 0.5]))
    assert material is not None and edit.rest is not None
    free = np.abs(edit.rest).max(1) > 0
    program, fixed = driver.head_driver.program, ("seal", "arches")
    kept = [array for stage in program.stages if stage.name in fixed for array in stage.arrays().items()]
    for rows in (array for name, array in kept if name in ("moving", "upper", "lower", "floor")):
        free[rows] = False  # lips that touch, and keep in front of the teeth, follow no factor
    assert free.sum() > 1000

    def still() -> np.ndarray:
        return (
            driver(STILL).vertices if name == "landmarks" else driver.head_driver.show(np.zeros(52)).vertices
        )

    def shown(exaggeration: float) -> list[np.ndarray]:
        material.set_material(TARGET, edit if solved else None, exaggeration)
        at_rest, moved = driver(STILL).vertices, (driver(given).vertices for given in (shaken, smile(usual)))
        return [one[free] for one in (still() - default, *(vertices - at_rest for vertices in moved))]

    default = usual.head.neutral_vertices
    (rest, swing, expression), (far, far_swing, same_expression) = shown(1.0), shown(3.0)
    assert np.allclose(far, 3 * rest, atol=2e-6) and np.abs(rest).max() > 1e-6
    assert np.allclose(far_swing, 3 * swing, atol=1e-6) and np.abs(swing).max() > 1e-6
    assert np.allclose(same_expression, expression, atol=1e-6)


@pytest.mark.parametrize("name", ["landmarks", "weights"])
def test_a_table_stays_when_another_resting_head_is_solved(usual, name):
    fatter = TARGET.with_values({"all.volume": 1.2})
    driver = edited(usual).mesh_driver(name).head_driver
    assert isinstance(driver, SparseDriver | WeightsDriver)
    driver.set_material(fatter)
    assert "edit" in driver.program.names
    driver.set_material(fatter, replace(edit_of(usual, False), setting=fatter))
    assert "edit" in driver.program.names
    driver.set_material(default_setting())
    assert "edit" not in driver.program.names
    driver.set_material(TARGET)
    assert "edit" in driver.program.names
    decoder = driver.program.stage("decoder")
    assert isinstance(decoder, Decoder) and decoder.solved_rest is not None


def test_what_is_kept_of_another_material_is_right(usual):
    fatter = default_setting().with_values({"all.volume": 1.3})
    assert usual.network is not None
    vars(usual.network).update(sway=usual.network.sway)
    fresh = replace(usual.network, target=fatter)
    kept = usual.network.with_target(TARGET).with_target(fatter)
    rest = np.zeros_like(usual.head.neutral_vertices)
    for solved in (kept, kept.with_solved(SolvedEdit(fatter, rest))):
        assert np.array_equal(solved.gravity_compliance, fresh.gravity_compliance)
        assert np.array_equal(solved.material_map[0], fresh.material_map[0])
    compliance = np.ones((3, *rest.shape), np.float32)
    exact = kept.with_solved(SolvedEdit(fatter, rest, None, compliance))
    assert np.array_equal(exact.gravity_compliance, compliance.reshape(3, -1))


def test_a_character_keeps_its_solved_edit_in_its_file(usual, tmp_path: Path):
    character, path = edited(usual), tmp_path / "edited.safetensors"
    character.save(path)
    given = smile(usual)
    loaded = Character.load(path)
    assert np.allclose(
        loaded.mesh_driver()(given).vertices, character.mesh_driver()(given).vertices, atol=1e-6
    )
    assert loaded.with_material({"all.strength": 1.0}).network.solved is None  # type: ignore[union-attr]


def test_the_frames_file_has_the_stage_edit_and_gives_the_same_vertices(usual, tmp_path: Path):
    driver, path = edited(usual).mesh_driver().head_driver, tmp_path / "frame.safetensors"
    assert isinstance(driver, SparseDriver)
    path.write_bytes(frame_bytes(driver.program))
    read = read_frame(path)
    names = read.names
    assert names.index("decoder") < names.index("edit") < names.index("sway")
    flat = smile(usual).displacements.astype(np.float32).ravel()
    ours, theirs = (program.run(Frame(NEUTRAL_GAZE, flat)).vertices for program in (driver.program, read))
    assert ours is not None and theirs is not None and np.allclose(ours, theirs, atol=1e-6)
