"""Can a student work with the bundle alone, and is nothing in it that should not be?"""

from __future__ import annotations

import ast
import io
import os
import re
import shutil
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearSolutions

from autograder import __version__, catalog
from autograder.cli import main
from autograder.pipeline import bundle as bundle_module
from autograder.pipeline.bundle import BESIDES, NAME, STUDENT, bundle, pinned
from autograder.pipeline.companions import released_files
from autograder.pipeline.course import Course, CourseError
from autograder.pipeline.release import source_notebook
from autograder.published import BOOK
from tests.audit import Honest
from tests.pipeline import ROOT
from tests.pipeline.environments import Environment
from tests.pipeline.packages import LAYERS, STUB
from tests.test_assignments import TOPICS, solution_lines

TOPIC = "dropout"
FUNCTIONS = sorted(name for name, topic in catalog().items() if topic == TOPIC)
PROJECT = sorted(name for name, topic in catalog().items() if topic == "project")
ELSEWHERE = "https://example.org/tuned"

# Runs in the student's environment.
EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=120, allow_errors=True).execute()
nbformat.write(notebook, sys.argv[2])
"""


@pytest.fixture(scope="module", autouse=True)
def _no_address() -> None:
    """Nobody said where the book is published, unless a test says so."""
    os.environ.pop("TUNED_BOOK_URL", None)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of this course, unpacked."""
    folder = tmp_path_factory.mktemp("student")
    with zipfile.ZipFile(bundle(Course(ROOT), folder / "dist")) as archive:
        archive.extractall(folder)
    return folder / NAME


@pytest.fixture(scope="module")
def student(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An empty environment into which the bundle's requirements were installed."""
    made = Environment(tmp_path_factory.mktemp("environment"))
    made.link(pins(unpacked / "requirements.txt"))
    made.install(unpacked / "requirements.txt")
    return made


@pytest.fixture(scope="module")
def advanced(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Another one, whose student has come to the final project."""
    made = Environment(tmp_path_factory.mktemp("environment"))
    made.link(pins(unpacked / "requirements.txt"))
    made.link(pins(unpacked / "requirements-project.txt"))
    made.install(unpacked / "requirements-project.txt")
    return made


@pytest.fixture(scope="module")
def project(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the final project to work in: Python leaves compiled modules there."""
    folder = tmp_path_factory.mktemp("work") / "project"
    return shutil.copytree(unpacked / "assignments" / "project", folder)


def pins(requirements: Path) -> list[str]:
    """The packages that a file of requirements names itself."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line[0] not in "#.-"]


@pytest.fixture
def repository(tmp_path: Path) -> Course:
    """A copy of what a bundle is made from, with one topic."""
    return repository_in(tmp_path / "repository")


def repository_in(folder: Path) -> Course:
    """The same in ``folder``."""
    course = Course(folder)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "autograder", course.root / "autograder", ignore=ignore)
    for name in (*bundle_module.PACKAGE, "requirements.txt", "nbgrader_config.py"):
        shutil.copy(ROOT / name, course.root)
    course.solutions.mkdir()
    shutil.copy(ROOT / "solutions" / f"{TOPIC}.py", course.solutions)
    shutil.copytree(ROOT / "assignments" / TOPIC, course.assignments / TOPIC)
    return course


# What a student can do ----------------------------------------------------------------


def executed(student: Environment, path: Path) -> dict[str, list[NotebookNode]]:
    """The outputs of each cell that carries points, run where the student is."""
    result = path.with_name("executed.ipynb")
    student.python("-c", EXECUTE, path.name, result.name, cwd=path.parent)
    cells = nbformat.read(result, as_version=4).cells
    result.unlink()
    return {
        cell.source.partition("(")[2].partition(")")[0]: cell.outputs
        for cell in cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }


def test_the_environment_is_empty(student: Environment, unpacked: Path) -> None:
    """Is the grader the bundle's own, with nothing of the teacher's around it?"""
    asked = "import autograder; print(autograder.__file__)"
    assert str(student.bin.parent) in student.python("-c", asked, cwd=unpacked)
    for absent in ("nbgrader", "torch", "tests"):
        seek = f"from importlib.util import find_spec; print(find_spec({absent!r}))"
        assert student.python("-c", seek, cwd=unpacked).strip() == "None"


def test_a_solved_notebook_passes_everywhere(
    student: Environment, unpacked: Path
) -> None:
    """Does every check of a solved notebook pass, and show that it did?"""
    path = unpacked / "assignments" / TOPIC / f"{TOPIC}.ipynb"
    solved = source_notebook(ROOT / "solutions" / f"{TOPIC}.py")
    answers = {cell.id: cell.source for cell in solved.cells}
    made = nbformat.read(path, as_version=4)
    for cell in made.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("solution"):
            cell.source = answers[about["grade_id"]]
    mine = path.with_name("mine.ipynb")
    nbformat.write(made, mine)
    found = executed(student, mine)
    mine.unlink()
    assert sorted(found) == FUNCTIONS
    for name, outputs in found.items():
        (shown,) = outputs
        assert shown.output_type == "display_data"
        assert f"{name}: right<" in shown.data["text/html"]
        assert shown.data["text/plain"].startswith(f"{name}: right\n")


def test_as_released_the_checks_say_what_to_do(
    student: Environment, unpacked: Path
) -> None:
    """Does every check of an untouched notebook fail in words, without a stack?"""
    found = executed(student, unpacked / "assignments" / TOPIC / f"{TOPIC}.ipynb")
    assert sorted(found) == FUNCTIONS
    for name, (shown, error) in found.items():
        assert f"{name}: not right yet (0%)" in shown.data["text/plain"]
        assert "NotImplementedError" in shown.data["text/plain"]
        assert error.ename == "CheckFailed"
        (line,) = error.traceback
        assert line.startswith(f"CheckFailed: {name}: not right yet (0%)")


def test_the_command_line_says_where_it_belongs(
    student: Environment, unpacked: Path
) -> None:
    """Without nbgrader, does `autograder` end in a sentence and not in a trace?"""
    code = "import sys; from autograder.cli import main; sys.stderr = sys.stdout; "
    said = student.python("-c", f"{code} print(main(['grade']))", cwd=unpacked)
    assert said.startswith("autograder: no ")
    assert "make setup" in said
    assert said.endswith("\n2\n")


def test_the_final_project_runs(
    advanced: Environment, project: Path, tmp_path: Path
) -> None:
    """Does its command explain itself, and name what is still to be written?"""
    said = advanced.python("-m", "project", "--help", cwd=project)
    assert "Tune a network by the seven steps of the recipe." in said
    words = ("-m", "project", "all", "--out", str(tmp_path / "run"))
    begun = advanced.attempt(*words, cwd=project)
    assert begun.returncode == 2
    (line,) = begun.stderr.splitlines()
    told = r"project/(\w+)\.py: (\w+) is still to be written \(step \d of the guide\)"
    named = re.fullmatch(told, line)
    assert named
    module = (project / "project" / f"{named[1]}.py").read_text(encoding="utf-8")
    assert re.search(rf"def {named[2]}\((?s:.)*?# Your code goes here\.", module)


def test_the_guide_to_the_project_runs(advanced: Environment, project: Path) -> None:
    """Do its cells import the package, and does each check say what to do?"""
    found = executed(advanced, project / "project.ipynb")
    (said,) = found.pop('"run"')
    assert "there is no folder run beside the notebook" in said.data["text/plain"]
    assert sorted(found) == PROJECT
    for name, (shown, error) in found.items():
        assert f"{name}: not right yet (0%)" in shown.data["text/plain"]
        assert "NotImplementedError" in shown.data["text/plain"]
        assert error.ename == "CheckFailed"


def test_a_run_is_audited_where_the_student_is(
    student: Environment, tmp_path: Path
) -> None:
    """Does `check_run` need nothing of the project's packages, nor a sandbox?"""
    Honest().write(tmp_path / "run")
    asked = "from autograder import check_run; check_run('run')"
    said = student.python("-c", asked, cwd=tmp_path)
    assert "Coarse search: 20 of 20 points" in said
    assert "it is measured when your work is graded" in said


# What is in it ------------------------------------------------------------------------


WHEEL = f"autograder-{__version__}-py3-none-any.whl"


def packaged(topic: str) -> list[str]:
    """The files of the package that goes with a topic, if one does."""
    clearer = ClearSolutions(config=Course(ROOT).config())
    return list(released_files(ROOT / "solutions" / topic, clearer))


def test_every_topic_is_there_and_no_more(unpacked: Path) -> None:
    """Are each topic's notebook and package there, and what the README names?"""
    found = {
        path.relative_to(unpacked).as_posix()
        for path in unpacked.rglob("*")
        if path.is_file()
    }
    released = [f"assignments/{topic}/{topic}.ipynb" for topic in TOPICS]
    released += [
        f"assignments/{topic}/{name}" for topic in TOPICS for name in packaged(topic)
    ]
    own = ["LICENSE", "README.md", "requirements.txt", "requirements-project.txt"]
    own += [WHEEL]
    assert sorted(found) == sorted([*own, *released])
    readme = (unpacked / "README.md").read_text(encoding="utf-8")
    named = (WHEEL, f"{NAME}.zip", "requirements.txt", "requirements-project.txt")
    for name in (*named, "jupyter lab assignments", "python -m project"):
        assert name in readme
    assert "BUNDLE" not in readme


@pytest.mark.parametrize("topic", TOPICS)
def test_no_solution_travels(topic: str, unpacked: Path) -> None:
    """Is no line of a solution in what can be opened, and no source in the wheel?

    The wheel holds the checks, the known mistakes and, beside them, right variants:
    a student's own computer must have them to say what is wrong.
    """
    lines: set[str] = set()
    for path in unpacked.rglob("*"):
        if path.suffix == ".ipynb":
            cells = nbformat.read(path, as_version=4).cells
            lines |= {line.strip() for c in cells for line in c.source.splitlines()}
        elif path.is_file() and path.suffix != ".whl":
            text = path.read_text(encoding="utf-8", errors="replace")
            lines |= {line.strip() for line in text.splitlines()}
    assert sorted(solution_lines(topic) & lines) == []
    with zipfile.ZipFile(unpacked / WHEEL) as wheel:
        rooms = {name.partition("/")[0] for name in wheel.namelist()}
    assert rooms == {"autograder", f"autograder-{__version__}.dist-info"}


@pytest.mark.parametrize(
    ("name", "first", "wanted"),
    [
        ("requirements.txt", f"./{WHEEL}", STUDENT),
        ("requirements-project.txt", "-r requirements.txt", BESIDES["project"]),
    ],
)
def test_the_requirements_are_the_course_s(
    name: str, first: str, wanted: tuple[str, ...], unpacked: Path
) -> None:
    """Are they pinned as in the repository, each once, and nothing of a teacher's?"""
    ours = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    comment, one, *lines = (unpacked / name).read_text(encoding="utf-8").splitlines()
    assert f"pip install -r {name}," in comment
    assert one == first
    assert [line.partition("==")[0] for line in lines] == list(wanted)
    assert set(lines) <= set(ours)


IMPORTED = {"PIL": "pillow", "sklearn": "scikit-learn"}  # packages of other names


def imports(package: Path) -> set[str]:
    """What the modules of a package import, by the names under which it is installed.

    The standard library and the package itself are left out.
    """
    found = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(str(node.module).partition(".")[0])
    found -= {*sys.stdlib_module_names, package.name}
    return {IMPORTED.get(name, name) for name in found}


@pytest.mark.parametrize("topic", BESIDES)
def test_a_package_gets_what_it_imports(topic: str) -> None:
    """Are its further requirements what it imports beyond what all students have?"""
    needed = imports(ROOT / "solutions" / topic)
    assert sorted(needed - {*STUDENT}) == sorted(BESIDES[topic])


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a topic with a package, whose book is published elsewhere.

    There is compiled code, and somebody has worked in the assignment.
    """
    repository = repository_in(tmp_path_factory.mktemp("elsewhere") / "repository")
    package = repository.solutions / TOPIC
    (package / "__pycache__").mkdir(parents=True)
    (package / "__pycache__" / "layers.pyc").write_text("compiled")
    (package / "layers.py").write_text(LAYERS)
    (package / "small.toml").write_text("epochs = 1\n")
    answers = repository.assignments / TOPIC / TOPIC
    answers.mkdir()
    (answers / "layers.py").write_text("answer = 1\n")
    (answers / "more.py").write_text("answer = 1\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUNED_BOOK_URL", f"{ELSEWHERE}/")
        return bundle(repository, repository.root / "dist")


def test_a_package_travels_without_its_solutions(elsewhere: Path) -> None:
    """Is the package in the bundle as it is released, and no answer from elsewhere?"""
    with zipfile.ZipFile(elsewhere) as archive:
        inside = f"{NAME}/assignments/{TOPIC}/{TOPIC}/"
        found = {
            name.removeprefix(inside): archive.read(name).decode()
            for name in archive.namelist()
            if name.startswith(inside)
        }
    assert found == {"layers.py": STUB, "small.toml": "epochs = 1\n"}


def published(made: Path) -> dict[str, str]:
    """What a bundle's notebook, README and wheel say of the book's address."""
    with zipfile.ZipFile(made) as archive:
        notebook = archive.read(f"{NAME}/assignments/{TOPIC}/{TOPIC}.ipynb").decode()
        readme = archive.read(f"{NAME}/README.md").decode()
        wheel = io.BytesIO(archive.read(f"{NAME}/{WHEEL}"))
        with zipfile.ZipFile(wheel) as inner:
            assert {entry.date_time for entry in inner.infolist()} == {DAWN}
            module = inner.read("autograder/published.py").decode()
        assert {entry.date_time for entry in archive.infolist()} == {DAWN}
    return {"notebook": notebook, "readme": readme, "module": module}


DAWN = (1980, 1, 1, 0, 0, 0)


def test_links_lead_to_the_published_book(elsewhere: Path) -> None:
    """Do notebook, grader and README lead where the teacher says the book is?"""
    said = published(elsewhere)
    assert f"]({ELSEWHERE}/book/dropout.html" in said["notebook"]
    assert f"BOOK = {ELSEWHERE!r}" in said["module"]
    assert f"<{ELSEWHERE}/book/index.html>" in said["readme"]
    assert not any(BOOK in text for text in said.values())


def test_the_same_sources_give_the_same_bytes(
    repository: Course, tmp_path: Path
) -> None:
    """Do neither time, nor the folder, nor the umask, nor leftovers show?"""
    one = bundle(repository, tmp_path / "one")
    other_root = repository.root.rename(tmp_path / "elsewhere")
    # Somebody worked in the assignment, and built the package before.
    released = Course(other_root).assignments / TOPIC / f"{TOPIC}.ipynb"
    released.write_text(released.read_text().replace("raise NotImpl", "return 1  #"))
    (other_root / "build" / "lib" / "autograder").mkdir(parents=True)
    (other_root / "build" / "lib" / "autograder" / "stale.py").write_text("")
    for path in (other_root / "autograder").rglob("*.py"):
        os.utime(path, (1e9, 1e9))
    before = os.umask(0o077)
    try:
        other = bundle(Course(other_root), tmp_path / "other")
    finally:
        os.umask(before)
    assert one.read_bytes() == other.read_bytes()
    said = published(one)
    assert "make serve" in said["readme"]
    assert f"]({BOOK}/book/dropout.html" in said["notebook"]


# What is refused ----------------------------------------------------------------------


def test_what_is_not_released_is_not_bundled(
    repository: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """Is it said what to run, and is nothing written?"""
    monkeypatch.chdir(repository.root)
    shutil.rmtree(repository.assignments)
    assert main(["bundle"]) == 2
    said = capsys.readouterr().err
    assert said == (
        "autograder: not released: dropout; run `autograder release` first\n"
    )
    assert not (repository.root / "dist").exists()


def test_a_course_without_sources_has_no_bundle(tmp_path: Path) -> None:
    """Is an empty course refused?"""
    with pytest.raises(CourseError, match="nothing to bundle"):
        bundle(Course(tmp_path), tmp_path / "dist")


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml", "autograder"])
def test_elsewhere_no_bundle_is_made(
    repository: Course, tmp_path: Path, name: str
) -> None:
    """In a course that is not the repository, is the missing file named?"""
    (repository.root / name).rename(tmp_path / "aside")
    with pytest.raises(CourseError, match=f"no .*{name}: .* the course's own reposit"):
        bundle(repository, tmp_path / "dist")


def test_a_missing_pin_is_named(tmp_path: Path) -> None:
    """Is a requirement that lost its version refused?"""
    path = tmp_path / "requirements.txt"
    path.write_text("numpy==2.0\nmatplotlib\nipykernel==7.0\njupyterlab==4.0\n")
    with pytest.raises(CourseError, match=r"does not pin matplotlib$"):
        pinned(path, STUDENT)


def test_a_broken_package_is_no_bundle(repository: Course, tmp_path: Path) -> None:
    """Is pip's own complaint shown when the wheel cannot be built?"""
    (repository.root / "pyproject.toml").write_text("[project]\nname = 3\n")
    with pytest.raises(CourseError, match=r"(?s)could not be built:.*name"):
        bundle(repository, tmp_path / "dist")


def test_the_command_makes_it(
    repository: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """Does the command say what it made, and that its links lead nowhere yet?"""
    monkeypatch.chdir(repository.assignments)
    assert main(["bundle"]) == 0
    said = capsys.readouterr()
    made = repository.root / "dist" / f"{NAME}.zip"
    assert said.out == f"made {made}\n"
    assert made.is_file()
    assert "set TUNED_BOOK_URL" in said.err
