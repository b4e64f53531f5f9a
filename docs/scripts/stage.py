"""Where pictures of the physics are taken: one head that is edited, settled and drawn."""

from __future__ import annotations

import numpy as np
from PIL import Image

from capture.frames.arkit import ARKIT_NAMES
from docs.scripts.make_pictures import PICTURES
from landmark_driver.geometry.affine_pose import moved_points
from landmark_driver.head.lip_sections import lip_seal
from landmark_driver.identities.build_character import character_from
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.network.shipped_networks import shipped_weights
from landmark_driver.rendering.dressed_mesh import DressedMesh
from landmark_driver.rendering.render import Camera, orbit_camera
from landmark_driver.simulation.actuation.simulated_head import (
    ActuatedExpression,
    SimulatedFace,
    SimulatedHead,
)
from landmark_driver.simulation.programs.simulate_head import prepare_head
from landmark_driver.simulation.solver.simulator import Simulator
from landmark_driver.tissue.tissue_edits import parse_tissue_edits
from landmark_driver.tissue.tissue_setting import default_setting

FRONT = orbit_camera(0.52, 0, 0, (200, 240), 32, target=(0.0, -0.02, -0.035))
_NEUTRAL = np.zeros(len(ARKIT_NAMES))
_LAG_COLOR = np.array([0.05, 0.25, 0.95])


class Stage:
    """One head that is edited, settled and drawn."""

    def __init__(self):
        identities = load_identities()
        self.head: SimulatedHead = prepare_head(identities.mean(), identities)
        character = character_from(identities, identities.mean(), {})
        own = character.head
        self._shown = DressedMesh(character)
        self._seal = lip_seal(shipped_weights().lips, own.neutral_vertices, own.faces, own.face_part)
        self.neutral = self.actuate(_NEUTRAL)

    def actuate(self, expression: np.ndarray) -> ActuatedExpression:
        return self.head.actuate(expression)

    def tissue(self, *edits: str) -> Simulator:
        """The head with material edits as the command line writes them."""
        return self.head.with_setting(default_setting().with_values(parse_tissue_edits(edits)))

    def solve_static(
        self,
        acted: ActuatedExpression,
        *edits: str,
        gravity: tuple[float, float, float] = (0.0, 0.0, 0.0),
        bones: tuple[str, ...] = (),
        contact: bool = False,
    ) -> SimulatedFace:
        return self.head.solve_static(
            acted,
            self.tissue(*edits),
            gravity_m_s2=gravity,
            bones=self.head.bones_of(default_setting().with_values(parse_tissue_edits(bones))),
            contact=contact,
        )

    def draw(
        self,
        vertices: np.ndarray,
        camera: Camera = FRONT,
        amount: np.ndarray | None = None,
        T_world_head: np.ndarray | None = None,
        sealed: bool = True,
    ) -> np.ndarray:
        """The head with lips that touch, as drivers show it, or as they come; `amount` (0 to 1 a vertex) tints it blue."""
        shown, moved = self._shown, vertices.copy()
        colors = shown.colors
        if sealed:
            assert self._seal is not None
            self._seal(moved, 0.0)
        if T_world_head is not None:
            moved = moved_points(T_world_head, moved)
        if amount is not None:
            tint = np.clip(shown.of_mesh(amount[:, None].repeat(3, 1)), 0, 1)
            colors = (1 - tint) * colors + tint * _LAG_COLOR
        return shown.picture(moved, camera, 2, colors)


def save(name: str, picture: np.ndarray) -> None:
    """256 colours, dithered, so that a picture stays small."""
    image = Image.fromarray(picture)
    palette = image.quantize(256, kmeans=2)
    image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(PICTURES / name, optimize=True)
    print(PICTURES / name, (PICTURES / name).stat().st_size // 1000, "kB", flush=True)
