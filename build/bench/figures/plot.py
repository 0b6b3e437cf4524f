"""Draw pictures as SVG, a bar chart among them; the bench needs no plotting library. Measure nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

_LABELS, _BARS, _VALUES = 270, 400, 90  # pixels across
_ROW, _BAR, _TOP, _BOTTOM = 30, 18, 46, 34  # pixels down
INK, _PAPER, GRID, _COLOUR, OWN = "#1f2328", "#ffffff", "#d1d9e0", "#8c959f", "#0969da"


def bars(title: str, unit: str, values: Sequence[tuple[str, float]], own: str = "") -> str:
    """Return the chart of (name, value) pairs on a logarithmic scale; bars whose name starts with `own` stand out.

    Values are all above zero.
    """
    low = 10 ** math.floor(math.log10(min(value for _, value in values)))
    high = 10 ** math.ceil(math.log10(max(value for _, value in values) * 1.0001))
    decades = round(math.log10(high / low))
    height = _TOP + _ROW * len(values) + _BOTTOM
    end = _TOP + _ROW * len(values)

    def across(value: float) -> float:
        return _LABELS + _BARS * math.log10(value / low) / decades

    parts = [text(12, 26, title, size=15, weight="bold")]
    for decade in range(decades + 1):
        value = low * 10**decade
        x = across(value)
        parts.append(f'<line x1="{x:.1f}" y1="{_TOP - 6}" x2="{x:.1f}" y2="{end}" stroke="{GRID}"/>')
        parts.append(text(x, end + 20, f"{value:g} {unit}", anchor="middle"))
    for row, (name, value) in enumerate(values):
        y = _TOP + _ROW * row + (_ROW - _BAR) / 2
        colour = OWN if own and name.startswith(own) else _COLOUR
        width = max(across(value) - _LABELS, 1)
        parts.append(text(_LABELS - 10, y + 14, name, anchor="end"))
        parts.append(f'<rect x="{_LABELS}" y="{y:g}" width="{width:.1f}" height="{_BAR}" fill="{colour}"/>')
        parts.append(text(across(value) + 6, y + 14, f"{value:.1f}"))
    width = _LABELS + _BARS + _VALUES
    return picture(width, height, title, parts)


def picture(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    """Return a whole picture of these parts, in pixels."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return "\n".join(
        [
            f'{head} font-family="sans-serif" role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" fill="{_PAPER}"/>',
            *parts,
            "</svg>\n",
        ]
    )


def text(
    x: float, y: float, words: str, *, anchor: str = "start", size: int = 13, weight: str = "normal", colour: str = INK
) -> str:
    """Return words at a place."""
    style = f'font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="{colour}"'
    return f'<text x="{x:.1f}" y="{y:g}" {style}>{escape(words)}</text>'
