"""A PostgreSQL server of the tests' own, for whatever keeps its data in one."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from psycopg import OperationalError, connect

PASSWORD = "an{open}:secret/50%@home"
QUOTED = "an%7Bopen%7D:secret%2F50%25%40home"


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; Debian keeps one for each version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    path = shutil.which("initdb") or (found[-1] if found else None)
    return Path(path).parent if path else None


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    """A PostgreSQL server of this module's own on the loopback device: its port."""
    where = programs()
    if where is None:
        if os.environ.get("CI"):
            pytest.fail("no PostgreSQL: deploy/system-packages postgresql")
        pytest.skip("no PostgreSQL on this machine: deploy/system-packages postgresql")
    # PostgreSQL refuses to run as root.
    root = os.getuid() == 0
    as_user: dict[str, Any] = (
        {"user": "nobody", "group": "nogroup", "extra_groups": []} if root else {}
    )
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (home / "password").write_text(PASSWORD)
        if root:
            for path in (home, home / "password"):
                shutil.chown(path, "nobody", "nogroup")
        options = {"cwd": home, "stdout": subprocess.DEVNULL, "env": {"LC_ALL": "C"}}
        secret = ("--pwfile=password", "--auth=scram-sha-256")
        subprocess.run(
            [
                where / "initdb",
                "-D",
                "data",
                "-U",
                "tuned",
                "-E",
                "UTF8",
                "-N",
                *secret,
            ],
            check=True,
            **options,
            **as_user,
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        log = stack.enter_context((home / "log").open("w"))
        place = ("-D", "data", "-k", home, "-h", "127.0.0.1", "-p", str(port), "-F")
        process = subprocess.Popen(
            [where / "postgres", *place, "-c", "shared_buffers=16MB"],
            stderr=log,
            **options,
            **as_user,
        )
        try:
            _answers(process, port, home / "log")
            yield port
        finally:
            process.send_signal(signal.SIGINT)  # disconnects all, and shuts down
            process.wait()


def _answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait for the server, as long as it is coming up."""
    while process.poll() is None:
        try:
            connect(address(port, "postgres")).close()
        except OperationalError:
            continue
        return
    pytest.fail(f"PostgreSQL did not start:\n{log.read_text()}")


def address(port: int, database: str, password: str = QUOTED) -> str:
    """The URL of a database for the server's own user."""
    return f"postgresql://tuned:{password}@127.0.0.1:{port}/{database}"


def new_database(port: int) -> str:
    """The address of an empty database on the server at ``port``."""
    name = f"t{os.urandom(4).hex()}"
    with connect(address(port, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return address(port, name)
