"""A recording as motion: muscles, jaw and head move, and the tissue follows with inertia.

A recording of several frames begins at equilibrium in its first one. A single expression begins relaxed and
is held for a second: its muscles contract at once, and the tissue swings in. Bones and gravity are those of
the world, in which the head turns; results are carried back to the head frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from capture.frames.arkit_csv import WeightsRecording
from landmark_driver.geometry.affine_pose import Pose
from landmark_driver.simulation.actuation.simulated_head import (
    ActuatedExpression,
    SimulatedFace,
    SimulatedHead,
    actuated_load,
)
from landmark_driver.simulation.energy.simulation_error import LoadError
from landmark_driver.simulation.programs.head_motion import head_pose, neck_pivot
from landmark_driver.simulation.programs.motion import MotionFrame, MovingTissue, TissueMotion
from landmark_driver.simulation.solver.load import BonePoses, Load
from landmark_driver.simulation.solver.simulator import Simulator

Gravity = tuple[float, float, float]

HELD_S = 1.0
_SLOWEST_FPS, _FASTEST_FPS = 10.0, 1000.0
_LONGEST_STEP_S = 1 / 60


@dataclass(frozen=True)
class MotionSettings:
    """Frames a second, and damping of motion relative to the head (1/s).

    A frame is one step of the solver, or several equal ones where it is longer than 1/60 s. Implicit steps
    are stable at any length, but long ones swallow the swing.

    Raises:
        LoadError: for fewer than 10 or more than 1000 frames a second, or damping that is negative or not
            finite.
    """

    fps: float
    damping_hz: float = 8.0

    def __post_init__(self) -> None:
        if not _SLOWEST_FPS <= self.fps <= _FASTEST_FPS:
            raise LoadError(
                f"Expected {_SLOWEST_FPS:g} to {_FASTEST_FPS:g} frames a second for motion, got {self.fps:g}. "
                "Choose another --dynamic."
            )
        if not (np.isfinite(self.damping_hz) and self.damping_hz >= 0):
            raise LoadError(
                f"Expected damping from 0 on, in 1/s, got {self.damping_hz:g}. Choose another --damping."
            )

    @property
    def steps_a_frame(self) -> int:
        """Steps of the solver in one frame."""
        return int(np.ceil(1 / (self.fps * _LONGEST_STEP_S) - 1e-9))


@dataclass(frozen=True)
class MovedFrame:
    """One frame of the result. The face's nodes and vertices are in the head frame."""

    time_s: float
    acted: ActuatedExpression
    face: SimulatedFace
    T_world_head: Pose
    tissue: MovingTissue


def sampled(recording: WeightsRecording, fps: float) -> WeightsRecording:
    """Return a recording at a fixed rate, linear between its rows; one row is held for a second.

    Args:
        recording: the ARKit weights and head angles.
        fps: frames a second.

    Returns:
        The recording with times from 0 s on, 1 / `fps` apart.
    """
    end = recording.times_s[-1] if len(recording.times_s) > 1 else HELD_S
    times = np.arange(int(np.floor(end * fps + 1e-6)) + 1) / fps
    angles = recording.head_angles_rad
    return WeightsRecording(
        times,
        _interpolated(times, recording.times_s, recording.weights),
        None if angles is None else _interpolated(times, recording.times_s, angles),
    )


def move_head(
    head: SimulatedHead,
    simulator: Simulator,
    recording: WeightsRecording,
    settings: MotionSettings,
    *,
    gravity_m_s2: Gravity = (0.0, 0.0, 0.0),
    bones: BonePoses | None = None,
    contact: bool = True,
) -> Iterator[MovedFrame]:
    """Yield the frames of a recording as motion.

    Args:
        head: fits the muscles and carries nodes to vertices.
        simulator: of the tissue that moves.
        recording: sampled at `settings.fps`.
        settings: frames a second and damping.
        gravity_m_s2: m/s^2, world axes.
        bones: edits of the bones' shape; None for none.
        contact: whether contacts act.

    Returns:
        One moved frame a sample. The first is one step after the start.

    Raises:
        NotConvergedError: for a step that does not end.
        InvertedResultError: for a step whose tetrahedra stay inverted.
        OverlapError: for overlaps that contact leaves.
    """
    bones, frames = bones or BonePoses(), sampled(recording, settings.fps)
    played = _Played(head, frames, bones, gravity_m_s2)
    contacts = simulator.contacts if contact else ()
    motion = TissueMotion(simulator, 1 / settings.fps / settings.steps_a_frame, settings.damping_hz, contacts)
    begin = _begin(played, simulator, contact, held=len(recording.times_s) == 1)
    steps = played.steps(settings.steps_a_frame)
    states = motion.run(steps, begin, T_world_head=played.pose(0.0))
    for number in range(len(frames.times_s)):
        state = next(states)
        for _ in range(settings.steps_a_frame - 1 if number else 0):
            state = next(states)
        yield played.moved_frame(number, state)


class _Played:
    """A recording with the muscles of each of its frames; times are in frames, and between them too."""

    def __init__(self, head: SimulatedHead, frames: WeightsRecording, bones: BonePoses, gravity: Gravity):
        self._head, self._frames, self._bones = head, frames, bones
        self._gravity = gravity
        self._pivot = neck_pivot(head.layered)
        self._acted: dict[bytes, ActuatedExpression] = {}

    @property
    def relaxed(self) -> Load:
        """Bones and gravity in the first frame, without muscles, head frame."""
        return Load(None, self._bones, self._in_head(self._gravity))

    @property
    def first(self) -> Load:
        """The load of the first frame, head frame."""
        return actuated_load(self.acted(0), self._bones, self._in_head(self._gravity))

    def acted(self, number: int) -> ActuatedExpression:
        """Return the muscles of a frame; a held expression is fitted once."""
        weights = np.clip(self._frames.weights[number], 0, 1)
        key = weights.tobytes()
        if key not in self._acted:
            self._acted = {**dict(list(self._acted.items())[-1:]), key: self._head.actuate(weights)}
        return self._acted[key]

    def pose(self, time: float) -> Pose:
        """Return T_world_head."""
        angles = self._frames.head_angles_rad
        if angles is None:
            return np.eye(4)
        return head_pose(_interpolated(np.array([time]), np.arange(len(angles)), angles)[0], self._pivot)

    def steps(self, steps_a_frame: int) -> Iterator[MotionFrame]:
        """Yield the causes of every step: the first frame, and `steps_a_frame` for each of the others."""
        yield MotionFrame(self._load(0, 0.0), self.pose(0.0))
        for number in range(1, len(self._frames.times_s)):
            for step in range(1, steps_a_frame + 1):
                fraction = step / steps_a_frame
                yield MotionFrame(self._load(number, 1 - fraction), self.pose(number - 1 + fraction))

    def moved_frame(self, number: int, state: MovingTissue) -> MovedFrame:
        acted = self.acted(number)
        poses = actuated_load(acted, self._bones, (0, 0, 0)).poses
        settled = replace(state.evidence, nodes=state.nodes)
        face = SimulatedFace(settled, self._head.vertices(state.nodes, acted, poses))
        return MovedFrame(float(self._frames.times_s[number]), acted, face, self.pose(number), state)

    def _load(self, number: int, before: float) -> Load:
        """Return the load `before` (a fraction of a frame) before a frame, gravity in world axes."""
        load = actuated_load(self.acted(number), self._bones, self._gravity)
        if before == 0.0:
            return load
        last = actuated_load(self.acted(number - 1), self._bones, self._gravity)
        assert load.actuation is not None and last.actuation is not None
        way = BonePoses(mandible=load.poses.mandible @ np.linalg.inv(last.poses.mandible)).part(1 - before)
        poses = replace(load.poses, mandible=way.mandible @ last.poses.mandible)
        actuation = (1 - before) * load.actuation + before * last.actuation
        return replace(load, actuation=actuation, poses=poses)

    def _in_head(self, world: Gravity) -> Gravity:
        x, y, z = self.pose(0.0)[:3, :3].T @ np.asarray(world, dtype=float)
        return float(x), float(y), float(z)


def _begin(played: _Played, simulator: Simulator, contact: bool, held: bool) -> Float[np.ndarray, "nodes 3"]:
    """Return the nodes before the first frame, head frame."""
    if held:
        return simulator.solve_static(played.relaxed, contact=contact).nodes
    return simulator.solve_static(played.first, played.acted(0).nodes, contact=contact).nodes


def _interpolated(times: np.ndarray, known: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.stack([np.interp(times, known, column) for column in values.T], axis=1)
