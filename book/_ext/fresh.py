"""Execute a chapter again when what it stands on has changed, not only its text.

Executed chapters are cached by their own source. Their results also depend on the
helpers beside them and on the libraries: all of these make a fingerprint, each
fingerprint has its own cache, and a new one makes Sphinx read every page again. So
does a change of the book's own extensions, which executes nothing. A changed style
sheet or picture makes it write the pages, and with them their files, again.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

_HELPERS = ("*.py", "*.mplstyle")
_LIBRARIES = ("matplotlib", "numpy", "scikit-learn", "torch")


def fingerprint(book: Path) -> str:
    """A short digest of the helpers in ``book`` and of the libraries' versions."""
    digest = hashlib.sha256()
    _add_files(digest, [path for glob in _HELPERS for path in book.glob(glob)])
    for name in _LIBRARIES:
        digest.update(f"{name}=={version(name)}\n".encode())
    return digest.hexdigest()[:16]


def fingerprint_of(*folders: Path) -> str:
    """A short digest of all files in ``folders``, but for what Python compiled."""
    digest = hashlib.sha256()
    for folder in folders:
        found = [path for path in folder.rglob("*") if path.is_file()]
        _add_files(digest, [path for path in found if path.suffix != ".pyc"])
    return digest.hexdigest()[:16]


def _add_files(digest: hashlib._Hash, paths: list[Path]) -> None:
    for path in sorted(paths):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())


def choose_cache(app: Sphinx, config: Config) -> None:
    """Point the execution cache at the folder of the present fingerprint."""
    book = Path(app.srcdir) / "book"
    config.book_fingerprint = fingerprint(book)
    config.book_extensions = fingerprint_of(book / "_ext")
    config.book_static = fingerprint_of(book / "_static", book / "_templates")
    cache = Path(app.outdir).parent / ".jupyter_cache" / config.book_fingerprint
    config.nb_execution_cache_path = str(cache)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_config_value("book_fingerprint", "", "env", types=[str])
    app.add_config_value("book_extensions", "", "env", types=[str])
    app.add_config_value("book_static", "", "html", types=[str])
    app.connect("config-inited", choose_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
