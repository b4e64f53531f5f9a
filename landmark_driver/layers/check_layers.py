"""Layers many random heads and prints the outcome: python -m landmark_driver.layers.check_layers --heads 300.

Every head is drawn with the phenotypes and local changes of the identity model over their whole
range. Results are appended to a JSON-lines file, and heads already in it are not layered again.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from landmark_driver.head.identity_model import HeadModelError, IdentityModel
from landmark_driver.identities.load_identities import DEFAULT_IDENTITIES, load_identities
from landmark_driver.layers.layer_head import layer_head
from landmark_driver.layers.layer_report import layer_report
from landmark_driver.layers.layer_template import VERSION, load_layer_template


@dataclass(frozen=True)
class CheckLayers:
    """The heads to layer, and the file that keeps the results."""

    heads: int = 300
    seed: int = 0
    identities: str = DEFAULT_IDENTITIES
    """The identity model, named as in `softdeca simulate --identities`."""
    plausible: bool = False
    """Draw plausible adults instead of the whole range."""
    results: Path | None = None
    """JSON lines; default: check_layers_v<version>_<seed>.jsonl in the current folder."""


def check_layers(config: CheckLayers) -> list[dict[str, Any]]:
    """Return one record per head, in order, taken from the results file where it has them.

    New records are appended to the results file, one JSON line each.

    Args:
        config: the heads to layer and the results file.

    Returns:
        One record of `check_head` per head, `config.heads` in all.
    """
    kind = "plausible" if config.plausible else "whole_range"
    identities = load_identities(config.identities)
    whose = "" if config.identities == DEFAULT_IDENTITIES else f"_{identities.name}"
    path = config.results or Path(f"check_layers_v{VERSION}{whose}_{kind}_{config.seed}.jsonl")
    known = {}
    if path.exists():
        known = {record["head"]: record for record in map(json.loads, path.read_text().splitlines())}
    layer_head(identities.mean(), load_layer_template(identities.template()))
    for head in range(config.heads):
        if head not in known:
            known[head] = check_head(head, config.seed, config.plausible, identities)
            with path.open("a") as file:
                file.write(json.dumps(known[head]) + "\n")
    return [known[head] for head in range(config.heads)]


def check_head(number: int, seed: int, plausible: bool, identities: IdentityModel) -> dict[str, Any]:
    """Layer one random head and return its report.

    Args:
        number: the head's number, which seeds its draw together with `seed`.
        seed: the seed of the whole check.
        plausible: whether to draw a plausible adult instead of one from the whole range.
        identities: the identity model to draw from.

    Returns:
        `head` with `seconds`, `cpu_seconds` and the fields of `layer_report` (lengths in millimetres); `head`
        and `error` (text) where layering raises HeadModelError.
    """
    draw = identities.sample if plausible else identities.sample_whole_range
    head = draw(np.random.default_rng([seed, number]))
    start, start_cpu = time.perf_counter(), time.process_time()
    try:
        layered = layer_head(head, load_layer_template(identities.template()))
    except HeadModelError as error:
        return {"head": number, "error": str(error)}
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - start_cpu
    return {"head": number, "seconds": seconds, "cpu_seconds": cpu_seconds} | layer_report(layered)


def table(records: list[dict[str, Any]]) -> str:
    """Return a table of the counts of failures and the spread of each measured value.

    Args:
        records: the records of `check_layers`, at least one of them without `error`.

    Returns:
        One line per row: a name and a count, or the least, median and largest value.
    """
    good = [record for record in records if "error" not in record]
    rows = [("heads", f"{len(records)}"), ("not layered", f"{len(records) - len(good)}")]
    rows += [
        ("heads with inverted tetrahedra", f"{sum(r['inverted'] > 0 for r in good)}"),
        ("heads with skin-bone intersections", f"{sum(r['intersections']['skin_bones'] > 0 for r in good)}"),
        (
            "heads with muscle-bone intersections",
            f"{sum(r['intersections']['muscles_bones'] > 0 for r in good)}",
        ),
    ]
    columns = {
        "skin to bone, mm": [r["min_distance_mm"]["skin_to_skull"] for r in good],
        "muscle to bone, mm": [r["min_distance_mm"]["muscle_to_skull"] for r in good],
        "skin to muscle, mm": [r["min_distance_mm"]["skin_to_muscle"] for r in good],
        "smallest scaled Jacobian": [r["scaled_jacobian"][0] for r in good],
        "0.1 % of scaled Jacobians under": [r["scaled_jacobian"][1] for r in good],
        "skin wrap off the skin (mean), mm": [r["skin_wrap_off_skin_mm"] for r in good],
        "seconds a head": [r["seconds"] for r in good],
        "processor seconds a head": [r["cpu_seconds"] for r in good],
    }
    for name, values in columns.items():
        low, middle, high = np.quantile(values, [0, 0.5, 1])
        rows.append((name, f"{low:.4g} (least)  {middle:.4g} (median)  {high:.4g} (most)"))
    return "\n".join(f"{name:40s}{value}" for name, value in rows)


if __name__ == "__main__":
    print(table(check_layers(tyro.cli(CheckLayers))))
