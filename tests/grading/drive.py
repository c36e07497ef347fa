"""Grades courses in processes that may be killed; run by ``test_nothing_lost``.

It reads a line of JSON for each: the course's folder and, where SIGKILL is to come at
a call of a function, its module, its name and the moment (``before 3``, ``after 2``);
``--rerun`` or a largest size of files in bytes may follow. It answers with the exit
code and what was said. Each grading is a fork of this process, which has graded once:
it need not import, nor compile templates, again.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import resource
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from autograder.grading import recording
from autograder.pipeline import judging
from autograder.pipeline.course import Course, CourseError
from autograder.pipeline.gradebook import grade_class
from tests.grading import hand_in_all, small_course
from tests.grading.stubs import kill_at, quick
from tests.pipeline import TOPIC


def grade(root: str, kill: list[str], rerun: bool, largest: int) -> int:
    """Grade, in batches of two; return the exit code."""
    if largest:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "grade", quick)
        patch.setattr(recording, "BATCH", 2)
        patch.setattr(recording, "SECONDS", 1e9)
        if kill:
            module, name, when = kill
            place = importlib.import_module(module)
            *holder, name = name.split(".")
            kill_at(patch, getattr(place, holder[0]) if holder else place, name, when)
        try:
            for row in grade_class(Course(Path(root)), [TOPIC], rerun=rerun):
                print(row.student, row.score, row.status, flush=True)
        except CourseError as error:
            print(error, flush=True)
            return 1
    return 0


def warm_up() -> None:
    """Grade a course of one student here."""
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        course = small_course(Path(folder) / "course")
        hand_in_all(course, ["ada"])
        assert grade(str(course.root), [], rerun=False, largest=0) == 0


def main() -> None:
    """Answer until nobody asks."""
    warm_up()
    for line in sys.stdin:
        with tempfile.TemporaryFile() as said:
            child = os.fork()
            if not child:
                os.dup2(said.fileno(), 1)
                os.dup2(said.fileno(), 2)
                os._exit(grade(**json.loads(line)))
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            said.seek(0)
            answer = {"code": code, "said": said.read().decode()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
