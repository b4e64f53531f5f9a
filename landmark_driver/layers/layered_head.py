"""A head in layers: skin, muscle and skull wraps of one triangulation, and the tissue between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Integer, UInt8

from landmark_driver.head.identity_model import HeadTopology
from landmark_driver.layers.bones.bones import Bones
from landmark_driver.layers.bones.jaw_hinge import JawHinge
from landmark_driver.layers.wraps.attachment import Attachment
from landmark_driver.layers.wraps.lip_patches import LipPatches


@dataclass(frozen=True)
class Muscles:
    """Closed sheets of muscle and shells of cartilage, metres, head frame."""

    names: tuple[str, ...]
    """The muscles, then `cartilage.CARTILAGES`."""
    vertices: Float[np.ndarray, "vertices 3"]
    faces: Int[np.ndarray, "faces 3"]
    part: Integer[np.ndarray, "faces"]
    """The index into `names` for every triangle."""
    fibres: Int[np.ndarray, "steps 2"]
    """Pairs of successive vertices along the fibres."""


@dataclass(frozen=True)
class LayeredHead:
    """One person's layers in the neutral pose: head frame, metres.

    Node `layer * W + i` is vertex i of the skin wrap (layer 0), muscle wrap (1) or skull wrap (2).
    """

    topology: HeadTopology
    vertices: Float[np.ndarray, "vertices 3"]
    """The neutral head itself; its first vertices are the skin's."""
    nodes: Float[np.ndarray, "nodes 3"]
    wrap_faces: Int[np.ndarray, "faces 3"]
    tets: Int[np.ndarray, "tets 4"]
    """Corners of the tetrahedra, whose volumes are positive."""
    tissue: UInt8[np.ndarray, "tets"]
    """`prism_tets.SOFT` between skin wrap and muscle wrap, `prism_tets.MUSCLE` between muscle wrap and skull wrap."""
    node_bone: UInt8[np.ndarray, "nodes"]
    """`bone_regions.FREE`, `CRANIUM` or `MANDIBLE`; the latter two on the skull wrap only."""
    sliding: Bool[np.ndarray, "nodes"]
    """Free skull wrap nodes that lie in front of teeth and gums and slide on them."""
    region: UInt8[np.ndarray, "wrap"]
    """The index into `tissue_parameters.REGIONS` for every wrap vertex."""
    skin_ride: Attachment
    """The skin vertices, carried by the nodes."""
    lips: LipPatches
    jaw: JawHinge
    bones: Bones
    muscles: Muscles
    tet_muscle: Int[np.ndarray, "tets"]
    """The index into `muscles.names`, -1 where a tetrahedron has no muscle."""
    tet_fibre: Float[np.ndarray, "tets 3"]
    """The unit direction from origin to insertion, zero where there is no muscle."""
    sites: dict[str, tuple[int, ...]]
    """Skin vertices of the measured thickness sites."""

    @property
    def wrap_size(self) -> int:
        return len(self.nodes) // 3

    @property
    def skin_wrap(self) -> Float[np.ndarray, "wrap 3"]:
        return self.nodes[: self.wrap_size]

    @property
    def muscle_wrap(self) -> Float[np.ndarray, "wrap 3"]:
        return self.nodes[self.wrap_size : 2 * self.wrap_size]

    @property
    def skull_wrap(self) -> Float[np.ndarray, "wrap 3"]:
        return self.nodes[2 * self.wrap_size :]

    @property
    def skin_vertices(self) -> Float[np.ndarray, "skin 3"]:
        return self.vertices[self.topology.vertices_of("skin")]
