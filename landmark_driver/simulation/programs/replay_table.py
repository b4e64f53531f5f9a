"""Records of replayed expressions as a Markdown table, one row a head."""

from __future__ import annotations

from typing import Any

import numpy as np

LARGEST_VOLUME_CHANGE = 0.03
_LOOSE_FROM = 0.4

Record = dict[str, Any]
"""The result of `check_replay.replay`, with the head, the Poisson ratio and the expression's name."""


def bounds_mm(poisson_ratio: float) -> tuple[float, float]:
    """Return the largest errors that a replay may leave.

    Args:
        poisson_ratio: looser bounds apply above 0.4.

    Returns:
        The bound of the mean over moving vertices, and of the worst vertex, mm.
    """
    return (0.35, 2.5) if poisson_ratio > _LOOSE_FROM else (0.3, 2.0)


def replay_table(records: list[Record], poisson_ratio: float) -> str:
    """Return the records as a Markdown table: one row a head and one for all of them.

    Args:
        records: of any heads, at one Poisson ratio.
        poisson_ratio: decides the bounds.

    Returns:
        The table; counts are of expressions, inversions of tetrahedra.
    """
    mean_mm, max_mm = bounds_mm(poisson_ratio)
    header = (
        f"ν {poisson_ratio:g}",
        "expressions",
        "worst mean, mm",
        "worst maximum, mm",
        f"means over {mean_mm:g} mm",
        f"maxima over {max_mm:g} mm",
        "not settled",
        "inversions",
        "largest volume change",
        "of blendshapes",
        "volume over 3 %",
        "of blendshapes",
        "median s",
    )
    heads = sorted({record["head"] for record in records})
    rows = [(f"head {head}", [r for r in records if r["head"] == head]) for head in heads]
    lines = [header, ("---",) * len(header)]
    lines += [(name, *_cells(chosen, mean_mm, max_mm)) for name, chosen in [*rows, ("all", records)]]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def record_line(record: Record) -> str:
    """Return one expression in words.

    Args:
        record: with its measures, or with `error`.

    Returns:
        One line for the terminal.
    """
    start = f"head {record['head']} {record['expression']:20s}"
    if "error" in record:
        return f"{start} {record['error']}"
    return (
        f"{start} {record['mean_mm']:.3f} mm mean, {record['max_mm']:.2f} mm most, "
        f"volume {100 * record['volume_change']:+.2f} % (target {100 * record['target_volume_change']:+.2f} %), "
        f"{record['seconds']:.1f} s"
    )


def _cells(records: list[Record], mean_mm: float, max_mm: float) -> tuple[object, ...]:
    good = [record for record in records if "error" not in record]
    if not good:
        return (len(records), *["–"] * 4, len(records), *["–"] * 6)
    return (
        len(records),
        _worst(good, "mean_mm", "{:.3f}"),
        _worst(good, "max_mm", "{:.2f}"),
        sum(record["mean_mm"] > mean_mm for record in good),
        sum(record["max_mm"] > max_mm for record in good),
        len(records) - len(good),
        sum(record["inversions"] for record in good),
        _worst(good, "volume_change", "{:+.2%}"),
        _worst(good, "target_volume_change", "{:+.2%}"),
        sum(abs(record["volume_change"]) > LARGEST_VOLUME_CHANGE for record in good),
        sum(abs(record["target_volume_change"]) > LARGEST_VOLUME_CHANGE for record in good),
        f"{np.median([record['seconds'] for record in good]):.2f}",
    )


def _worst(records: list[Record], key: str, form: str) -> str:
    worst = max(records, key=lambda record: abs(record[key]))
    return f"{form.format(worst[key])} ({worst['expression']})"
