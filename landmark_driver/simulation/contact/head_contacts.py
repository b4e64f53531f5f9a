"""The contacts of a head: lip against lip, and the inside of lips and cheeks against teeth and bone."""

from __future__ import annotations

import numpy as np

from landmark_driver.layers.bones.bones import BONE_PARTS
from landmark_driver.layers.layered_head import LayeredHead
from landmark_driver.simulation.contact.body_contact import BodyContact
from landmark_driver.simulation.contact.bone_contact import BoneContact
from landmark_driver.simulation.energy.rest_mesh import CRANIUM, MANDIBLE
from landmark_driver.simulation.solver.load import Contact

_ARCHES = (("maxilla", "upper_teeth", CRANIUM), ("mandible", "lower_teeth", MANDIBLE))


def head_contacts(layered: LayeredHead) -> list[Contact]:
    """Return the contacts of one head.

    Args:
        layered: gives nodes, lips, bones and the nodes that slide on them.

    Returns:
        The lips' contact, then upper and lower jaw with their teeth. Each acts only in a solve with contact.
    """
    contacts: list[Contact] = [BodyContact(layered.nodes, layered.lips.upper, layered.lips.lower)]
    inner = np.flatnonzero(layered.sliding)
    bones = layered.bones
    for jaw, teeth, bone in _ARCHES:
        chosen = np.isin(bones.part, [BONE_PARTS.index(jaw), BONE_PARTS.index(teeth)])
        rows, triangles = np.unique(bones.faces[chosen], return_inverse=True)
        contacts.append(
            BoneContact(layered.nodes, inner, bones.vertices[rows], triangles.reshape(-1, 3), bone)
        )
    return contacts
