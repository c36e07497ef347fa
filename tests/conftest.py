"""What holds for all tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from autograder.sandbox.bubblewrap import why_unavailable

# A Debian Chromium, and nothing that it does by itself.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_configure() -> None:
    """Refuse to run with something missing where nobody would notice the skips."""
    if not os.environ.get("CI"):
        return
    if why_unavailable():
        raise pytest.UsageError(f"no sandbox on this machine: {why_unavailable()}")
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        raise pytest.UsageError("no Chromium: deploy/system-packages chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker ask all of a file that prepares much, and let it start first."""
    for item in items:
        if item.path.parent.name in {"book", "examples"}:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no Chromium on this machine: deploy/system-packages chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program, args=list(_ARGUMENTS)
        )
        yield chromium
        chromium.close()
