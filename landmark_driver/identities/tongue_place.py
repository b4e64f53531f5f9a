"""Where the tongue rests: behind the lower crowns and under their edges, and how expressions move it from there.

The artwork's tongue lies between the arches at rest, and hides the teeth of an open mouth. Here it is scaled into the
box behind the lower crowns. An expression moves it as the mandible moves, plus what the artwork's tongue does
beyond the mandible. Out of the mouth it goes where the artwork has it.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from capture.frames.arkit import ARKIT_NAMES
from landmark_driver.dress.teeth import USUAL_TEETH, load_teeth
from landmark_driver.dress.teeth_place import TeethPlace, place_teeth
from landmark_driver.geometry.similarity import Similarity, fit_similarity
from landmark_driver.head.identity_model import HeadTopology, IdentityHead

_UNDER_EDGE_M = 0.0035
"""The tongue's back lies this much under the edges of the lower incisors."""
_TIP_DROP_M = 0.003
"""The tip lies lower than the back by this much."""
_BEHIND_M, _BESIDE_M = 0.0015, 0.001
"""Room between the tongue and the crowns."""
_FLATTER = 0.72
_OUT_NARROWER, _OUT_RAISED_M = 0.86, 0.0015
"""So the tongue leaves the mouth without cutting its corners and the lower lip."""
_MIDDLE_M, _MOLARS_BEHIND_M = 0.006, 0.030
_TONGUE_OUT = ARKIT_NAMES.index("tongueOut")


def teeth_place_in(topology: HeadTopology, vertices: Float[np.ndarray, "vertices 3"]) -> TeethPlace:
    """Return the place of the usual teeth in a head.

    Args:
        topology: the head's.
        vertices: (V, 3) metres, head frame.

    Returns:
        The map from the wardrobe's frame to the head's.
    """
    return place_teeth(load_teeth(USUAL_TEETH), vertices, topology.faces, topology.face_part)


def resting_tongue(
    topology: HeadTopology, artwork: Float[np.ndarray, "vertices 3"]
) -> Float[np.ndarray, "tongue 3"]:
    """Return the tongue at rest in the box behind the lower crowns.

    Args:
        topology: the head's.
        artwork: (V, 3) metres, head frame: the template with the tongue that the artwork gives it.

    Returns:
        (T, 3) metres, the wardrobe's frame.
    """
    teeth = load_teeth(USUAL_TEETH)
    crowns = teeth.vertices[teeth.lower_crowns].astype(float)
    away = np.abs(crowns[:, 0])
    front = crowns[away < _MIDDLE_M]
    edge, back = front[:, 1].max(), front[:, 2].min()
    half_width = away[crowns[:, 2] < crowns[:, 2].max() - _MOLARS_BEHIND_M].min() - _BESIDE_M
    tongue = teeth_place_in(topology, artwork).inverse(artwork[topology.vertices_of("tongue")])
    root, tip = tongue[:, 2].min(), tongue[:, 2].max()
    forward = (tongue[:, 2] - root) / (tip - root)
    top = tongue[tongue[:, 2] > (root + 4 * tip) / 5, 1].max()
    return np.stack(
        [
            tongue[:, 0] * min(1.0, half_width / np.abs(tongue[:, 0]).max()),
            (tongue[:, 1] - top) * _FLATTER + edge - _UNDER_EDGE_M - _TIP_DROP_M * forward**2,
            root + forward * (back - _BEHIND_M - root),
        ],
        1,
    )


def with_resting_tongue(
    topology: HeadTopology, vertices: Float[np.ndarray, "vertices 3"], tongue: Float[np.ndarray, "tongue 3"]
) -> Float[np.ndarray, "vertices 3"]:
    """Return a head whose tongue rests behind its lower crowns.

    Args:
        topology: the head's.
        vertices: (V, 3) metres, head frame.
        tongue: (T, 3) metres, the wardrobe's frame: `resting_tongue`.

    Returns:
        (V, 3) metres, head frame.
    """
    result = vertices.copy()
    result[topology.vertices_of("tongue")] = teeth_place_in(topology, vertices)(tongue)
    return result


def tongue_of(template: IdentityHead) -> Float[np.ndarray, "tongue 3"]:
    """Return the resting tongue of a model from its template, which has it.

    Args:
        template: a head whose tongue is at rest.

    Returns:
        (T, 3) metres, the wardrobe's frame.
    """
    rows = template.topology.vertices_of("tongue")
    return teeth_place_in(template.topology, template.vertices).inverse(template.vertices[rows])


def tongue_expressions(
    topology: HeadTopology,
    artwork: Float[np.ndarray, "vertices 3"],
    template: Float[np.ndarray, "vertices 3"],
    expressions: Float[np.ndarray, "52 vertices 3"],
) -> Float[np.ndarray, "52 vertices 3"]:
    """Return expressions that move the tongue from its resting place.

    Args:
        topology: the template's.
        artwork: (V, 3) metres, head frame: the template with the artwork's tongue.
        template: (V, 3) the same with the resting one.
        expressions: (52, V, 3) metres, of the artwork.

    Returns:
        (52, V, 3) metres; other vertices move as before.
    """
    rows = topology.vertices_of("tongue")
    result = expressions.copy()
    for index, shape in enumerate(expressions):
        jaw = mandible_motion(topology, artwork, shape)
        rest, before = template[rows], artwork[rows]
        result[index, rows] = jaw(rest) - rest + (shape[rows] - (jaw(before) - before))
    out = artwork[rows] * [_OUT_NARROWER, 1, 1] + [0, _OUT_RAISED_M, 0] + expressions[_TONGUE_OUT, rows]
    result[_TONGUE_OUT, rows] = out - template[rows]
    return result


def mandible_motion(
    topology: HeadTopology, vertices: Float[np.ndarray, "vertices 3"], shape: Float[np.ndarray, "vertices 3"]
) -> Similarity:
    """Return the rigid motion of the mandible in an expression: the nearest to that of the coarse lower teeth.

    Args:
        topology: the head's.
        vertices: (V, 3) metres, head frame: the neutral head.
        shape: (V, 3) metres: displacements.

    Returns:
        The motion from rest to the expression, with a scale of one.
    """
    rows = topology.vertices_of("teeth_lower")
    before, after = vertices[rows], vertices[rows] + shape[rows]
    rotation = fit_similarity(before, after, np.ones(len(rows))).rotation
    return Similarity(rotation, 1.0, after.mean(0) - rotation @ before.mean(0))
