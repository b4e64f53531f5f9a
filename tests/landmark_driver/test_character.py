"""The character file and its contract."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from capture.output_file import OutputError
from landmark_driver import Character
from landmark_driver.character import CharacterError
from landmark_driver.head.compact_expressions import compact_arrays
from landmark_driver.head.head import HEAD_ARRAYS, LANDMARK_GROUPS
from landmark_driver.people import PEOPLE, person_path

ARRAYS = HEAD_ARRAYS
"""What every character must hold."""


def write_raw(path: Path, character: Character, header: dict[str, str], **changed: Any) -> Path:
    """A file with arrays and header as given, whether they make sense or not; None leaves an array out."""
    arrays = {name: np.ascontiguousarray(getattr(character.head, name)) for name in ARRAYS} | changed
    save_file({name: array for name, array in arrays.items() if array is not None}, path, header)
    return path


def header(**changed: str) -> dict[str, str]:
    return {"format": "softdeca-character", "format_version": "1", "provenance": "{}"} | changed


def test_the_default_character_is_what_the_contract_says(character: Character) -> None:
    count = len(character.neutral_vertices)
    assert character.neutral_vertices.dtype == np.float32
    assert character.neutral_vertices.shape == (count, 3)
    assert character.faces.dtype == np.int32 and character.faces.shape[1] == 3
    assert set(np.unique(character.head.faces)) == set(range(count))
    assert np.isfinite(character.head.expressions).all() and character.head.expressions.shape == (
        52,
        count,
        3,
    )


def test_the_default_head_is_in_the_head_frame(character: Character) -> None:
    """Metres, origin between the eyes, the nose towards +z, the subject's left towards +x."""
    extent = np.ptp(character.neutral_vertices, axis=0)
    assert (extent > 0.1).all() and (extent < 0.35).all()
    np.testing.assert_allclose(character.head.eye_centres.mean(0), 0, atol=5e-4)
    assert character.head.eye_centres[0, 0] > 0.025 and character.head.eye_centres[1, 0] < -0.025
    nose, chin = character.head.neutral_landmarks[[4, 152]]
    assert nose[2] > 0.03 and abs(nose[0]) < 0.002 and chin[1] < -0.08


def test_every_landmark_has_a_group(character: Character) -> None:
    groups = np.array(LANDMARK_GROUPS)[character.head.landmark_groups]
    assert set(groups) == set(LANDMARK_GROUPS)
    assert (groups[468:] == "iris").all() and not (groups[:468] == "iris").any()
    assert set(groups[[13, 14, 61, 291]]) == {"lips"}
    assert set(groups[[159, 145, 386, 374]]) == {"lids"}
    assert groups[105] == groups[334] == "brows"
    assert groups[4] == "face"


def test_a_driver_takes_the_478_points_or_any_others(character: Character) -> None:
    count = len(character.neutral_vertices)
    vertices = character.driver()(np.zeros((478, 3)))
    assert vertices.dtype == np.float32 and vertices.shape == (count, 3)
    # The driver closes the lips, which stand open by a millimetre on the mesh.
    np.testing.assert_allclose(vertices, character.neutral_vertices, atol=1.5e-3)

    rows = [1, 61, 291, 13, 14, 152, 33, 263, 105, 334, 50, 280, 10]
    points = character.head.neutral_landmarks[rows]
    driver = character.driver(points=points)
    jaw = character.head.embedding(character.head.expressions[17].astype(float))[rows]
    mask = np.ones(len(rows), bool)
    mask[0] = False
    vertices = driver(jaw, mask=mask)
    assert vertices.dtype == np.float32 and vertices.shape == (count, 3)
    assert np.abs(vertices - character.neutral_vertices).max() > 0.005


def test_a_saved_character_comes_back_to_the_bit(character: Character, tmp_path: Path) -> None:
    path = tmp_path / "me.safetensors"
    replace(character, provenance={"scan": "mine", "numbers": [1, 2]}).save(path)
    again = Character.load(path)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(again.head, name), getattr(character.head, name))
        assert getattr(again.head, name).dtype == getattr(character.head, name).dtype
    assert again.provenance == {"scan": "mine", "numbers": [1, 2]}
    assert [file.name for file in tmp_path.iterdir()] == ["me.safetensors"]
    assert Character.load(str(path)).faces.shape == character.faces.shape


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_who_ships_says_where_it_comes_from(name: str) -> None:
    character = Character.load(name)
    assert character.provenance == {"identity_model": "anny", "identity": PEOPLE[name].identity}
    assert character.outfit == PEOPLE[name].outfit
    with person_path(name).open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        metadata = json.loads(file.read(length))["__metadata__"]
    assert metadata["format"] == "softdeca-character"
    assert metadata["units"] == "metres"


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_who_ships_takes_at_most_three_megabytes_with_all_pictures(name: str) -> None:
    character = Character.load(name)
    materials = {*character.materials, *(piece.material for piece in character.pieces)}
    pictures = {
        picture
        for material in materials
        for picture in (material.color_picture, material.normal_picture, material.roughness_picture)
        if picture is not None
    }
    size = person_path(name).stat().st_size + sum(len(picture) for picture in pictures)
    assert len(pictures) >= 3 and size < 3e6


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_who_ships_is_driven_by_the_networks_that_ship(name: str) -> None:
    character = Character.load(name)
    jaw = character.head.landmark_expressions[17]
    moved = np.linalg.norm(character.driver()(jaw) - character.neutral_vertices, axis=1)
    assert 0.01 < moved.max() < 0.05


def test_expressions_between_steps_are_kept_as_they_are(character: Character, tmp_path: Path) -> None:
    """By the format that earlier versions read too."""
    between = (character.head.expressions * np.float32(1.0001)).astype(np.float32)
    path = tmp_path / "me.safetensors"
    replace(character, head=replace(character.head, expressions=between)).save(path)
    np.testing.assert_array_equal(Character.load(path).head.expressions, between)
    assert path.stat().st_size > 4 * person_path("default").stat().st_size


def test_compact_expressions_that_do_not_fit_together(character: Character, tmp_path: Path) -> None:
    compact = compact_arrays(character.head.expressions)
    assert compact is not None
    for name, array in compact.items():
        broken = compact | {name: np.ascontiguousarray(array[:-1])}
        path = write_raw(
            tmp_path / "me.safetensors", character, header(format_version="2"), expressions=None, **broken
        )
        with pytest.raises(CharacterError, match="which cannot be read"):
            Character.load(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CharacterError) as error:
        Character.load(tmp_path / "nobody.safetensors")
    assert str(error.value) == (
        f"Expected a character file, got '{tmp_path / 'nobody.safetensors'}', which does not exist. "
        "Give the path of a .safetensors character, or one of default, woman, elder."
    )


def test_a_file_of_other_bytes(tmp_path: Path) -> None:
    path = tmp_path / "me.safetensors"
    path.write_bytes(b"hello, I am no character at all")
    with pytest.raises(CharacterError) as error:
        Character.load(path)
    assert str(error.value).startswith(
        f"Expected a .safetensors character, got '{path}', which cannot be read ("
    )
    assert str(error.value).endswith("The file may be cut short: copy or make it again.")


def test_a_file_that_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "me.safetensors"
    path.write_bytes(person_path("default").read_bytes()[:-1000])
    with pytest.raises(CharacterError, match="which cannot be read"):
        Character.load(path)


def test_a_safetensors_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"weight": np.zeros(3, np.float32)}, path)
    with pytest.raises(CharacterError) as error:
        Character.load(path)
    assert str(error.value) == (
        f"Expected a softdeca character in '{path}', got a safetensors file of another kind. "
        "Make one with 'softdeca head fit', or use 'default'."
    )


@pytest.mark.parametrize("version", ["3", None])
def test_a_character_of_another_version(character: Character, tmp_path: Path, version: str | None) -> None:
    written = header()
    del written["format_version"]
    if version is not None:
        written["format_version"] = version
    path = write_raw(tmp_path / "me.safetensors", character, written)
    with pytest.raises(CharacterError) as error:
        Character.load(path)
    assert str(error.value) == (
        f"Expected character format 1 or 2, got {version or 'none'} in '{path}'. "
        "Make the character again with this version of softdeca."
    )


def test_a_character_with_a_broken_provenance(character: Character, tmp_path: Path) -> None:
    path = write_raw(tmp_path / "me.safetensors", character, header(provenance="{not json"))
    with pytest.raises(CharacterError, match="which cannot be read"):
        Character.load(path)


def test_a_character_without_one_of_its_arrays(character: Character, tmp_path: Path) -> None:
    path = write_raw(tmp_path / "me.safetensors", character, header(), gaze_turns=None)
    with pytest.raises(CharacterError, match="which cannot be read"):
        Character.load(path)


@pytest.mark.usefixtures("unchecked_annotations")
@pytest.mark.parametrize("name", ARRAYS)
def test_a_character_whose_arrays_do_not_fit_together(
    character: Character, tmp_path: Path, name: str
) -> None:
    """Every array cut by one, and where it holds indices, one that leads nowhere."""
    array = getattr(character.head, name)
    broken = [array[:-1].copy()]
    if name in ("faces", "landmark_corners", "eye_vertices"):
        for index in (-1, len(character.neutral_vertices)):
            broken.append(array.copy())
            broken[-1].flat[-1] = index
    if array.dtype == np.float32:
        broken.append(array.copy())
        broken[-1].flat[-1] = np.nan
    for changed in broken:
        path = write_raw(tmp_path / "me.safetensors", character, header(), **{name: changed})
        with pytest.raises(CharacterError) as error:
            Character.load(path)
        assert str(error.value).endswith(
            f"got others in '{path}'. The file is damaged: copy or make it again."
        )


def test_a_place_that_cannot_be_written_to_is_left_as_it_was(character: Character, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="Expected to write"):
        character.save(tmp_path / "nowhere" / "me.safetensors")
    taken = tmp_path / "me.safetensors"
    taken.mkdir()
    with pytest.raises(OutputError, match="Choose a place with room and permission"):
        character.save(taken)
    assert [file.name for file in tmp_path.iterdir()] == ["me.safetensors"]
