"""Are the report's numbers the right ones, and silent where they would mislead?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from scipy import stats

from autograder.report.items import FEWEST, discrimination, items
from autograder.report.results import ClassResults, Person, Slip
from autograder.report.support import standings, times
from autograder.report.understanding import misunderstandings, same_again
from tests.report import DUE, many_results, result, topic


def test_discrimination_is_the_correlation_with_the_rest() -> None:
    """Is it SciPy's point-biserial r, against the other checks' points only?"""
    rng = np.random.default_rng(3)
    results = many_results(300, rng)
    for item in items(results)[:7]:
        judged = [r for r in results.by_topic[item.topic] if r.passed]
        passed = [r.passed[item.check.name] for r in judged]
        rest = [sum(r.points.values()) - r.points[item.check.name] for r in judged]
        expected = stats.pointbiserialr(passed, rest).statistic
        found = item.discrimination
        assert found is not None
        assert found.r == pytest.approx(expected)
        low, high = stats.pearsonr(passed, rest).confidence_interval()
        assert (found.low, found.high) == pytest.approx((low, high))
        assert item.judged == len(judged)
        assert item.passed == sum(passed)


def test_an_item_that_says_nothing_is_said_to() -> None:
    """Do independent answers give an interval around 0, and reversed ones a warning?"""
    rng = np.random.default_rng(5)
    rest = rng.normal(size=400)
    found, _ = discrimination((rng.random(400) < 0.5).astype(float), rest)
    assert found is not None
    assert found.meaning == "not to be told from none"
    found, _ = discrimination((rest < 0).astype(float), rest)
    assert found is not None
    assert found.meaning.startswith("the wrong way round")


@pytest.mark.parametrize(
    ("passed", "rest", "why"),
    [
        ([1.0] * (FEWEST - 1), range(FEWEST - 1), "too few hand-ins to tell"),
        ([1.0] * FEWEST, range(FEWEST), "everybody passed"),
        ([0.0] * FEWEST, range(FEWEST), "nobody passed"),
        ([0.0, 1.0] * FEWEST, [4.0] * 2 * FEWEST, "the other checks are all alike"),
        ([], [], "too few hand-ins to tell"),
    ],
)
def test_where_nothing_can_be_said_it_is_not(
    passed: list[float], rest: list[float], why: str
) -> None:
    """Is there a reason instead of a number?"""
    assert discrimination(np.array(passed), np.array(rest, dtype=float)) == (None, why)


def test_a_perfect_correlation_is_finite() -> None:
    """Is the interval a number where r is 1, and is a lone check left out?"""
    passed = np.array([0.0, 1.0] * FEWEST)
    found, _ = discrimination(passed, passed * 7)
    assert found is not None
    assert found.low <= found.r <= found.high + 1e-9
    lone = topic(checks=1)
    made = tuple(result(lone, str(i), [bool(i % 2)]) for i in range(20))
    people = tuple(Person(str(i)) for i in range(20))
    (item,) = items(ClassResults((lone,), people, made))
    assert (item.discrimination, item.why_not) == (None, "the only check")


def slips_of(**slips: tuple[Slip, ...]) -> ClassResults:
    """A class whose students made these mistakes in batch normalization."""
    of = topic("batchnorm")
    made = tuple(
        replace(result(of, who, [False] * 4), slips=which)
        for who, which in slips.items()
    )
    return ClassResults((of,), tuple(map(Person, slips)), made)


SWAPPED = Slip("batchnorm_forward", "momentum_swapped")
SPATIAL = Slip("spatial_batchnorm_forward", "spatial_momentum_swapped")
UNKNOWN = Slip("batchnorm_forward", "of_an_older_release")


def test_mistakes_are_counted_by_student_with_hint_and_section() -> None:
    """Does the catalog's entry come along, and an unknown name do no harm?"""
    found = misunderstandings(
        slips_of(ann=(SWAPPED, SPATIAL), ben=(SWAPPED, UNKNOWN), eve=())
    )
    assert [(each.slip, len(each.students)) for each in found] == [
        (SWAPPED, 2),
        (UNKNOWN, 1),
        (SPATIAL, 1),
    ]
    assert found[0].share == pytest.approx(2 / 3)
    assert found[0].hint
    assert found[0].url.endswith("/batchnorm.html#batchnorm-running")
    assert found[0].section == "Batchnorm: running"
    assert (found[1].title, found[1].hint) == ("of an older release", "")
    assert found[1].url.endswith("/batchnorm.html#batchnorm")


def test_the_same_thing_again_is_one_section_twice() -> None:
    """Do two mistakes that one section explains count, and unknown ones not?"""
    again = same_again(
        slips_of(ann=(SWAPPED, SPATIAL), ben=(SWAPPED,), eve=(UNKNOWN, UNKNOWN))
    )
    assert again == {"ann": {"batchnorm-running": 2}}


def test_who_needs_help() -> None:
    """Do a low share, a gap and a refusal each suffice, and is the lowest first?"""
    first, second, third = topic("first"), topic("second"), topic("later")
    well, badly = [True] * 4, [False] * 4
    made = (
        result(first, "fine", well),
        result(second, "fine", well),
        result(first, "weak", badly),
        result(second, "weak", [True, False, False, False]),
        result(first, "gone", well),
        result(first, "broken", well),
        replace(result(second, "broken", well), refused="no notebook", passed={}),
    )
    people = tuple(map(Person, ("fine", "weak", "gone", "broken", "never")))
    found = standings(ClassResults((first, second, third), people, made))
    assert [(each.student, each.needs_help) for each in found] == [
        ("never", True),
        ("weak", True),
        ("gone", True),
        ("broken", True),
        ("fine", False),
    ]
    assert found[0].missing == ("first", "second")  # the third is not begun
    assert found[3].refused == ("second",)


def test_only_what_somebody_wrote_down_is_known_of_time() -> None:
    """Are deadlines, timestamps and gradings used, and None where there are none?"""
    of, bare = topic("due", due=True), topic("bare")
    made = (
        replace(
            result(of, "a", [True] * 4),
            handed_in=DUE - timedelta(hours=2),
            gradings=(DUE, DUE + timedelta(hours=6)),
        ),
        replace(result(of, "b", [True] * 4), handed_in=DUE + timedelta(hours=1)),
        result(bare, "a", [True] * 4),
    )
    people = (Person("a"), Person("b"))
    due, not_due = times(ClassResults((of, bare), people, made))
    assert (due.timed, due.late, due.ahead) == (2, 1, timedelta(minutes=30))
    assert (due.followed, due.attempts, due.span) == (1, 2.0, timedelta(hours=6))
    assert (not_due.timed, not_due.late, not_due.ahead) == (0, None, None)
    assert (not_due.attempts, not_due.span) == (None, None)
