"""A peer's published script, run beside ours: on the same data, one run after ours.

A script that has a function `main(run, model)` and a class `CifarNet`, such as
KellerJordan/cifar10-airbench's airbench94_muon.py, is imported in a process of its own
and trains once whenever it is asked to (`peer_driver.py`); its warm-up comes first and
is not counted. Between two runs that process waits. Any other script is run as a whole,
until it has printed enough results.

Each result is a line of its output that `PATTERN`, or another one, finds.
"""

from __future__ import annotations

import ast
import hashlib
import math
import os
import re
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from benchmarks.peer_driver import END

if TYPE_CHECKING:
    from project.data import Dataset

DRIVER = Path(__file__).with_name("peer_driver.py")
# The last row of a run's table in cifar10-airbench: of the columns run, epoch,
# train_acc, val_acc, tta_val_acc and time_seconds the last two count.
PATTERN = (
    r"\|\s*eval\s*\|[^|]*\|[^|]*"
    r"\|\s*(?P<accuracy>[\d.]+)\s*\|\s*(?P<seconds>[\d.]+)\s*\|"
)
TAIL = 12  # lines of its output that are shown when it fails


class PeerError(RuntimeError):
    """The peer's script did not do what it should; says what it printed."""


@dataclass(frozen=True)
class Result:
    """What one run came to: the share of right answers, and seconds."""

    accuracy: float
    seconds: float


def found(line: str, pattern: str) -> Result | None:
    """Read a result from a line of output, if there is one.

    Raises PeerError if the numbers cannot be an accuracy and a time.

    >>> found("|    |   eval  |  0.9820  |  0.9350  |  0.9402  |  2.5900  |", PATTERN)
    Result(accuracy=0.9402, seconds=2.59)
    >>> found("|  3 |      7  |  0.9820  |  0.9350  |          |  2.4100  |", PATTERN)
    """
    match = re.search(pattern, line)
    if match is None:
        return None
    try:
        result = Result(float(match["accuracy"]), float(match["seconds"]))
    except ValueError as error:
        raise PeerError(f"no numbers: {line.strip()}") from error
    if not (0 <= result.accuracy <= 1 and 0 < result.seconds < math.inf):
        raise PeerError(f"no share of 1 and no time in seconds: {line.strip()}")
    return result


def is_called(source: str) -> bool:
    r"""Tell whether a script can be imported and called, without running it.

    >>> is_called("class CifarNet: ...\ndef main(run, model): ...")
    True
    >>> is_called("def main(run): ...")
    False
    """
    functions, classes = {}, set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            functions[node.name] = [argument.arg for argument in node.args.args]
        elif isinstance(node, ast.ClassDef):
            classes.add(node.name)
    return functions.get("main") == ["run", "model"] and "CifarNet" in classes


def hand_over(folder: Path, train: Dataset, test: Dataset) -> None:
    """Write the data as cifar10-airbench keeps them, so that it downloads nothing.

    In `folder/cifar10/train.pt` and `test.pt`, by torch.save: images (N, H, W, C)
    uint8, labels (N,) int64, classes. Our own data are never read from such files.
    """
    (folder / "cifar10").mkdir()
    for name, part in (("train", train), ("test", test)):
        content = {
            "images": part.images.permute(0, 2, 3, 1).contiguous(),
            "labels": part.labels,
            "classes": list(part.classes),
        }
        torch.save(content, folder / "cifar10" / f"{name}.pt")


class Script:
    """A peer's script that trains in `folder`, where its data are.

    arguments: for the script.
    python: the interpreter, which must have what the script imports.
    pattern: finds a result, with groups named accuracy and seconds.
    timeout: seconds after which a call is given up.

    Raises PeerError if the script cannot be read.
    """

    def __init__(
        self,
        path: Path,
        folder: Path,
        *,
        arguments: Sequence[str] = (),
        python: str = sys.executable,
        pattern: str = PATTERN,
        timeout: float = 1800,
    ) -> None:
        try:
            source = path.read_text(encoding="utf-8")
            self.called = is_called(source)
        except (OSError, ValueError, SyntaxError) as error:
            raise PeerError(f"{path} is no Python script: {error}") from error
        self.name, self.fingerprint = path.name, _sha256(source)
        self.folder, self.pattern, self.timeout = folder, pattern, timeout
        script = [str(path.absolute()), *arguments]
        self.command = [python, *([str(DRIVER)] if self.called else []), *script]
        self.process: subprocess.Popen[str] | None = None
        self.tail: deque[str] = deque(maxlen=TAIL)

    def results(self, wanted: int) -> list[Result]:
        """Train: once, if the script can be called; else until there are enough.

        Raises PeerError if there is no result.
        """
        if not self.called:
            return self._whole(wanted)
        if self.process is None:
            self.process = self._start()
            self._ask("warmup")
        return [self._ask("1")]

    def close(self) -> None:
        """End the script's process, if it is there, and all that it started."""
        process, self.process = self.process, None
        if process is not None:
            _end(process)

    def _start(self) -> subprocess.Popen[str]:
        self.tail.clear()
        try:
            return subprocess.Popen(
                self.command,
                cwd=self.folder,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.PIPE if self.called else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise PeerError(f"{self.command[0]}: {error.strerror}") from error

    def _ask(self, run: str) -> Result:
        """Let the waiting process train once."""
        process, result = self.process, None
        assert process is not None
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # its output will say why it has ended
            process.stdin.write(f"{run}\n")
            process.stdin.flush()
        with self._limited(process):
            for line in self._lines(process):
                if line == END:
                    if result is None:
                        raise self._trouble("no line of a run's output is a result")
                    return result
                result = found(line, self.pattern) or result
        raise self._trouble(f"it ended with exit status {process.wait()}")

    def _whole(self, wanted: int) -> list[Result]:
        """Run the script until it ends, or has printed as many results as wanted."""
        process, results = self._start(), []
        with self._limited(process):
            for line in self._lines(process):
                result = found(line, self.pattern)
                results += [] if result is None else [result]
                if len(results) == wanted:
                    return results
            status = process.wait()
        if status:
            raise self._trouble(f"it ended with exit status {status}")
        if not results:
            raise self._trouble("no line of its output is a result")
        return results

    @contextmanager
    def _limited(self, process: subprocess.Popen[str]) -> Iterator[None]:
        """Kill the process after the time, or if something is wrong, or it is done."""
        late = threading.Event()

        def give_up() -> None:
            late.set()
            _kill(process)

        timer = threading.Timer(self.timeout, give_up)
        timer.start()
        try:
            yield
        except BaseException:
            self.close()
            raise
        finally:
            timer.cancel()
            if not self.called:
                _end(process)
        if late.is_set():
            raise self._trouble(f"it took longer than {self.timeout:g} s")

    def _lines(self, process: subprocess.Popen[str]) -> Iterator[str]:
        assert process.stdout is not None
        for line in process.stdout:
            self.tail.append(line.rstrip())
            yield line.rstrip("\n")

    def _trouble(self, what: str) -> PeerError:
        said = "\n".join(f"    {line}" for line in self.tail) or "    (nothing)"
        return PeerError(f"{what}; the last lines of its output:\n{said}")


def _kill(process: subprocess.Popen[str]) -> None:
    """Kill a process and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _end(process: subprocess.Popen[str]) -> None:
    """Kill a process, wait for it, and close what led to it."""
    _kill(process)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()


def _sha256(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()
