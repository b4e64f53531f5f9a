"""Phone files of version 0.1.0, which pages have kept, in today's page; `test_files_of_0_1_0.py` holds their vertices."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from export.models.phone_file import phone_file
from landmark_driver.character import Character
from tests.node import run_module

FILES = Path(__file__).parents[2] / "golden" / "v0_1_0"
ONLY_IN_PYTHON = {"decoder.symmetric_head"}
ONLY_NOW = ("residual.", "material.", "arches.", "seal.", "picture.")
ONLY_THEN = ("corrector.", "response.linear_share", "lips.")
_READ = """
    import { readFileSync } from "node:fs";
    const { readPuppet } = await import(PAGE + "/puppet/files/puppet_store.js");
    const { metadata, arrays, shapes } = readPuppet(new Uint8Array(readFileSync(argument)).buffer);
    const ranks = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, shape.length]));
    const lengths = Object.entries(arrays).map(([name, array]) => [name, array.length]);
    console.log(JSON.stringify({ metadata, ranks, lengths: Object.fromEntries(lengths) }));
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`then`, a file of 0.1.0, and `now`, one of today; of other heads, the same arrays."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "then").write_bytes(gzip.decompress((FILES / "phone.safetensors.gz").read_bytes()))
    now = phone_file(Character.load("default"))
    assert now is not None
    (folder / "now").write_bytes(now)
    return folder


def read(path: Path) -> dict[str, Any]:
    """A file's header, and how many indices and numbers each array has, as the page reads them."""
    return run_module(_READ, str(path))


def test_every_array_has_todays_name_and_rank(folder: Path) -> None:
    then, now = read(folder / "then"), read(folder / "now")
    assert then["lengths"].keys() == then["ranks"].keys()
    ranks = {name: rank for name, rank in then["ranks"].items() if not name.startswith(ONLY_THEN)}
    new = {name for name in now["ranks"] if name.startswith(ONLY_NOW)}
    assert set(ranks) == set(now["ranks"]) - ONLY_IN_PYTHON - new
    assert ranks.items() <= now["ranks"].items()
    for name in ("content", "units"):
        assert then["metadata"][name] == now["metadata"][name]
    assert then["metadata"]["stages"] == "looks posterior corrector bounds decoder sway lips eyes"
    assert now["metadata"]["stages"] == "looks posterior bounds decoder residual sway arches seal eyes"


def test_a_file_of_another_format_or_content_is_refused_in_words(folder: Path) -> None:
    source = """
        import { readFileSync } from "node:fs";
        const { readPuppet } = await import(PAGE + "/puppet/files/puppet_store.js");
        const whole = readFileSync(argument);
        const said = [["softdeca-frame", "softdeca-drame"], ['"phone"', '"bench"']].map(([from, to]) => {
          const other = Buffer.from(whole);
          other.write(to, other.indexOf(from));
          try {
            readPuppet(new Uint8Array(other).buffer);
          } catch (error) {
            return error.cause.message;
          }
        });
        console.log(JSON.stringify(said));
    """
    format_, content = run_module(source, str(folder / "now"))
    assert "Expected a compiled frame in format 'softdeca-frame 1', got 'softdeca-drame 1'." in format_
    assert "Expected a file with content 'phone', got 'bench'." in content
