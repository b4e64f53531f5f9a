"""Which extra brings a missing package, and the command that installs it."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from capture.extras import EXTRAS, install_command, missing_extra

ROOT = Path(__file__).parents[2]


def test_every_extra_that_is_advised_has_its_name_in_the_project_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].keys()
    assert {name for names in EXTRAS.values() for name in names} <= extras
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        advised = set(re.findall(r"(?:softdeca|\.)\[([a-z,]+)\]'", page.read_text(encoding="utf-8")))
        assert {name for names in advised for name in names.split(",")} <= extras, page.name


def test_the_error_names_the_package_the_extra_and_the_command() -> None:
    error = missing_extra(ModuleNotFoundError(name="torch"), "export")
    assert str(error) == (
        "Expected the package 'torch' of the extra 'export', got none. "
        f"Install it: {install_command('export')}."
    )
    assert "extra 'train'" in str(missing_extra(ModuleNotFoundError(name="torch")))
    assert missing_extra(ModuleNotFoundError(name="numpy")) is None
    assert missing_extra(ModuleNotFoundError(name="torch.nonsense")) is None


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (
            {"url": "file:///home/me/soft%20deca", "dir_info": {"editable": True}},
            "--editable '/home/me/soft deca[train]'",
        ),
        ({"url": "file:///home/me/softdeca", "dir_info": {}}, "'softdeca[train]'"),
        ({"url": "file:///home/me/softdeca-0.1.0.whl", "archive_info": {}}, "'softdeca[train]'"),
        (None, "'softdeca[train]'"),
    ],
)
def test_a_checkout_is_installed_again_from_its_folder_and_a_wheel_by_its_name(
    origin: dict | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps(origin) if origin else None
    monkeypatch.setattr(metadata, "distribution", lambda name: SimpleNamespace(read_text=lambda file: text))
    monkeypatch.setattr(sys, "executable", "/home/me/.venv/bin/python")
    assert install_command("train") == f"/home/me/.venv/bin/python -m pip install {expected}"


def test_an_interpreter_whose_path_has_a_space_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/home/my self/python")
    assert install_command("train").startswith('"/home/my self/python" -m pip install ')
