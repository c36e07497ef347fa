"""The grader of *Tuned*, an open course on the craft of training neural networks.

>>> from autograder import examine
>>> examine("receptive_field", {"receptive_field": lambda layers: 1}).passed
False
"""

from autograder.examining import catalog, check, examine
from autograder.project.checking import check_run
from autograder.verdict import CheckFailed, Verdict

__all__ = ["CheckFailed", "Verdict", "catalog", "check", "check_run", "examine"]
__version__ = "0.1.0"
