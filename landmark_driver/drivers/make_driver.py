"""The one place that builds a driver: `live`, `drive`, Python's API, the bench, exports and the phone's file use it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from capture.softdeca_error import SoftdecaError
from landmark_driver.drivers.driver_names import DriverName
from landmark_driver.drivers.head_driver import HeadDriver
from landmark_driver.drivers.linear_driver import LinearDriver
from landmark_driver.drivers.mesh_driver import MeshDriver
from landmark_driver.drivers.sparse_driver import SparseDriver
from landmark_driver.drivers.weights_driver import WeightsDriver
from landmark_driver.head.head import Head
from landmark_driver.head.scan_mesh import CharacterMesh
from landmark_driver.landmarks.tracker_response import load_tracker_response
from landmark_driver.network.character_network import CharacterNetwork
from landmark_driver.network.compile_frame import Jaws
from landmark_driver.posterior.evidence import ANY, EXACT
from landmark_driver.posterior.landmark_noise import LandmarkNoise

_EXACT_M = 5e-5
"""The noise of points that count as exact, metres."""


class DriverError(SoftdecaError):
    """A driver that the character has no networks for."""


def make_driver(
    head: Head,
    mesh: CharacterMesh,
    network: CharacterNetwork | None = None,
    name: DriverName | None = None,
    points: Float[np.ndarray, "landmarks 3"] | None = None,
    noise_m: float = 0.0,
    arches: Jaws | None = None,
) -> MeshDriver:
    """Build the driver of a character.

    Args:
        head: the head that is driven.
        mesh: the mesh that follows the head.
        network: the head's networks, where it has any.
        name: which driver; None for `landmarks` where there are networks, else `linear`.
        points: (L, 3) metres, head frame: the landmarks on the neutral mesh; None for MediaPipe's 478, with
            the noise that the tracker's response leaves.
        noise_m: standard deviation of given points along each axis, metres; 0 for exact ones.
        arches: the upper and the lower dental arch, which lips keep in front of; None for a head without teeth.

    Returns:
        The driver of the head with its mesh.

    Raises:
        DriverError: for a driver that needs networks where there are none.
    """
    layout = head.embedding if points is None else mesh.layout(np.asarray(points, float))
    default = "linear" if network is None else "landmarks"
    driver: HeadDriver
    if (name or default) == "linear":
        driver = LinearDriver(head, layout)
    elif network is None:
        raise DriverError(
            f"Expected a character with networks for the driver '{name}', got one of linear blendshapes only. "
            "Use --driver linear, or make a character with networks with 'softdeca head fit'."
        )
    elif name == "weights":
        driver = WeightsDriver(head, network, layout, arches)
    elif points is None:
        driver = SparseDriver(head, network, layout, load_tracker_response().noise, arches=arches)
    else:
        noise = LandmarkNoise.same(len(points), max(noise_m, _EXACT_M))
        driver = SparseDriver(head, network, layout, noise, EXACT, ANY, parts_lips=False)
    return MeshDriver(driver, mesh)
