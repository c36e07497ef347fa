"""What holds for all tests."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from autograder.sandbox.bubblewrap import why_unavailable

# The first has no windows: a page opens in half the time.
_CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser")
# Nothing that it does by itself.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


# These start sandboxes, servers or groups of processes and watch them, or the clock:
# one worker asks all of them, one after the other.
_ONE_BY_ONE = (
    *("cli/", "grading/", "hostile/", "judge/"),
    *("notebook/", "pipeline/", "sandbox/"),
    *("benchmarks/test_checks.py", "project/test_distributed.py"),
    "project/test_shared_study.py",
)
# These need nothing prepared: one at a time, they fill what is left of the time.
_EACH_ALONE = ("mistakes/",)


class _Together(LoadScopeScheduling):
    """Gives a worker whole groups of tests, those of many tests first.

    Own groups, for with pytest 9.2 xdist 3.8 passes over its own (its issue 1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        """The group of a test: a file prepares once what its tests ask about."""
        file = nodeid.partition("::")[0]
        place = file.removeprefix("tests/")
        if place.startswith(_ONE_BY_ONE):
            return "one by one"
        return nodeid if place.startswith(_EACH_ALONE) else file


def pytest_configure() -> None:
    """Refuse to run with something missing where nobody would notice the skips."""
    if not os.environ.get("CI"):
        return
    if why_unavailable():
        raise pytest.UsageError(f"no sandbox on this machine: {why_unavailable()}")
    if _chromium() is None:
        raise pytest.UsageError("no Chromium: deploy/system-packages chromium")


def _chromium() -> str | None:
    """Debian's Chromium, if it is here."""
    return next(filter(None, map(shutil.which, _CHROMIUM)), None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _Together:
    """Say which tests stay together."""
    return _Together(config, log)


@pytest.fixture(scope="session", autouse=True)
def temporary_files_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep temporary files where no other process has any.

    Tests look there for what a sandbox leaves behind. The folder's name is short, for
    it holds sockets, whose paths may not be long.
    """
    tmp_path_factory.getbasetemp()  # stays where pytest always has it
    with (
        tempfile.TemporaryDirectory(prefix="tests-", ignore_cleanup_errors=True) as own,
        pytest.MonkeyPatch.context() as patch,
    ):
        Path(own).chmod(0o755)  # a sandbox of another user reads in it
        patch.setenv("TMPDIR", own)
        patch.setattr(tempfile, "tempdir", own)
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    program = _chromium()
    if program is None:
        pytest.skip("no Chromium on this machine: deploy/system-packages chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program, args=list(_ARGUMENTS)
        )
        yield chromium
        chromium.close()
