"""What a simulation found, as SVG pictures for docs/queue.md. The same figures give the same bytes.

No plotting library: the smallest good one hooks itself into Python's imports, and bars and lines are few lines of SVG.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

COLOURS = ("#1b7837", "#762a83", "#d95f02", "#2b6cb0")
"""Apart from each other for colour-blind eyes, too; dashes tell lines apart as well."""
DASHES = ("", "8 4", "2 3", "10 3 2 3")
WIDTH, HEIGHT = 900, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 50, 90
STEPS = 5
"""Lines across, about so many."""


def bars(path: Path, title: str, unit: str, across: Sequence[str], series: Mapping[str, Sequence[float]]) -> None:
    """A group of bars for each of `across`, one bar a series, with its figure above."""
    drawn = [*_bars(across, series, _top(series)), *_legend(list(series), dashed=False)]
    _write(path, title, unit, across, _top(series), drawn)


def lines(path: Path, title: str, unit: str, across: Sequence[str], series: Mapping[str, Sequence[float]]) -> None:
    """A line for each series, a point for each of `across`."""
    drawn = [*_lines(across, series, _top(series)), *_legend(list(series), dashed=True)]
    _write(path, title, unit, across, _top(series), drawn)


def _bars(across: Sequence[str], series: Mapping[str, Sequence[float]], top: float) -> Iterator[str]:
    room = (WIDTH - LEFT - RIGHT) / len(across)
    wide = room * 0.8 / len(series)
    for number, values in enumerate(series.values()):
        for index, value in enumerate(values):
            x, y = LEFT + index * room + room * 0.1 + number * wide, _y(value, top)
            size = f'width="{wide:.1f}" height="{_y(0, top) - y:.1f}"'
            yield f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{COLOURS[number]}"/>'
            yield _text(x + wide / 2, y - 5, f"{value:.1f}", size=11, anchor="middle")


def _lines(across: Sequence[str], series: Mapping[str, Sequence[float]], top: float) -> Iterator[str]:
    for number, values in enumerate(series.values()):
        points = [(_x(index, len(across)), _y(value, top)) for index, value in enumerate(values)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        colour, dash = COLOURS[number], DASHES[number]
        yield f'<polyline points="{path}" fill="none" {_stroke(colour, dash, 2.5)}/>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points)


def _write(path: Path, title: str, unit: str, across: Sequence[str], top: float, drawn: list[str]) -> None:
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(WIDTH / 2, 26, title, size=16, anchor="middle"),
        f'<g transform="rotate(-90)">{_text(-(TOP + HEIGHT - BOTTOM) / 2, 20, unit, size=12, anchor="middle")}</g>',
        *_grid(top),
        *drawn,
        *(
            _text(_x(index, len(across)), HEIGHT - BOTTOM + 20, name, anchor="middle")
            for index, name in enumerate(across)
        ),
        "</svg>\n",
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts), encoding="utf-8")


def _grid(top: float) -> Iterator[str]:
    step = _step(top)
    for line in range(round(top / step) + 1):
        y = _y(line * step, top)
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#cccccc"/>'
        yield _text(LEFT - 8, y + 4, f"{line * step:g}", anchor="end")


def _legend(names: Sequence[str], *, dashed: bool) -> Iterator[str]:
    for number, name in enumerate(names):
        x, y, dash = LEFT + number * 200, HEIGHT - 28, DASHES[number] if dashed else ""
        yield f'<line x1="{x}" x2="{x + 34}" y1="{y}" y2="{y}" {_stroke(COLOURS[number], dash, 6)}/>'
        yield _text(x + 42, y + 5, name, size=14)


def _stroke(colour: str, dash: str, width: float) -> str:
    return f'stroke="{colour}" stroke-width="{width:g}" stroke-dasharray="{dash}"'


def _text(x: float, y: float, text: str, *, size: int = 13, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="#222222">{escape(text)}</text>'
    )


def _x(index: int, count: int) -> float:
    room = (WIDTH - LEFT - RIGHT) / count
    return LEFT + index * room + room / 2


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)


def _top(series: Mapping[str, Sequence[float]]) -> float:
    """Of the picture: the first line above the largest value."""
    largest = max((value for values in series.values() for value in values), default=0) or 1
    step = _step(largest)
    return math.ceil(largest / step) * step


def _step(largest: float) -> float:
    """Between two lines: 1, 2 or 5 times a power of ten."""
    rough = largest / STEPS
    power: float = 10 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
