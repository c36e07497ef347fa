"""An attack, read from its source, with the outcome that it declares."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ATTACKS = Path(__file__).parent / "attacks"

# How the judge tells a student that code was ended.
ENDINGS = {
    "time": ("it ran for longer than", "are used up"),
    "memory": ("it used more memory than",),
    "died": ("it ended the Python process",),
    "output": ("it printed far more than anyone can read",),
    "strays": ("it left processes running",),
}
KEYS = "topic|earns|ends|refused|failed|says|malformed|student"


class AttackError(ValueError):
    """A source that declares no outcome, or none that can be understood."""


@dataclass(frozen=True)
class Attack:
    """One attack: where its source lies, and what must become of it."""

    path: Path
    topic: str
    earns: str
    ends: tuple[str, ...] = ()
    refused: str = ""
    failed: str = ""
    says: tuple[str, ...] = ()
    malformed: str = ""
    student: str = ""

    @property
    def name(self) -> str:
        """The attack's name, unique in the whole class."""
        return self.path.stem

    @property
    def status(self) -> str:
        """What the row must call it."""
        return "refused" if self.refused else "failed" if self.failed else "graded"

    @property
    def family(self) -> str:
        """The folder that it lies in."""
        return self.path.parent.name

    @classmethod
    def read(cls, path: Path) -> Attack:
        """The attack in ``path``; raises :class:`AttackError`."""
        story = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        given: dict[str, list[str]] = {}
        for key, value in re.findall(rf"(?m)^({KEYS}): (.+)$", story):
            given.setdefault(key, []).append(value)
        for key in ("topic", "earns"):
            if key not in given:
                raise AttackError(f"{path}: the docstring has no line `{key}: …`")
        ends = tuple(given.get("ends", [""])[0].split(" or "))
        if ends != ("",) and not set(ends) <= ENDINGS.keys():
            raise AttackError(f"{path}: `ends` knows {', '.join(ENDINGS)}")
        return cls(
            path,
            given["topic"][0],
            given["earns"][0],
            ends if ends != ("",) else (),
            given.get("refused", [""])[0],
            given.get("failed", [""])[0],
            tuple(given.get("says", [])),
            given.get("malformed", [""])[0],
            given.get("student", [""])[0],
        )

    def deserved(self, possible: Mapping[str, float]) -> dict[str, float]:
        """The points due for each function, of those ``possible``.

        >>> attack = Attack(Path("x.py"), "pooling", "all but f 2")
        >>> attack.deserved({"f": 10.0, "g": 5.0})
        {'f': 2.0, 'g': 5.0}
        >>> Attack(Path("x.py"), "pooling", "g").deserved({"f": 10.0, "g": 5.0})
        {'f': 0.0, 'g': 5.0}
        """
        full, none = dict(possible), dict.fromkeys(possible, 0.0)
        whole = self.earns == "all" or self.earns.startswith("all but ")
        due, excepted = (full, none) if whole else (none, full)
        due = dict(due)
        names = re.sub("^(all but |all$|nothing$)", "", self.earns)
        for each in filter(None, names.split(", ")):
            name, _, number = each.partition(" ")
            if name not in possible:
                raise AttackError(f"{self.path}: no check of {name!r} in {self.topic}")
            due[name] = float(number) if number else excepted[name]
        return due


def all_attacks() -> list[Attack]:
    """Every attack, family by family; raises :class:`AttackError`."""
    found = [Attack.read(path) for path in sorted(ATTACKS.glob("*/*.py"))]
    names = [attack.name for attack in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise AttackError(f"more than one attack is called {', '.join(sorted(twice))}")
    return found


def named(words: list[str]) -> Iterator[Attack]:
    """The attacks that ``words`` name, or the families; all of them without words.

    Raises :class:`AttackError` for a word that names nothing.
    """
    attacks = all_attacks()
    known = {word for each in attacks for word in (each.name, each.family)}
    unknown = sorted(set(words) - known)
    if unknown:
        families = ", ".join(sorted({each.family for each in attacks}))
        raise AttackError(
            f"no attack or family {', '.join(unknown)}; the families are {families}"
        )
    for each in attacks:
        if not words or {each.name, each.family} & set(words):
            yield each
