"""Charts that are also tables: the bars of a histogram, drawn by a template and listed below it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 480, 150  # of the space for bars, in the drawing's own units


@dataclass(frozen=True)
class Bar:
    """How many values are between `begin` and `end`, and where the bar is in the drawing."""

    begin: str
    end: str
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Chart:
    """A histogram: what is counted, in which unit, and its bars."""

    title: str
    unit: str
    bars: tuple[Bar, ...]
    top: int

    @property
    def in_words(self) -> str:
        """The chart in words, for people who cannot see it."""
        peak = max(self.bars, key=lambda bar: bar.count)
        total = sum(bar.count for bar in self.bars)
        return f"{self.title}: {total} in all, most of them ({peak.count}) from {peak.begin} to {peak.end} {self.unit}"


def histogram(title: str, unit: str, values: Iterable[float], edges: Sequence[float] | None = None) -> Chart | None:
    """Count `values` between `edges`, the last one included, or between about eight round ones; None without values."""
    values = list(values)
    if not values:
        return None
    edges = edges or _round_edges(max(values))
    counts = [0] * (len(edges) - 1)
    for value in values:
        fits = [number for number, edge in enumerate(edges[:-1]) if value >= edge]
        counts[fits[-1] if fits else 0] += 1
    top = max(counts)
    step = WIDTH / len(counts)
    bars = (
        Bar(
            begin=f"{edges[number]:g}",
            end=f"{edges[number + 1]:g}",
            count=count,
            x=number * step + 2,
            y=HEIGHT * (1 - count / top),
            width=step - 4,
            height=HEIGHT * count / top,
        )
        for number, count in enumerate(counts)
    )
    return Chart(title, unit, tuple(bars), top)


def _round_edges(most: float, parts: int = 8) -> list[float]:
    """Edges from 0 to at least `most`, a round distance apart."""
    raw = (most if most > 0 else 1.0) / parts
    scale = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * scale for factor in (1, 2, 2.5, 5, 10) if factor * scale >= raw * (1 - 1e-9))
    return [round(number * step, 10) for number in range(max(1, math.ceil(most / step - 1e-9)) + 1)]
