"""`softdeca simulate`: expressions in, settled tissue out, with the numbers that say how good it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from capture.frames.arkit_csv import WeightsRecording
from capture.output_file import written_whole
from landmark_driver.head.identity_model import IdentityHead
from landmark_driver.identities.anny_identities import load_anny_identities
from landmark_driver.identities.deformation_transfer import ExpressionTransfer
from landmark_driver.layers.layer_head import layer_head
from landmark_driver.layers.layered_head import LayeredHead
from landmark_driver.simulation.actuation.simulated_head import SimulatedFace, SimulatedHead
from landmark_driver.simulation.contact.head_contacts import head_contacts
from landmark_driver.simulation.contact.sliding_attachment import slide_on_bone
from landmark_driver.simulation.energy.simulation_error import LoadError
from landmark_driver.simulation.programs.material_edits import (
    edited_materials,
    parse_material_edit,
    regions_named,
)
from landmark_driver.simulation.programs.move_head import MotionSettings, move_head, sampled
from landmark_driver.simulation.solver.load import BonePoses
from landmark_driver.simulation.solver.simulator import Simulator

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class SimulationRequest:
    """What acts on the head. Gravity in m/s^2, head frame; edits as the command line writes them."""

    gravity_m_s2: tuple[float, float, float] = (0.0, 0.0, 0.0)
    materials: tuple[str, ...] = ()
    bones: tuple[str, ...] = ()
    sliding: tuple[str, ...] = ()
    """Regions whose tissue slides on its bone instead of growing on it."""
    contact: bool = True
    motion: MotionSettings | None = None
    """With inertia, at so many frames a second; gravity is then the world's. None: every frame settles."""

    def check(self) -> None:
        """Raises the named error of an edit that cannot be, before the head is built."""
        for text in self.materials:
            parse_material_edit(text)
        for region in self.sliding:
            regions_named(region)
        bone_scales(self.bones)


def prepare_head(head: IdentityHead, sliding: Sequence[str] = ()) -> SimulatedHead:
    """The layered head of an identity with its own expressions, attachments and contacts.

    Tissue of the regions in `sliding` slides on its bone, else it grows on it. Muscles are fitted to that.
    """
    identities = load_anny_identities()
    transfer = ExpressionTransfer(identities.mean(), identities.template_expressions())
    layered, attachment = slide_on_bone(layer_head(head), sliding)
    contacts = head_contacts(layered)
    return SimulatedHead(layered, transfer(head), attachments=[attachment], contacts=contacts)


def simulate_head(
    head: SimulatedHead,
    recording: WeightsRecording,
    request: SimulationRequest,
    out: Path,
    progress: Progress,
) -> dict[str, Any]:
    """Settles every frame of the recording, or moves through it, writes `out` (.npz) and returns the report.

    Raises named errors for impossible edits and `NotConvergedError` for a solve that does not end; then
    nothing is written.
    """
    edits = dict(parse_material_edit(text) for text in request.materials)
    materials = edited_materials(head.layered, edits, head.simulator.materials)
    simulator = head.with_materials(materials)
    bones = bone_edits(head.layered, request.bones)
    frames: list[_Frame] = []
    total = len(recording.times_s)
    if request.motion is not None:
        total = len(sampled(recording, request.motion.fps).times_s)
    for frame in _frames(head, simulator, recording, request, bones):
        frames.append(frame)
        progress(len(frames), total)
    _write(out, head, frames, moving=request.motion is not None)
    return _report(out, frames)


@dataclass(frozen=True)
class _Frame:
    """What the result keeps of a frame."""

    time_s: float
    blendshapes: Float[np.ndarray, "vertices 3"]
    face: SimulatedFace
    T_world_head: Float[np.ndarray, "4 4"]


def _frames(
    head: SimulatedHead,
    simulator: Simulator,
    recording: WeightsRecording,
    request: SimulationRequest,
    bones: BonePoses,
) -> Iterator[_Frame]:
    """Each frame settled by itself, or all of them one motion."""
    gravity, contact = request.gravity_m_s2, request.contact
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


def bone_edits(layered: LayeredHead, edits: Iterable[str]) -> BonePoses:
    """The bones scaled about the jaw hinge."""
    poses = {"mandible": np.eye(4), "cranium": np.eye(4)}
    for bone, scale in bone_scales(edits):
        poses[bone][:3, :3] *= scale
        poses[bone][:3, 3] = (1 - scale) * layered.jaw.centre
    return BonePoses(**poses)


def bone_scales(edits: Iterable[str]) -> list[tuple[str, float]]:
    """("mandible", 0.9) for "mandible.scale=0.9". Raises LoadError."""
    scales = []
    for text in edits:
        key, _, value = text.partition("=")
        try:
            scale = float(value)
        except ValueError:
            scale = float("nan")
        if key not in ("mandible.scale", "cranium.scale") or not 0.5 <= scale <= 1.5:
            raise LoadError(
                f"Expected mandible.scale or cranium.scale from 0.5 to 1.5, got '{text}'. "
                "Write it as in mandible.scale=0.9."
            )
        scales.append((key.partition(".")[0], scale))
    return scales


def _write(out: Path, head: SimulatedHead, frames: list[_Frame], moving: bool) -> None:
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
    with written_whole(out) as unfinished, unfinished.open("wb") as file:
        np.savez(file, **arrays)


def _report(out: Path, frames: list[_Frame]) -> dict[str, Any]:
    """The worst frame in every respect; times and iterations are means, penetrations null without contact."""
    settled = [frame.face.settled for frame in frames]
    penetrations = [one.penetrations for one in settled if one.penetrations is not None]
    return {
        "path": str(out),
        "frames": len(settled),
        "residual_mm": max(one.residual_mm for one in settled),
        "residual_n": max(one.residual_n for one in settled),
        "iterations": float(np.mean([one.iterations for one in settled])),
        "ms": float(np.mean([one.elapsed_ms for one in settled])),
        "volume_change": max((one.volume_change for one in settled), key=abs),
        "inversions": max(one.inversions for one in settled),
        "penetrations": max(penetrations, default=None),
    }
