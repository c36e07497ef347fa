"""One run of the hostile class: handed in, graded, looked at."""

from __future__ import annotations

import stat
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from autograder.pipeline.course import Course
from tests.examples.test_class import OUTPUTS
from tests.hostile import canaries, leftovers
from tests.hostile.attack import Attack
from tests.hostile.canaries import Canaries
from tests.hostile.classroom import Classroom, open_classroom
from tests.hostile.grading import Result, grade, possible_points, results
from tests.hostile.verifying import differences


@dataclass
class Report:
    """What a run found: nothing is wrong if every list is empty.

    ``attacks`` holds each attack with its result and the ways in which it is not as
    declared; ``slower`` how many times as long an ordinary notebook took among the
    attacks as without them.
    """

    attacks: list[tuple[Attack, Result | None, list[str]]] = field(default_factory=list)
    ordinary: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    slower: list[float] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Something is not as declared."""
        return bool(self.ordinary or self.left or any(d for *_, d in self.attacks))

    def slowdown(self) -> str:
        """How much longer ordinary notebooks took, in words."""
        if not self.slower:
            return "not known"
        middle, most = statistics.median(self.slower), max(self.slower)
        return f"{middle:.2f} times as long (median; at most {most:.2f})"


def run(
    attacks: Sequence[Attack],
    root: Path | None = None,
    secrets: Canaries | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    alone: Sequence[str] = (),
    among: Sequence[str] = (),
) -> Report:
    """Grade the ordinary students alone, then among ``attacks``; compare and look.

    All files lie below ``root``, by default a folder that is removed at the end.
    ``secrets`` are those planted, by default fresh ones, and ``environment`` is added
    to the grader's. ``alone`` and ``among`` are further words for the command that
    grades the ordinary students alone and among the attacks.
    """
    if root is None:
        with tempfile.TemporaryDirectory(prefix="hostile-") as made:
            return run(
                attacks, Path(made), secrets, environment, alone=alone, among=among
            )
    room = open_classroom(root, secrets or canaries.draw(), attacks)
    room.write_ordinary()
    scratch = root / "scratch"
    scratch.mkdir()
    planted = canaries.plant(room.canaries, room.course, room.home, room.tmp)
    variables = {**planted, "TMPDIR": str(scratch), **(environment or {})}
    said = grade(room.course, _ordinary_topics(room), variables, *alone)
    calm = results(room.course, said)
    room.write_attacks()
    before = files_of(room.course)
    running = {each.pid for each in psutil.Process().children(recursive=True)}
    with leftovers.adopting_orphans():
        said = grade(room.course, room.topics(), variables, *among)
        left = leftovers.processes_since(running)
    own = (room.course.root, room.course.root / "classroom", room.course.submitted)
    left += leftovers.files_in(scratch, room.home, room.tmp, *own)
    left += leftovers.kernel_objects()
    left += [f"changed: {name}" for name in _changed(before, files_of(room.course))]
    left += [f"the grader's output holds {p}" for p in room.canaries.found_in(said)]
    return _report(room, calm, results(room.course, said), left)


def _ordinary_topics(room: Classroom) -> list[str]:
    return sorted({topic for topic, _ in room.ordinary.values()})


def files_of(course: Course) -> dict[str, tuple[int, int, int]]:
    """Each file that grading must not touch, with what changes if it is touched."""
    found = {}
    for path in course.root.rglob("*"):
        name, status = str(path.relative_to(course.root)), path.lstat()
        outputs = name.startswith((*OUTPUTS, "classroom/gradebook.db"))
        if not outputs and not stat.S_ISDIR(status.st_mode):
            found[name] = (status.st_mode, status.st_size, status.st_ctime_ns)
    return found


def _changed(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    names = {*before, *after}
    return sorted(name for name in names if before.get(name) != after.get(name))


def _report(
    room: Classroom,
    calm: Mapping[str, list[Result]],
    among: Mapping[str, list[Result]],
    left: list[str],
) -> Report:
    report = Report(left=left)
    possible = {topic: possible_points(room.course, topic) for topic in room.topics()}
    for name, attack in room.attackers.items():
        found = among.get(name, [])
        wrong = differences(attack, found, possible[attack.topic], room.canaries)
        report.attacks.append((attack, found[0] if found else None, wrong))
    for name, (topic, example) in room.ordinary.items():
        who = f"{example} ({topic})"
        alone, seated = calm.get(name, []), among.get(name, [])
        before, now = ([_grade(each) for each in found] for found in (alone, seated))
        if len(now) != 1 or now != before:
            report.ordinary.append(f"{who}: {now} instead of {before}")
        elif alone[0].seconds and seated[0].seconds:
            report.slower.append(seated[0].seconds / alone[0].seconds)
    return report


def _grade(result: Result) -> tuple[str, float, dict[str, float]]:
    row = result.row
    return row["status"], row["score"], dict(result.points)
