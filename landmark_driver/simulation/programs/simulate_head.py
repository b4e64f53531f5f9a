"""Expressions in, tissue at equilibrium or in motion out, with the numbers that show its quality."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from capture.frames.arkit_csv import WeightsRecording
from landmark_driver.head.identity_model import IdentityHead, IdentityModel
from landmark_driver.identities.deformation_transfer import expression_transfer
from landmark_driver.layers.layer_head import layer_head
from landmark_driver.layers.layer_template import load_layer_template
from landmark_driver.simulation.actuation.simulated_head import SimulatedFace, SimulatedHead
from landmark_driver.simulation.contact.head_contacts import head_contacts
from landmark_driver.simulation.contact.sliding_attachment import slide_on_bone
from landmark_driver.simulation.programs.move_head import MotionSettings, move_head, sampled
from landmark_driver.simulation.programs.simulation import Simulation
from landmark_driver.simulation.solver.simulator import Simulator
from landmark_driver.tissue.tissue_setting import TissueSetting

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class SimulationRequest:
    """The tissue, bones and gravity of a head, and the way to solve."""

    setting: TissueSetting
    """Gravity is in the head frame; with `motion` in the frame of a head that has not turned."""
    contact: bool = True
    motion: MotionSettings | None = None
    """Motion with inertia, at so many frames a second; None for an equilibrium in every frame."""


def prepare_head(head: IdentityHead, identities: IdentityModel, sliding: Sequence[str] = ()) -> SimulatedHead:
    """Return a layered head with its own expressions, attachments and contacts.

    Args:
        head: of `identities`.
        identities: gives the template of the layers and the expressions.
        sliding: names of `REGIONS` whose tissue slides on its bone; elsewhere it grows on it.

    Returns:
        The head, ready to act. Muscles are fitted to tissue that slides like this.
    """
    layered = layer_head(head, load_layer_template(identities.template()))
    layered, attachment = slide_on_bone(layered, sliding)
    contacts = head_contacts(layered)
    return SimulatedHead(
        layered, expression_transfer(identities)(head), attachments=[attachment], contacts=contacts
    )


def simulate_head(
    head: SimulatedHead,
    recording: WeightsRecording,
    request: SimulationRequest,
    progress: Progress,
) -> Simulation:
    """Solve every frame of a recording, or move through it.

    Args:
        head: fits the muscles.
        recording: its ARKit weights are clipped to 0..1.
        request: tissue, gravity, contact and motion.
        progress: called with the frames done and their number.

    Returns:
        The moved tissue, with the number of frames and the worst or mean measures over them.

    Raises:
        NotConvergedError: for a solve that does not end.
        InvertedResultError: for tetrahedra that stay inverted.
        OverlapError: for overlaps that contact leaves.
    """
    simulator = head.with_setting(request.setting)
    frames: list[_Frame] = []
    total = len(recording.times_s)
    if request.motion is not None:
        total = len(sampled(recording, request.motion.fps).times_s)
    for frame in _frames(head, simulator, recording, request):
        frames.append(frame)
        progress(len(frames), total)
    return Simulation(_arrays(head, frames, moving=request.motion is not None), _report(frames))


@dataclass(frozen=True)
class _Frame:
    """The parts of a frame that the result keeps."""

    time_s: float
    blendshapes: Float[np.ndarray, "vertices 3"]
    face: SimulatedFace
    T_world_head: Float[np.ndarray, "4 4"]


def _frames(
    head: SimulatedHead,
    simulator: Simulator,
    recording: WeightsRecording,
    request: SimulationRequest,
) -> Iterator[_Frame]:
    """Yield each frame at equilibrium by itself, or all of them as one motion."""
    gravity, bones = request.setting.gravity_m_s2, head.bones_of(request.setting)
    contact = request.contact
    if request.motion is None:
        for time_s, weights in zip(recording.times_s, recording.weights, strict=True):
            acted = head.actuate(np.clip(weights, 0, 1))
            face = head.solve_static(acted, simulator, gravity_m_s2=gravity, bones=bones, contact=contact)
            yield _Frame(float(time_s), acted.blendshapes, face, np.eye(4))
        return
    moved = move_head(
        head, simulator, recording, request.motion, gravity_m_s2=gravity, bones=bones, contact=contact
    )
    for one in moved:
        yield _Frame(one.time_s, one.acted.blendshapes, one.face, one.T_world_head)


def _arrays(head: SimulatedHead, frames: list[_Frame], moving: bool) -> dict[str, np.ndarray]:
    arrays = {
        "vertices": np.array([frame.face.vertices for frame in frames], np.float32),
        "faces": head.layered.topology.faces.astype(np.int32),
        "nodes": np.array([frame.face.settled.nodes for frame in frames]),
        "tets": head.layered.tets.astype(np.int32),
        "tissue": head.layered.tissue.astype(np.uint8),
        "neutral_vertices": head.layered.vertices.astype(np.float32),
        "target_vertices": np.array([frame.blendshapes for frame in frames], np.float32),
        "timestamps_s": np.array([frame.time_s for frame in frames]),
    }
    if moving:
        arrays["T_world_head"] = np.array([frame.T_world_head for frame in frames], np.float32)
    return arrays


def _report(frames: list[_Frame]) -> dict[str, Any]:
    """Return the worst frame in every respect; times and iterations are means, penetrations null without contact."""
    settled = [frame.face.settled for frame in frames]
    penetrations = [one.penetrations for one in settled if one.penetrations is not None]
    return {
        "frames": len(settled),
        "residual_mm": max(one.residual_mm for one in settled),
        "residual_n": max(one.residual_n for one in settled),
        "iterations": float(np.mean([one.iterations for one in settled])),
        "ms": float(np.mean([one.elapsed_ms for one in settled])),
        "volume_change": max((one.volume_change for one in settled), key=abs),
        "inversions": max(one.inversions for one in settled),
        "penetrations": max(penetrations, default=None),
    }
