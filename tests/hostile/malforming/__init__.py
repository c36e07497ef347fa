"""What attackers do to the files that they hand in.

Each function gets the folder in which an attacker's notebook lies already, and the
classroom, where it may look for something to link to.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.hostile.malforming import cells, files, forms

if TYPE_CHECKING:
    from tests.hostile.classroom import Classroom

    Malforming = Callable[[Path, Classroom], None]

MALFORMINGS: dict[str, Malforming] = {
    name: function
    for module in (cells, files, forms)
    for name, function in vars(module).items()
    if getattr(function, "__module__", "") == module.__name__
}
