"""The command line: ``autograder release | check | grade | bundle | doctor``."""

from autograder.cli.main import main

__all__ = ["main"]
