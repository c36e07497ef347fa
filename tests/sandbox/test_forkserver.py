"""Is there always a template, or a kernel without one, and nothing left of it?"""

from __future__ import annotations

import json
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from autograder.sandbox import forkserver
from autograder.sandbox.bubblewrap import command
from autograder.sandbox.forkserver import (
    FILTER_FD,
    HOLDER,
    ForkServer,
    NoTemplateError,
)
from autograder.sandbox.limits import Limits
from autograder.sandbox.provisioner import why_not_forked
from tests.sandbox import (
    all_gone,
    needs_ordinary_user,
    needs_sandbox,
    packages_for_everybody,
    run_as_nobody,
    run_in_kernel,
)

pytestmark = needs_sandbox


def test_another_template_follows_one_that_died() -> None:
    """Does the end of the template cost no submission anything?"""
    assert run_in_kernel("print(1)") == "1\n"
    first = forkserver._Own.server
    assert first is not None
    started = [
        psutil.Process(first.process.pid),
        *psutil.Process(first.process.pid).children(recursive=True),
    ]
    for process in started[::-1]:
        process.send_signal(signal.SIGKILL)
    assert all_gone(started)
    assert run_in_kernel("print(2)") == "2\n"
    assert forkserver._Own.server not in {None, first}
    assert why_not_forked() == ""


def test_where_no_template_runs_kernels_are_fresh(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Is a submission graded all the same, and the reason kept?"""
    forkserver.end_template()
    monkeypatch.setattr(forkserver._Own, "trouble", "")
    monkeypatch.setattr(forkserver, "_template_command", lambda line: ["false"])
    assert run_in_kernel("print(3)") == "3\n"
    assert forkserver.why_fresh()
    assert forkserver._Own.server is None


def test_where_no_sandbox_can_be_entered_kernels_are_fresh(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the template may not enter namespaces, is that found out and told?"""
    forkserver.end_template()
    monkeypatch.setattr(forkserver._Own, "trouble", "")
    whole = forkserver._template_command

    def powerless(line: int) -> list[str]:
        argv = whole(line)
        place = argv.index("--") + 1
        drop = ["setpriv", "--bounding-set=-sys_admin", "--"]
        return [*argv[:place], *drop, *argv[place:]]

    monkeypatch.setattr(forkserver, "_template_command", powerless)
    assert run_in_kernel("print(4)") == "4\n"
    assert "not permitted" in forkserver.why_fresh()
    forkserver.end_template()


@pytest.fixture
def server() -> Iterator[ForkServer]:
    """A template that has imported nothing."""
    one = ForkServer(modules=["no_such_module"])
    yield one
    one.close()


def test_a_sandbox_that_does_not_start_is_told(server: ForkServer) -> None:
    """Is bubblewrap's own message the reason, and can the next one start?"""
    with pytest.raises(NoTemplateError, match="no-such-option"):
        server.start(["bwrap", "--no-such-option"], [])
    with pytest.raises(NoTemplateError, match="no_such_tool"):
        server.start(["no_such_tool"], [])
    with tempfile.TemporaryDirectory() as folder:
        argv = command(HOLDER, Path(folder), Limits(), FILTER_FD)
        process = server.start(argv, ["--version"])
        assert process.wait(timeout=30) == process.poll()


def test_a_child_that_is_not_like_the_holder_ends(server: ForkServer) -> None:
    """If the sandbox limits what the template does not know of, does no kernel run?"""
    with tempfile.TemporaryDirectory() as folder:
        argv = command(HOLDER, Path(folder), Limits(), FILTER_FD)
        process = server.start(["prlimit", "--stack=7000000", "--", *argv], [])
        process.wait(timeout=30)


def test_nothing_is_left_of_a_template_that_is_closed() -> None:
    """Do the template and the sandboxes that it has made end with it?"""
    server = ForkServer(modules=[])
    top = psutil.Process(server.process.pid)
    with tempfile.TemporaryDirectory() as folder:
        server.start(command(HOLDER, Path(folder), Limits(), FILTER_FD), [])
        started = [top, *top.children(recursive=True)]
        server.close()
    assert all_gone(started)
    with pytest.raises(NoTemplateError):
        server.start(["true"], [])


UNPRIVILEGED = """
import json, sys, tempfile, time
from pathlib import Path
from autograder.sandbox import bubblewrap, forkserver
from autograder.sandbox.limits import Limits

known = bubblewrap.environment()
forkserver.environment = lambda: [*known, "--setenv", "PYTHONPATH", sys.argv[1]]
server = forkserver.ForkServer(["ipykernel.kernelapp"])
with tempfile.TemporaryDirectory(dir=sys.argv[1]) as folder:
    holder = bubblewrap.command(
        forkserver.HOLDER, Path(folder), Limits(), forkserver.FILTER_FD
    )
    server.start(holder, [folder]).wait(timeout=30)
    print(Path(folder, "found").read_text())
server.close()
"""
FOUND_INSIDE = """
import json, os, re, sys

def trial(action, *arguments):
    try:
        return str(action(*arguments))
    except OSError as error:
        return type(error).__name__

def launch_new_instance():
    status = open("/proc/self/status").read()
    with open(sys.argv[1] + "/found", "w") as file:
        json.dump({
            "rights": re.findall(r"(?m)^(?:Cap|NoNew|Seccomp:)\\w*:?\\s*(.*)$", status),
            "uid": os.getuid(), "etc": trial(os.listdir, "/etc"),
            "processes": [pid for pid in os.listdir("/proc") if pid.isdigit()],
            "password": "gradebook" in open("/proc/self/environ").read(),
            "read-only": bool(os.statvfs("/proc/self/exe").f_flag & os.ST_RDONLY),
            "group": os.getpgid(0) == os.getpid(),
        }, file)
"""


@needs_ordinary_user
def test_an_ordinary_user_s_kernels_are_forked_too() -> None:
    """Without privileges, is a forked kernel alone, and without rights?"""
    with packages_for_everybody() as folder:
        (folder / "ipykernel").mkdir()
        (folder / "ipykernel" / "__init__.py").touch()
        (folder / "ipykernel" / "kernelapp.py").write_text(FOUND_INSIDE)
        ran = run_as_nobody(UNPRIVILEGED, folder, str(folder))
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    capabilities, (no_new, filtered) = found["rights"][:5], found["rights"][5:]
    assert {int(each, 16) for each in capabilities} == {0}
    assert (no_new, filtered) == ("1", "2")
    assert found["uid"] != 0
    assert found["etc"] == "FileNotFoundError"
    assert len(found["processes"]) <= 3
    assert not found["password"]
    assert found["read-only"]
    assert found["group"]
