"""The two large tables of docs/networks.md, measured on the samples that ship: `python -m docs.scripts.make_network_tables`.

It takes some minutes for each of the nine columns and prints every column's numbers as they come.
"""

from __future__ import annotations

from collections.abc import Callable

from landmark_driver.hypernetwork.evaluation.error_tally import EvaluationConfig, EvaluationRow
from landmark_driver.hypernetwork.evaluation.evaluate_methods import evaluate
from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES, load_identities
from landmark_driver.network.shipped_networks import HELD_OUT_PATH, shipped_weights

COLUMNS = {
    "478 clean": EvaluationConfig(),
    "478, 0.58": EvaluationConfig(noise_mm=0.58),
    "68 clean": EvaluationConfig(landmarks=68),
    "68, 0.58": EvaluationConfig(landmarks=68, noise_mm=0.58),
    "20 clean": EvaluationConfig(landmarks=20),
    "20, 0.58": EvaluationConfig(landmarks=20, noise_mm=0.58),
    "478, 0.58, 30 % lost": EvaluationConfig(noise_mm=0.58, drop=0.3),
    "478, jitter": EvaluationConfig(jitter_mm=0.5, jitter_deg=0.3),
    "478, 0.58, 50 % lost": EvaluationConfig(noise_mm=0.58, drop=0.5),
}


def table(
    measured: dict[str, dict[str, EvaluationRow]], cell: Callable[[EvaluationRow], str], methods: list[str]
) -> str:
    """Return a table of Markdown: a row for each method, a column for each kind of landmarks."""
    lines = [" | ".join(["|", *measured]) + " |", "|" + "---|" * (1 + len(measured))]
    lines += [
        f"| {method} | {' | '.join(cell(rows[method]) for rows in measured.values())} |" for method in methods
    ]
    return "\n".join(lines)


def main() -> None:
    weights, identities = shipped_weights(), load_identities(DEFAULT_IDENTITIES)
    measured: dict[str, dict[str, EvaluationRow]] = {}
    for name, config in COLUMNS.items():
        rows = evaluate(HELD_OUT_PATH, weights, config, identities)
        measured[name] = {row.method: row for row in rows}
        print(name, [(row.method, row.mean_mm) for row in rows], flush=True)
    methods = list(next(iter(measured.values())))
    print(table(measured, lambda row: f"{row.mean_mm:.3f}", methods))
    print(table(measured, lambda row: f"{row.usual_mm:.3f} / {row.edited_mm:.3f}", methods[1:]))


if __name__ == "__main__":
    main()
