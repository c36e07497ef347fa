"""Matplotlib's list of fonts, made once on this machine and lent to every sandbox.

In a fresh home Matplotlib looks through all fonts of the system, which takes longer
than everything else a submission does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# In the sandbox, and in the template that its kernels are forked from: what was read
# there must lie at the same place here.
FOLDER = "/dev/shm/matplotlib"  # noqa: S108 - private to the sandbox


@cache
def font_list() -> Path | None:
    """The file with the list of fonts, or None where Matplotlib is not installed."""
    try:
        installed = version("matplotlib")
    except PackageNotFoundError:
        return None
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "tuned" / f"matplotlib-{installed}"
    with suppress(OSError, subprocess.SubprocessError):
        return _list_in(folder) or _make_list(folder)
    return None


def _list_in(folder: Path) -> Path | None:
    return next(iter(sorted(folder.glob("fontlist-v*.json"))), None)


def _make_list(folder: Path) -> Path | None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tuned-fonts-") as home:
        # A home of its own: fonts of this user's do not exist in the sandbox.
        subprocess.run(
            [sys.executable, "-c", "import matplotlib.font_manager"],
            env=os.environ | {"HOME": home, "MPLCONFIGDIR": str(folder)},
            capture_output=True,
            check=True,
            timeout=120,
        )
    return _list_in(folder)


def mounts() -> list[str]:
    """Bubblewrap's options that put the list where Matplotlib looks for it."""
    path = font_list()
    if path is None:
        return []
    return [
        *("--perms", "1777", "--dir", FOLDER),
        *("--ro-bind", str(path), f"{FOLDER}/{path.name}"),
    ]
