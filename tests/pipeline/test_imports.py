"""Does the grader start without what it does not need?"""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import {module}
import nbformat

assert not any(name.startswith("rfc3987_syntax.") for name in sys.modules)
try:
    nbformat.validate({{"cells": [], "nbformat": 4, "nbformat_minor": 5}})
except nbformat.ValidationError as error:
    print("refused")
"""


@pytest.mark.parametrize(
    "module", ["autograder.cli.commands", "autograder.grading.task"]
)
def test_no_grammar_of_addresses_is_built(module: str) -> None:
    """Do command and worker leave it out, and see what is no notebook all the same?"""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(module=module)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == "refused\n", run.stderr
