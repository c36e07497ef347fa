"""How scores are spread, as an inline SVG that follows the page's colors."""

from __future__ import annotations

from collections.abc import Sequence

BINS = 10
_WIDTH, _HEIGHT = 240, 120
_LEFT, _RIGHT, _TOP, _BOTTOM = 6, 234, 18, 96


def counts(shares: Sequence[float]) -> list[int]:
    """How many of ``shares`` (in [0, 1]) lie in each tenth; 1 belongs to the last.

    More than everything, which extra credit can earn, belongs there as well.

    >>> counts([0, 0.05, 0.95, 1, 1.2])
    [2, 0, 0, 0, 0, 0, 0, 0, 0, 3]
    """
    found = [0] * BINS
    for share in shares:
        # A share of 3/10 may be a hair less in floating point.
        found[min(max(int(share * BINS + 1e-9), 0), BINS - 1)] += 1
    return found


def histogram(shares: Sequence[float], title: str) -> str:
    """A bar for each tenth of the points, with the number of hand-ins above it."""
    found = counts(shares)
    highest = max(found) or 1
    width = (_RIGHT - _LEFT) / BINS
    bars = []
    for index, number in enumerate(found):
        left = _LEFT + index * width
        height = (_BOTTOM - _TOP) * number / highest
        if number:
            bars.append(
                f'<rect x="{left + 1:.1f}" y="{_BOTTOM - height:.1f}" '
                f'width="{width - 2:.1f}" height="{height:.1f}"/>'
                f'<text x="{left + width / 2:.1f}" y="{_BOTTOM - height - 4:.1f}">'
                f"{number}</text>"
            )
    marks = "".join(
        f'<text x="{_LEFT + (_RIGHT - _LEFT) * share:.0f}" y="{_BOTTOM + 15}" '
        f'text-anchor="{anchor}">{share:.0%}</text>'
        for share, anchor in ((0, "start"), (0.5, "middle"), (1, "end"))
    )
    said = "; ".join(
        f"{10 * i} to {10 * i + 10} percent: {n}" for i, n in enumerate(found) if n
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{title}. {said or "no hand-ins"}">'
        f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="{_BOTTOM}" y2="{_BOTTOM}"/>'
        f"{''.join(bars)}{marks}</svg>"
    )
