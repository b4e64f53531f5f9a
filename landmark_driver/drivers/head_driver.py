"""The driver of a head, frame by frame: one call from landmarks, gaze and sway to vertices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float

from landmark_driver.head.eyes import NEUTRAL_GAZE
from landmark_driver.head.lip_seal import LipSeal
from landmark_driver.network.sway_mode import SwayMode
from landmark_driver.tissue.solved_edit import SolvedEdit
from landmark_driver.tissue.tissue_setting import TissueSetting


@dataclass(frozen=True)
class DriverInput:
    """One frame for a driver."""

    displacements: Float[np.ndarray, "landmarks 3"]
    """Landmark displacements from neutral, metres, head frame."""
    mask: Bool[np.ndarray, "landmarks"] | None = None
    """Landmarks that are False, or not finite, count for nothing; None for all."""
    gaze: Float[np.ndarray, "2 2"] = field(default_factory=NEUTRAL_GAZE.copy)
    """(left, right) x (yaw, pitch), radians."""
    sway_m_s2: Float[np.ndarray, "3"] | None = None
    """The acceleration that acts on tissue besides gravity, head frame; None for none."""

    @property
    def seen(self) -> Bool[np.ndarray, "landmarks"]:
        """Landmarks that count."""
        finite = np.asarray(np.isfinite(self.displacements).all(axis=1))
        return finite if self.mask is None else finite & self.mask


@dataclass(frozen=True)
class DrivenHead:
    """One moved head."""

    vertices: Float[np.ndarray, "vertices 3"]
    """Metres, head frame, float32."""
    weights: Float[np.ndarray, "52"]
    """ARKit weights; eyeLook follows the gaze."""
    gaze: Float[np.ndarray, "2 2"]
    """(left, right) x (yaw, pitch), radians: how the eyeballs are turned."""


class HeadDriver(Protocol):
    """A driver that moves one head from one layout of landmarks. Call it once a frame."""

    @property
    def neutral_offset(self) -> Float[np.ndarray, "vertices 3"] | None:
        """Displacements by which the driver moves a neutral head, (V, 3) metres, head frame; None for none."""
        ...

    def __call__(self, given: DriverInput) -> DrivenHead: ...


@runtime_checkable
class MaterialDriver(HeadDriver, Protocol):
    """A driver whose head has tissue: it sways, and its material can be changed from another thread."""

    @property
    def sway_mode(self) -> SwayMode: ...

    @property
    def seal(self) -> LipSeal | None:
        """What closes the head's lips; None for nothing."""
        ...

    def set_material(
        self, setting: TissueSetting, solved: SolvedEdit | None = None, exaggeration: float = 1.0
    ) -> None:
        """Make the head of this material from the next frame on.

        Args:
            setting: the target material.
            solved: the parts of it that the simulator has solved for this head; None keeps what still fits.
            exaggeration: factor on the displacement of the resting head and on its swing; 1 is the physics.
        """
        ...
