"""What a student gets who has no repository: one file to unpack and install from.

The notebooks are released afresh from their sources, so that no answer somebody wrote
into ``assignments/`` travels with them, and so that their links, like those of the
grader beside them, lead to where ``TUNED_BOOK_URL`` says the book is published. The
same sources give the same bytes.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from autograder import __version__
from autograder.pipeline.course import Course, CourseError
from autograder.pipeline.release import release
from autograder.published import BOOK
from autograder.rendering import book_root

# What a notebook of the course needs besides the grader; requirements.txt pins them.
STUDENT = ("numpy", "matplotlib", "ipykernel", "jupyterlab")
# What a single topic's package needs besides: large, so installed when its turn comes.
BESIDES = {
    "project": (
        *("torch", "optuna", "sqlalchemy", "safetensors"),
        *("tqdm", "pillow", "scikit-learn"),
    )
}
NAME = f"tuned-{__version__}"
PACKAGE = ("pyproject.toml", "README.md", "LICENSE")
EPOCH = "315532800"  # 1980-01-01: a zip file knows no earlier time
README = Path(__file__).parent / "templates" / "bundle" / "README.md"


def bundle(course: Course, folder: Path) -> Path:
    """Write ``tuned-<version>.zip`` to ``folder`` and return its path.

    Raises :class:`CourseError` if an assignment is not released, or if this is not
    the course's repository.
    """
    topics = course.topics()
    if not topics:
        raise CourseError(f"nothing to bundle: no source in {course.solutions}")
    missing = [
        topic
        for topic in topics
        if not (course.assignments / topic / f"{topic}.ipynb").is_file()
    ]
    if missing:
        raise CourseError(
            f"not released: {', '.join(missing)}; run `autograder release` first"
        )
    everything = course.root / "requirements.txt"
    pins = pinned(everything, STUDENT)
    besides = {
        f"requirements-{topic}.txt": pinned(everything, names)
        for topic, names in BESIDES.items()
        if topic in topics
    }
    with tempfile.TemporaryDirectory(prefix="tuned-") as scratch:
        fresh = Course(Path(scratch) / "course")
        shutil.copytree(course.solutions, fresh.solutions)
        shutil.copy(course.root / "nbgrader_config.py", fresh.root)
        release(fresh, topics, f"sqlite:///{scratch}/gradebook.db")
        built = wheel(course.root, Path(scratch))
        files = {
            "README.md": _readme(built.name).encode(),
            "LICENSE": (course.root / "LICENSE").read_bytes(),
            everything.name: _requirements(everything.name, f"./{built.name}", pins),
            built.name: built.read_bytes(),
        }
        for name, more in besides.items():
            files[name] = _requirements(name, f"-r {everything.name}", more)
        for path in fresh.assignments.rglob("*"):
            if path.is_file():
                files[path.relative_to(fresh.root).as_posix()] = path.read_bytes()
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{NAME}.zip"
        target.write_bytes(_zipped(files))
    return target


def links_lead_home() -> bool:
    """Whether the links lead to a book that only this machine can show."""
    return book_root() == f"{BOOK}/book"


def pinned(requirements: Path, names: Sequence[str]) -> list[str]:
    """The lines of ``requirements`` that pin ``names``, in the order of these.

    Raises :class:`CourseError` if one of them is not pinned.
    """
    try:
        text = requirements.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _not_the_repository(requirements) from None
    pins = {line.partition("==")[0]: line for line in text.splitlines() if "==" in line}
    absent = [name for name in names if name not in pins]
    if absent:
        raise CourseError(f"{requirements} does not pin {', '.join(absent)}")
    return [pins[name] for name in names]


def wheel(repository: Path, folder: Path) -> Path:
    """Build the package in ``repository`` as a wheel below ``folder``.

    The copy that is built knows the address of the book. Raises
    :class:`CourseError`.
    """
    # A copy, because setuptools would leave what it built in the repository, and
    # would take what lies there from an earlier build.
    copy = folder / "package"
    copy.mkdir()
    try:
        for name in PACKAGE:
            shutil.copy(repository / name, copy)
        shutil.copytree(
            repository / "autograder",
            copy / "autograder",
            ignore=shutil.ignore_patterns("__pycache__", ".*"),
        )
    except FileNotFoundError as error:
        raise _not_the_repository(Path(error.filename)) from None
    _publish(copy / "autograder" / "published.py")
    for path in copy.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    # The environment of `make setup` has what builds it: no other is downloaded.
    command = [
        *(sys.executable, "-m", "pip", "wheel", "--quiet"),
        *("--no-deps", "--no-index", "--no-build-isolation"),
        *("--wheel-dir", str(folder / "wheel"), str(copy)),
    ]
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        command,
        env=os.environ | {"SOURCE_DATE_EPOCH": EPOCH},
        umask=0o022,  # a wheel records who may read and run a file
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CourseError(f"the wheel could not be built:\n{done.stderr.strip()}")
    (built,) = (folder / "wheel").glob("*.whl")
    return built


def _publish(module: Path) -> None:
    """Write the address of the book into the copy's ``published.py``."""
    address = book_root().removesuffix("/book")
    text = module.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^BOOK = .*$", lambda _: f"BOOK = {address!r}", text)
    module.write_text(text, encoding="utf-8")


def _readme(wheel_name: str) -> str:
    where = (
        "The links into the book lead to your own machine, where `make serve` shows it "
        f"if you have the course's repository ({book_root()}/index.html); "
        "else ask who gave you this file where the book is."
        if links_lead_home()
        else f"The book that goes with them: <{book_root()}/index.html>."
    )
    text = README.read_text(encoding="utf-8")
    for word, meant in {
        "BUNDLE": NAME,
        "WHEEL": wheel_name,
        "WHERE-THE-BOOK-IS": where,
    }.items():
        text = text.replace(word, meant)
    return text


def _requirements(name: str, first: str, pins: list[str]) -> bytes:
    lines = [f"# pip install -r {name}, in the folder that holds this file", first]
    return "".join(f"{line}\n" for line in [*lines, *pins]).encode()


def _zipped(files: dict[str, bytes]) -> bytes:
    """The bytes of a zip file that depend on nothing but names and contents."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{NAME}/{name}")  # of 1980-01-01
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, on which the next line has a meaning
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    return made.getvalue()


def _not_the_repository(path: Path) -> CourseError:
    return CourseError(f"no {path}: a bundle is made in the course's own repository")
