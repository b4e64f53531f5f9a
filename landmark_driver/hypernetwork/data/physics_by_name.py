"""The physics that a dataset names."""

from __future__ import annotations

from landmark_driver.head.identity_model import IdentityModel
from landmark_driver.hypernetwork.data.proxy_tissue import ProxyPhysics
from landmark_driver.hypernetwork.data.sample_generator import Physics
from landmark_driver.hypernetwork.data.simulated_tissue import SimulationPhysics


def physics_by_name(name: str, identities: IdentityModel, contact: bool = False) -> Physics:
    """Return the physics that moves the heads of an identity model.

    Args:
        name: `simulation`, or `stand-in` for proxy tissue, which is quick and only resembles tissue.
        identities: the model whose heads are moved.
        contact: whether lips, cheeks and teeth push each other apart in the simulation.

    Returns:
        The physics.

    Raises:
        ValueError: for another name.
    """
    known: dict[str, Physics] = {
        "simulation": SimulationPhysics(identities, contact),
        "stand-in": ProxyPhysics(identities),
    }
    if name not in known:
        raise ValueError(f"Expected physics of {' or '.join(known)}, got '{name}'.")
    return known[name]
