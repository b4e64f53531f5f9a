"""The compiled frame: named stages with their arrays, which every evaluator runs in the same order.

    landmarks    looks → posterior → bounds → decoder → residual → sway → seal → eyes      (SparseSoftDECA)
    weights      forward → decoder → sway → seal → eyes                                    (SoftDECA)

Where an edit's table was solved, the stage `edit` runs before `sway`; where teeth are worn, `arches` runs before `seal`.

NumPy runs the stages as they are here, and the bench times them one by one. JavaScript, C and the exported graphs
read the same arrays (`frame_file.py`), and a test holds all of them to the same vertices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from jaxtyping import Bool, Float


@dataclass
class Frame:
    """One frame on its way through the stages: each reads some entries and writes others."""

    gaze: Float[np.ndarray, "2 2"]
    """(left, right) x (yaw, pitch), radians."""
    displacements: Float[np.ndarray, "coordinates"] | None = None
    """Landmark displacements from neutral, (3 L,) metres, head frame, float32."""
    seen: Bool[np.ndarray, "landmarks"] | None = None
    """Which landmarks count; None for all."""
    weights: Float[np.ndarray, "52"] | None = None
    """ARKit weights, where they drive."""
    sway_m_s2: Float[np.ndarray, "3"] | None = None
    """The acceleration that acts on tissue besides gravity, head frame; None for none."""
    look_latents: Float[np.ndarray, "8"] | None = None
    """Latents of the eight eyeLook shapes, ARKit weights over `WEIGHT_UNIT`."""
    latent: Float[np.ndarray, "latent"] | None = None
    vertices: Float[np.ndarray, "vertices 3"] | None = None
    """Metres, head frame, float32."""


class Stage(Protocol):
    """One step of the frame, compiled for one head, material, layout and noise."""

    @property
    def name(self) -> str: ...

    def __call__(self, frame: Frame) -> None:
        """Change the frame in place."""
        ...

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays by name, as a file carries them.

        Returns:
            Arrays by name, without the stage's own name.
        """
        ...

    def matrices(self) -> tuple[np.ndarray, ...]:
        """Return the matrices of which every entry is multiplied once a frame.

        Returns:
            The matrices, none for a stage that has none.
        """
        ...


@dataclass(frozen=True)
class FrameProgram:
    """Stages in the order in which they run."""

    stages: tuple[Stage, ...]

    def run(self, frame: Frame, until: str | None = None) -> Frame:
        """Run the stages on a frame.

        Args:
            frame: the input; changed in place.
            until: name of the stage before which to stop; None runs all.

        Returns:
            The same frame.
        """
        for stage in self.stages:
            if stage.name == until:
                break
            stage(frame)
        return frame

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the stages in order."""
        return tuple(stage.name for stage in self.stages)

    def stage(self, name: str) -> Stage:
        """Return the stage of a name that the program has.

        Args:
            name: as in "decoder".

        Returns:
            The stage.
        """
        return next(stage for stage in self.stages if stage.name == name)

    def with_stages(self, *stages: Stage) -> FrameProgram:
        """Return the program in which these stages replace the stages of the same names.

        Args:
            stages: new stages, whose names the program has.

        Returns:
            The program in the same order.
        """
        new = {stage.name: stage for stage in stages}
        assert new.keys() <= set(self.names), "only stages that the program has are replaced"
        return replace(self, stages=tuple(new.get(stage.name, stage) for stage in self.stages))

    def with_stage_before(self, name: str, stage: Stage | None, own_name: str) -> FrameProgram:
        """Return the program with an optional stage, in place of an earlier one of its name.

        Args:
            name: the stage that it runs before, which the program has.
            stage: the optional stage; None for a program without it.
            own_name: the optional stage's name.

        Returns:
            The program.
        """
        stages = list(self.without(own_name).stages)
        if stage is not None:
            stages.insert([other.name for other in stages].index(name), stage)
        return replace(self, stages=tuple(stages))

    def without(self, *names: str) -> FrameProgram:
        """Return the program that leaves out the stages of these names.

        Args:
            names: as in "lips"; other names change nothing.

        Returns:
            The program of the other stages in the same order.
        """
        return replace(self, stages=tuple(stage for stage in self.stages if stage.name not in names))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all arrays of the stages.

        Returns:
            Arrays by stage and name, as in "posterior.gain".
        """
        return {
            f"{stage.name}.{name}": array for stage in self.stages for name, array in stage.arrays().items()
        }

    @property
    def macs(self) -> int:
        """Number of multiply-adds that the matrices of one frame take."""
        return sum(matrix.size for stage in self.stages for matrix in stage.matrices())
