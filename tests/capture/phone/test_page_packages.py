"""The list of the npm packages' files: all that the page loads, and nothing that it does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from capture.phone.page_packages import LIBRARIES, LITERT_FILES, PACKAGE_FILES
from capture.phone.phone_app import PAGE

BENCH_PAGE = Path(__file__).parents[3] / "firmware_bench" / "page"
INSTALLED = (PAGE / "node_modules").exists()


def addresses() -> set[str]:
    """Every address of a package in the two pages' own modules."""
    modules = [
        path
        for folder in (PAGE, BENCH_PAGE)
        for path in folder.rglob("*.js")
        if "node_modules" not in path.parts
    ]
    text = "".join(path.read_text(encoding="utf-8") for path in modules)
    return set(re.findall(r'"(/(?:mediapipe|three|litert)/[^"]+)"', text))


def listed() -> set[str]:
    return {f"{at}/{name}" for at, (_, names) in LIBRARIES.items() for name in names} | set(LITERT_FILES)


def test_every_address_that_the_pages_load_is_listed() -> None:
    """MediaPipe's folder stands for the two files that it names by the browser's abilities."""
    found = addresses()
    folder = "/mediapipe/wasm"
    assert {"/mediapipe/vision_bundle.mjs", "/three/three.module.js", folder} <= found
    assert found - {folder} <= listed()
    assert {f"{folder}/vision_wasm_internal.{end}" for end in ("js", "wasm")} <= listed()


@pytest.mark.skipif(not INSTALLED, reason="the page's parts are missing: npm ci --prefix capture/page")
def test_every_listed_file_is_installed_and_so_is_each_that_it_imports() -> None:
    files = [PAGE / name for name in PACKAGE_FILES]
    assert [file for file in files if not file.is_file()] == []
    for file in files:
        if file.suffix in (".js", ".mjs"):
            text = file.read_text(encoding="utf-8")
            named = re.findall(r"""^(?:import|export)\b[^;]*?from\s*["'](\.[^"']+)["']""", text, re.MULTILINE)
            assert {(file.parent / name).resolve() for name in named} <= {other.resolve() for other in files}
