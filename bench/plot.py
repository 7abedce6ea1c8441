"""Bars in SVG, on a logarithmic scale: what is compared differs by orders of magnitude."""

import math
from xml.sax.saxutils import escape

WIDTH, LEFT, BAR, GAP, TOP = 720, 110, 14, 14, 56
COLOURS = {"here": "#7652a2", "reference": "#b9b9c3"}


def bars(title: str, names: list[str], sides: dict[str, list[float]]) -> str:
    """A group of bars a name, one bar a side."""
    values = [max(value, 1e-9) for row in sides.values() for value in row]
    lowest = 10 ** math.floor(math.log10(min(values)))
    highest = 10 ** math.ceil(math.log10(max(values)))
    group = BAR * len(sides) + GAP
    height = TOP + group * len(names) + 24
    room = WIDTH - LEFT - 80

    def x(value: float) -> float:
        span = max(math.log10(highest / lowest), 1e-9)
        return LEFT + room * math.log10(max(value, lowest) / lowest) / span

    parts = [text(LEFT, 20, title, weight="bold"), *legend(sides), *grid(lowest, highest, x, height)]
    for row, name in enumerate(names):
        top = TOP + row * group
        parts.append(text(LEFT - 8, top + BAR * len(sides) / 2 + 4, name, anchor="end"))
        for number, (side, numbers) in enumerate(sides.items()):
            value, y = numbers[row], top + number * BAR
            parts.append(
                f'<rect x="{LEFT}" y="{y}" width="{max(x(value) - LEFT, 1):.1f}" '
                f'height="{BAR - 2}" fill="{COLOURS[side]}"/>'
            )
            parts.append(text(x(value) + 5, y + BAR - 4, f"{value:,.0f}", size=10))
    inside = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" role="img" aria-label="{escape(title)}">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n{inside}\n</svg>\n'
    )


def legend(sides: dict) -> list[str]:
    parts = []
    for number, side in enumerate(sides):
        left = LEFT + number * 110
        parts.append(f'<rect x="{left}" y="30" width="10" height="10" fill="{COLOURS[side]}"/>')
        parts.append(text(left + 15, 39, side))
    return parts


def grid(lowest: float, highest: float, x, height: int) -> list[str]:
    parts, value = [], lowest
    while value <= highest * 1.001:
        parts.append(
            f'<line x1="{x(value):.1f}" y1="{TOP - 6}" x2="{x(value):.1f}" y2="{height - 20}" stroke="#eee"/>'
        )
        parts.append(text(x(value), height - 6, f"{value:,.0f}", size=10, anchor="middle"))
        value *= 10
    return parts


def text(x, y, said, size=12, anchor="start", weight="normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
        f'font-weight="{weight}" fill="#333">{escape(said)}</text>'
    )
