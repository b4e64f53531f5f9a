"""Each kind of thing in CONTRIBUTING.md is added to a copy of the tree, in the files that it names and no others, and used."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from capture.sources.live_source import DEMO_TAKE
from tests.capture.page.fake_controls import touched
from tests.edited_tree import ROOT, Edit, edited_tree, run_in

_GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

FORMAT: dict[str, Edit] = {
    "export/animation/animation_words.py": """
from landmark_driver.live.drive_recording import DrivenSummary

def write_words(path, faces, count, character):
    path.write_text("\\n".join(str(face.sequence) for face in faces))
    return DrivenSummary(count, count)
""",
    "export/animation/drive_to_file.py": (
        (
            "from landmark_driver.character import",
            "from export.animation.animation_words import write_words\nfrom landmark_driver.character import",
        ),
        (
            '    ".npz": MotionFormat(write_npz),\n',
            '    ".npz": MotionFormat(write_npz),\n    ".words": MotionFormat(write_words),\n',
        ),
    ),
    "softdeca/commands/drive.py": (("its ending, .npz", "its ending, .words, .npz"),),
}

STREAM: dict[str, Edit] = {
    "export/streams/lines_stream.py": """
class LinesStream:
    def __init__(self, path):
        self.file = path.open("w")

    def __call__(self, face):
        print(face.sequence, file=self.file)
""",
    "desktop_viewer/session.py": (
        ("    viewer: bool\n", "    viewer: bool\n    lines: Path\n"),
        (
            "from landmark_driver.character import",
            "from export.streams.lines_stream import LinesStream\nfrom landmark_driver.character import",
        ),
        (
            "        outputs: list[Callable[[DrivenFace], None]] = []\n",
            "        outputs: list[Callable[[DrivenFace], None]] = [LinesStream(settings.lines)]\n",
        ),
    ),
    "softdeca/commands/live.py": (
        ("    port: int = 8443\n", "    lines: Path = Path()\n    port: int = 8443\n"),
        (
            "            viewer=self.viewer,\n",
            "            viewer=self.viewer,\n            lines=self.lines,\n",
        ),
    ),
}

DRIVER: dict[str, Edit] = {
    "landmark_driver/drivers/still_driver.py": """
import numpy as np
from landmark_driver.drivers.head_driver import DrivenHead

class StillDriver:
    neutral_offset = None

    def __init__(self, head):
        self.head = head

    def __call__(self, given):
        return DrivenHead(self.head.neutral_vertices.copy(), np.zeros(52), given.gaze)
""",
    "landmark_driver/drivers/driver_names.py": (
        ('"weights", "linear"]', '"weights", "linear", "still"]'),
        ("(the default of any other).", "(the default of any other), still moves nothing."),
    ),
    "landmark_driver/drivers/make_driver.py": (
        (
            "from landmark_driver.drivers.weights_driver",
            "from landmark_driver.drivers.still_driver import StillDriver\nfrom landmark_driver.drivers.weights_driver",
        ),
        (
            '    if (name or default) == "linear":',
            '    if name == "still":\n        driver = StillDriver(head)\n    elif (name or default) == "linear":',
        ),
    ),
}

IDENTITIES: dict[str, Edit] = {
    "landmark_driver/identities/ball_identities.py": """
import trimesh
from types import SimpleNamespace

class Balls:
    def __init__(self, path):
        self.size = float(path.read_text())

    def sample(self, rng, spread=1.0):
        ball = trimesh.creation.icosphere(1, self.size * rng.uniform(1, 2))
        return SimpleNamespace(vertices=ball.vertices, topology=SimpleNamespace(faces=ball.faces))
""",
    "landmark_driver/identities/identity_names.py": (
        ("MODEL_FILES = {\n", 'MODEL_FILES = {\n    "ball": ("FILE", "a text with a radius"),\n'),
    ),
    "landmark_driver/identities/load_identities.py": (
        (
            "def _ict(",
            "def _ball(path):\n    from landmark_driver.identities.ball_identities import Balls\n\n"
            "    return Balls(path)\n\n\ndef _ict(",
        ),
        ('{"flame": _flame,', '{"ball": _ball, "flame": _flame,'),
    ),
}

MATERIAL: dict[str, Edit] = {
    "landmark_driver/tissue/tissue_parameters.py": (
        (
            "PARAMETERS = (STIFFNESS, ",
            'HEAVINESS = TissueParameter("heaviness", "", 1.0, 0.6, 2.0, (1.0, 1.0), "factor on density")\n'
            "PARAMETERS = (STIFFNESS, HEAVINESS, ",
        ),
    ),
    "landmark_driver/simulation/energy/materials.py": (
        ("    DENSITY,\n    INCOMPRESSIBILITY,", "    DENSITY,\n    HEAVINESS,\n    INCOMPRESSIBILITY,"),
        (
            "            tissue_volume=tissue[VOLUME],\n",
            "            tissue_volume=tissue[VOLUME],\n"
            "            density_kg_m3=np.asarray(self.density_kg_m3) * tissue[HEAVINESS],\n",
        ),
    ),
    "docs/physics.md": (
        (
            "| `scale` | size",
            "| `heaviness` | factor on density | 1 | from 0.6 to 2 | of 1 |\n| `scale` | size",
        ),
    ),
}

CONTROL: dict[str, Edit] = {
    "capture/page/index.html": (
        (
            '<p class="privacy">',
            '<select data-setting="contrast"><option>plain</option><option>strong</option></select>\n<p class="privacy">',
        ),
    ),
    "capture/page/screen/settings.js": (
        ("const CHOICES = {\n", 'const CHOICES = {\n  contrast: ["plain", "strong"],\n'),
        ('KEPT = ["mode"', 'KEPT = ["contrast", "mode"'),
    ),
    "capture/page/style.css": (
        ("body {\n", 'body[data-contrast="strong"] { filter: contrast(2); }\nbody {\n'),
    ),
}

KINDS = {
    "An output format": FORMAT,
    "An output stream": STREAM,
    "A driver": DRIVER,
    "An identity model": IDENTITIES,
    "A material parameter": MATERIAL,
    "A page control": CONTROL,
}


def named_files(kind: str) -> list[str]:
    """The files of a kind in CONTRIBUTING.md: the last path of each numbered line."""
    section = _GUIDE.partition(f"\n### {kind}\n")[2].partition("\n### ")[0]
    return [
        re.findall(r"`([\w/]+\.\w+)`", line)[0] for line in re.findall(r"^\d\. .*", section, re.MULTILINE)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_thing_takes_the_three_files_that_the_guide_names(kind: str) -> None:
    named, edited = named_files(kind), set(KINDS[kind])
    assert len(named) == len(edited) == 3
    for path in sorted(named, key=lambda path: "NAME" in path):
        [found] = [file for file in edited if re.fullmatch(path.replace("NAME", "[a-z]+"), file)]
        edited.remove(found)
        assert "NAME" in path or (ROOT / path).is_file(), path


def test_the_guide_has_every_kind() -> None:
    assert re.findall(r"^### (.*)", _GUIDE, re.MULTILINE) == list(KINDS)


@pytest.mark.slow
def test_an_added_format_is_written_by_drive(tmp_path: Path) -> None:
    tree = edited_tree(tmp_path, FORMAT)
    assert ".words" in run_in(tree, "-m", "softdeca", "drive", "--help")
    report = json.loads(run_in(tree, "-m", "softdeca", "drive", str(DEMO_TAKE), "--out", "x.words", "--json"))
    assert len((tree / "x.words").read_text().splitlines()) == report["frames"] > 100


@pytest.mark.slow
def test_an_added_stream_gets_every_driven_face(tmp_path: Path) -> None:
    tree = edited_tree(tmp_path, STREAM)
    live = ("-m", "softdeca", "live", "--source", "demo", "--seconds", "2", "--no-viewer", "--json")
    report = json.loads(run_in(tree, *live, "--lines", "lines.txt"))
    assert len((tree / "lines.txt").read_text().splitlines()) == report["frames_driven"] > 0


@pytest.mark.slow
def test_an_added_driver_drives(tmp_path: Path) -> None:
    tree = edited_tree(tmp_path, DRIVER)
    assert "still moves nothing" in " ".join(run_in(tree, "-m", "softdeca", "live", "--help").split())
    run_in(tree, "-m", "softdeca", "drive", str(DEMO_TAKE), "--out", "x.npz", "--driver", "still")
    with np.load(tree / "x.npz") as data:
        assert (data["vertices"] == data["vertices"][0]).all() and not data["weights"].any()


def test_an_added_identity_model_is_sampled(tmp_path: Path) -> None:
    tree = edited_tree(tmp_path, IDENTITIES)
    (tree / "radius.txt").write_text("0.1")
    sample = ("-m", "softdeca", "head", "sample", "--seed", "1", "--out", "x.ply", "--json")
    assert "ball:FILE" in run_in(tree, *sample[:4], "--help")
    assert json.loads(run_in(tree, *sample, "--identities", "ball:radius.txt"))["vertices"] == 42


def test_an_added_parameter_is_simulated_and_the_networks_that_ship_still_load(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "physics.md").write_text((ROOT / "docs" / "physics.md").read_text("utf-8"), "utf-8")
    tree = edited_tree(tmp_path, MATERIAL)
    run_in(tree, "-c", _HEAVY_CHEEK)


_HEAVY_CHEEK = """
import numpy as np
from pathlib import Path
from landmark_driver import Character
from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.tissue.tet_materials import region_fractions, tet_materials
from landmark_driver.tissue.tissue_edits import parse_tissue_edits
from landmark_driver.tissue.tissue_error import TissueSettingError
from landmark_driver.tissue.tissue_parameters import HEAVINESS, REGIONS
from landmark_driver.tissue.tissue_setting import default_setting

character = Character.load("default")
vertices = character.with_material({"cheek.stiffness": 0.5}).driver()(np.zeros((478, 3)))
assert np.isfinite(vertices).all()
try:
    character.with_material({"cheek.heaviness": 1.5})
    raise SystemExit("the networks took what they have not learned")
except TissueSettingError as error:
    assert str(error).startswith("Expected heaviness of 1, got 1.5."), error

setting = default_setting().with_values(parse_tissue_edits(["cheek.heaviness=1.5"]))
cheek = np.full((1, 4), REGIONS.index("cheek_left"))
heavy = Materials().with_tissue(tet_materials(region_fractions(cheek), setting))
assert np.allclose(heavy.density_kg_m3, 1350)
row = f"| `{HEAVINESS.name}` | {HEAVINESS.meaning} | 1 | {HEAVINESS.simulable_text} | {HEAVINESS.trained_text} |"
assert row in Path("docs/physics.md").read_text(encoding="utf-8").splitlines()
"""


def test_an_added_control_changes_its_setting_and_the_page(tmp_path: Path) -> None:
    tree = edited_tree(tmp_path, CONTROL)
    assert touched(tree / "capture" / "page", "contrast", "strong") == {
        "setting": "strong",
        "body": "strong",
        "kept": "strong",
    }
