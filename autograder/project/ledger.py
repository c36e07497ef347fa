"""A run directory, read: its settings, trials and decisions in the order written."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from autograder.project.decisions import (
    Decision,
    InitialLoss,
    Search,
    read_decision,
)
from autograder.project.reading import (
    MIB,
    Fields,
    RunError,
    decoded,
    parse_object,
    read_bytes,
)
from autograder.project.records import Settings, Trial, read_settings, read_trial

Kind = TypeVar("Kind", bound=Decision)

LEDGER = 64 * MIB
LINE = 4 * MIB
LINES = 20_000
DECISIONS = 500
CONFIG = MIB // 16


@dataclass(frozen=True)
class Run:
    """All that a run directory says about its process."""

    folder: Path
    settings: Settings
    trials: tuple[Trial, ...]
    decisions: tuple[Decision, ...]
    notes: tuple[str, ...] = ()
    by_id: dict[str, Trial] = field(default_factory=dict, compare=False)

    def of(self, step: str) -> list[Trial]:
        """The trials of a step, in the order in which they ended."""
        return [trial for trial in self.trials if trial.step == step]

    def all(self, kind: type[Kind]) -> list[Kind]:
        """The decisions of a kind, in the order in which they were taken."""
        return [one for one in self.decisions if isinstance(one, kind)]

    def last(self, kind: type[Kind]) -> Kind | None:
        """The decision of a kind that holds: the last."""
        return next(reversed(self.all(kind)), None)

    def searches(self, step: str) -> list[Search]:
        """The decisions of ``coarse`` or ``refine``, in order."""
        return [one for one in self.all(Search) if one.step == step]

    @property
    def classes(self) -> int | None:
        """The number of classes, from the first step."""
        first = self.last(InitialLoss)
        return first.classes if first else None


def read_run(folder: Path) -> Run:
    """Read ``folder``'s settings and ledger; raises :class:`RunError`."""
    if not folder.is_dir():
        raise RunError(
            f"{folder} is not a folder; give the --out of `python -m project`"
        )
    settings = _read_config(folder / "config.toml")
    content = read_bytes(folder / "ledger.jsonl", LEDGER)
    lines = content.split(b"\n")
    notes = []
    if torn := lines.pop():
        notes.append(
            f"the last line of ledger.jsonl ({len(torn)} bytes) has no end: a run that "
            "was killed leaves such a line; it is not read"
        )
    if len(lines) > LINES:
        raise RunError(f"ledger.jsonl has more than {LINES} lines")
    trials: list[Trial] = []
    decisions: list[Decision] = []
    for number, raw in enumerate(lines, 1):
        where = f"ledger.jsonl, line {number}"
        if len(raw) > LINE:
            raise RunError(f"{where} is longer than {LINE // MIB} MiB")
        fields = Fields(parse_object(decoded(raw, where), where), where)
        if fields.text("record", "trial", "decision") == "trial":
            trials.append(read_trial(fields, number))
        else:
            decisions.append(read_decision(fields, number))
    if len(decisions) > DECISIONS:
        raise RunError(f"ledger.jsonl has more than {DECISIONS} decisions")
    if not trials and not decisions:
        raise RunError("ledger.jsonl holds no record: no step was run")
    by_id = {trial.id: trial for trial in reversed(trials)}  # the first of each id
    return Run(folder, settings, tuple(trials), tuple(decisions), tuple(notes), by_id)


def _read_config(path: Path) -> Settings:
    text = decoded(read_bytes(path, CONFIG), "config.toml")
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        said = "it nests too deep" if isinstance(error, RecursionError) else str(error)
        raise RunError(f"config.toml is not TOML: {said[:200]}") from None
    return read_settings(Fields(table, "config.toml"))
