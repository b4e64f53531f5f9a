"""Edits: the paralysed smile of docs/networks.md, and the presets of docs/how_to/tissue.md. Needs the training extra.

    python -m docs.scripts.make_edit_picture paralysed-smile     # half an hour
    python -m docs.scripts.make_edit_picture presets             # some minutes

A held-out head smiles with its left side paralysed: in the simulator, by the network alone, and with the table of shapes that the
simulator solved. One row is driven from ARKit weights, the other from the landmarks of the smile in default tissue.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
import tyro
from PIL import Image, ImageDraw, ImageFont

from capture.frames.landmark_frame import ARKIT_COUNT
from docs.scripts.expression_weights import weights
from docs.scripts.stage import save
from landmark_driver.character import Character
from landmark_driver.drivers.head_driver import DriverInput
from landmark_driver.drivers.weights_driver import WeightsDriver
from landmark_driver.head.cache_folder import cache_folder
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.hypernetwork.data.simulated_tissue import SimulationPhysics
from landmark_driver.hypernetwork.data.training_data import load_training_data
from landmark_driver.hypernetwork.evaluation.edit_effects import edits
from landmark_driver.identities.build_character import character_from
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.network.shipped_networks import HELD_OUT_PATH, shipped_network
from landmark_driver.rendering.detailed_head import detailed_head
from landmark_driver.rendering.render import orbit_camera, render
from landmark_driver.solved_edits.kept_solves import CLOSE, KeptSolves
from landmark_driver.solved_edits.resting_worker import QUICK
from landmark_driver.solved_edits.solve_material import solve_material
from landmark_driver.tissue.presets import PRESETS
from landmark_driver.tissue.solved_edit import SolvedEdit
from landmark_driver.tissue.tissue_parameters import REGIONS
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting

_FRONT = orbit_camera(0.5, 0, 0, (320, 380), 32, target=(0.0, -0.025, -0.035))
_VIEWS = [orbit_camera(0.5, turn, 0, (200, 240), 25, target=(0.0, -0.04, -0.02)) for turn in (0, 40)]
_SMILE = weights(mouthSmile=1.0, cheekSquint=0.5)
_PARALYSED = {f"{region}.strength": 0.0 for region in REGIONS if region.endswith("_left")}
_LEAST_M = 5e-4


class PicturedHead:
    """A held-out head: its simulator, and its character."""

    def __init__(self) -> None:
        self.identities, data = load_identities(), load_training_data(HELD_OUT_PATH)
        neutral = data.neutral[np.flatnonzero(data.head_unseen)[0]]
        self.head = IdentityHead(self.identities.topology, neutral, np.zeros(0))
        physics = SimulationPhysics(self.identities, solving=CLOSE)
        self.solve = KeptSolves(cache_folder() / "solved_edits", physics, self.head)
        usual = character_from(self.identities, self.head, {})
        self.usual = replace(usual, network=shipped_network(usual.head))
        self._detail = detailed_head(self.identities.template())

    def simulated(self, paralysed: bool) -> np.ndarray:
        """The settled smile, (V, 3) metres."""
        setting = edits()["left side paralysed"] if paralysed else default_setting()
        moved = self.solve(_SMILE, setting)
        assert moved is not None
        return self.head.vertices + moved

    def by_weights(self, character: Character) -> np.ndarray:
        driver = character.mesh_driver("weights").head_driver
        assert isinstance(driver, WeightsDriver)
        return driver.show(_SMILE).vertices

    def by_landmarks(self, character: Character) -> np.ndarray:
        """The smile of a performer with default tissue, seen without noise."""
        displacements = self.usual.head.embedding(self.simulated(False) - self.head.vertices)
        return character.mesh_driver().head_driver(DriverInput(displacements)).vertices

    def draw(self, vertices: np.ndarray, caption: str) -> np.ndarray:
        fine = self._detail.subdivision(vertices.astype(float))
        picture = render(fine, self._detail.faces, self._detail.colors, _FRONT, self._detail.gloss, 2).image
        image = Image.fromarray(picture)
        ImageDraw.Draw(image).text((6, 4), caption, fill=(235, 235, 235), font=ImageFont.load_default(14))
        return np.asarray(image)


def paralysed_smile() -> None:
    """Two rows of three heads; the captions have the mean error over the skin that the smile moves."""
    pictured = PicturedHead()
    as_it_was = pictured.usual.with_material(_PARALYSED)
    now = solve_material(pictured.usual, _PARALYSED, table=True, progress=_say)
    true, skin = pictured.simulated(True), pictured.identities.topology.vertices_of("skin")
    moving = skin[np.linalg.norm((true - pictured.head.vertices)[skin], axis=1) > _LEAST_M]
    rows = []
    for name, drive in (("weights", pictured.by_weights), ("landmarks", pictured.by_landmarks)):
        shown = [pictured.draw(true, "simulator")]
        for caption, character in (("network alone", as_it_was), ("with the table", now)):
            vertices = drive(character)
            error_mm = 1e3 * np.linalg.norm(vertices - true, axis=1)[moving].mean()
            shown.append(pictured.draw(vertices, f"{caption}, {name}: {error_mm:.2f} mm"))
        rows.append(np.concatenate(shown, 1))
    save("paralysed_smile.png", np.concatenate(rows))


def presets() -> None:
    """The head before and after each preset, from the front and in three-quarter view, as the viewer shows it."""
    identities, character = load_identities(), Character.load("default")
    head = IdentityHead(identities.topology, character.head.neutral_vertices.astype(float), np.zeros(0))
    generate = SimulationPhysics(identities, solving=QUICK)(head)
    detail, cells = detailed_head(identities.template()), []

    def cell(name: str, setting: TissueSetting) -> np.ndarray:
        driver = character.mesh_driver("weights").head_driver
        assert isinstance(driver, WeightsDriver)
        rest = generate(np.zeros(ARKIT_COUNT), setting).displacement.astype(np.float32)
        driver.set_material(setting, SolvedEdit(setting, rest))
        vertices = driver.show(_SMILE if name.startswith("palsy") else np.zeros(ARKIT_COUNT)).vertices
        fine = detail.subdivision(vertices.astype(float))
        views = [render(fine, detail.faces, detail.colors, view, detail.gloss, 2).image for view in _VIEWS]
        image = Image.fromarray(np.concatenate(views, 1))
        ImageDraw.Draw(image).text((6, 4), name, fill=(235, 235, 235), font=ImageFont.load_default(14))
        return np.asarray(image)

    cells.append(cell("before", default_setting()))
    for name, preset in PRESETS.items():
        shown = f"{name}, smiling" if name == "palsy" else name
        cells.append(cell(shown, default_setting().with_values(preset.values, preset.gravity)))
    rows = [np.concatenate(cells[first : first + 2], 1) for first in range(0, len(cells) - 1, 2)]
    save("presets.png", np.concatenate(rows))


def _say(done: int, total: int) -> None:
    print(f"{done} of {total} expressions", flush=True)


@dataclass(frozen=True)
class MakeEditPicture:
    """Draw one of the pictures."""

    picture: Annotated[Literal["paralysed-smile", "presets"], tyro.conf.Positional]


def main() -> None:
    asked = tyro.cli(MakeEditPicture)
    presets() if asked.picture == "presets" else paralysed_smile()


if __name__ == "__main__":
    main()
