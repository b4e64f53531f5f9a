"""The picture of docs/head_fit.md: `python -m docs.scripts.make_fit_pictures`. Needs the training extra.

Two scans of people that do not exist, one good, one with much noise and many holes: the scan, its fit, its error
map and six expressions.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.head.eyes import blendshape_vertices
from landmark_driver.head.identity_model import IdentityModel
from landmark_driver.head_fit.evaluation.synthetic_scans import SyntheticScanSettings, synthetic_scan
from landmark_driver.head_fit.registration.fit_scan import FittedScan, ScanFitter
from landmark_driver.head_fit.scans.scan_to_character import character_of_scan
from landmark_driver.identities.load_identities import load_identities
from landmark_driver.rendering.render import orbit_camera, render

PICTURE = Path(__file__).parents[1] / "pictures" / "head_fit.png"
_SCANS = {
    2: SyntheticScanSettings(cell_m=0.0018, noise_m=0.00015, hole_fraction=0.0),
    4: SyntheticScanSettings(hole_fraction=0.04),
}
"""By the seed of the person."""
_SIZE_PX = (300, 380)
_FULL_MM = 1.5
"""Error that is drawn in full red."""
_EXPRESSIONS: tuple[dict[str, float], ...] = (
    {"jawOpen": 0.7},
    {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0},
    {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0},
    {"mouthPucker": 1.0},
    {"browInnerUp": 1.0, "mouthFrownLeft": 0.8, "mouthFrownRight": 0.8},
    {"browDownLeft": 1.0, "browDownRight": 1.0, "noseSneerLeft": 0.8, "noseSneerRight": 0.8},
)


def main() -> None:
    model = load_identities()
    fitter = ScanFitter(model, model.landmark_embedding())
    rows = []
    for seed, settings in _SCANS.items():
        rng = np.random.default_rng(seed)
        fitted = fitter(synthetic_scan(model.sample(rng), rng, settings).scan)
        rows.append(np.hstack(_fit_pictures(fitted) + _expression_pictures(model, fitted)))
    Image.fromarray(np.vstack(rows)).save(PICTURE, optimize=True)


def _fit_pictures(fitted: FittedScan) -> list[np.ndarray]:
    """The scan, the registered head, and the scan with its distance to it from blue to red."""
    skin = fitted.head.topology.faces_of("skin", "eyeball_left", "eyeball_right")
    plain = np.tile((0.62, 0.36, 0.26), (len(fitted.clean_vertices), 1))
    head = np.tile((0.45, 0.45, 0.5), (len(fitted.head.vertices), 1))
    fraction = np.clip(1e3 * fitted.distances / _FULL_MM, 0, 1)[:, None]
    shown = np.where(fitted.counts[:, None], fraction * [0.8, -0.25, -0.6] + [0.05, 0.3, 0.65], 0.35)
    return [
        _draw(fitted.clean_vertices, fitted.clean.faces, plain),
        _draw(fitted.head.vertices, skin, head),
        _draw(fitted.clean_vertices, fitted.clean.faces, shown),
    ]


def _expression_pictures(model: IdentityModel, fitted: FittedScan) -> list[np.ndarray]:
    character = character_of_scan(model, fitted, {})
    colors = (character.mesh.vertex_colors / 255.0) ** 2.2
    pictures = []
    for expression in _EXPRESSIONS:
        weights = np.zeros(len(ARKIT_NAMES))
        for name, value in expression.items():
            weights[ARKIT_NAMES.index(name)] = value
        vertices = character.mesh.moved(blendshape_vertices(character.head, weights), None)
        pictures.append(_draw(vertices, character.faces, colors))
    return pictures


def _draw(vertices: np.ndarray, faces: np.ndarray, colors: np.ndarray) -> np.ndarray:
    camera = orbit_camera(0.6, 16, 0, _SIZE_PX, vertical_fov_deg=26, target=(0, -0.02, 0))
    return render(vertices, faces, colors, camera, supersample=2).image


if __name__ == "__main__":
    main()
