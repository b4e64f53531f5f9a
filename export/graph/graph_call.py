"""The exported graph evaluated by PyTorch: one more evaluator of the compiled frame, before any converter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float

from export.graph.exported_driver import network_of
from export.graph.exported_graph import exported_graph, tissue_inputs
from landmark_driver.character import Character

GraphCall = Callable[
    [Float[np.ndarray, "coordinates"], Float[np.ndarray, "8"]], Float[np.ndarray, "vertices 3"]
]


def graph_call(character: Character, compiled: bool = False) -> GraphCall:
    """Return the character's frame in its target material as a function, float32.

    Args:
        character: its head is driven, also where a scan is bound to it.
        compiled: by torch.compile, which compiles at the first call.

    Returns:
        The function of (3L,) displacements in metres, head frame, and (8,) weights 0..1 of the eyeLook shapes. It gives
        (V, 3) metres, head frame, before the stages sway, lips and eyes.

    Raises:
        ExportError: for a character without networks.
    """
    graph = exported_graph(character)
    material = tissue_inputs(network_of(character).target)
    with torch.no_grad():
        state = graph.specialise.module(**{name: torch.from_numpy(a) for name, a in material.items()})
    run = torch.compile(graph.run.module, dynamic=False) if compiled else graph.run.module

    @torch.inference_mode()
    def call(displacements: np.ndarray, look_weights: np.ndarray) -> np.ndarray:
        given = (torch.from_numpy(np.asarray(each, np.float32)) for each in (displacements, look_weights))
        return run(*given, state["tissue_state"])["vertices_m"].numpy()

    return call
