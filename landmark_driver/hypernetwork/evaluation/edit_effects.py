"""An edit's effect: the network's against the simulator's, on heads that no training has seen.

The effect of an edit on an expression is the settled head under the edit less the settled head in default tissue. Its relative
error sums over the mixtures and over the vertices of the skin that the edit moves by more than 0.3 mm,

    Σ |network's effect - simulator's effect| / Σ |simulator's effect|

Contact is off and gravity on, as in the training data. Solves are kept in a folder, so a stopped run goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from capture.frames.landmark_frame import ARKIT_COUNT
from landmark_driver.head.eyes import EYE_LOOKS
from landmark_driver.head.identity_model import IdentityHead, IdentityModel
from landmark_driver.hypernetwork.data.expression_sampler import sample_expression
from landmark_driver.hypernetwork.data.simulated_tissue import SimulationPhysics
from landmark_driver.hypernetwork.data.training_data import TrainingData
from landmark_driver.identities.deformation_transfer import expression_transfer
from landmark_driver.network.head_basis import head_basis
from landmark_driver.network.head_network import folded_forward
from landmark_driver.network.network_weights import NetworkWeights
from landmark_driver.solved_edits.kept_solves import CLOSE, KeptSolves
from landmark_driver.solved_edits.shape_table import solve_table, table_expressions
from landmark_driver.tissue.solved_edit import ShapeTable
from landmark_driver.tissue.tissue_parameters import REGIONS
from landmark_driver.tissue.tissue_setting import TissueSetting, default_setting

_LEAST_M = 3e-4
_SEED = 6

Moved = Float[np.ndarray, "vertices 3"]


def edits() -> dict[str, TissueSetting]:
    """Return the edits that are measured.

    Returns:
        Settings by name.
    """
    left = [region for region in REGIONS if region.endswith("_left")]
    changed = default_setting().with_values
    return {
        "left side paralysed": changed({f"{region}.strength": 0.0 for region in left}),
        "stiffness 0.5": changed({"all.stiffness": 0.5}),
        "stiffness 2": changed({"all.stiffness": 2.0}),
        "fat 0.6": changed({"all.volume": 0.6}),
        "fat 1.6": changed({"all.volume": 1.6}),
        "gravity up": changed({}, (0.0, 9.81, 0.0)),
        "mandible 0.9": changed({"mandible.scale": 0.9}),
    }


@dataclass(frozen=True)
class EditsConfig:
    """The size of the measurement."""

    heads: int = 1
    mixtures: int = 8
    """Expressions for each head."""
    tables: bool = True
    """Measure the table as well: 88 settled shapes for each edit, by far the longest part."""


@dataclass(frozen=True)
class EditRow:
    """The relative error of an edit's effect, by method."""

    edit: str
    effect_mm: float
    """The mean of the simulator's effect where it is above 0.3 mm."""
    network: float
    resting_head_solved: float
    with_table: float | None
    samples: int


def measure_edits(
    data: TrainingData,
    weights: NetworkWeights,
    identities: IdentityModel,
    folder: Path,
    config: EditsConfig,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[EditRow]:
    """Return the relative errors of the edits' effects.

    Args:
        data: a dataset whose unseen heads are used, in order.
        weights: the network weights.
        identities: the dataset's identity model.
        folder: keeps the solves.
        config: the numbers of heads and mixtures.
        progress: called with the number of expressions done and of all.

    Returns:
        One row an edit.
    """
    heads = np.flatnonzero(data.head_unseen)[: config.heads]
    found: dict[str, list[np.ndarray]] = {name: [] for name in edits()}
    total = len(heads) * (config.mixtures + (len(table_expressions()) if config.tables else 0))
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    for head in heads:
        measured = _HeadEdits(data.neutral[head], weights, identities, folder)
        tables = measured.tables(step) if config.tables else {}
        for mixture in _mixtures(config.mixtures):
            for name, sums in measured.sums(mixture, tables):
                found[name].append(sums)
            step()
    return [_row(name, np.array(sums), config.tables) for name, sums in found.items()]


class _HeadEdits:
    """One head: its solves, and its networks."""

    def __init__(self, neutral: Moved, weights: NetworkWeights, identities: IdentityModel, folder: Path):
        head = IdentityHead(identities.topology, neutral, np.zeros(0))
        physics = SimulationPhysics(identities, solving=CLOSE, kept_settings=len(edits()) + 1)
        self.solve = KeptSolves(folder, physics, head)
        self._skin = identities.topology.vertices_of("skin")
        self._weights, self._code = weights, weights.head_code(neutral)
        self._basis = head_basis(weights, neutral, expression_transfer(identities)(head)).matrix

    def tables(self, step: Callable[[], None]) -> dict[str, ShapeTable]:
        """Return the table of each edit; an expression acts under all edits while its muscles are at hand."""
        for weights in table_expressions():
            for setting in (default_setting(), *edits().values()):
                self.solve(weights, setting)
            step()
        rests = {name: self.solve(np.zeros(ARKIT_COUNT), setting) for name, setting in edits().items()}
        return {
            name: solve_table(self.solve, edits()[name], rest)[0]
            for name, rest in rests.items()
            if rest is not None
        }

    def sums(
        self, mixture: Float[np.ndarray, "52"], tables: dict[str, ShapeTable]
    ) -> Iterator[tuple[str, np.ndarray]]:
        """Yield for each edit the sums of errors by method, of the effect, and the number of vertices."""
        still = np.zeros(ARKIT_COUNT)
        default = self.solve(mixture, default_setting())
        for name, setting in edits().items():
            settled, rest = self.solve(mixture, setting), self.solve(still, setting)
            if default is None or settled is None or rest is None:
                continue
            network = self._network(mixture, setting) - self._network(mixture, default_setting())
            at_rest = self._network(still, setting) - self._network(still, default_setting())
            guesses = [network, network - at_rest + rest]
            if name in tables:
                tabled, table = rest.copy(), tables[name]
                tabled[table.vertices] += table.displacements(mixture)
                guesses.append(tabled)
            yield name, self._compared(settled - default, guesses)

    def _compared(self, true: Moved, guesses: list[Moved]) -> np.ndarray:
        true, size = true[self._skin], np.linalg.norm(true[self._skin], axis=1)
        moved = size > _LEAST_M
        errors = [np.linalg.norm(guess[self._skin] - true, axis=1)[moved].sum() for guess in guesses]
        return np.array([size[moved].sum(), moved.sum(), *errors])

    def _network(self, weights: np.ndarray, setting: TissueSetting) -> Moved:
        folded = folded_forward(self._weights, self._code, setting)
        return (folded(weights.astype(np.float32)) @ self._basis).reshape(-1, 3)


def _mixtures(count: int) -> list[Float[np.ndarray, "52"]]:
    """Return random expressions without extremes and gaze."""
    rng, mixtures = np.random.default_rng(_SEED), []
    while len(mixtures) < count:
        kind, weights = sample_expression(rng)
        if kind != "extreme":
            weights = weights.copy()
            weights[EYE_LOOKS] = 0.0
            mixtures.append(weights)
    return mixtures


def _row(name: str, sums: Float[np.ndarray, "samples columns"], tables: bool) -> EditRow:
    effect, count, *errors = sums.sum(0)
    relative = [round(float(error / effect), 3) for error in errors]
    return EditRow(
        name,
        round(float(1e3 * effect / count), 2),
        relative[0],
        relative[1],
        relative[2] if tables else None,
        len(sums),
    )
