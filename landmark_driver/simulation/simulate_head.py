"""`softdeca simulate`: expressions in, settled tissue out, with the numbers that say how good it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from capture.arkit_csv import WeightsRecording
from landmark_driver.head_model.anny_identities import load_anny_identities
from landmark_driver.head_model.deformation_transfer import ExpressionTransfer
from landmark_driver.head_model.identity_model import IdentityHead
from landmark_driver.head_model.layer_head import layer_head
from landmark_driver.head_model.layered_head import LayeredHead
from landmark_driver.simulation.head_contacts import head_contacts
from landmark_driver.simulation.load import BonePoses
from landmark_driver.simulation.material_edits import edited_materials, parse_material_edit
from landmark_driver.simulation.simulated_head import SimulatedHead
from landmark_driver.simulation.simulation_error import PoseError

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class SimulationRequest:
    """What acts on the head. Gravity in m/s^2, head frame; edits as the command line writes them."""

    gravity_m_s2: tuple[float, float, float] = (0.0, 0.0, 0.0)
    materials: tuple[str, ...] = ()
    bones: tuple[str, ...] = ()
    contact: bool = True

    def check(self) -> None:
        """Raises the named error of an edit that cannot be, before the head is built."""
        for text in self.materials:
            parse_material_edit(text)
        bone_scales(self.bones)


def prepare_head(head: IdentityHead) -> SimulatedHead:
    """The layered head of an identity with its own expressions, attachments and contacts."""
    identities = load_anny_identities()
    transfer = ExpressionTransfer(identities.mean(), identities.template_expressions())
    layered = layer_head(head)
    return SimulatedHead(layered, transfer(head), contacts=head_contacts(layered))


def simulate_head(
    head: SimulatedHead,
    recording: WeightsRecording,
    request: SimulationRequest,
    out: Path,
    progress: Progress,
) -> dict[str, Any]:
    """Settles every frame of the recording, writes `out` (.npz) and returns the report.

    Raises named errors for impossible edits and `NotConvergedError` for a solve that does not end; then
    nothing is written.
    """
    edits = dict(parse_material_edit(text) for text in request.materials)
    materials = edited_materials(head.layered, edits, head.simulator.materials)
    simulator = head.with_materials(materials)
    bones = bone_edits(head.layered, request.bones)
    vertices, nodes, targets, reports = [], [], [], []
    for number, weights in enumerate(recording.weights):
        acted = head.act(np.clip(weights, 0, 1))
        face = head.settle(
            acted, simulator, gravity_m_s2=request.gravity_m_s2, bones=bones, contact=request.contact
        )
        vertices.append(face.vertices)
        nodes.append(face.settled.nodes)
        targets.append(acted.blendshapes)
        reports.append(face.settled)
        progress(number + 1, len(recording.weights))
    _write(out, head, vertices, nodes, targets)
    return _report(out, reports)


def bone_edits(layered: LayeredHead, edits: Iterable[str]) -> BonePoses:
    """The bones scaled about the jaw hinge."""
    poses = {"mandible": np.eye(4), "cranium": np.eye(4)}
    for bone, scale in bone_scales(edits):
        poses[bone][:3, :3] *= scale
        poses[bone][:3, 3] = (1 - scale) * layered.jaw.centre
    return BonePoses(**poses)


def bone_scales(edits: Iterable[str]) -> list[tuple[str, float]]:
    """("mandible", 0.9) for "mandible.scale=0.9". Raises PoseError."""
    scales = []
    for text in edits:
        key, _, value = text.partition("=")
        try:
            scale = float(value)
        except ValueError:
            scale = float("nan")
        if key not in ("mandible.scale", "cranium.scale") or not 0.5 <= scale <= 1.5:
            raise PoseError(
                "expected mandible.scale or cranium.scale from 0.5 to 1.5, "
                f"as in mandible.scale=0.9, got '{text}'"
            )
        scales.append((key.partition(".")[0], scale))
    return scales


def _write(out: Path, head: SimulatedHead, vertices: list, nodes: list, targets: list) -> None:
    unfinished = out.with_name(out.name + ".part")
    arrays = {
        "vertices": np.array(vertices, np.float32),
        "faces": head.layered.topology.faces.astype(np.int32),
        "nodes": np.array(nodes),
        "tets": head.layered.tets.astype(np.int32),
        "tissue": head.layered.tissue.astype(np.uint8),
        "neutral_vertices": head.layered.vertices.astype(np.float32),
        "target_vertices": np.array(targets, np.float32),
    }
    try:
        with unfinished.open("wb") as file:
            np.savez(file, **arrays)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)


def _report(out: Path, reports: list) -> dict[str, Any]:
    """The worst frame in every respect; times and iterations are means."""
    return {
        "path": str(out),
        "frames": len(reports),
        "residual_mm": max(report.residual_mm for report in reports),
        "residual_n": max(report.residual_n for report in reports),
        "iterations": float(np.mean([report.iterations for report in reports])),
        "ms": float(np.mean([report.elapsed_ms for report in reports])),
        "volume_change": max((report.volume_change for report in reports), key=abs),
        "inversions": max(report.inversions for report in reports),
        "penetrations": max((report.penetrations or 0 for report in reports), default=0),
    }
