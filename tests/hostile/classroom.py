"""A course of its own, to which ordinary students and attackers hand in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from autograder.pipeline.course import Course
from autograder.pipeline.release import release
from examples.build import SOURCES, Student, handed_in
from tests.examples.test_class import without_figures
from tests.hostile.attack import Attack
from tests.hostile.canaries import Canaries
from tests.hostile.malforming import MALFORMINGS

PROJECT = Path(__file__).resolve().parents[2]
TOPICS = ("dropout", "pooling")
# Who sits among the attackers, from the sample class: right, partly right and wrong.
ORDINARY = (
    *(("pooling", "half_done"), ("dropout", "keep_or_drop"), ("pooling", "perfect")),
    *(("dropout", "perfect"), ("pooling", "overlap_overwritten")),
    ("dropout", "partly_done"),
)
# Attacks that take as long as they may must not take long; an ordinary student on a
# busy machine must never be kept from finishing.
LIMITS = """
c.JudgeSubmission.cell_seconds = 6.0
c.JudgeSubmission.call_seconds = 6.0
c.JudgeSubmission.submission_seconds = 600.0
c.JudgeSubmission.memory_mib = 256
"""
BEGAN, ENDED = "the notebook began at", "the notebook ended at"


@dataclass
class Classroom:
    """The course, and who hands in what under which name."""

    course: Course
    canaries: Canaries
    home: Path
    tmp: Path
    attackers: dict[str, Attack] = field(default_factory=dict)
    ordinary: dict[str, tuple[str, str]] = field(default_factory=dict)

    def hand_in(self, attacks: Sequence[Attack]) -> None:
        """Give each attack a student's name, with ordinary students in between.

        Names say nothing of who is who, and graders that go by names meet an ordinary
        student after every few attacks.
        """
        places = len(attacks) + len(ORDINARY)
        step = max(places // len(ORDINARY), 1)
        waiting, others = iter(attacks), iter(ORDINARY)
        for number in range(places):
            name = f"s{number:03}"
            attack = None if number % step == step // 2 else next(waiting, None)
            if attack is None:
                person = next(others, None)
                attack = next(waiting) if person is None else None
                if person is not None:
                    self.ordinary[name] = person
            if attack is not None:
                self.attackers[attack.student or name] = attack

    def write_ordinary(self) -> None:
        """Write what the ordinary students hand in, with a clock at both ends."""
        for name, (topic, example) in self.ordinary.items():
            student = Student.read(SOURCES / topic / f"{example}.py")
            files = handed_in(student, topic, self.course.root)
            notebook = nbformat.reads(files[f"{topic}.ipynb"].decode(), 4)
            secret = self.canaries.secret["another submission"]
            clock = f"import time\nprint({{!r}}, time.time())  # {secret}"
            ends = (new_code_cell(clock.format(words)) for words in (BEGAN, ENDED))
            notebook.cells = [next(ends), *notebook.cells, next(ends)]
            path = self.course.submitted / name / topic / f"{topic}.ipynb"
            path.parent.mkdir(parents=True)
            nbformat.write(notebook, path)

    def write_attacks(self) -> None:
        """Write what the attackers hand in; they know where the secrets lie."""
        known = {"@COURSE@": self.course.root, "@HOME@": self.home, "@TMP@": self.tmp}
        for name, attack in self.attackers.items():
            student = Student.read(attack.path)
            folder = self.course.submitted / name / attack.topic
            files = handed_in(student, attack.topic, self.course.root)
            for file, data in files.items():
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / file).write_bytes(_informed(data, known))
            if attack.malformed:
                MALFORMINGS[attack.malformed](folder, self)

    def topics(self) -> list[str]:
        """The topics for which something is handed in."""
        topics = {topic for topic, _ in self.ordinary.values()}
        return sorted(topics | {each.topic for each in self.attackers.values()})


def _informed(data: bytes, known: dict[str, Path]) -> bytes:
    for word, path in known.items():
        data = data.replace(word.encode(), str(path).encode())
    return data


def open_classroom(
    root: Path, canaries: Canaries, attacks: Sequence[Attack]
) -> Classroom:
    """A released course below ``root`` and its class; nothing is handed in yet."""
    course = Course(root / "course")
    room = Classroom(course, canaries, root / "home", root / "tmp")
    room.hand_in(attacks)
    course.solutions.mkdir(parents=True)
    for topic in room.topics():
        source = (PROJECT / "solutions" / f"{topic}.py").read_text("utf-8")
        (course.solutions / f"{topic}.py").write_text(without_figures(source), "utf-8")
    config = (PROJECT / "nbgrader_config.py").read_text("utf-8") + LIMITS
    (course.root / "nbgrader_config.py").write_text(config, "utf-8")
    release(course, room.topics())
    for folder in (room.home, room.tmp):
        folder.mkdir()
    return room
