"""A program of which C runs the stages, one after the other in one call."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from landmark_driver.compiled.compiled_stage import WRITES, CompiledStage
from landmark_driver.compiled.frame_places import FramePlaces
from landmark_driver.compiled.library import load_library
from landmark_driver.network.frame_program import Frame, FrameProgram, Stage
from landmark_driver.network.vertex_stages import decoder_of


@dataclass(frozen=True)
class CompiledProgram(FrameProgram):
    """The stages of a program in NumPy, whose arrays everybody reads, and the same stages in C, which run.

    A stage that C does not have runs in NumPy, and so does a frame that lacks landmarks. A program that is replaced frees its
    stages, but for those that its successor has. One thread at a time runs a program.
    """

    known: tuple[CompiledStage, ...] = ()
    """Stages that are in C already."""

    def run(self, frame: Frame, until: str | None = None) -> Frame:
        """Run the stages on a frame.

        Args:
            frame: the input; changed in place.
            until: name of the stage before which to stop; None runs all.

        Returns:
            The same frame.
        """
        if until is None and self._handles is not None and (frame.seen is None or frame.seen.all()):
            places = self._places
            places.take(frame)
            load_library().run_stages(self._handles, len(self._handles), places.frame)
            places.give(frame, *self._written)
            return frame
        for stage in self.in_c:
            if stage.name == until:
                break
            stage(frame)
        return frame

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.in_c)

    def with_stages(self, *stages: Stage) -> FrameProgram:
        """Return the program in which these stages replace the stages of the same names.

        Args:
            stages: new stages in NumPy, whose names the program has.

        Returns:
            The program in the same order. Stages that stay are not made again.
        """
        program = super().with_stages(*stages)
        kept = tuple(made for made in self._compiled if any(made.stage is stage for stage in program.stages))
        return replace(program, known=kept)

    @cached_property
    def in_c(self) -> tuple[Stage, ...]:
        """The stages as they run."""
        return tuple(self._made(stage) for stage in self.stages)

    @property
    def _compiled(self) -> tuple[CompiledStage, ...]:
        return tuple(stage for stage in self.in_c if isinstance(stage, CompiledStage))

    @cached_property
    def _handles(self) -> ctypes.Array | None:
        """The stages for one call; None where NumPy runs one of them."""
        made = self._compiled
        if len(made) < len(self.stages):
            return None
        return (ctypes.c_void_p * len(made))(*(stage.handle for stage in made))

    @cached_property
    def _written(self) -> tuple[str, ...]:
        return tuple(sorted({WRITES[stage.name] for stage in self._compiled}))

    @cached_property
    def _places(self) -> FramePlaces:
        return FramePlaces(self)

    def _made(self, stage: Stage) -> Stage:
        if stage.name not in WRITES:
            return stage
        made = next((made for made in self.known if made.stage is stage), None)
        return made or CompiledStage(stage, decoder_of(self), self._places)
