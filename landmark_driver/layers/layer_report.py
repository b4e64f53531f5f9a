"""A layered head in numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from landmark_driver.geometry.mesh_contact import distance_to_mesh, smallest_distance
from landmark_driver.geometry.triangle_intersections import intersecting_pairs
from landmark_driver.layers.layered_head import LayeredHead
from landmark_driver.layers.wraps.prism_tets import scaled_jacobians, signed_volumes


def layer_report(layered: LayeredHead) -> dict[str, Any]:
    """Return the counts and measures of a layered head.

    Args:
        layered: the head to measure.

    Returns:
        Counts `tets`, `inverted` and `intersections` (pairs of triangles); `min_distance_mm`, `thickness_mm` per site
        and `skin_wrap_off_skin_mm` in millimetres; `scaled_jacobian`, the smallest value, the 0.1 % and 1 %
        quantiles and the median.

    A smallest distance is 0 where the two meshes intersect.
    """
    skin = (layered.skin_vertices, layered.topology.faces_of("skin"))
    bones = (layered.bones.vertices, layered.bones.faces)
    muscles = (layered.muscles.vertices, layered.muscles.faces)
    pairs = {
        "skin_to_skull": (skin, bones),
        "skin_to_muscle": (skin, muscles),
        "muscle_to_skull": (muscles, bones),
    }
    crossings = {name: len(intersecting_pairs(*a, *b)) for name, (a, b) in pairs.items()}
    distances = {
        name: 0.0 if crossings[name] else 1e3 * smallest_distance(*a, *b) for name, (a, b) in pairs.items()
    }
    quality = scaled_jacobians(layered.nodes, layered.tets)
    return {
        "tets": len(layered.tets),
        "inverted": int((signed_volumes(layered.nodes, layered.tets) <= 0).sum()),
        "min_distance_mm": {name: round(value, 4) for name, value in distances.items()},
        "intersections": {
            "skin_bones": crossings["skin_to_skull"],
            "muscles_bones": crossings["muscle_to_skull"],
        },
        "thickness_mm": thickness_mm(layered),
        "scaled_jacobian": [round(float(value), 5) for value in np.quantile(quality, [0, 1e-3, 1e-2, 0.5])],
        "skin_wrap_off_skin_mm": _off_skin_mm(layered),
    }


def thickness_mm(layered: LayeredHead) -> dict[str, float]:
    """Return the distance from the skin to the nearest bone or tooth at each measured site.

    Args:
        layered: the head to measure.

    Returns:
        Millimetres by the site's name, the mean of both sides.
    """
    every = np.concatenate([np.array(vertices) for vertices in layered.sites.values()])
    distances = distance_to_mesh(layered.skin_vertices[every], layered.bones.vertices, layered.bones.faces)
    ends = np.cumsum([len(vertices) for vertices in layered.sites.values()])[:-1]
    means = [1e3 * float(part.mean()) for part in np.split(distances, ends)]
    return dict(zip(layered.sites, (round(value, 3) for value in means), strict=True))


def _off_skin_mm(layered: LayeredHead) -> float:
    """Return the mean distance of the skin wrap from the skin, ears apart."""
    carried_by_one = layered.skin_ride.weights[:, 0] == 1
    return round(1e3 * float(np.linalg.norm(layered.skin_ride.offset[carried_by_one], axis=1).mean()), 4)
