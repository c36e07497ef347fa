"""Is a kernel forked from the template as alone as one that was started afresh?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from autograder.judge.kernel import Kernel
from autograder.sandbox import forkserver
from autograder.sandbox.forkserver import (
    ForkedProcess,
)
from autograder.sandbox.limits import Limits
from tests.sandbox import (
    needs_sandbox,
    printed,
    run_in_kernel,
)

pytestmark = needs_sandbox


@pytest.fixture
def pair() -> Iterator[tuple[Kernel, Kernel]]:
    """Two kernels forked from one template, side by side."""
    kernels: list[Kernel] = []
    try:
        for _ in range(2):
            kernels.append(Kernel(Limits()))
            assert isinstance(process_of(kernels[-1]), ForkedProcess)
            kernels[-1].ready()
        yield kernels[0], kernels[1]
    finally:
        for kernel in kernels:
            kernel.close()


def process_of(kernel: Kernel) -> Any:
    """The kernel's process, as Jupyter knows it."""
    return kernel.manager.provisioner.process


CIRCUMSTANCES = r"""
import json, os, re, sys, resource, signal
status = dict(re.findall(r"(?m)^(\w+):[ \t]*(.*)$", open("/proc/self/status").read()))
for drawn in ("Uid", "Gid"):
    assert len(set(status[drawn].split())) == 1
rights = [name for name in status if name.startswith(("Cap", "Groups", "NoNew", "Sec"))]
mounts = [line.split() for line in open("/proc/self/mountinfo")]
places = sorted((m[4], m[5], *m[m.index("-") + 1:]) for m in mounts)
descriptors = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
               if os.path.islink(f"/proc/self/fd/{fd}")]
folder = next(place[0] for place in places if "tuned-" in place[0])
print(json.dumps({
    "rights": {name: status[name] for name in rights},
    "places": [[re.sub("tuned-[^/]*", "", word) for word in place] for place in places],
    "limits": open("/proc/self/limits").read(),
    "environment": dict(os.environ),
    "initial environment": sorted(
        word for word in open("/proc/self/environ").read().split("\0")
        if not word.startswith("PWD=")
    ),
    "descriptors": sorted({re.sub(r":\[\d+\]", "", name) for name in descriptors}),
    "folder": os.getcwd(),
    "path": sys.path,
    "argv": [re.sub("tuned-[^/]*", "", word) for word in sys.argv[1:]],
    "mask": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    "handlers": [repr(signal.getsignal(each)) for each in range(1, 32)],
    "shared": re.findall(r"(?m)^\S+ .w.s .*", open("/proc/self/maps").read()),
    "parent": os.getppid() in (0, 1, 2),
    "leader": os.getsid(0) == os.getpgid(0) == os.getpid(),
    "ours": sorted(name for name in sys.modules if name.startswith("autograder")),
    "tty": os.isatty(0),
    "figures": __import__("matplotlib.pyplot").pyplot.get_fignums(),
    "backend": __import__("matplotlib").get_backend(),
    "settings": repr(sorted(__import__("matplotlib").rcParams.items())),
    "caches": __import__("matplotlib").get_cachedir(),
    "numpy": repr(__import__("numpy").get_printoptions()),
    "main": sorted(n for n in vars(sys.modules["__main__"]) if not n.startswith("_")),
}))
"""


@pytest.fixture(scope="module")
def circumstances() -> dict[str, dict[str, Any]]:
    """What a forked kernel and a fresh one find themselves in."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("forked", "fresh"):
            patch.setenv("TUNED_KERNELS", kind)
            found[kind] = json.loads(run_in_kernel(CIRCUMSTANCES))
    return found


@pytest.mark.parametrize(
    "what",
    [
        *("rights", "places", "limits", "environment", "initial environment"),
        *("descriptors", "folder", "path", "argv", "mask", "handlers", "shared"),
        *("ours", "tty", "figures", "backend", "settings", "caches", "numpy", "main"),
    ],
)
def test_a_forked_kernel_is_like_a_fresh_one(circumstances: Any, what: str) -> None:
    """Is there no difference in what it may do, sees and holds?"""
    assert circumstances["forked"][what] == circumstances["fresh"][what]


def test_a_forked_kernel_holds_nothing_of_the_template_s(circumstances: Any) -> None:
    """Has it no shared memory, no parent inside, and a group of its own?"""
    found = circumstances["forked"]
    assert found["shared"] == []
    assert found["parent"]
    assert found["leader"]
    assert found["ours"] == ["autograder"]  # the empty one that the judge puts there
    assert set(found["descriptors"]) <= {
        *("/dev/null", "socket", "pipe", "anon_inode:[eventpoll]"),
        "anon_inode:[eventfd]",
    }


def test_two_forked_kernels_share_no_namespace(pair: tuple[Kernel, Kernel]) -> None:
    """Are all their namespaces different from each other's, and from this one's?"""
    spaces = []
    for kernel in pair:
        here = Path(f"/proc/{process_of(kernel).pid}/ns")
        spaces.append({name: os.readlink(here / name) for name in os.listdir(here)})
    spaces.append({name: os.readlink(f"/proc/self/ns/{name}") for name in spaces[0]})
    for name in ("mnt", "pid", "net", "ipc", "uts"):
        assert len({each[name] for each in spaces}) == 3, name


def test_two_forked_kernels_are_different_users(pair: tuple[Kernel, Kernel]) -> None:
    """Started by root, has each a user id that no other sandbox has?"""
    if os.geteuid() != 0:
        pytest.skip("only root can give sandboxes user ids of their own")
    uids = {psutil.Process(process_of(kernel).pid).uids().real for kernel in pair}
    assert len(uids) == 2
    assert 0 not in uids


@pytest.mark.parametrize(
    "attack",
    [
        "os.kill(-1, 9)",
        "os.killpg(0, 9)",
        "[os.kill(pid, 9) for pid in range(2, 5000) if trial(pid)]",
        "os.kill(os.getppid(), 9)",
    ],
)
def test_a_signal_reaches_no_one_else(pair: tuple[Kernel, Kernel], attack: str) -> None:
    """After one has signalled all that it can, do template and neighbor live?"""
    one, other = pair
    server = forkserver._Own.server
    code = (
        "import os\n"
        "def trial(pid):\n"
        "    try:\n        os.kill(pid, 0)\n        return pid != os.getpid()\n"
        "    except OSError:\n        return False\n"
    )
    one.session.send(
        one.shell,
        "execute_request",
        {"code": code + attack, "silent": False, "user_expressions": {}},
    )
    assert printed(other, "print(6 * 7)") == "42\n"
    with suppress(subprocess.TimeoutExpired):  # it may have hit itself, or nobody
        process_of(one).wait(timeout=2)
    assert run_in_kernel("print(6 * 7)") == "42\n"
    assert forkserver._Own.server is server


def test_what_one_changes_the_next_does_not_see() -> None:
    """Do modules, files and environment begin anew in each kernel?"""
    spoil = (
        "import builtins, os, numpy, matplotlib.pyplot as plt\n"
        "numpy.sum = builtins.sum = os.path.join = None\n"
        "os.environ['LEFT'] = plt.rcParams['savefig.dpi'] = '7'\n"
        "for folder in ('/tmp', '/dev/shm', '.'):\n"
        "    open(folder + '/left', 'w').write('x')\n"
        "plt.figure()\n"
    )
    look = (
        "import os, numpy, matplotlib.pyplot as plt\n"
        "print(numpy.sum([1, 2]), sum([3]), os.path.join('a', 'b'))\n"
        "print(plt.get_fignums())\n"
        "print('LEFT' in os.environ, plt.rcParams['savefig.dpi'])\n"
        "print([os.path.exists(f + '/left') for f in ('/tmp', '/dev/shm', '.')])\n"
    )
    clean = run_in_kernel(look)
    run_in_kernel(spoil)
    assert run_in_kernel(look) == clean
    assert clean == "3 3 a/b\n[]\nFalse figure\n[False, False, False]\n"


def test_two_forked_kernels_draw_different_numbers(pair: tuple[Kernel, Kernel]) -> None:
    """Is every source of randomness seeded after the fork?"""
    draw = (
        "import os, random, secrets, tempfile, uuid, numpy as np\n"
        "print(np.random.random(), np.random.default_rng().random(), random.random(),"
        " secrets.token_hex(), uuid.uuid4(), uuid.uuid1(), os.urandom(8),"
        " tempfile.mktemp(), sep='\\n')"
    )
    drawn = [printed(kernel, draw).split() for kernel in pair]
    assert not set(drawn[0]) & set(drawn[1])


def test_the_interpreter_s_file_cannot_be_written() -> None:
    """Is /proc/self/exe, which leads out of the sandbox, on a read-only mount?"""
    look = (
        "import os\n"
        "print(bool(os.statvfs('/proc/self/exe').f_flag & os.ST_RDONLY))\n"
        "print([os.access('/proc/self/' + link, os.W_OK) for link in ('exe', 'root')])"
    )
    assert run_in_kernel(look) == "True\n[False, False]\n"


def test_a_first_figure_is_shown() -> None:
    """Does drawing in the template leave the student's first figure as it should be?"""
    from autograder.judge.session import Session

    session = Session(Limits(), lambda: Kernel(Limits()))
    try:
        (output, *more) = session.run_cell(
            "import matplotlib.pyplot as plt\nplt.plot([1])\n0;"
        )
        assert not more
        assert "image/png" in output.data
        assert output.data["text/plain"] == "<Figure size 640x480 with 1 Axes>"
    finally:
        session.close()


def test_a_template_that_is_killed_costs_no_student_a_point() -> None:
    """Is a submission not judged when its kernel ended with the template, as others?"""
    from autograder.judge.session import SandboxDownError, Session

    session = Session(Limits(), lambda: Kernel(Limits()))
    try:
        assert session.run_cell("x = 1") == []
        server = forkserver._Own.server
        assert server is not None
        inner = psutil.Process(server.process.pid).children()[0]
        inner.children()[0].kill()  # the template's Python
        with pytest.raises(SandboxDownError, match="run the same command again"):
            session.run_cell("import time; time.sleep(60)")
        (output,) = session.run_cell("print(x)")  # in a kernel of a new template
        assert output.text == "1\n"
    finally:
        session.close()


def test_a_kernel_that_ends_by_itself_is_no_orphan() -> None:
    """Is a student's own crash still said to be one?"""
    from autograder.judge.session import Session

    session = Session(Limits(), lambda: Kernel(Limits()))
    try:
        (output,) = session.run_cell("import os; os._exit(1)")
        assert "it ended the Python process" in output.evalue
    finally:
        session.close()


def test_waiting_for_a_kernel_that_lives_ends_in_time(
    pair: tuple[Kernel, Kernel],
) -> None:
    """Does a forked kernel behave as a Popen does?"""
    process = process_of(pair[0])
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.01)
    process.terminate()
    assert process.wait(timeout=30) == process.poll() == -signal.SIGKILL
    process.kill()  # once more does no harm
