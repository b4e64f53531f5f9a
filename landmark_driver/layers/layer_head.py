"""Layers any neutral head in template topology."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from landmark_driver.head.identity_model import HeadModelError, IdentityHead
from landmark_driver.identities.neutral_checks import check_neutral
from landmark_driver.layers.bones.bones import Bones, build_bones
from landmark_driver.layers.bones.cartilage import CARTILAGES, build_cartilage
from landmark_driver.layers.bones.jaw_hinge import jaw_hinge
from landmark_driver.layers.layer_template import (
    LayerTemplate,
    split_layers,
)
from landmark_driver.layers.layered_head import LayeredHead, Muscles
from landmark_driver.layers.muscles import between_bone_and_skin, fibre_directions
from landmark_driver.layers.wraps.attachment import ride_with_offset
from landmark_driver.layers.wraps.fit_wraps import fit_wraps


def layer_head(
    head: IdentityHead,
    template: LayerTemplate,
    thickness: Float[np.ndarray, "wrap"] | None = None,
) -> LayeredHead:
    """Layer a head so that no tetrahedron is inverted and skin and bones are apart.

    Args:
        head: a neutral head of the layer template's topology.
        template: the layer template of that topology.
        thickness: (W,) metres, the wanted distance from skin wrap to skull wrap; None for the medical table, scaled
            with the head.

    Returns:
        The layered head, metres, head frame.

    Raises:
        HeadModelError: for a head that cannot be layered.
    """
    check_neutral(head, template.outside_ears)
    skin = head.vertices[head.topology.vertices_of("skin")]
    if thickness is None:
        thickness = head_scale(template, skin) * template.thickness
    nodes, inverted = fit_wraps(template.solver, skin, split_layers(thickness), template.nodes)
    if inverted:
        raise HeadModelError(
            f"Expected no inverted tetrahedra, got {inverted} of {len(template.solver.tets)} after untangling. "
            "Smooth the neutral mesh, whose skin folds over itself more than tissue can."
        )
    skin_faces = head.topology.faces_of("skin")
    _, muscle_wrap, skull_wrap = nodes.reshape(3, template.wrap.size, 3)
    bones = build_bones(template.bones, skull_wrap, skin, skin_faces)
    muscles = _muscles(template, muscle_wrap, skull_wrap, bones, skin, skin_faces)
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
        jaw=jaw_hinge(skull_wrap, template.condyles),
        bones=bones,
        muscles=muscles,
        tet_muscle=template.tet_muscle,
        tet_fibre=fibre_directions(template.muscles, muscles.vertices, template.tet_fibre_step),
        sites=template.sites,
    )


def _muscles(
    template: LayerTemplate,
    muscle_wrap: Float[np.ndarray, "wrap 3"],
    skull_wrap: Float[np.ndarray, "wrap 3"],
    bones: Bones,
    skin: Float[np.ndarray, "skin 3"],
    skin_faces: Int[np.ndarray, "faces 3"],
) -> Muscles:
    sheets = template.muscles
    surfaces = (bones.vertices, bones.faces), (skin, skin_faces)
    points = between_bone_and_skin(sheets, muscle_wrap, skull_wrap, *surfaces)
    vertices, faces, part = [points], [sheets.faces], [sheets.face_muscle]
    for shell, shell_faces in build_cartilage(template.cartilage, muscle_wrap, skull_wrap, skin, surfaces[0]):
        faces.append(shell_faces + sum(map(len, vertices)))
        part.append(np.full(len(shell_faces), len(sheets.names) + len(part) - 1))
        vertices.append(shell)
    return Muscles(
        (*sheets.names, *CARTILAGES),
        np.concatenate(vertices),
        np.concatenate(faces),
        np.concatenate(part),
        sheets.fibre_ends,
    )


def head_scale(template: LayerTemplate, skin: Float[np.ndarray, "skin 3"]) -> float:
    """Return the size of a head relative to the default one.

    A size is the root mean square distance of the wrap vertices over bone (vault and face) from their mean.

    Args:
        template: the layer template of the head's topology.
        skin: (S, 3) metres, head frame.

    Returns:
        The ratio of both sizes, 1 for the default head.
    """
    on_bone = template.node_bone[2 * template.wrap.size :] > 0
    points = template.solver.wrapper.wrap(skin)[on_bone]
    sizes = [np.sqrt(((p - p.mean(0)) ** 2).sum(1).mean()) for p in (points, template.skin_wrap[on_bone])]
    return float(sizes[0] / sizes[1])
