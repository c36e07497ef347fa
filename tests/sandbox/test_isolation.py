"""What can a process in the sandbox see, reach and change?"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

import autograder
from autograder.sandbox import bubblewrap
from autograder.sandbox.bubblewrap import (
    SandboxUnavailableError,
    command,
    why_unavailable,
)
from autograder.sandbox.filtering import program
from autograder.sandbox.limits import MIB, Limits
from tests.sandbox import (
    ROOT,
    needs_ordinary_user,
    needs_sandbox,
    packages_for_everybody,
    run_as_nobody,
    run_in_kernel,
    run_inside,
)

PROBE = r"""
import ctypes, json, os, socket, sys

def trial(action):
    try:
        return action()
    except Exception as error:
        return type(error).__name__

def listed(folder):
    return trial(lambda: sorted(os.listdir(folder)))

def writable(top):
    found = []
    for folder, folders, _ in os.walk(top):
        if folder.startswith("/proc"):
            folders.clear()
        elif os.access(folder, os.W_OK):
            found.append(folder)
    return found

def connect():
    with socket.socket() as s:
        s.settimeout(2)
        s.connect(("127.0.0.1", int(sys.argv[1])))
        return "connected"

libc = ctypes.CDLL(None, use_errno=True)
def system_call(name, *arguments):
    result = getattr(libc, name)(*arguments)
    return ctypes.get_errno() if result < 0 else "done"

def fill(folder):
    written = 0
    with open(folder + "/big", "wb", buffering=0) as file:
        try:
            while written < 1 << 30:
                written += file.write(b"0" * (1 << 20))
        except OSError:
            pass
    size = os.stat(folder + "/big").st_size
    os.remove(folder + "/big")
    return size

print(json.dumps({
    "connect": trial(connect),
    "resolve": trial(lambda: socket.getaddrinfo("localhost.example", 80) and "found"),
    "interfaces": [name for _, name in socket.if_nameindex()],
    "environment": dict(os.environ),
    "root": listed("/"),
    "etc": listed("/etc"),
    "passwd": trial(lambda: open("/etc/passwd").read()),
    "course": {path: trial(lambda: os.listdir(path)) for path in sys.argv[2:]},
    "autograder": trial(lambda: __import__("autograder").__file__),
    "processes": [p for p in os.listdir("/proc") if p.isdigit()],
    "parent_environment": trial(lambda: open("/proc/1/environ").read()),
    "writable": writable("/"),
    "uid": os.getuid(),
    "groups": os.getgroups(),
    "capabilities": [l for l in open("/proc/self/status") if l.startswith("Cap")],
    "hostname": socket.gethostname(),
    "unshare": system_call("unshare", 0x10000000),
    "memfd": trial(lambda: os.memfd_create("x") and "made"),
    "shm": system_call("shmget", 0, 1 << 20, 0o1600),
    "chmod": trial(lambda: os.chmod("/tmp/home", 0o500)
                   or os.stat("/tmp/home").st_mode & 0o777),
    "clone": system_call("syscall", 56, 0x10000011, 0, 0, 0, 0),
    "tmp": fill("/tmp"),
    "shared": fill("/dev/shm"),
}))
"""


@pytest.fixture(scope="module", params=["a process", "a forked kernel"])
def seen(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> dict[str, Any]:
    """What a process found that tried everything in a sandbox of 8 MiB."""
    listener = __import__("socket").create_server(("127.0.0.1", 0))
    secrets = tmp_path_factory.mktemp("classroom")
    (secrets / "gradebook.db").write_text("grades")
    os.environ["TUNED_PROBE_PASSWORD"] = "a password"
    argv = [
        *("-c", str(listener.getsockname()[1])),
        *(str(ROOT / name) for name in ("solutions", "autograder", "tests")),
        *(str(secrets), str(Path.home() / ".ssh"), str(Path.home())),
    ]
    limits = Limits(disk=8 * MIB)
    try:
        if request.param == "a process":
            ran = run_inside([sys.executable, "-c", PROBE, *argv[1:]], limits)
            assert ran.returncode == 0, ran.stderr
            said = ran.stdout
        else:
            told = f"import sys\nsys.argv = {argv!r}\nsys.modules.pop('autograder')\n"
            said = run_in_kernel(told + PROBE, limits)
    finally:
        del os.environ["TUNED_PROBE_PASSWORD"]
        listener.close()
    found: dict[str, Any] = json.loads(said)
    return found


@needs_sandbox
class TestNetwork:
    """There is none."""

    def test_a_port_of_this_machine_cannot_be_reached(self, seen: Any) -> None:
        """Is even a listening port of the host refused?"""
        assert seen["connect"] == "ConnectionRefusedError"

    def test_no_name_is_resolved(self, seen: Any) -> None:
        """Does looking up a name fail?"""
        assert seen["resolve"] == "gaierror"

    def test_there_is_no_interface_but_the_loopback(self, seen: Any) -> None:
        """Is the loopback of its own the only network interface?"""
        assert set(seen["interfaces"]) <= {"lo"}


@needs_sandbox
class TestFiles:
    """The system, this Python, and nothing else."""

    def test_the_course_cannot_be_read(self, seen: Any) -> None:
        """Are sources, grader, tests, gradebook and home out of reach?"""
        inside = {str(Path(sys.prefix)), str(Path(sys.base_prefix))}
        for path, found in seen["course"].items():
            if isinstance(found, list):  # a folder above this Python, else empty
                held = {str(Path(path) / name) for name in found}
                assert all(
                    any(kept.startswith(name) for kept in inside) for name in held
                ), (path, found)
            else:
                assert found in {"FileNotFoundError", "PermissionError"}
        assert seen["course"][str(ROOT / "solutions")] == "FileNotFoundError"
        assert seen["course"][str(ROOT / "autograder")] == "FileNotFoundError"

    def test_this_package_cannot_be_imported(self, seen: Any) -> None:
        """Is the grader's code unknown to the Python inside?"""
        assert seen["autograder"] == "ModuleNotFoundError"

    def test_etc_is_not_there(self, seen: Any) -> None:
        """Are there no accounts, no secrets, no settings of the system?"""
        assert seen["etc"] == "FileNotFoundError"
        assert seen["passwd"] == "FileNotFoundError"

    def test_only_what_vanishes_can_be_written(self, seen: Any) -> None:
        """Are the private /tmp, /dev/shm and the folder of sockets all there is?"""
        for folder in seen["writable"]:
            assert folder.startswith(("/tmp", "/dev/shm")), folder

    @pytest.mark.parametrize("place", ["tmp", "shared"])
    def test_what_can_be_written_is_bounded(self, seen: Any, place: str) -> None:
        """Does a file system in memory end at the limit on disk?"""
        assert 0 < seen[place] <= 8 * MIB


@needs_sandbox
class TestProcess:
    """Nobody, alone, without privileges."""

    def test_the_environment_is_cleared(self, seen: Any) -> None:
        """Does no variable of the host's come in, nor through /proc?"""
        assert "TUNED_PROBE_PASSWORD" not in seen["environment"]
        assert seen["environment"]["HOME"] == bubblewrap.HOME
        assert "a password" not in seen["parent_environment"]

    def test_no_process_of_the_host_is_seen(self, seen: Any) -> None:
        """Does /proc show bubblewrap's own first process and this one only?"""
        assert len(seen["processes"]) <= 3
        assert max(map(int, seen["processes"])) < 20

    def test_it_is_nobody(self, seen: Any) -> None:
        """Has it no capability and, started by root, a user id of its own?"""
        assert all(line.split()[1].strip("0") == "" for line in seen["capabilities"])
        assert seen["hostname"] == "sandbox"
        if os.geteuid() == 0:
            assert seen["uid"] >= bubblewrap.FIRST_UID
            assert seen["groups"] == []

    @pytest.mark.parametrize("what", ["unshare", "shm"])
    def test_memory_past_the_bounds_is_refused(self, seen: Any, what: str) -> None:
        """Are namespaces (mounts of any size) and System V segments refused?"""
        assert seen[what] == 1  # EPERM

    def test_memory_that_no_process_maps_is_refused(self, seen: Any) -> None:
        """Are files in anonymous memory refused?"""
        assert seen["memfd"] == "PermissionError"

    def test_modes_cannot_be_changed(self, seen: Any) -> None:
        """Does chmod do nothing, so that the closed folder of sockets stays closed?"""
        assert seen["chmod"] == 0o777

    @pytest.mark.skipif(os.uname().machine != "x86_64", reason="its own call numbers")
    def test_no_process_gets_namespaces_by_clone(self, seen: Any) -> None:
        """Does the filter read the flags of clone?"""
        assert seen["clone"] == 1


@needs_sandbox
def test_processes_are_bounded() -> None:
    """Does a fork bomb stop at the limit?"""
    bomb = (
        "import os\nn = 0\n"
        "try:\n"
        "    while n < 400:\n"
        "        if os.fork() == 0:\n            import time; time.sleep(20)\n"
        "        n += 1\n"
        "except OSError:\n    pass\n"
        "print(n, flush=True)\nos._exit(0)\n"
    )
    ran = run_inside([sys.executable, "-c", bomb], Limits(processes=30))
    assert 5 <= int(ran.stdout) <= 30


@needs_sandbox
def test_memory_of_one_process_is_bounded() -> None:
    """Does asking for more than twice the limit at once raise MemoryError?"""
    ask = "bytearray(1200 << 20)"
    ran = run_inside([sys.executable, "-c", ask], Limits(memory=256 * MIB))
    assert "MemoryError" in ran.stderr


@needs_sandbox
def test_the_sandbox_runs_here() -> None:
    """Is a sandbox that works reported as available?"""
    assert why_unavailable() == ""


UNPRIVILEGED = """
import json, subprocess, sys, tempfile
from pathlib import Path
from autograder.sandbox import bubblewrap
from autograder.sandbox.filtering import filter_file
from autograder.sandbox.limits import Limits

bubblewrap.sys.executable = "/usr/bin/python3"
probe = "import os; print(open('/proc/1/environ').read()); os.system('ls /etc /root')"
bomb = '''
import os
n = 0
try:
    while n < 400:
        if os.fork() == 0:
            import time; time.sleep(20)
        n += 1
except OSError:
    pass
print(n, flush=True)
os._exit(0)
'''
said = []
for code in (probe, bomb):
    with tempfile.TemporaryDirectory() as folder, filter_file() as refused:
        argv = bubblewrap.command(
            ["/usr/bin/python3", "-c", code],
            Path(folder), Limits(processes=30), refused,
        )
        ran = subprocess.run(
            argv, pass_fds=[refused], env=bubblewrap.bare_environment(),
            capture_output=True, text=True,
        )
        said.append(ran.stdout)
print(json.dumps({"why": bubblewrap.why_unavailable(), "said": said}))
"""


@needs_sandbox
@needs_ordinary_user
def test_an_ordinary_user_needs_no_privilege() -> None:
    """Does the sandbox hold for a teacher who is not root?"""
    with packages_for_everybody() as folder:
        ran = run_as_nobody(UNPRIVILEGED, folder)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["why"] == ""
    assert "of the gradebook" not in found["said"][0]
    assert "root:" not in found["said"][0]
    assert 5 <= int(found["said"][1]) <= 30


@pytest.mark.parametrize("tool", bubblewrap.TOOLS)
def test_a_missing_tool_is_named(
    tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a tool is missing, does the error say what to install?"""
    for other in bubblewrap.TOOLS:
        if other != tool:
            (tmp_path / other).write_text("#!/bin/sh\n")
            (tmp_path / other).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxUnavailableError, match=f"{tool} is not installed.*apt"):
        command(["true"], tmp_path, Limits())


def test_why_unavailable_names_the_missing_tool(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Is the reason a sentence and no exception, where nothing is installed?"""
    monkeypatch.setenv("PATH", "")
    assert "is not installed" in why_unavailable.__wrapped__()


def test_why_unavailable_repeats_what_bubblewrap_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where namespaces are forbidden, is bubblewrap's own message the reason?"""
    for tool in bubblewrap.TOOLS:
        (tmp_path / tool).write_text("#!/bin/sh\necho no namespaces >&2\nexit 1\n")
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert why_unavailable.__wrapped__() == "no namespaces"


def test_a_package_inside_site_packages_is_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installed where the sandbox can read, is this package covered?"""
    package = tmp_path / "lib" / "site-packages" / "autograder"
    sandbox = package / "sandbox"
    sandbox.mkdir(parents=True)
    monkeypatch.setattr(bubblewrap.sys, "prefix", str(tmp_path))
    monkeypatch.setattr(bubblewrap, "__file__", str(sandbox / "bubblewrap.py"))
    assert bubblewrap._course_in_site_packages() == [package]
    mounts = bubblewrap._file_system(tmp_path, Limits())
    hidden = mounts.index(str(package))
    assert mounts[hidden - 1 : hidden + 3] == [
        *("--tmpfs", str(package)),
        *("--remount-ro", str(package)),
    ]


def test_a_package_elsewhere_needs_no_hiding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed where the sandbox sees nothing, is nothing mounted over it?"""
    elsewhere = Path("/srv/course/autograder/sandbox/bubblewrap.py")
    monkeypatch.setattr(bubblewrap, "__file__", str(elsewhere))
    assert bubblewrap._course_in_site_packages() == []


@needs_sandbox
def test_a_hidden_package_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Does the cover really hide the package from a process inside?"""
    package = Path(sys.prefix) / "lib" / "python3" / "hidden-by-a-test"
    package.mkdir(parents=True)
    try:
        (package / "answers.py").write_text("right = 1")
        monkeypatch.setattr(bubblewrap, "_course_in_site_packages", lambda: [package])
        look = f"import os; print(os.listdir({str(package)!r}))"
        ran = run_inside([sys.executable, "-c", look])
        assert ran.stdout.strip() == "[]", ran.stderr
    finally:
        shutil.rmtree(package)
        if not list(package.parent.iterdir()):
            package.parent.rmdir()


def test_an_editable_install_is_where_it_is_imported_from() -> None:
    """Does the package know its own place?"""
    inside = Path(autograder.__file__).parent.is_relative_to(sys.prefix)
    assert bool(bubblewrap._course_in_site_packages()) == inside


def test_every_known_machine_has_a_filter() -> None:
    """Is the filter whole for both architectures, and absent for others?"""
    for machine in ("x86_64", "aarch64"):
        text = program(machine)
        assert len(text) % 8 == 0
        assert text.endswith((0x7FFF0000).to_bytes(4, "little"))
    assert program("riscv64") == b""


def test_without_a_filter_none_is_handed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a machine without one, does the context give no file?"""
    from autograder.sandbox import filtering

    monkeypatch.setattr(filtering.platform, "machine", lambda: "riscv64")
    with filtering.filter_file() as given:
        assert given == -1


def test_an_ordinary_user_s_other_processes_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Since the kernel counts all of a user's processes, is the limit beyond them?"""
    monkeypatch.setattr(bubblewrap.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(bubblewrap.shutil, "which", lambda tool: tool)
    argv = command(["true"], tmp_path, Limits(processes=30))
    (limit,) = (word for word in argv if word.startswith("--nproc="))
    assert int(limit.partition("=")[2]) > 30
    assert "--unshare-user" in argv
    assert "setpriv" not in argv


@needs_sandbox
def test_a_course_below_tmp_keeps_its_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does the sandbox's own /tmp leave an environment that lies in /tmp in sight?"""
    with tempfile.TemporaryDirectory() as folder:
        marker = Path(folder) / "marker"
        marker.write_text("seven", encoding="utf-8")
        marker.parent.chmod(0o755)
        monkeypatch.setattr(sys, "prefix", folder)
        assert run_inside(["/bin/cat", str(marker)]).stdout == "seven"


LENT = """
import json, os
def tried(action, *arguments):
    try:
        return str(action(*arguments))
    except OSError as error:
        return type(error).__name__
print(json.dumps({
    "here": sorted(os.listdir()), "text": open("package/inner/file").read(),
    "file": tried(open, "package/inner/file", "w"),
    "more": tried(open, "package/x", "w"), "plain": tried(open, "alone", "w"),
    "out": tried(os.listdir, "package/../.."),
    "rename": tried(os.rename, "package", "mine"), "remove": tried(os.remove, "alone"),
    "link": tried(lambda: open("package/link").read()),
}))
"""


@needs_sandbox
def test_what_is_lent_can_be_read_and_nothing_more(tmp_path: Path) -> None:
    """Does a lent folder lie in the working folder, read-only, and lead nowhere?"""
    lent = tmp_path / "lent"
    (lent / "package" / "inner").mkdir(parents=True)
    (lent / "package" / "inner" / "file").write_text("seven")
    (lent / "alone").write_text("x")
    (tmp_path / "secret").write_text("of the host")
    (lent / "package" / "link").symlink_to(tmp_path / "secret")
    for path in (lent, *lent.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o666)
    ran = run_inside([sys.executable, "-c", LENT], beside=lent)
    found = json.loads(ran.stdout)
    assert found["here"] == ["alone", "package"]
    assert found["text"] == "seven"
    for what in ("file", "more", "plain", "rename", "remove"):
        assert found[what] in {"OSError", "PermissionError"}, what
    assert found["link"] == "FileNotFoundError"
    assert "secret" not in found["out"]


@needs_sandbox
def test_addresses_are_bounded_apart_from_memory() -> None:
    """May a process reserve what a library never fills, where the limits say so?"""
    reserve = "import mmap; mmap.mmap(-1, 3 << 30, prot=0); print('reserved')"
    usual = run_inside([sys.executable, "-c", reserve])
    assert "Cannot allocate memory" in usual.stderr
    more = Limits(addresses=4096 * MIB)
    assert run_inside([sys.executable, "-c", reserve], more).stdout == "reserved\n"
