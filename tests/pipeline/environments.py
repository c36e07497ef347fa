"""An environment with the requirements of a bundle and nothing else.

Nothing is downloaded: the packages are those that ``make setup`` installed, linked
one by one into an environment that knows nothing of the one they come from. Whether
they are what the bundle asks for, pip decides, offline.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement


class Environment:
    """A virtual environment in ``folder``, and a home of its own beside it."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "venv" / "bin"
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        venv.create(folder / "venv", symlinks=True)

    def python(self, *words: str, cwd: Path) -> str:
        """Run Python with ``words`` and return what it printed."""
        done = self.attempt(*words, cwd=cwd)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def attempt(self, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run Python with ``words``, which may fail."""
        return _run([str(self.bin / "python"), *words], cwd, self.variables)

    def install(self, requirements: Path) -> None:
        """``pip install -r``, from what is linked and from the bundle alone."""
        options = ["--isolated", "--quiet", "--disable-pip-version-check"]
        to_here = ["--python", str(self.bin / "python")]
        what = ["install", "--no-index", "-r", requirements.name]
        command = [sys.executable, "-m", "pip", *to_here, *options, *what]
        done = _run(command, requirements.parent, self.variables)
        assert done.returncode == 0, done.stderr

    def link(self, wanted: Iterable[str]) -> None:
        """Link the packages ``wanted`` and those that they need."""
        site = Path(self.python("-c", _SITE, cwd=self.home).strip())
        for each in _with_dependencies(wanted):
            tops = {file.parts[0] for file in each.files or ()}
            for top in tops - {"..", "__pycache__"}:
                if not (site / top).exists():
                    (site / top).symlink_to(Path(str(each.locate_file(top))))

    @property
    def variables(self) -> dict[str, str]:
        """What a login shell has after ``activate``, and no more."""
        path = os.pathsep.join([str(self.bin), "/usr/bin", "/bin"])
        return {"PATH": path, "HOME": str(self.home), "LANG": "C.UTF-8"}


_SITE = "import sysconfig; print(sysconfig.get_path('purelib'))"


def _with_dependencies(wanted: Iterable[str]) -> list[Distribution]:
    found: dict[str, Distribution] = {}
    todo = [Requirement(line) for line in wanted]
    asked = set()
    while todo:
        needed = todo.pop()
        if str(needed) in asked:
            continue
        asked.add(str(needed))
        found[needed.name] = distribution(needed.name)
        for extra in {"", *needed.extras}:
            more = map(Requirement, found[needed.name].requires or ())
            todo += [
                each
                for each in more
                if each.marker is None or each.marker.evaluate({"extra": extra})
            ]
    return list(found.values())


def _run(
    command: list[str], cwd: Path, variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=variables, capture_output=True, text=True, check=False
    )
