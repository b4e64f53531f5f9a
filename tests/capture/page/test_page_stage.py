"""What the page computes for its light: directions of strands, the opening between the lips."""

from __future__ import annotations

import numpy as np

from tests.node import run_module

_DIRECTIONS = """
    const { strandDirections } = await import(PAGE + "/puppet/stage/strand_directions.js");
    const { positions, coordinates, faces } = argument;
    console.log(JSON.stringify(Array.from(strandDirections(positions, coordinates, faces))));
"""
_OPENING = """
    const { MouthRim } = await import(PAGE + "/puppet/stage/mouth_rim.js");
    const rim = new MouthRim(argument.skin, argument.mouth, argument.positions);
    console.log(JSON.stringify(rim.opening(argument.positions)));
"""


def test_strands_run_from_root_to_tip_however_their_picture_is_turned() -> None:
    """Roots have the coordinate 1, tips 0; a mirrored picture changes nothing."""
    root, tip = np.array([0.1, 0.2, 0.3]), np.array([0.1, 0.2, 0.3]) + 0.05 * np.array([0.6, -0.8, 0])
    across = np.array([0.0, 0.0, 0.004])
    positions = np.stack([root, root + across, tip, tip + across])
    for sides in ((0.2, 0.4), (0.4, 0.2)):
        coordinates = [[sides[0], 1], [sides[1], 1], [sides[0], 0], [sides[1], 0]]
        argument = {
            "positions": positions.ravel().tolist(),
            "coordinates": np.ravel(coordinates).tolist(),
            "faces": [0, 1, 3, 0, 3, 2],
        }
        found = np.array(run_module(_DIRECTIONS, argument)).reshape(-1, 3)
        np.testing.assert_allclose(found, np.tile([0.6, -0.8, 0], (4, 1)), atol=1e-6)


def test_the_opening_spans_the_places_that_lips_and_cavity_share() -> None:
    positions = [
        [-0.02, 0, 0],
        [0.02, 0, 0.002],
        [0, 0.006, 0.01],
        [0, -0.004, 0.01],
        [0, 0.5, 0.5],
        [0, -0.5, 0.5],
    ]
    argument = {"positions": np.ravel(positions).tolist(), "skin": [0, 1, 2, 3, 4], "mouth": [0, 1, 2, 3, 5]}
    found = run_module(_OPENING, argument)
    np.testing.assert_allclose(found["middle"], [0, 0.001, 0.01], atol=1e-12)
    np.testing.assert_allclose([found["halfWidth"], found["halfHeight"]], [0.02, 0.005], atol=1e-12)
    assert run_module(_OPENING, argument | {"mouth": [5]}) is None
    seam = argument | {"positions": np.ravel(positions + positions[:4]).tolist(), "mouth": [6, 7, 8, 9, 5]}
    assert run_module(_OPENING, seam) == found
