"""The curves that a verdict speaks of, as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

_WIDTH, _HEIGHT = 280, 110
# Told apart by the color-blind, and by their dashes.
_STROKES = ('stroke="#2166ac"', 'stroke="#d95f0e" stroke-dasharray="5 3"')


@dataclass(frozen=True)
class Lines:
    """One or two curves over the same steps; what is not finite is a gap.

    >>> Lines("two losses", {"train": [1, 2], "val": [2, 1]}).svg().count("<polyline")
    2
    """

    title: str
    curves: dict[str, Sequence[float]]

    def svg(self) -> str:
        """The curves above 0; what grows beyond twice its beginning leaves the top."""
        values = np.array([np.asarray(c, dtype=float) for c in self.curves.values()])
        finite = values[np.isfinite(values)]
        high = float(min(finite.max(), 2 * finite[0])) if finite.size else 1.0
        body = [
            f'<path d="M10 {_HEIGHT + 14} h{_WIDTH}" stroke="#999"/>'
            f'<text x="{_WIDTH + 10}" y="11" text-anchor="end">'
            f"from 0 to {high:.3g}</text>"
        ]
        named = zip(self.curves, values, _STROKES, strict=False)
        for number, (name, curve, stroke) in enumerate(named):
            x = 10 + _WIDTH * np.arange(len(curve)) / max(len(curve) - 1, 1)
            y = 14 + _HEIGHT * (1 - np.minimum(curve, high) / high)
            points = " ".join(
                f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True) if np.isfinite(b)
            )
            body.append(
                f'<polyline fill="none" stroke-width="2" {stroke} points="{points}"/>'
                f'<path d="M{10 + 110 * number} {_HEIGHT + 32} h22" stroke-width="2" '
                f'{stroke}/><text x="{38 + 110 * number}" y="{_HEIGHT + 36}">'
                f"{escape(name)}</text>"
            )
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
            f'width="{_WIDTH + 20}" height="{_HEIGHT + 44}" '
            f'viewBox="0 0 {_WIDTH + 20} {_HEIGHT + 44}" '
            'style="max-width:100%;font:11px sans-serif" fill="currentColor">'
            f"<title>{escape(self.title)}</title>{''.join(body)}</svg>"
        )
