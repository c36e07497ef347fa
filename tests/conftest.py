"""What holds for all tests."""

from __future__ import annotations

import os
import shutil

import pytest

from autograder.sandbox.bubblewrap import why_unavailable


def pytest_configure() -> None:
    """Refuse to run with something missing where nobody would notice the skips."""
    if not os.environ.get("CI"):
        return
    if why_unavailable():
        raise pytest.UsageError(f"no sandbox on this machine: {why_unavailable()}")
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        raise pytest.UsageError("no Chromium: deploy/system-packages chromium")
