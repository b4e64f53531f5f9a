"""The documentation builds as a site without a warning, and holds the program's own words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import softdeca
from docs.scripts.command_line_page import parsers
from docs.scripts.sentence_lengths import ROOT, pages
from tests.import_order import ORDER


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-n",
        "-q",
        "-b",
        "html",
        "docs",
        str(folder),
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_in_the_site(site: Path) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        assert (site / page.relative_to(ROOT / "docs")).with_suffix(".html").exists(), page


def test_the_command_line_page_has_every_command_and_flag(site: Path) -> None:
    text = (site / "reference/command_line.html").read_text(encoding="utf-8")
    for name, parser in parsers().items():
        assert f">{name}<" in text
        for action in parser._actions:
            assert all(f">{flag}<" in text for flag in action.option_strings if flag not in ("-h", "--help"))


def test_the_api_page_has_every_public_name(site: Path) -> None:
    text = (site / "reference/api.html").read_text(encoding="utf-8")
    for name in softdeca.__all__:
        assert f'id="softdeca.{name}"' in text


def test_the_modules_page_has_every_package(site: Path) -> None:
    text = (site / "reference/modules.html").read_text(encoding="utf-8")
    for folder in ORDER:
        assert f">{folder}<" in text
    assert 'id="landmark_driver.live.face_driver.FaceDriver"' in text


def test_links_between_files_of_the_checkout_lead_somewhere() -> None:
    """README.md and CONTRIBUTING.md are no pages of the site, so their links are followed here."""
    from tests.docs.fenced_blocks import tokens

    for page in (path for path in pages() if path.parent == ROOT):
        for token in tokens(page):
            for child in token.children or []:
                target = str(child.attrs.get("href") or child.attrs.get("src") or "").split("#")[0]
                if target and "://" not in target:
                    assert (ROOT / target).exists(), f"{page.name}: {target}"
