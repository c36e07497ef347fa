"""How hard each check is, and how well it tells stronger students from weaker ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from autograder.report.results import Check, ClassResults, Result, Topic

FEWEST = 10  # judged hand-ins; with fewer, no discrimination is computed
_Z = 1.959964  # the normal distribution's 97.5 % quantile


@dataclass(frozen=True)
class Discrimination:
    """Corrected point-biserial correlation ``r`` with its 95 % interval."""

    r: float
    low: float
    high: float

    @property
    def meaning(self) -> str:
        """What may be concluded from it.

        >>> Discrimination(0.5, 0.2, 0.7).meaning
        'separates'
        """
        if self.low > 0:
            return "separates"
        if self.high < 0:
            return "the wrong way round: read this check again"
        return "not to be told from none"


@dataclass(frozen=True)
class Item:
    """A check as an item of a test: ``passed`` of ``judged`` hand-ins hold it.

    ``share`` is the mean share of its points, in [0, 1], over the same hand-ins.
    ``why_not`` says why there is no discrimination, where there is none.
    """

    topic: str
    check: Check
    judged: int
    passed: int
    share: float
    discrimination: Discrimination | None
    why_not: str = ""


def items(results: ClassResults) -> list[Item]:
    """Every check of the topics begun, in the notebook's order.

    Only hand-ins that a judge has looked at count: one that is no notebook says
    nothing of a single check.
    """
    return [
        _item(topic, check, results.by_topic[topic.name])
        for topic in results.begun
        for check in topic.checks
    ]


def _item(topic: Topic, check: Check, results: list[Result]) -> Item:
    judged = [each for each in results if check.name in each.passed]
    held = np.array([each.passed[check.name] for each in judged], dtype=float)
    points = np.array([each.points.get(check.name, 0.0) for each in judged])
    total = np.array([sum(each.points.values()) for each in judged])
    share = float(points.mean() / check.possible) if judged and check.possible else 0.0
    found, why_not = discrimination(held, total - points)
    if len(topic.checks) == 1:
        found, why_not = None, "the only check"
    return Item(topic.name, check, len(judged), int(held.sum()), share, found, why_not)


def discrimination(
    passed: np.ndarray, rest: np.ndarray
) -> tuple[Discrimination | None, str]:
    """Correlate ``passed`` (n,), zeros and ones, with the points of the other checks.

    The item's own points are not among ``rest`` (n,), so that it is not correlated
    with itself. The interval is Fisher's, which is approximate for two values.
    Returns None and the reason where nothing can be said.

    >>> discrimination(np.array([1.0, 0.0]), np.array([3.0, 1.0]))
    (None, 'too few hand-ins to tell')
    """
    n = len(passed)
    if n < FEWEST:
        return None, "too few hand-ins to tell"
    if passed.std() == 0:
        return None, "everybody passed" if passed[0] else "nobody passed"
    if rest.std() == 0:
        return None, "the other checks are all alike"
    r = float(np.corrcoef(passed, rest)[0, 1])
    # atanh r ± z / √(n − 3); a perfect correlation has no finite one
    middle = math.atanh(min(max(r, -1 + 1e-12), 1 - 1e-12))
    reach = _Z / math.sqrt(n - 3)
    return Discrimination(r, math.tanh(middle - reach), math.tanh(middle + reach)), ""
