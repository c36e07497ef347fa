"""What holds for all tests."""

from __future__ import annotations

import os

import pytest

from autograder.sandbox.bubblewrap import why_unavailable


def pytest_configure() -> None:
    """Refuse to run without the sandbox where nobody would notice the skips."""
    if os.environ.get("CI") and why_unavailable():
        raise pytest.UsageError(f"no sandbox on this machine: {why_unavailable()}")
