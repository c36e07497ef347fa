"""The command line: ``autograder release | check | grade | project | doctor | …``."""

from autograder.cli.main import main

__all__ = ["main"]
