"""The work that runs once for a head, or once for a change of its tissue: the hypernetwork's own time."""

from __future__ import annotations

from collections.abc import Callable

from firmware_bench.measure.timed_rounds import Subject
from landmark_driver.character import Character
from landmark_driver.landmarks.tracker_response import load_tracker_response
from landmark_driver.network.character_network import character_network
from landmark_driver.network.compile_frame import Observation
from landmark_driver.network.frame_program import FrameProgram
from landmark_driver.posterior.evidence import TRACKED
from landmark_driver.posterior.residual_kernel import ResidualKernel
from landmark_driver.tissue.tissue_setting import default_setting


def specialisation_subjects(character: Character, program: FrameProgram, within: Callable) -> list[Subject]:
    """Return two subjects: `specialise head` and `specialise tissue`.

    Args:
        character: with networks.
        program: the compiled frame of its head.
        within: the context of a slice of calls.

    Returns:
        The first compiles a frame for a neutral head and its blendshapes, the second changes the material of a frame.
    """
    head = character.head
    network = character.network
    assert network is not None
    neutral, noise = head.neutral_vertices.astype(float), load_tracker_response().noise

    def from_head() -> object:
        made = character_network(network.weights, neutral, head.expressions, default_setting())
        observed = Observation.of(head.embedding, ResidualKernel.of(head), noise)
        return made.compile(head, observed, TRACKED)

    def from_tissue() -> object:
        target = network.target.with_values({"cheek_left.stiffness": 0.5})
        return network.with_target(target).in_target_material(program)

    return [
        Subject("specialise head", "numpy", from_head, within=within),
        Subject("specialise tissue", "numpy", from_tissue, within=within),
    ]
