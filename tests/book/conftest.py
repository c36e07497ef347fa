"""The built book, a server for it that only this machine can reach, its extensions."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest

from tests.book.chapters import BOOK, HTML

EXTENSIONS = (
    *("describe", "figures", "fresh", "sheets", "lean"),
    *("mathematics", "names", "notebooks"),
)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def html() -> Path:
    """The folder of the built book."""
    if not (HTML / "book" / "index.html").exists():
        pytest.skip("the book is not built: `make book`, or `make test`, builds it")
    return HTML


@pytest.fixture(scope="session")
def site(html: Path) -> Iterator[str]:
    """The address of a server for the built book, on the loopback interface."""
    handler = partial(_Quiet, directory=str(html))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def extensions(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    """The extensions as modules, by name."""
    monkeypatch.syspath_prepend(str(BOOK / "_ext"))
    yield {name: __import__(name) for name in EXTENSIONS}
    for name in EXTENSIONS:
        sys.modules.pop(name, None)
