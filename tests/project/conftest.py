"""What all tests of the final project share: the package, small settings, small data.

`solutions/` goes in front of the path, so `import project` is the solution's package.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "solutions"))

import pytest  # noqa: E402
import torch  # noqa: E402
from project import data  # noqa: E402
from project.config import Settings, override  # noqa: E402


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path_factory) -> Iterator[None]:
    """One thread, and a cache of its own: no test sees or leaves a download."""
    cache = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The smallest settings that still learn something of the digits."""
    return override(
        Settings(),
        [
            "device=cpu",
            "model.width=4",
            "train.epochs=2",
            "train.batch_size=64",
            "train.rate=0.1",
            "recipe.sample=20",
            "recipe.sample_epochs=60",
            "recipe.range_rates=0.01,0.1,1",
            "recipe.range_iterations=20",
            "recipe.coarse_trials=3",
            "recipe.coarse_epochs=1",
            "recipe.refined_trials=2",
            "recipe.refined_epochs=2",
            "recipe.keep=2",
            "recipe.max_extensions=1",
            "recipe.final_epochs=2",
        ],
    )


@pytest.fixture(scope="session")
def fold() -> data.Fold:
    """The digits, split: 1150 images of 1x8x8 to train on, 288 to choose by."""
    return data.fold(data.load("digits", "train"), share=0.2, seed=0)
