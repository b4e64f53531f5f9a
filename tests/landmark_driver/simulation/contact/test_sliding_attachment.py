"""Tissue of a real head that slides on its bone: along it, not off it, and only where asked."""

from __future__ import annotations

import numpy as np
import pytest

from landmark_driver.geometry.vertex_normals import vertex_normals
from landmark_driver.layers.layered_head import LayeredHead
from landmark_driver.simulation.actuation.simulated_head import SimulatedHead
from landmark_driver.simulation.contact.sliding_attachment import slide_on_bone
from landmark_driver.tissue.tissue_edits import regions_named
from landmark_driver.tissue.tissue_parameters import REGIONS
from tests.landmark_driver.simulation.conftest import expression

HANGING = (0.0, 9.81, 0.0)


@pytest.fixture(scope="module")
def loose(head: SimulatedHead) -> SimulatedHead:
    """The default head with a forehead that slides."""
    layered, attachment = slide_on_bone(head.layered, regions_named("forehead"))
    return SimulatedHead(layered, head.expressions, attachments=[attachment])


def _in_forehead(layered: LayeredHead) -> np.ndarray:
    return np.isin(layered.region, [REGIONS.index(f"forehead_{side}") for side in ("left", "right")])


def test_a_forehead_that_slides_sinks_along_the_bone_when_the_head_hangs(head, loose) -> None:
    forehead = _in_forehead(head.layered)
    inner = np.flatnonzero(forehead) + 2 * head.layered.wrap_size
    moved = {}
    for name, one in {"grown": head, "loose": loose}.items():
        settled = one.solve_static(one.actuate(expression()), gravity_m_s2=HANGING).settled
        assert settled.inversions == 0
        moved[name] = (settled.nodes - one.mesh.nodes) * 1e3
    normals = vertex_normals(head.layered.skull_wrap, head.layered.wrap_faces)[forehead]
    off = np.abs(np.sum(moved["loose"][inner] * normals, axis=1))
    length = {name: np.linalg.norm(one, axis=1) for name, one in moved.items()}
    assert length["grown"][inner].max() == 0
    assert length["loose"][inner].mean() > 10 * off.mean()
    skin = np.flatnonzero(forehead)
    assert length["loose"][skin].mean() > 1.5 * length["grown"][skin].mean()
    chin = np.flatnonzero(head.layered.region == REGIONS.index("chin_left"))
    assert np.abs(moved["loose"] - moved["grown"])[chin].max() < 0.02


def test_a_sliding_forehead_still_lifts_its_brows(loose) -> None:
    acted = loose.actuate(expression(browInnerUp=1.0))
    moved = np.linalg.norm(acted.blendshapes - loose.layered.vertices, axis=1)[acted.target_vertices] > 5e-4
    assert acted.errors_mm[moved].mean() < 0.3
