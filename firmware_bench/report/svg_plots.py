"""Plots as SVG text, without a plotting library: a report has to open on any phone.

Colours follow the page's text colour through `currentColor`; series have a fixed order of colours that differ in
lightness too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

COLORS = ("#0b6e99", "#d1762b", "#3f8f4f", "#8a4fa3", "#b23a48", "#7a6a1f", "#4b5d73", "#c25b9b")
_WIDTH, _LEFT, _RIGHT, _LINE = 760, 230, 90, 24
_PLOT_HEIGHT, _MARGIN = 300, 56


@dataclass(frozen=True)
class Bar:
    """A bar from zero (or the axis' smallest value) to `value`; `whisker` is a second, larger value."""

    label: str
    value: float
    whisker: float | None = None
    text: str = ""
    faint: bool = False
    """Computed rather than measured."""


@dataclass(frozen=True)
class Line:
    label: str
    points: tuple[tuple[float, float], ...]


def bars(items: Sequence[Bar], unit: str, logarithmic: bool = False) -> str:
    """Return horizontal bars, one below the other, as SVG.

    Args:
        items: from top to bottom; their values are positive on a logarithmic axis.
        unit: of all values.
        logarithmic: the axis begins at the power of ten below the smallest value.

    Returns:
        The `svg` element; empty for no items.
    """
    if not items:
        return ""
    largest = max(max(item.value, item.whisker or 0.0) for item in items)
    smallest = 10 ** math.floor(math.log10(min(item.value for item in items))) if logarithmic else 0.0
    scale = _Scale(smallest, largest, _LEFT, _WIDTH - _RIGHT, logarithmic)
    height = _LINE * len(items) + 34
    parts = [_grid(scale, height - 24, unit)]
    for number, item in enumerate(items):
        parts.append(_bar(item, scale, 6 + _LINE * number, COLORS[0]))
    return _svg(height, parts)


def lines(series: Sequence[Line], x_unit: str, y_unit: str, logarithmic_x: bool = False) -> str:
    """Return curves over a common pair of axes as SVG, with a legend below.

    Args:
        series: in the order of their colours.
        x_unit: of the horizontal axis.
        y_unit: of the vertical axis, which begins at zero.
        logarithmic_x: the horizontal axis; its values are positive then.

    Returns:
        The `svg` element; empty for no points.
    """
    points = [point for line in series for point in line.points]
    if not points:
        return ""
    x = _Scale(*_limits([p[0] for p in points], logarithmic_x), 60, _WIDTH - 20, logarithmic_x)
    y = _Scale(0.0, max(p[1] for p in points) * 1.05 or 1.0, _PLOT_HEIGHT, 12, False)
    parts = [_grid(x, _PLOT_HEIGHT, ""), _y_axis(y, y_unit)]
    parts.append(
        f'<text x="{_WIDTH / 2}" y="{_PLOT_HEIGHT + 32}" text-anchor="middle">{escape(x_unit)}</text>'
    )
    for number, line in enumerate(series):
        color = COLORS[number % len(COLORS)]
        path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in line.points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
    parts += [_legend(line.label, number, len(series)) for number, line in enumerate(series)]
    rows = (len(series) + 1) // 2
    return _svg(_PLOT_HEIGHT + _MARGIN + 18 * rows, parts)


def intervals(items: Sequence[tuple[str, float, float, float]]) -> str:
    """Return dots with their intervals over a logarithmic axis of ratios, one marked, as SVG.

    Args:
        items: (name, low, middle, high), from top to bottom.

    Returns:
        The `svg` element; empty for no items.
    """
    if not items:
        return ""
    low, high = min(item[1] for item in items), max(item[3] for item in items)
    scale = _Scale(min(low, 0.8), max(high, 1.25), _LEFT, _WIDTH - _RIGHT, True)
    height = _LINE * len(items) + 34
    one = scale(1.0)
    parts = [f'<line x1="{one:.1f}" x2="{one:.1f}" y1="0" y2="{height - 24}" stroke="currentColor"/>']
    for number, (name, least, middle, most) in enumerate(items):
        y = 6 + _LINE * number + 8
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(name)}</text>'
            f'<line x1="{scale(least):.1f}" x2="{scale(most):.1f}" y1="{y}" y2="{y}" stroke="{COLORS[0]}" '
            f'stroke-width="3"/><circle cx="{scale(middle):.1f}" cy="{y}" r="5" fill="{COLORS[0]}"/>'
            f'<text x="{_WIDTH - _RIGHT + 8}" y="{y + 4}">× {middle:.2f}</text>'
        )
    parts.append(f'<text x="{one:.1f}" y="{height - 6}" text-anchor="middle">equal</text>')
    return _svg(height, parts)


class _Scale:
    """A map from values to pixels."""

    def __init__(self, low: float, high: float, start: float, end: float, logarithmic: bool):
        self.low, self.high, self.logarithmic = low, high if high > low else low + 1, logarithmic
        self._start, self._end = start, end

    def __call__(self, value: float) -> float:
        return self._start + self.fraction(value) * (self._end - self._start)

    def fraction(self, value: float) -> float:
        if self.logarithmic:
            value = max(value, self.low)
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        if self.logarithmic:
            first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            wide = last - first > 2
            candidates = [m * 10.0**e for e in range(first, last + 1) for m in ((1,) if wide else (1, 2, 5))]
            return [tick for tick in candidates if self.low <= tick <= self.high]
        step = _round_step((self.high - self.low) / 5)
        first = math.ceil(self.low / step)
        return [step * number for number in range(first, math.floor(self.high / step + 1e-9) + 1)]


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= step - 1e-12)


def _limits(values: list[float], logarithmic: bool) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if logarithmic else (min(low, 0.0), high)


def _bar(item: Bar, scale: _Scale, top: float, color: str) -> str:
    start, end, middle = scale(scale.low), scale(item.value), top + 8
    parts = [
        f'<text x="{_LEFT - 8}" y="{middle + 4}" text-anchor="end">{escape(item.label)}</text>',
        f'<rect x="{start:.1f}" y="{top}" width="{max(end - start, 1):.1f}" height="16" fill="{color}" '
        f'opacity="{0.35 if item.faint else 0.9}"/>',
    ]
    if item.whisker is not None and item.whisker > item.value:
        far = scale(item.whisker)
        parts.append(
            f'<path d="M{end:.1f} {middle}H{far:.1f}M{far:.1f} {middle - 5}v10" stroke="currentColor" fill="none"/>'
        )
    parts.append(f'<text x="{_WIDTH - _RIGHT + 8}" y="{middle + 4}">{escape(item.text)}</text>')
    return "".join(parts)


def _grid(scale: _Scale, bottom: float, unit: str) -> str:
    parts = []
    for tick in scale.ticks():
        x = scale(tick)
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{bottom}" stroke="currentColor" opacity="0.15"/>'
            f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{tick:g}</text>'
        )
    return (
        "".join(parts) + f'<text x="{_WIDTH - 4}" y="{bottom + 16}" text-anchor="end">{escape(unit)}</text>'
    )


def _y_axis(scale: _Scale, unit: str) -> str:
    parts = [f'<text x="4" y="10">{escape(unit)}</text>']
    for tick in scale.ticks():
        y = scale(tick)
        parts.append(
            f'<line x1="60" x2="{_WIDTH - 20}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" opacity="0.15"/>'
            f'<text x="54" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>'
        )
    return "".join(parts)


def _legend(label: str, number: int, count: int) -> str:
    columns = 2 if count > 1 else 1
    x = 60 + (number % columns) * 340
    y = _PLOT_HEIGHT + _MARGIN + 18 * (number // columns)
    color = COLORS[number % len(COLORS)]
    return (
        f'<rect x="{x}" y="{y - 9}" width="14" height="10" fill="{color}"/>'
        f'<text x="{x + 20}" y="{y}">{escape(label)}</text>'
    )


def _svg(height: float, parts: list[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" role="img" '
        f'font-size="13" fill="currentColor">{"".join(parts)}</svg>'
    )
