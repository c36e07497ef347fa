"""What is run first in a sandboxed kernel: it installs the agent, then forgets it.

The sandbox cannot import this package. In its place stands an empty module
``autograder`` whose ``check`` and ``check_run`` do nothing, so that a notebook which
imports them runs: the checking is done outside, by the judge.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_LOADER = """
def _load(sources, address):
    import sys
    import types

    def module(name, text=""):
        made = sys.modules[name] = types.ModuleType(name)
        made.__path__ = []
        exec(compile(text, "<tuned>", "exec"), made.__dict__)
        return made

    package = module("autograder")
    package.check = lambda *functions, seed=None: None
    package.check_run = lambda folder="run": None
    package.CheckFailed = type("CheckFailed", (AssertionError,), {})
    module("autograder.judge")
    for name, text in sources.items():
        made = module(name, text)
    made.install(get_ipython(), address)
    for name in ("autograder.judge", *sources):
        del sys.modules[name]
"""


def bootstrap(address: str) -> str:
    """The code to execute in a new kernel before anything of the student's.

    The agent will listen at ``address``.
    """
    return f"{_LOADER}\n_load({_sources()!r}, {address!r})\ndel _load\n"


@cache
def _sources() -> dict[str, str]:
    here = Path(__file__).parent
    return {
        f"autograder.judge.{name}": (here / f"{name}.py").read_text(encoding="utf-8")
        for name in ("wire", "agent")
    }
