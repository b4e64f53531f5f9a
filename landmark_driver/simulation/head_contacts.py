"""What may touch in a head: lip against lip, and the inside of lips and cheeks against teeth and bone."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from landmark_driver.head_model.bones import BONE_PARTS
from landmark_driver.head_model.layered_head import LayeredHead
from landmark_driver.simulation.body_contact import BodyContact, ContactBody
from landmark_driver.simulation.bone_contact import BoneContact
from landmark_driver.simulation.load import Contact
from landmark_driver.simulation.rest_mesh import CRANIUM, MANDIBLE

_ARCHES = (("maxilla", "upper_teeth", CRANIUM), ("mandible", "lower_teeth", MANDIBLE))


def head_contacts(layered: LayeredHead) -> list[Contact]:
    """The contacts of one head; each acts only where a solve asks for contact."""
    upper = _lip(layered, layered.lips.upper)
    lower = _lip(layered, layered.lips.lower)
    contacts: list[Contact] = [BodyContact(layered.nodes, upper, lower)]
    inner = np.flatnonzero(layered.sliding)
    bones = layered.bones
    for jaw, teeth, bone in _ARCHES:
        chosen = np.isin(bones.part, [BONE_PARTS.index(jaw), BONE_PARTS.index(teeth)])
        rows, triangles = np.unique(bones.faces[chosen], return_inverse=True)
        contacts.append(
            BoneContact(layered.nodes, inner, bones.vertices[rows], triangles.reshape(-1, 3), bone)
        )
    return contacts


def _lip(layered: LayeredHead, triangles: Int[np.ndarray, "triangles 3"]) -> ContactBody:
    """A lip's surface with every tetrahedron that has a corner on it."""
    on_lip = np.zeros(len(layered.nodes), bool)
    on_lip[triangles] = True
    return ContactBody(triangles, layered.tets[on_lip[layered.tets].any(1)])
