"""Replay expressions under default tissue and print how far from the blendshapes they end.

    python -m landmark_driver.simulation.programs.check_replay --heads 10 --mixtures 50 --poisson-ratio 0.33

There is no gravity and no contact. Head 0 is the default head, the others are plausible adults drawn with the
seed. An expression is fitted (`SimulatedHead.actuate`) and solved; all measures belong to the tissue at
equilibrium. Results are appended to a JSON-lines file, and expressions already in it are not replayed again.

The target's volume change is that of the same tetrahedra carried by the blendshapes alone. Skin is where the
shapes put it, bones are where the jaw is, and smoothness (L u = 0 with the solver's constant matrix) fills
the space between them. It differs from the blendshapes only where the tissue's inner surface is free, behind
cheeks and lips.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro
from jaxtyping import Float

from landmark_driver.head.identity_model import IdentityModel
from landmark_driver.identities.deformation_transfer import expression_transfer
from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES, load_identities
from landmark_driver.layers.layer_head import layer_head
from landmark_driver.layers.layer_template import load_layer_template
from landmark_driver.simulation.actuation.simulated_head import ActuatedExpression, SimulatedHead
from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.rest_mesh import CRANIUM, RestMesh, determinants, edge_matrices
from landmark_driver.simulation.energy.simulation_error import SimulationError
from landmark_driver.simulation.programs.replay_expressions import mixture, single_shapes
from landmark_driver.simulation.programs.replay_table import Record, record_line, replay_table
from landmark_driver.simulation.solver.load import BonePoses
from landmark_driver.simulation.solver.simulator import Simulator

MOVING_MM = 0.5


@dataclass(frozen=True)
class CheckReplay:
    """The heads and expressions to replay, and the file that keeps the results."""

    heads: int = 10
    mixtures: int = 50
    poisson_ratio: float = 0.33
    seed: int = 0
    shapes: tuple[str, ...] = ()
    """Only these shapes or mixtures, as in jawOpen or mixture_7; default: all."""
    identities: str = DEFAULT_IDENTITIES
    """The identity model, as in `softdeca simulate --identities`."""
    results: Path | None = None
    """JSON lines; default: check_replay_<poisson ratio>_<seed>.jsonl in the current folder."""


def check_replay(config: CheckReplay) -> list[Record]:
    """Return one record for each head and expression, taken from the results file where it has them.

    Args:
        config: the heads, expressions and results file.

    Returns:
        The records, head by head. New ones are appended to the file and printed.

    Raises:
        ValueError: for unknown names in `config.shapes`.
    """
    whose = "" if config.identities == DEFAULT_IDENTITIES else f"{load_identities(config.identities).name}_"
    path = config.results or Path(f"check_replay_{whose}{config.poisson_ratio:g}_{config.seed}.jsonl")
    known = _known(path, config.poisson_ratio)
    for number in range(config.heads):
        expressions = replayed_expressions(config, number)
        missing = {name: weights for name, weights in expressions.items() if (number, name) not in known}
        for record in replay_head(number, missing, config) if missing else ():
            known[number, record["expression"]] = record
            with path.open("a") as file:
                file.write(json.dumps(record) + "\n")
            print(record_line(record), flush=True)
    return [known[n, name] for n in range(config.heads) for name in replayed_expressions(config, n)]


def replayed_expressions(config: CheckReplay, number: int) -> dict[str, Float[np.ndarray, "52"]]:
    """Return the shapes, and this head's own mixtures.

    Args:
        config: gives the number of mixtures, the seed, and a selection of names.
        number: of the head.

    Returns:
        (52,) ARKit weights in 0..1 by name.

    Raises:
        ValueError: for unknown names in `config.shapes`.
    """
    expressions = single_shapes()
    for index in range(config.mixtures):
        expressions[f"mixture_{index}"] = mixture(np.random.default_rng([config.seed, number, index]))
    unknown = [name for name in config.shapes if name not in expressions]
    if unknown:
        raise ValueError(f"Expected shapes or mixtures up to mixture_{config.mixtures - 1}, got {unknown}.")
    return {name: expressions[name] for name in config.shapes or expressions}


def replay_head(
    number: int, expressions: dict[str, Float[np.ndarray, "52"]], config: CheckReplay
) -> Iterator[Record]:
    """Replay expressions on one head.

    Args:
        number: of the head; 0 is the default head.
        expressions: (52,) ARKit weights in 0..1 by name.
        config: gives the seed, the Poisson ratio and the identity model.

    Returns:
        One record an expression, in their order.
    """
    head = replayed_head(number, config.seed, config.poisson_ratio, load_identities(config.identities))
    target_volume = TargetVolume(head)
    key = {"head": number, "poisson_ratio": config.poisson_ratio}
    for name, weights in expressions.items():
        yield key | {"expression": name} | replay(head, weights, target_volume)


def replayed_head(number: int, seed: int, poisson_ratio: float, identities: IdentityModel) -> SimulatedHead:
    """Return a head without contacts.

    Args:
        number: of the head; 0 is the default head, the others are drawn.
        seed: of the draw.
        poisson_ratio: of all tissue.
        identities: gives the head and its expressions.

    Returns:
        The head, ready to act.
    """
    person = identities.sample(np.random.default_rng([seed, number])) if number else identities.mean()
    layered = layer_head(person, load_layer_template(identities.template()))
    expressions = expression_transfer(identities)(person)
    return SimulatedHead(layered, expressions, default=Materials(poisson_ratio=poisson_ratio))


class TargetVolume:
    """The change of the tissue's volume by the blendshapes alone, for one head."""

    def __init__(self, head: SimulatedHead):
        mesh = head.mesh
        self._skin = head.layered.skin_ride.index[head.targets, 0]
        held = mesh.bone.copy()
        held[self._skin] = CRANIUM
        self._mesh = mesh
        self._carrier = Simulator(RestMesh(mesh.nodes, mesh.tets, mesh.tissue, held)).factor

    def change(self, acted: ActuatedExpression, head: SimulatedHead) -> float:
        """Return the relative change of the tissue's volume.

        Args:
            acted: gives blendshapes and the jaw's pose.
            head: the one that this object was made for.

        Returns:
            The volume over rest minus 1; 0.03 is 3 %.
        """
        shift = BonePoses(mandible=acted.mandible).displacement(self._mesh)
        shift[self._skin] = (acted.blendshapes - head.layered.vertices)[acted.target_vertices]
        nodes = self._mesh.nodes + self._carrier.extended(shift)
        return float(_volume(nodes, self._mesh) / self._mesh.volumes.sum() - 1)


def replay(head: SimulatedHead, weights: Float[np.ndarray, "52"], target_volume: TargetVolume) -> Record:
    """Return the measures of one expression.

    Args:
        head: without contacts.
        weights: (52,) ARKit weights in 0..1.
        target_volume: of the same head.

    Returns:
        Errors in mm, volumes and seconds of the fit; `error` and seconds alone where there is no equilibrium.
    """
    began = time.perf_counter()
    try:
        acted = head.actuate(weights)
        seconds = time.perf_counter() - began
        face = head.solve_static(acted, contact=False)
    except SimulationError as error:
        return {"error": f"{type(error).__name__}: {error}", "seconds": time.perf_counter() - began}
    skin = acted.target_vertices
    errors_mm = np.linalg.norm(face.vertices[skin] - acted.blendshapes[skin], axis=1) * 1e3
    moved_mm = np.linalg.norm(acted.blendshapes[skin] - head.layered.vertices[skin], axis=1) * 1e3
    moving = moved_mm > MOVING_MM
    return {
        "mean_mm": float(errors_mm[moving].mean()) if moving.any() else 0.0,
        "max_mm": float(errors_mm.max()),
        "worst_vertex": int(skin[errors_mm.argmax()]),
        "moving": int(moving.sum()),
        "largest_motion_mm": float(moved_mm.max()),
        "inversions": face.settled.inversions,
        "smallest_volume_ratio": face.settled.smallest_volume_ratio,
        "volume_change": face.settled.volume_change,
        "target_volume_change": target_volume.change(acted, head),
        "iterations": face.settled.iterations,
        "seconds": seconds,
    }


def _volume(nodes: Float[np.ndarray, "nodes 3"], mesh: RestMesh) -> float:
    return float(determinants(edge_matrices(nodes, mesh.tets)).sum() / 6)


def _known(path: Path, poisson_ratio: float) -> dict[tuple[int, str], Record]:
    records = map(json.loads, path.read_text().splitlines()) if path.exists() else ()
    return {(r["head"], r["expression"]): r for r in records if r["poisson_ratio"] == poisson_ratio}


if __name__ == "__main__":
    arguments = tyro.cli(CheckReplay)
    print(replay_table(check_replay(arguments), arguments.poisson_ratio))
