"""Where this copy of the grader finds the book.

In the course's repository that is what ``make serve`` shows; ``autograder bundle``
writes the address of the published book here, for students who have no repository.
"""

from __future__ import annotations

BOOK = "http://localhost:8000"
