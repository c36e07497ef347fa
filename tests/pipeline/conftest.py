"""What the tests of the pipeline share."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import nbgrader.api
import pytest


@pytest.fixture(scope="session", autouse=True)
def quick_gradebooks() -> Iterator[None]:
    """For each new gradebook nbgrader runs alembic to ask its version: once will do."""
    with pytest.MonkeyPatch.context() as patch:
        version = cache(nbgrader.api.get_alembic_version)
        patch.setattr(nbgrader.api, "get_alembic_version", version)
        yield
