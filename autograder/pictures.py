"""Small pictures for a verdict, as inline SVG: no script, no font, no library."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

# Blue for negative, orange for positive, told apart by the color-blind too.
_NEGATIVE = (33, 102, 172)
_POSITIVE = (217, 95, 14)
_CELL = 16  # pixels a cell
_LARGEST = 12  # rows and columns shown


class Picture(Protocol):
    """Something that can draw itself and say in words what it shows."""

    def svg(self) -> str:
        """An ``<svg>`` element with a ``<title>``."""
        ...


@dataclass(frozen=True)
class HeatMaps:
    """What came back beside what was expected, as two small heat maps.

    ``got`` and ``expected`` are (H, W); cells that differ are outlined.

    >>> import numpy as np
    >>> HeatMaps(np.eye(2), np.ones((2, 2))).svg().count("<rect")
    10
    """

    got: NDArray[Any]
    expected: NDArray[Any]
    wrong: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        scale = float(np.abs(self.expected).max(initial=0.0)) or 1.0
        differs = ~(np.abs(self.got - self.expected) <= 1e-5 * scale)
        object.__setattr__(self, "wrong", differs)

    def svg(self) -> str:
        """Two grids side by side: got on the left, expected on the right."""
        rows, columns = (min(n, _LARGEST) for n in self.expected.shape)
        finite = self.expected[np.isfinite(self.expected)]
        scale = float(np.abs(finite).max(initial=0.0)) or 1.0
        width = 2 * columns * _CELL + 24
        height = rows * _CELL + 20
        title = (
            f"Heat maps of what came back and what was expected; "
            f"{int(self.wrong.sum())} of {self.wrong.size} cells differ"
        )
        body = [
            _label(0, "got"),
            _label(columns * _CELL + 24, "expected"),
            *_grid(self.got[:rows, :columns], scale, 0, self.wrong),
            *_grid(self.expected[:rows, :columns], scale, columns * _CELL + 24, None),
        ]
        return _svg(max(width, 120), height, title, body)


@dataclass(frozen=True)
class Band:
    """A measured rate against the band in which chance allows it to lie.

    All values lie in [0, 1]. ``name`` says what was measured.
    """

    name: str
    measured: float
    low: float
    high: float

    def svg(self) -> str:
        """A scale from 0 to 1 with the allowed band and a mark at the measurement."""
        left, span = 10, 280
        at = left + span * min(max(self.measured, 0.0), 1.0)
        band = left + span * self.low
        wide = max(span * (self.high - self.low), 2.0)
        title = (
            f"{self.name}: measured {self.measured:.4f}, "
            f"allowed {self.low:.4f} to {self.high:.4f}"
        )
        body = [
            f'<rect x="{left}" y="26" width="{span}" height="8" fill="#d9d9d9"/>',
            f'<rect x="{band:.1f}" y="22" width="{wide:.1f}" height="16" '
            'fill="#2166ac"/>',
            f'<path d="M{at:.1f} 18 l-5 -8 h10 z" fill="#b30000"/>',
            f'<path d="M{at:.1f} 18 v24" stroke="#b30000"/>',
            f'<text x="{left}" y="54">0</text>',
            f'<text x="{left + span}" y="54" text-anchor="end">1</text>',
            f'<text x="{left + span / 2}" y="54" text-anchor="middle">'
            f"{escape(title)}</text>"
            if len(title) < 46
            else f'<text x="{left + span / 2}" y="54" text-anchor="middle">'
            f"measured {self.measured:.3f}, allowed {self.low:.3f}–{self.high:.3f}"
            "</text>",
        ]
        return _svg(300, 60, title, body)


def _svg(width: float, height: float, title: str, body: list[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:g}" '
        f'height="{height:g}" viewBox="0 0 {width:g} {height:g}" '
        f'style="max-width:100%;font:11px sans-serif" fill="currentColor">'
        f"<title>{escape(title)}</title>{''.join(body)}</svg>"
    )


def _label(x: float, text: str) -> str:
    return f'<text x="{x}" y="11">{text}</text>'


def _grid(
    values: NDArray[Any], scale: float, left: int, wrong: NDArray[np.bool_] | None
) -> list[str]:
    cells = []
    for (i, j), value in np.ndenumerate(values):
        edge = "#b30000" if wrong is not None and wrong[i, j] else "#bbb"
        cells.append(
            f'<rect x="{left + j * _CELL + 1}" y="{16 + i * _CELL + 1}" '
            f'width="{_CELL - 2}" height="{_CELL - 2}" '
            f'fill="{_color(float(value) / scale)}" stroke="{edge}"/>'
        )
    if wrong is not None:  # a frame tells the two grids apart in print
        h, w = values.shape
        cells += [
            f'<rect x="{x}" y="16" width="{w * _CELL}" height="{h * _CELL}" '
            'fill="none" stroke="#777"/>'
            for x in (left, left + w * _CELL + 24)
        ]
    return cells


def _color(value: float) -> str:
    if not np.isfinite(value):
        return "#000"
    strength = min(abs(value), 1.0)
    target = _POSITIVE if value > 0 else _NEGATIVE
    mixed = (round(255 + (t - 255) * strength) for t in target)
    return "#" + "".join(f"{channel:02x}" for channel in mixed)
