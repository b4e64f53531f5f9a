"""The duration of a solve: projective dynamics, L-BFGS and Newton in one run, as one table.

    python -m landmark_driver.simulation.programs.benchmark [--frequencies 8 12 16 24] [--real]

Every method minimises the same energy from the same start. Time is counted until every node is within 0.05 mm
of the converged solution for good, factorisation apart. A warm start is the expression at nine tenths of its
strength. The table shows the best of `repeats`, because another process can only make a run slower.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import tyro
from jaxtyping import Float

from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES
from landmark_driver.simulation.actuation.fit_actuation import ActuationFitter
from landmark_driver.simulation.energy.chunk_threads import available_threads
from landmark_driver.simulation.energy.materials import Materials
from landmark_driver.simulation.energy.potential import Potential
from landmark_driver.simulation.energy.rest_mesh import RestMesh
from landmark_driver.simulation.programs.synthetic_head import synthetic_expression, synthetic_head
from landmark_driver.simulation.solver.effective_actuation import Actuation, part_of_actuation
from landmark_driver.simulation.solver.lbfgs import minimise_lbfgs
from landmark_driver.simulation.solver.load import BonePoses
from landmark_driver.simulation.solver.minimum import Descent, Minimum, SolverSettings
from landmark_driver.simulation.solver.newton import minimise_newton
from landmark_driver.simulation.solver.projective_dynamics import minimise_projective
from landmark_driver.simulation.solver.simulator import Simulator

METHODS: dict[str, Callable[..., Minimum]] = {
    "projective dynamics": minimise_projective,
    "L-BFGS": minimise_lbfgs,
    "Newton": minimise_newton,
}
WARM_FRACTION = 0.9
NEAR_MM = 0.05
_EXACT = SolverSettings(tolerance_mm=1e-6, max_iterations=3000)
_LONG_ENOUGH = SolverSettings(tolerance_mm=1e-3)


@dataclass(frozen=True)
class BenchmarkArguments:
    """The heads, materials and repeats to measure."""

    frequencies: tuple[int, ...] = (8, 12, 16, 24)
    """Sizes of the synthetic head: 120 frequency^2 tetrahedra."""
    poisson_ratios: tuple[float, ...] = (0.33, 0.47)
    repeats: int = 3
    threads: int | None = None
    real: bool = False
    """Also the mean head of the identity model with a smile."""
    identities: str = DEFAULT_IDENTITIES
    """The identity model, as in `softdeca simulate --identities`."""


@dataclass(frozen=True)
class BenchmarkRow:
    """One solve. `milliseconds` is None where the method did not come within 0.05 mm."""

    head: str
    tets: int
    free_nodes: int
    poisson_ratio: float
    start: str
    method: str
    iterations: int | None
    milliseconds: float | None
    own_error_mm: float
    """Largest node error where the method's own stop is."""
    factor_ms: float


def benchmark_rows(
    head: str, mesh: RestMesh, expression: Callable[[Simulator], Actuation], arguments: BenchmarkArguments
) -> Iterator[BenchmarkRow]:
    """Yield one row for each Poisson ratio, start and method on one mesh.

    Args:
        head: the name of the head.
        mesh: at rest.
        expression: returns (tets, 3, 3) effective actuation for a simulator.
        arguments: give Poisson ratios, repeats and threads.

    Returns:
        The rows, in that order; iterations and milliseconds are the best repeat's.
    """
    for poisson in arguments.poisson_ratios:
        simulator = Simulator(mesh, Materials(poisson_ratio=poisson), threads=arguments.threads)
        began = time.perf_counter()
        factor = simulator.factor
        factor_ms = (time.perf_counter() - began) * 1e3
        actuation = expression(simulator)
        weaker = simulator.potential(part_of_actuation(actuation, WARM_FRACTION), BonePoses(), [])
        warm = minimise_lbfgs(weaker, factor, mesh.nodes, SolverSettings()).nodes
        potential = simulator.potential(actuation, BonePoses(), [])
        exact = minimise_lbfgs(potential, factor, warm, _EXACT).nodes
        for start, nodes in (("rest", mesh.nodes), ("warm", warm)):
            for name, method in METHODS.items():
                solves = [
                    _timed(method, potential, factor, nodes, exact) for _ in range(max(1, arguments.repeats))
                ]
                best = min(solves, key=lambda solve: np.inf if solve[1] is None else solve[1])
                yield BenchmarkRow(
                    head, len(mesh.tets), len(mesh.free), poisson, start, name, *best, factor_ms=factor_ms
                )


def _timed(
    method: Callable[..., Minimum],
    potential: Potential,
    factor: object,
    start: Float[np.ndarray, "nodes 3"],
    exact: Float[np.ndarray, "nodes 3"],
) -> tuple[int | None, float | None, float]:
    """Return iterations and milliseconds to come near for good, and the error in mm at the method's default stop."""
    seen: list[tuple[float, np.ndarray]] = []

    def observe(descent: Descent) -> None:
        seen.append((time.perf_counter(), descent.x.copy()))

    default = method(potential, factor, start, SolverSettings()).nodes
    own_mm = float(np.linalg.norm(default - exact, axis=1).max() * 1e3)
    began = time.perf_counter()
    method(potential, factor, start, _LONG_ENOUGH, observe)
    errors_mm = np.array([np.linalg.norm(x - exact, axis=1).max() * 1e3 for _, x in seen])
    first = int(np.max(np.flatnonzero(errors_mm > NEAR_MM), initial=-1)) + 1
    if first == len(seen):
        return None, None, own_mm
    return first + 1, (seen[first][0] - began) * 1e3, own_mm


def real_head(name: str) -> tuple[RestMesh, Callable[[Simulator], Actuation]]:
    """Return the mean head of an identity model and its smile.

    Args:
        name: of the identity model, as `load_identities` takes it.

    Returns:
        The head at rest, and a function that fits (tets, 3, 3) actuation to the blendshapes' smile.
    """
    from capture.frames.arkit import ARKIT_INDEX
    from landmark_driver.identities.deformation_transfer import expression_transfer
    from landmark_driver.identities.load_identities import load_identities
    from landmark_driver.layers.layer_head import layer_head
    from landmark_driver.layers.layer_template import load_layer_template

    identities = load_identities(name)
    head = identities.mean()
    layered = layer_head(head, load_layer_template(identities.template()))
    shapes = expression_transfer(identities)(head)
    smile = shapes[ARKIT_INDEX["mouthSmileLeft"]] + shapes[ARKIT_INDEX["mouthSmileRight"]]
    alone = np.flatnonzero(layered.skin_ride.weights[:, 0] == 1.0)
    nodes = layered.skin_ride.index[alone, 0]
    mesh = RestMesh(layered.nodes, layered.tets, layered.tissue, layered.node_bone)
    targets = layered.nodes[nodes] + smile[alone]
    return mesh, lambda simulator: ActuationFitter(simulator, nodes).fit(targets).actuation


def table(rows: list[BenchmarkRow]) -> str:
    """Return the rows in Markdown.

    Args:
        rows: of any heads.

    Returns:
        A header and one line a row.
    """
    lines = [
        "| head | tetrahedra | free nodes | ν | start | method | iterations | ms to 0.05 mm | mm at own stop |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        iterations = "–" if row.iterations is None else str(row.iterations)
        milliseconds = "not reached" if row.milliseconds is None else f"{row.milliseconds:.0f}"
        lines.append(
            f"| {row.head} | {row.tets:,} | {row.free_nodes:,} | {row.poisson_ratio} | {row.start} "
            f"| {row.method} | {iterations} | {milliseconds} | {row.own_error_mm:.3f} |"
        )
    return "\n".join(lines)


def main(arguments: BenchmarkArguments) -> None:
    """Print the table of the synthetic heads, and of the real one with `real`."""
    rows = []
    for frequency in arguments.frequencies:
        mesh = synthetic_head(frequency)
        actuation = synthetic_expression(mesh)
        rows += benchmark_rows("synthetic", mesh, lambda _, actuation=actuation: actuation, arguments)
    if arguments.real:
        rows += benchmark_rows("default", *real_head(arguments.identities), arguments)
    print(f"{arguments.threads or available_threads()} threads, best of {arguments.repeats}\n")
    print(table(rows))


if __name__ == "__main__":
    main(tyro.cli(BenchmarkArguments))
