"""Where things lie in a course, and nbgrader set up for it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from nbgrader.apps import NbGraderAPI
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader


class CourseError(Exception):
    """Something about the course's files is not as it must be."""


class SourceError(CourseError):
    """A source that breaks a rule; the message names the file and the rule."""


@dataclass(frozen=True)
class Course:
    """The folders of a course below ``root``."""

    root: Path

    @classmethod
    def here(cls) -> Course:
        """The course in the current folder or above it."""
        start = Path.cwd()
        for folder in (start, *start.parents):
            if (folder / "nbgrader_config.py").is_file():
                return cls(folder)
        raise CourseError(
            f"no nbgrader_config.py in {start} or above: run this inside the course"
        )

    @property
    def solutions(self) -> Path:
        """The hand-written sources: a percent-format notebook a topic.

        A folder named like a topic is the package that is released beside it.
        """
        return self.root / "solutions"

    @property
    def source(self) -> Path:
        """What nbgrader takes as its sources: derived, never released."""
        return self.root / "_build" / "source"

    @property
    def assignments(self) -> Path:
        """What students open."""
        return self.root / "assignments"

    @property
    def submitted(self) -> Path:
        """What students handed in: ``<student>/<topic>/<topic>.ipynb``."""
        return self.root / "classroom" / "submitted"

    @property
    def graded(self) -> Path:
        """Judged notebooks, laid out like :attr:`submitted`."""
        return self.root / "classroom" / "graded"

    @property
    def feedback(self) -> Path:
        """The pages that students get, laid out like :attr:`submitted`."""
        return self.root / "classroom" / "feedback"

    def topics(self) -> list[str]:
        """The topics that have a source, in alphabetical order."""
        return sorted(path.stem for path in self.solutions.glob("*.py"))

    def config(self) -> Config:
        """What this course's nbgrader_config.py says."""
        loader = PyFileConfigLoader("nbgrader_config.py", path=str(self.root))
        config = Config(loader.load_config())
        config.CourseDirectory.root = str(self.root)
        return config

    def nbgrader(self, db_url: str = "") -> NbGraderAPI:
        """Set up nbgrader by this course's nbgrader_config.py.

        ``db_url`` names another gradebook than the configured one.
        """
        config = self.config()
        if db_url:
            config.CourseDirectory.db_url = db_url
        (self.root / "classroom").mkdir(exist_ok=True)
        # nbgrader runs alembic by its bare name; it lies beside this Python.
        beside = str(Path(sys.executable).parent)
        if beside not in os.environ.get("PATH", "").split(os.pathsep):
            os.environ["PATH"] = os.pathsep.join([beside, os.environ.get("PATH", "")])
        return NbGraderAPI(config=config)
