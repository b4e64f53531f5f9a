"""Identity models of a mean head and directions: the common form of FLAME and ICT-FaceKit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from jaxtyping import Float, Int
from scipy.sparse.csgraph import connected_components

from landmark_driver.geometry.fill_holes import open_loops
from landmark_driver.head.eyeballs import fit_sphere
from landmark_driver.head.identity_model import PARTS, HeadModelError, HeadTopology, IdentityHead
from landmark_driver.head_fit.placement.place_scan import UNITS

_LEFT, _RIGHT, _CAVITY = (PARTS.index(part) for part in ("eyeball_left", "eyeball_right", "mouth_cavity"))
_ROUND = 0.12
"""Eyeballs deviate from a sphere by less than this fraction of its radius, cornea included."""
_RANGE = 3.0
"""Standard deviations that a coefficient may be from the mean head."""
_EYE_DISTANCE_M = 0.063
"""The distance between the pupils of adults."""


@dataclass(frozen=True, eq=False)
class LinearHeadModel:
    """`HeadModel` with vertices mean + coefficients @ directions; coefficients are standard normal."""

    name: str
    topology: HeadTopology
    mean_vertices: Float[np.ndarray, "vertices 3"]
    """Metres, head axes, with the source's own origin; heads are moved to the head frame's."""
    directions: Float[np.ndarray, "coefficients vertices 3"]
    """Metres for one standard deviation."""
    expressions: Float[np.ndarray, "52 vertices 3"]
    """Metres, head axes."""
    turns: Float[np.ndarray, "52 2 3"]
    """Rotation vectors of the left and the right eyeball, radians."""
    landmark_vertices: Int[np.ndarray, "landmarks"]
    """The vertices of Multi-PIE's 68 where the source names them, else none."""

    @property
    def coefficient_names(self) -> tuple[str, ...]:
        return tuple(f"shape{index:03d}" for index in range(len(self.directions)))

    def head(self, coefficients: Float[np.ndarray, "coefficients"]) -> IdentityHead:
        """Make the neutral head of given coefficients.

        Args:
            coefficients: (C,) standard normal over people.

        Returns:
            The head, metres, head frame: the origin lies midway between the eyeballs' centres.

        Raises:
            HeadModelError: for another number of coefficients, or one that is not finite.
        """
        coefficients = np.asarray(coefficients, float)
        if coefficients.shape != (len(self.directions),) or not np.isfinite(coefficients).all():
            raise HeadModelError(
                f"Expected {len(self.directions)} finite coefficients of the {self.name} head model, "
                f"got shape {coefficients.shape}. See coefficient_names."
            )
        vertices = self.mean_vertices + np.tensordot(coefficients, self.directions, 1)
        return IdentityHead(self.topology, vertices - self._origin(vertices), coefficients)

    def mean(self) -> IdentityHead:
        """Make the source's mean head.

        Returns:
            The head, metres, head frame.
        """
        return self.head(np.zeros(len(self.directions)))

    def sample(self, rng: np.random.Generator, spread: float = 1.0) -> IdentityHead:
        """Draw a random head.

        Args:
            rng: the source of randomness.
            spread: the standard deviation of every coefficient; 1 is plausible.

        Returns:
            The head, metres, head frame.
        """
        return self.head(spread * rng.normal(size=len(self.directions)))

    def sample_whole_range(self, rng: np.random.Generator) -> IdentityHead:
        """Draw every coefficient uniformly from -3..3: a stress test, not a person.

        Args:
            rng: the source of randomness.

        Returns:
            The head, metres, head frame.
        """
        return self.head(rng.uniform(-_RANGE, _RANGE, len(self.directions)))

    def template_expressions(self) -> Float[np.ndarray, "52 vertices 3"]:
        """Return the source's ARKit displacements.

        Returns:
            (52, V, 3) metres, head axes, canonical order; zero where the source has none.
        """
        return self.expressions

    def gaze_turns(self) -> Float[np.ndarray, "52 2 3"]:
        """Return the rotation vectors of both eyeballs for each expression at weight one.

        Returns:
            (52, 2, 3) radians, head frame, left eyeball first.
        """
        return self.turns

    def _origin(self, vertices) -> Float[np.ndarray, "3"]:
        balls = [vertices[self.topology.vertices_of(f"eyeball_{side}")] for side in ("left", "right")]
        return (fit_sphere(balls[0])[0] + fit_sphere(balls[1])[0]) / 2


def head_unit(vertices: Float[np.ndarray, "vertices 3"], topology: HeadTopology) -> float:
    """Return the metres in one unit of a mesh, decided by the distance of its eyes.

    Args:
        vertices: (V, 3) in the source's unit.
        topology: gives the eyeballs' vertices.

    Returns:
        1, 0.1, 0.01 or 0.001: the one that brings the eyeballs' centres nearest to 63 mm apart.
    """
    left, right = (
        fit_sphere(vertices[topology.vertices_of(f"eyeball_{side}")])[0] for side in ("left", "right")
    )
    apart = float(np.linalg.norm(left - right))
    return min(UNITS, key=lambda unit: abs(np.log(apart * unit / _EYE_DISTANCE_M)))


def topology_of(vertices: Float[np.ndarray, "vertices 3"], faces: Int[np.ndarray, "faces 3"]) -> HeadTopology:
    """Return the parts and loops of a head with +y up and +z forward.

    Args:
        vertices: (V, 3) in any unit.
        faces: (F, 3) triangles.

    Returns:
        The topology: the largest component is skin, the two largest round ones are eyeballs, the rest mouth cavity.
        A loop that is not found is empty.

    Raises:
        HeadModelError: where there are no two eyeballs.
    """
    graph = sparse.coo_matrix(
        (np.ones(len(faces)), (faces[:, 0], faces[:, 1])), shape=(len(vertices), len(vertices))
    ) + sparse.coo_matrix(
        (np.ones(len(faces)), (faces[:, 1], faces[:, 2])), shape=(len(vertices), len(vertices))
    )
    component = connected_components(graph, directed=False)[1]
    sizes = np.bincount(component[faces[:, 0]], minlength=component.max() + 1)
    part = np.full(len(sizes), _CAVITY)
    part[sizes.argmax()] = PARTS.index("skin")
    left, right = _eyeballs(vertices, component, sizes)
    part[left], part[right] = _LEFT, _RIGHT
    loops = [np.array(loop) for loop in open_loops(faces[component[faces[:, 0]] == sizes.argmax()])]
    eyes = [vertices[component == side].mean(0) for side in (left, right)]
    eye_loops = tuple(_nearest_loop(loops, vertices, eye, 0.4) for eye in eyes)
    neck = min(loops, key=lambda loop: vertices[loop, 1].mean(), default=np.zeros(0, int))
    rest = [loop for loop in loops if not any(np.array_equal(loop, other) for other in (*eye_loops, neck))]
    mouth = (eyes[0] + eyes[1]) / 2 - [0, 1.1 * np.linalg.norm(eyes[0] - eyes[1]), 0]
    return HeadTopology(
        faces=faces.astype(np.int32),
        face_part=part[component[faces[:, 0]]].astype(np.uint8),
        vertex_part=part[component].astype(np.uint8),
        lip_loop=_nearest_loop(rest, vertices, mouth, 0.6 * float(np.linalg.norm(eyes[0] - eyes[1]))),
        neck_loop=neck,
        eye_loops=(eye_loops[0], eye_loops[1]),
    )


def _eyeballs(vertices, component, sizes) -> tuple[int, int]:
    """Return the two largest components that are nearly spheres, the left one first."""
    found = []
    for index in np.argsort(-sizes)[1:]:
        points = vertices[component == index]
        if len(points) >= 12:
            centre, radius = fit_sphere(points)
            distance = np.linalg.norm(points - centre, axis=1)
            if np.abs(distance / radius - 1).max() < _ROUND and np.ptp(points, axis=0).max() > radius:
                found.append((float(centre[0]), int(index)))
    if len(found) < 2:
        raise HeadModelError(
            f"Expected a head model with two eyeballs, got {len(found)}. Use the model's full mesh."
        )
    (_, left), (_, right) = sorted(found[:2], reverse=True)
    return left, right


def _nearest_loop(loops, vertices, place, reach: float) -> Int[np.ndarray, "loop"]:
    """Return the loop whose centre is nearest to a place, or an empty one if none is within reach."""
    near = [
        (float(np.linalg.norm(vertices[loop].mean(0) - place)), index) for index, loop in enumerate(loops)
    ]
    if not near or min(near)[0] > reach:
        return np.zeros(0, int)
    return loops[min(near)[1]]
