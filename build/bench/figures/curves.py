"""Draw lines over two logarithmic scales as SVG. Measure nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from build.bench.figures.plot import GRID, INK, OWN, picture, text

_LEFT, _TOP, _ACROSS, _DOWN, _NAMES = 70, 66, 560, 320, 310  # pixels
_COLOURS = ("#bc4c00", "#8250df", "#1a7f37", "#8c959f", "#9a6700", "#cf222e")

Point = tuple[float, float]


def curves(title: str, across: str, down: str, lines: Mapping[str, Sequence[Point]], own: str) -> str:
    """Return the chart of (x, y) points by the name of their line; that of the name `own` stands out.

    All values are above zero. `across` and `down` name the scales, with their units.
    """
    x = _scale([point[0] for points in lines.values() for point in points], _LEFT, _ACROSS)
    y = _scale([point[1] for points in lines.values() for point in points], _TOP + _DOWN, -_DOWN)
    parts = [text(12, 26, title, size=15, weight="bold")]
    parts += _grid(x, y)
    parts.append(text(_LEFT + _ACROSS / 2, _TOP + _DOWN + 40, across, anchor="middle"))
    parts.append(text(12, _TOP - 14, down))
    colours = iter(_COLOURS)
    for row, (name, points) in enumerate(lines.items()):
        colour = OWN if name == own else next(colours)
        places = [(x.place(point[0]), y.place(point[1])) for point in points]
        path = " ".join(f"{at[0]:.1f},{at[1]:.1f}" for at in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="3" fill="{colour}"/>' for at in places]
        height = _TOP + 14 + 22 * row
        parts.append(f'<circle cx="{_LEFT + _ACROSS + 20}" cy="{height - 4}" r="5" fill="{colour}"/>')
        parts.append(text(_LEFT + _ACROSS + 32, height, name.replace("`", "")))
    return picture(_LEFT + _ACROSS + _NAMES, _TOP + _DOWN + 54, title, parts)


class _Scale:
    """Whole decades from `low` to `high`, and where a value lies between them."""

    def __init__(self, low: int, high: int, place: Callable[[float], float]) -> None:
        self.values = [10.0**decade for decade in range(low, high + 1)]
        self.place = place


def _scale(values: Sequence[float], start: float, length: float) -> _Scale:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values) * 1.0001))
    return _Scale(low, high, lambda value: start + length * (math.log10(value) - low) / (high - low))


def _grid(x: _Scale, y: _Scale) -> list[str]:
    parts = []
    for value in x.values:
        at = x.place(value)
        parts.append(f'<line x1="{at:.1f}" y1="{_TOP}" x2="{at:.1f}" y2="{_TOP + _DOWN}" stroke="{GRID}"/>')
        parts.append(text(at, _TOP + _DOWN + 20, f"{value:g}", anchor="middle"))
    for value in y.values:
        at = y.place(value)
        parts.append(f'<line x1="{_LEFT}" y1="{at:.1f}" x2="{_LEFT + _ACROSS}" y2="{at:.1f}" stroke="{GRID}"/>')
        parts.append(text(_LEFT - 8, at + 4, f"{value:g}", anchor="end", colour=INK))
    return parts
