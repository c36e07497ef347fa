"""The run's ledger: one JSON object a line, appended and never changed.

Each line is a *trial* (one training run, with its settings, its metrics per epoch
and its outcome) or a *decision* (what a step of the recipe concluded, and from what).
Any number of processes may append at the same time, and each may be killed at any
moment: a line is written at once, under a lock, and made durable. Of a machine that
lost its power at most a torn last line remains, and that is cut off.

>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as folder:
...     ledger = Ledger(Path(folder) / "ledger.jsonl")
...     ledger.append({"record": "decision", "step": "rate", "start": 0.1})
...     ledger.decision("rate")["start"]
0.1
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .files import locked, sync_folder

Record = dict[str, Any]
KEYS = {"trial": ("step", "id"), "decision": ("step",)}  # a record is found by these


class LedgerError(RuntimeError):
    """The ledger cannot be read or written, or a record does not belong in it."""


class Ledger:
    """The ledger of a run, open for reading and appending.

    Opening makes it if it is not there and cuts off a torn last line; LedgerError
    if that cannot be done, and if a whole line is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._records: list[Record] = []
        self._read = 0  # bytes, always to the end of a line
        with self._alone():
            self._catch_up()
        sync_folder(path.parent)

    def append(self, record: Any) -> None:
        """Append a record, a mapping or a dataclass; on return it is on the disk.

        Numbers that are not finite become null. Raises LedgerError if a trial of
        that id is there already, and if the disk does not take the line.
        """
        values = cleaned(record)
        kind = _kind(values, "the record")
        line = json.dumps(values, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        with self._alone() as descriptor:
            self._catch_up()
            if kind == "trial" and self._trial(values["id"]) is not None:
                raise LedgerError(f"trial {values['id']} is in {self.path} already")
            if os.write(descriptor, line) < len(line):
                os.ftruncate(descriptor, self._read)
                raise LedgerError(f"{self.path}: the disk has no room for a line")
            os.fsync(descriptor)
            self._catch_up()

    def records(self) -> list[Record]:
        """Return all records, oldest first, those of other processes too."""
        self._catch_up()
        return list(self._records)

    def trials(self, step: str | None = None) -> list[Record]:
        """Return the trials of a step, or of all, oldest first."""
        return self._of("trial", step)

    def trial(self, name: str) -> Record | None:
        """Return the trial of that id, or None."""
        self._catch_up()
        return self._trial(name)

    def decisions(self, step: str | None = None) -> list[Record]:
        """Return the decisions of a step, or of all, oldest first."""
        return self._of("decision", step)

    def decision(self, step: str) -> Record | None:
        """Return the latest decision of a step, or None."""
        decisions = self.decisions(step)
        return decisions[-1] if decisions else None

    def _of(self, kind: str, step: str | None) -> list[Record]:
        return [
            record
            for record in self.records()
            if record["record"] == kind and step in (None, record["step"])
        ]

    def _trial(self, name: str) -> Record | None:
        for record in self._records:
            if record["record"] == "trial" and record["id"] == name:
                return record
        return None

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """Open the file under its lock, a torn last line cut off."""
        try:
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
            descriptor = os.open(self.path, flags, 0o666)
            try:
                with locked(descriptor):
                    _cut_torn_line(descriptor)
                    yield descriptor
            finally:
                os.close(descriptor)
        except OSError as error:
            raise LedgerError(f"{self.path}: {error.strerror}") from error

    def _catch_up(self) -> None:
        """Read the lines that were added since the last time."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._read)
                *lines, _torn = file.read().split(b"\n")
        except OSError as error:
            raise LedgerError(f"{self.path}: {error.strerror}") from error
        for line in lines:
            place = f"{self.path}, line {len(self._records) + 1}"
            self._records.append(_parsed(line, place))
            self._read += len(line) + 1


def now() -> str:
    """Return the time as the ledger writes it: UTC, to the millisecond.

    >>> len(now()), now()[-1]
    (24, 'Z')
    """
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    return moment.removesuffix("+00:00") + "Z"


def cleaned(value: Any) -> Any:
    """Return the value as JSON has it: not-finite numbers null, tuples lists.

    >>> cleaned({"loss": float("nan"), "space": ("log", 1e-3, 1.0)})
    {'loss': None, 'space': ['log', 0.001, 1.0]}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return cleaned(asdict(value))
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError(f"keys of a record must be texts, not {list(value)}")
        return {key: cleaned(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [cleaned(entry) for entry in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int)):
        return value
    raise TypeError(f"a record cannot hold {value!r}, a {type(value).__name__}")


def _parsed(line: bytes, place: str) -> Record:
    """Return the record of a line; LedgerError, with the place, if it is none."""
    try:
        record = json.loads(line, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise LedgerError(f"{place} is damaged: {error}") from error
    _kind(record, place)
    return record


def _refused(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _kind(record: Any, place: str) -> str:
    """Return the kind of a record that has the keys by which it is found."""
    for kind, keys in KEYS.items():
        of_kind = isinstance(record, dict) and record.get("record") == kind
        if of_kind and all(isinstance(record.get(key), str) for key in keys):
            return kind
    raise LedgerError(f"{place} is neither a trial with its id nor a decision")


def _cut_torn_line(descriptor: int) -> None:
    """Cut off what stands after the last newline."""
    end = os.fstat(descriptor).st_size
    kept = end
    while kept:
        start = max(0, kept - 4096)
        os.lseek(descriptor, start, os.SEEK_SET)
        newline = os.read(descriptor, kept - start).rfind(b"\n")
        if newline >= 0:
            kept = start + newline + 1
            break
        kept = start
    if kept < end:
        os.ftruncate(descriptor, kept)
        os.fsync(descriptor)
