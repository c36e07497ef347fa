"""Do tests that watch the same processes, or prepare the same, share a worker?"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = "from tests.conftest import pytest_xdist_make_scheduler\n"
TESTS = """
import pytest

@pytest.mark.parametrize("n", range(9))
def test_nothing(n):
    pass
"""
# However slow a worker is, it is waited for: who is first here does not take all.
WAITING = """
import os
import time
from pathlib import Path

import pytest

@pytest.mark.parametrize("n", range(9))
def test_both_come(n):
    here = Path(__file__).parent
    (here / os.environ["PYTEST_XDIST_WORKER"]).touch()
    until = time.monotonic() + 60
    while len(list(here.glob("gw*"))) < 2 and time.monotonic() < until:
        time.sleep(0.01)
"""
FILES = ("judge/test_a.py", "judge/test_b.py", "book/test_c.py", "mistakes/test_d.py")


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The workers that asked the tests of each file, in a run on two."""
    root = tmp_path_factory.mktemp("together")
    (root / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    for file in FILES:
        (root / "tests" / file).parent.mkdir(parents=True, exist_ok=True)
        tests = WAITING if file.startswith("mistakes/") else TESTS
        (root / "tests" / file).write_text(tests, encoding="utf-8")
    arguments = ["-n2", "-v", "-c", "/dev/null", "--rootdir", str(root), str(root)]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    asked = re.findall(r"\[(gw\d)\].* PASSED \S*tests/(\S+)::", run.stdout)
    assert len(asked) == 9 * len(FILES), run.stdout + run.stderr
    return {file: {worker for worker, of in asked if of == file} for file in FILES}


def test_what_watches_processes_is_asked_one_by_one(
    workers: dict[str, set[str]],
) -> None:
    """Does one worker ask the tests of all files that start sandboxes?"""
    assert len(workers["judge/test_a.py"] | workers["judge/test_b.py"]) == 1


def test_a_file_prepares_once(workers: dict[str, set[str]]) -> None:
    """Does one worker ask all tests of a file?"""
    assert len(workers["book/test_c.py"]) == 1


def test_no_worker_is_without_work(workers: dict[str, set[str]]) -> None:
    """Do both workers ask what can be asked anywhere?"""
    assert workers["mistakes/test_d.py"] == {"gw0", "gw1"}
