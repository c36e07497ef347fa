"""Is a package released with its notebook, and is no solution in it?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.pipeline.companions import cleared, released_files
from autograder.pipeline.course import Course, SourceError
from autograder.pipeline.release import ClearSolutions, drift, release
from tests.pipeline import ROOT, TOPIC, small_catalog
from tests.pipeline.packages import (
    LAYERS,
    PACKAGE,
    STUB,
    STUDENTS,
    course_with_package,
)


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Course]:
    """A course with a package, released."""
    with small_catalog():
        made = course_with_package(tmp_path / "here")
        leave_caches(made.solutions / TOPIC)
        release(made, [TOPIC])
        yield made


def leave_caches(package: Path) -> None:
    """What work on a package leaves behind."""
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "layers.cpython-311.pyc").write_bytes(b"secret")
    (package / ".ruff_cache").mkdir()
    (package / ".ruff_cache" / "seen").write_text("secret")


def files_in(folder: Path) -> dict[str, str]:
    """The text of each file below ``folder`` but the notebook."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".ipynb"
    }


# What is released ---------------------------------------------------------------------


@pytest.mark.parametrize("place", ["assignments", "source"])
def test_the_package_is_released_without_its_solutions(
    course: Course, place: str
) -> None:
    """Are there exactly the package's files, and where one has a solution, the stub?

    Among nbgrader's sources, too: from there they come beside a student's code.
    """
    expected = {f"{TOPIC}/{name}": text for name, text in PACKAGE.items()}
    expected[STUDENTS] = STUB
    assert files_in(getattr(course, place) / TOPIC) == expected


def test_nbgrader_leaves_the_student_s_files_alone(course: Course) -> None:
    """Are the files kept from being overwritten those that differ from their source?"""
    released = files_in(course.assignments / TOPIC)
    differing = [n for n, text in files_in(course.solutions).items()
                 if n in released and released[n] != text]  # fmt: skip
    kept = course.config().Autograde.exclude_overwriting
    assert kept[TOPIC] == differing == [STUDENTS]


def test_in_this_course_they_are_the_same() -> None:
    """Does this hold for each package of the course itself?"""
    course = Course(ROOT)
    clearer = ClearSolutions(config=course.config())
    for topic, kept in course.config().Autograde.exclude_overwriting.items():
        found = released_files(course.solutions / topic, clearer)
        differing = [name for name, content in found.items()
                     if (course.solutions / name).read_bytes() != content]  # fmt: skip
        assert kept == differing


def test_what_is_stale_disappears(course: Course) -> None:
    """Is a file that the package no longer has gone from sources and release?"""
    (course.solutions / TOPIC / "settings" / "small.toml").rename(
        course.solutions / TOPIC / "settings" / "large.toml"
    )
    release(course, [TOPIC])
    for place in (course.source, course.assignments):
        assert f"{TOPIC}/settings/small.toml" not in files_in(place / TOPIC)
        assert f"{TOPIC}/settings/large.toml" in files_in(place / TOPIC)


def change(path: Path) -> None:
    """Change a byte."""
    path.write_text(path.read_text(encoding="utf-8") + "#", encoding="utf-8")


def swap(path: Path) -> None:
    """Put a folder where a file was."""
    path.unlink()
    path.mkdir()


def leave_out(path: Path) -> None:
    """Remove a file."""
    path.unlink()


def add(path: Path) -> None:
    """Put a file beside another."""
    path.with_name("more.txt").write_text("x")


@pytest.mark.parametrize("bend", [change, swap, leave_out, add])
@pytest.mark.parametrize("name", [STUDENTS, f"{TOPIC}/settings/small.toml"])
def test_drift_is_seen_in_every_folder(course: Course, name: str, bend) -> None:
    """Is whatever happened to a file of the package drift, and nothing else?"""
    cache = course.assignments / TOPIC / TOPIC / "__pycache__"
    cache.mkdir()
    (cache / "layers.cpython-311.pyc").write_bytes(b"whoever tried it out")
    assert drift(course, [TOPIC]) == []
    bend(course.assignments / TOPIC / name)
    assert drift(course, [TOPIC]) == [TOPIC]


# What is refused ----------------------------------------------------------------------


@pytest.fixture
def clearer() -> ClearSolutions:
    """The preprocessor of nbgrader, with the stub of this course."""
    stub = {"python": "# Your code goes here.\nraise NotImplementedError"}
    return ClearSolutions(config=Config(ClearSolutions={"code_stub": stub}))


BAD = {
    "each begin has its end": (
        LAYERS.replace("    ### END SOLUTION\n", ""),
        "1 times BEGIN SOLUTION, but 0 times END SOLUTION",
    ),
    "each end has its begin": (
        LAYERS.replace("    ### BEGIN SOLUTION\n", ""),
        "0 times BEGIN SOLUTION, but 1 times END SOLUTION",
    ),
    "in this order": (
        "### END SOLUTION\nx = 1\n### BEGIN SOLUTION\n",
        "no end solution",
    ),
    "no solution in a solution": (
        LAYERS.replace("### BEGIN", "### BEGIN SOLUTION\n    ### BEGIN").replace(
            "### END", "### END SOLUTION\n    ### END"
        ),
        "nested",
    ),
    "Python": ("def (:\n", "is not Python"),
    "Python without its solutions": (
        "if True:\n### BEGIN SOLUTION\n    x = 1\n### END SOLUTION\n",
        "without its solutions, is not Python",
    ),
    "no null bytes": ("x = 1\0\n", "is not Python"),
    "UTF-8": ("x = '\udcff'\n", "is not UTF-8"),
}


@pytest.mark.parametrize("rule", BAD)
def test_a_module_that_breaks_a_rule_is_refused(
    rule: str, tmp_path: Path, clearer: ClearSolutions
) -> None:
    """Does the message name the file and the rule?"""
    text, says = BAD[rule]
    path = tmp_path / "layers.py"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SourceError, match=says) as refused:
        cleared(path, clearer)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("notes.md", "only a .py file can hold a solution"),
        ("more.ipynb", "no notebook of a package"),
        ("link.py", "a link"),
    ],
)
def test_a_file_that_would_give_the_solution_away_is_refused(
    course: Course, name: str, says: str
) -> None:
    """Is it named, and is what had been released before still there?"""
    before = files_in(course.assignments / TOPIC)
    path = course.solutions / TOPIC / name
    if name == "link.py":
        path.symlink_to(os.devnull)
    else:
        path.write_text(LAYERS)
    with pytest.raises(SourceError, match=f"{name}: .*{says}"):
        release(course, [TOPIC])
    assert files_in(course.assignments / TOPIC) == before


def test_a_module_without_a_solution_stays_as_it_is(
    tmp_path: Path, clearer: ClearSolutions
) -> None:
    """Are all its bytes kept, line ends of other systems too?"""
    path = tmp_path / "given.py"
    path.write_bytes("x = 'ß'\r\n\r\n\r\n".encode())
    assert cleared(path, clearer).encode() == path.read_bytes()
