"""Layers any neutral head in template topology."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from landmark_driver.head_model.attachment import ride_with_offset
from landmark_driver.head_model.fit_wraps import fit_wraps
from landmark_driver.head_model.identity_model import HeadModelError, IdentityHead
from landmark_driver.head_model.jaw_hinge import jaw_hinge
from landmark_driver.head_model.layer_template import (
    LayerTemplate,
    load_layer_template,
    split_layers,
    vertex_frames,
)
from landmark_driver.head_model.layered_head import LayeredHead


def layer_head(
    head: IdentityHead,
    template: LayerTemplate | None = None,
    thickness: Float[np.ndarray, "wrap"] | None = None,
) -> LayeredHead:
    """The layered head of `head`: no tetrahedron inverted, skin and bones apart.

    `thickness` is the wanted distance from skin wrap to skull wrap in metres, one value per wrap
    vertex; without it the medical table is scaled with the head.
    """
    template = template or load_layer_template()
    skin = head.vertices[head.topology.vertices_of("skin")]
    if thickness is None:
        thickness = head_scale(template, skin) * template.thickness
    skin_wrap = template.solver.wrapper.wrap(skin)
    stretch = (thickness / template.thickness)[None, :, None]
    frames = vertex_frames(skin_wrap, template.wrap.faces)
    offsets = np.einsum("vcr,lvr->lvc", frames, stretch * template.offsets)
    nodes, inverted = fit_wraps(template.solver, skin, split_layers(thickness), offsets)
    if inverted:
        raise HeadModelError(
            f"This head could not be layered: {inverted} of {len(template.solver.tets)} tetrahedra stay inverted. "
            "Its skin folds over itself more than tissue can; smooth the neutral mesh and try again."
        )
    return LayeredHead(
        topology=head.topology,
        vertices=head.vertices,
        nodes=nodes,
        wrap_faces=template.wrap.faces,
        tets=template.solver.tets,
        tissue=template.solver.tissue,
        node_bone=template.node_bone,
        sliding=template.sliding,
        region=template.region,
        skin_ride=ride_with_offset(skin, nodes, *template.carriers),
        lips=template.lips,
        jaw=jaw_hinge(nodes[2 * template.wrap.size :], template.condyles),
    )


def head_scale(template: LayerTemplate, skin: Float[np.ndarray, "skin 3"]) -> float:
    """Size of a head relative to the default one: root mean square distance of its vault and face from their mean."""
    on_bone = template.node_bone[2 * template.wrap.size :] > 0
    points = template.solver.wrapper.wrap(skin)[on_bone]
    sizes = [np.sqrt(((p - p.mean(0)) ** 2).sum(1).mean()) for p in (points, template.skin_wrap[on_bone])]
    return float(sizes[0] / sizes[1])
