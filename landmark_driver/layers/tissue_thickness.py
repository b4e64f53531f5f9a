"""The thickness of the soft tissue over the skull, spread over the wrap of the default head.

The 20 measured sites are the set of Rhine and Campbell as given by Taylor, Forensic Art and
Illustration (2001), each the mean of their table and of one CT-derived skull and skin pair. Between
them the field follows two more heads with both skin and skull (`_BONE_SITES`). Where the inner wrap
touches no bone (lids, lips, nose, cheeks, neck), and on the scalp, stand control points of our own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial.distance import cdist

from landmark_driver.geometry.vertex_normals import smoothed_normals
from landmark_driver.layers.wraps.wrap_template import WrapTemplate


@dataclass(frozen=True)
class Site:
    """A point on the default head, seen from the front (x, y), the side (z, y) or below (x, z); metres."""

    view: str
    at: tuple[float, float]
    sources_mm: tuple[float, ...]
    """The thickness by each source that has it."""

    @property
    def thickness_mm(self) -> float:
        """The mean of the sources."""
        return float(np.mean(self.sources_mm))


MEASURED_SITES = {
    "supraglabella": Site("front", (0, 0.045), (4.5, 5.5)),
    "glabella": Site("front", (0, 0.022), (4.5, 6.0)),
    "nasion": Site("front", (0, 0.0), (7.0, 7.2)),
    "rhinion": Site("front", (0, -0.018), (2.5, 2.9)),
    "mid_philtrum": Site("front", (0, -0.0555), (10.0, 14.0)),
    "upper_lip_margin": Site("front", (0, -0.0625), (11.0, 11.0)),
    "lower_lip_margin": Site("front", (0, -0.0823), (12.25, 13.9)),
    "supramentale": Site("front", (0, -0.0926), (10.0, 12.6)),
    "pogonion": Site("front", (0, -0.105), (13.0, 10.3)),
    "menton": Site("below", (0, 0.0145), (8.0, 8.8)),
    "mid_supraorbital": Site("front", (0.0315, 0.022), (8.5, 7.2)),
    "suborbital": Site("front", (0.0315, -0.025), (6.25, 6.9)),
    "inferior_malar": Site("front", (0.043, -0.036), (12.0, 13.0)),
    "lateral_orbit": Site("front", (0.052, -0.026), (11.5, 7.8)),
    "zygion": Site("side", (-0.035, -0.018), (7.0, 11.5)),
    "gonion": Site("side", (-0.054, -0.081), (10.5, 12.7)),
    "mid_ramus": Site("side", (-0.052, -0.060), (17.5, 18.0)),
    "above_second_molar": Site("side", (-0.010, -0.060), (18.0, 15.0)),
    "below_second_molar": Site("side", (-0.012, -0.084), (17.0, 12.0)),
    "frontal_eminence": Site("front", (0.03, 0.055), (4.0, 4.8)),
}
"""Sources are the table and the CT-derived pair. The lateral orbit lies 10 mm below the orbit, under its outer margin."""

ON_TEETH = ("upper_lip_margin", "lower_lip_margin")
"""Sites over the teeth of either jaw rather than over the skull wrap's bone."""

_BONE_SITES = {
    "orbital_rim": Site("front", (0.0555, -0.001), (3.3, 6.0)),
    "temporal_line": Site("front", (0.055, 0.030), (4.9, 6.8)),
    "temporal_fossa": Site("side", (-0.025, 0.006), (14.4, 18.3)),
    "temporal_fossa_behind": Site("side", (-0.046, 0.008), (11.0, 14.3)),
    "temple": Site("side", (-0.025, 0.020), (11.7, 14.6)),
    "temporal": Site("side", (-0.060, 0.025), (8.5, 11.7)),
    "arch_before_zygion": Site("side", (-0.018, -0.020), (8.5,)),
    "arch_behind_zygion": Site("side", (-0.052, -0.018), (8.6,)),
    "cheekbone": Site("front", (0.060, -0.022), (8.8,)),
    "preauricular": Site("side", (-0.062, -0.055), (20.3, 19.6)),
    "mandibular_notch": Site("side", (-0.048, -0.040), (20.7, 20.2)),
    "jaw_body": Site("side", (-0.010, -0.097), (6.4, 12.4)),
    "chin_side": Site("front", (0.022, -0.100), (9.0, 12.9)),
    "canine_fossa": Site("front", (0.026, -0.038), (11.5, 14.6)),
    "nasolabial": Site("front", (0.026, -0.058), (7.4, 11.0)),
    "subnasale": Site("front", (0, -0.0508), (13.5,)),
}
"""Nearest distances from skin to bone, over the head's scale, of two public heads: a CT scan of VTK's test data
(`headsq`, 3.2 x 3.2 x 1.5 mm voxels, bone above 1250), and the face and skull of ArtiSynth Models (no cheekbones)."""

_FREE_SITES = {
    "upper_lid": Site("front", (0.0315, 0.009), (3.0,)),
    "lower_lid": Site("front", (0.0315, -0.010), (3.2,)),
    "inner_canthus": Site("front", (0.016, -0.003), (3.5,)),
    "outer_canthus": Site("front", (0.048, -0.003), (5.0,)),
    "nose_side": Site("front", (0.012, -0.024), (4.0,)),
    "nose_tip": Site("front", (0, -0.040), (6.0,)),
    "ala": Site("front", (0.015, -0.042), (4.5,)),
    "mouth_corner": Site("front", (0.027, -0.0745), (9.0,)),
    "buccal": Site("front", (0.046, -0.055), (16.0,)),
    "submental": Site("below", (0, -0.010), (9.0,)),
    "submandibular": Site("below", (0.030, -0.030), (10.0,)),
    "throat": Site("front", (0, -0.132), (9.0,)),
    "neck_side": Site("side", (-0.080, -0.105), (12.0,)),
    "nape": Site("back", (0, -0.080), (14.0,)),
    "occiput": Site("back", (0, -0.020), (7.0,)),
    "back_of_head": Site("back", (0, 0.050), (5.5,)),
    "vertex": Site("above", (0, -0.060), (5.0,)),
    "parietal": Site("side", (-0.090, 0.070), (5.0,)),
    "behind_ear": Site("side", (-0.110, -0.030), (8.0,)),
    "tmj": Site("side", (-0.066, -0.025), (16.0,)),
}

CORRECTED_SITES = {
    name: site for name, site in (MEASURED_SITES | _BONE_SITES).items() if name not in ON_TEETH
}
"""Sites where the skull wrap is moved until bone lies as deep as the sources say."""

_AT_LIPS_MM, _AT_LIDS_MM = 2.6, 2.4
"""The depth of the slit between the lips behind the skin's edge, and that of the lids' edges."""

_VIEWS = {
    "front": (0, 1, 2, 1),
    "back": (0, 1, 2, -1),
    "side": (2, 1, 0, 1),
    "below": (0, 2, 1, -1),
    "above": (0, 2, 1, 1),
}
"""The two axes of a view, its depth axis, and the sign of the depth towards the viewer."""

SOFT_FRACTION = 0.5
"""The fraction of the thickness above the muscle wrap: ours."""


def site_vertex(site: Site, points: Float[np.ndarray, "wrap 3"], normals: Float[np.ndarray, "wrap 3"]) -> int:
    """Return the wrap vertex nearest to a site among the vertices that face its view.

    Args:
        site: the site.
        points: (W, 3) metres, head frame: the default head's skin wrap.
        normals: (W, 3) unit vectors out of the head.

    Returns:
        The vertex's index; on the left half for a side view.
    """
    first, second, depth, sign = _VIEWS[site.view]
    away = np.linalg.norm(points[:, [first, second]] - site.at, axis=1)
    hidden = sign * normals[:, depth] < 0.2
    return int(np.argmin(away + hidden + (points[:, 0] < -1e-6) * (site.view == "side")))


def site_vertices(points: Float[np.ndarray, "wrap 3"], faces: Int[np.ndarray, "faces 3"]) -> dict[str, int]:
    """Return the wrap vertex (left side) of each measured and each corrected site on the default head.

    Args:
        points: (W, 3) metres, head frame: the default head's skin wrap.
        faces: (F, 3) the wrap's triangles.

    Returns:
        Vertex indices by the sites' names.
    """
    normals = smoothed_normals(points, faces, 1)
    named = MEASURED_SITES | CORRECTED_SITES
    return {name: site_vertex(site, points, normals) for name, site in named.items()}


def default_thickness(
    template: WrapTemplate, points: Float[np.ndarray, "wrap 3"], additional_mm: dict[str, float]
) -> Float[np.ndarray, "wrap"]:
    """Return the wanted distance from skin wrap to skull wrap on the default head.

    A linear radial basis function passes through all sites, mirrored: f(x) = c + sum_i w_i |x - x_i|,
    sum_i w_i = 0. It is the interpolant of least bending in space.

    Args:
        template: the wrap template.
        points: (W, 3) metres, head frame: the default head's skin wrap.
        additional_mm: millimetres by the site's name, added to the table; 0 for sites that it lacks.

    Returns:
        (W,) metres, never under 2 mm.
    """
    normals = smoothed_normals(points, template.faces, 1)
    named = MEASURED_SITES | _BONE_SITES | _FREE_SITES
    sites = list(named.values())
    at = points[[site_vertex(site, points, normals) for site in sites]]
    millimetres = np.array([site.thickness_mm + additional_mm.get(name, 0.0) for name, site in named.items()])
    paired = at[:, 0] > 1e-4
    at = np.concatenate([at, at[paired] * [-1, 1, 1]])
    millimetres = np.concatenate([millimetres, millimetres[paired]])
    edges = (template.lip_loop, *template.eye_loops)
    at = np.concatenate([at, *(points[loop] for loop in edges)])
    at_edges = [
        np.full(len(loop), mm)
        for loop, mm in zip(edges, (_AT_LIPS_MM, _AT_LIDS_MM, _AT_LIDS_MM), strict=True)
    ]
    millimetres = np.concatenate([millimetres, *at_edges])
    count = len(at)
    system = np.ones((count + 1, count + 1))
    system[:count, :count], system[-1, -1] = cdist(at, at), 0
    weights = np.linalg.solve(system, np.append(millimetres, 0))
    values = cdist(points, at) @ weights[:-1] + weights[-1]
    return 1e-3 * np.maximum(values, 2.0)
