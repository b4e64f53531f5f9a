"""The Makefile's targets are those that the guide names, and its quick tests exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_every_target_that_the_guide_names_exists() -> None:
    targets = set(re.findall(r"^(\w+):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make (\w+)", GUIDE, re.MULTILINE))
    assert named >= {"demo", "check", "test", "format", "bench", "assets"}
    assert named <= targets


def test_every_target_without_a_file_is_phony() -> None:
    phony = set(" ".join(re.findall(r"^\.PHONY: (.*)", MAKEFILE, re.MULTILINE)).split())
    assert set(re.findall(r"^(\w+):", MAKEFILE, re.MULTILINE)) <= phony


def test_the_quick_tests_exist() -> None:
    [quick] = re.findall(r"^QUICK := ((?:.*\\\n)*.*)", MAKEFILE, re.MULTILINE)
    paths = quick.replace("\\", "").split()
    assert len(paths) > 10
    assert all((ROOT / path).exists() for path in paths)
