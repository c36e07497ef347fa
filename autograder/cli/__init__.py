"""The command line: ``autograder release | check | grade | doctor``."""

from autograder.cli.main import main

__all__ = ["main"]
