"""Is an attack's outcome the one it declares, with nothing gained and nothing read?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tests.examples.test_class import lines_of_the_checks
from tests.hostile.attack import ENDINGS, Attack
from tests.hostile.canaries import Canaries
from tests.hostile.classroom import PROJECT
from tests.hostile.grading import Result

ENOUGH = 0.01  # points are kept with two digits
# What a browser would run, or fetch without being asked.
ACTIVE = re.compile(
    r"""<script|<iframe|<[a-z][^>]*\son\w+=|(?:src|href)=["']?\s*javascript:"""
    r"""|<(?:img|link|svg)[^>]+(?:src|href)=["']?http""",
    re.IGNORECASE,
)


def differences(
    attack: Attack,
    found: Sequence[Result],
    possible: Mapping[str, float],
    canaries: Canaries,
) -> list[str]:
    """Each way in which the results ``found`` are not what ``attack`` declares."""
    if len(found) != 1:
        return [f"{len(found)} rows instead of one"]
    (result,) = found
    wrong = _outcome(attack, result)
    wrong += _points(attack, result, possible)
    return wrong + _seen(attack, result, canaries)


def _outcome(attack: Attack, result: Result) -> list[str]:
    status, note = result.row["status"], result.row["note"]
    wrong = []
    if status != attack.status:
        wrong.append(f"{status}, not {attack.status}: {note}")
    elif (attack.refused or attack.failed) not in note:
        wrong.append(f"{status} for another reason: {note}")
    seen = {
        way
        for way, phrases in ENDINGS.items()
        if any(words in f"{note}\n{result.shown}" for words in phrases)
    }
    if attack.ends and not seen & set(attack.ends):
        ways = f"by {' and '.join(sorted(seen))}" if seen else "by nothing"
        wrong.append(f"ended {ways}, not by {' or '.join(attack.ends)}")
    wrong += [f"no cell says {w!r}" for w in attack.says if w not in result.shown]
    if not result.page and not attack.failed:
        wrong.append("the student has no page")
    return wrong


def _points(attack: Attack, result: Result, possible: Mapping[str, float]) -> list[str]:
    wrong = []
    for name, due in attack.deserved(possible).items():
        got = result.points.get(name, 0.0)
        if abs(got - due) > ENOUGH:
            wrong.append(f"{name}: {got:g} points where {due:g} are due")
    score = float(result.row["score"])
    if abs(score - sum(result.points.values())) > ENOUGH:
        wrong.append(f"the row says {score:g} points, the gradebook another number")
    return wrong


def _seen(attack: Attack, result: Result, canaries: Canaries) -> list[str]:
    wrong = [f"has read {place}" for place in canaries.found_in(result.written)]
    own = attack.path.read_text("utf-8")
    if [line for line in lines_shown(result.page) if line not in own]:
        wrong.append("has read the checks")
    active = ACTIVE.search(result.source)
    return [*wrong, f"the page runs {active[0]!r}"] if active else wrong


def lines_shown(page: str) -> set[str]:
    """The lines of the checks that stand on ``page``, and in no solution."""
    shown = {line.strip() for line in page.splitlines()} & lines_of_the_checks()
    if not shown:
        return shown
    solutions = (PROJECT / "solutions").glob("*.py")
    released = "".join(path.read_text("utf-8") for path in solutions)
    return {line for line in shown if line not in released}
