"""One submission in its sandbox: its cells run, its functions answer calls.

A kernel that is lost (its time was up, it died, it grew too large, it flooded) is
replaced by a new one, in which the cells that ended well are run again; the cell
that brought the trouble is not. So one bad cell never costs the rest.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from autograder.calling import Reply
from autograder.judge.kernel import Kernel, KernelTrouble
from autograder.judge.outputs import Outputs, error_output
from autograder.judge.remote import read_reply, request
from autograder.mishaps import Mishap
from autograder.sandbox.limits import Limits

Output = dict[str, Any]

REASONS = {
    "timeout": "it ran for longer than {limit:g} s",
    "died": "it ended the Python process",
    "memory": "it used more memory than the {memory} MiB allowed",
    "output": "it printed far more than anyone can read",
    "strays": "it left processes running",
}


START_ATTEMPTS = 3


class SandboxDownError(RuntimeError):
    """The sandbox does not start, or is lost: nothing can be said of the submission."""


class Session:
    """Runs one submission's cells and calls its functions, one kernel after another.

    ``make_kernel`` starts a kernel; it is called again whenever one is lost.
    """

    def __init__(self, limits: Limits, make_kernel: Callable[[], Kernel]) -> None:
        self.limits = limits
        self.make_kernel = make_kernel
        self.deadline = time.monotonic() + limits.submission_seconds
        self.kernel: Kernel | None = None
        self.done: list[str] = []  # cells to run again in a new kernel
        self.trouble = ""  # the last thing that went wrong, in words
        self.missing: dict[str, str] = {}  # why a function may not be defined
        self.forget = True

    @property
    def time_is_up(self) -> bool:
        """The submission has used all its time."""
        return time.monotonic() >= self.deadline

    def run_cell(self, source: str) -> list[Output]:
        """Run a cell of the student's; return its outputs, an error among them."""
        if self.time_is_up:
            return [error_output("TimeLimit", self._time_is_up())]
        outputs = Outputs(self.limits.output)
        try:
            kernel = self._alive()
            kernel.execute(source, self._within(self.limits.cell_seconds), outputs.take)
            if kernel.strays():
                raise KernelTrouble("strays", "processes are left")
        except KernelTrouble as trouble:
            why = self._lost(trouble, self.limits.cell_seconds)
            self._remember(source, f"a cell was ended because {why}")
            outputs.add(error_output("Stopped", f"This cell was ended: {why}."))
        else:
            self.done.append(source)
            if outputs.error:
                self._remember(source, f"a cell stopped with {outputs.error}")
        return outputs.outputs

    def call(
        self,
        name: str,
        arguments: tuple[Any, ...],
        opaque: tuple[int, ...],
        want_arguments: bool,
        lazy: bool,
    ) -> Reply:
        """Call the student's function ``name``; raises :class:`Mishap`."""
        if self.time_is_up:
            raise Mishap("timeout", f"was not called: {self._time_is_up()}", fatal=True)
        data, buffers = request(
            name, arguments, opaque, want_arguments, lazy, self.forget
        )
        seconds = self.limits.call_seconds
        try:
            answer = self._alive().ask(data, buffers, self._within(seconds))
            self.forget = False
        except KernelTrouble as trouble:
            why = self._lost(trouble, seconds)
            raise Mishap(trouble.kind, f"did not return: {why}", fatal=True) from None
        return read_reply(answer, self.missing.get(name, self.trouble))

    def _remember(self, source: str, trouble: str) -> None:
        """Keep what went wrong, above all for the functions that the cell defines."""
        self.trouble = trouble
        for name in re.findall(r"(?m)^def (\w+)", source):
            self.missing[name] = trouble

    def close(self) -> None:
        """End the submission's kernel with everything that it started."""
        if self.kernel is not None:
            self.kernel.close()
            self.kernel = None

    def _alive(self) -> Kernel:
        """A kernel in which the cells that ended well have run."""
        if self.kernel is None:
            self.kernel = self._started()
            for source in list(self.done):
                self.done.remove(source)  # it comes back if it ends well once more
                self.kernel.execute(source, self._within(self.limits.cell_seconds))
                self.done.append(source)
        return self.kernel

    def _started(self) -> Kernel:
        """A new kernel; one that does not start on a busy machine is tried again."""
        for attempt in range(START_ATTEMPTS):
            kernel = self.make_kernel()
            try:
                kernel.ready()
            except KernelTrouble as trouble:
                kernel.close()
                if attempt == START_ATTEMPTS - 1:
                    raise SandboxDownError(
                        f"the sandbox did not start ({trouble}); "
                        "`autograder doctor` says what this machine lacks"
                    ) from None
            else:
                return kernel
        raise AssertionError("unreachable")

    def _within(self, seconds: float) -> float:
        return min(time.monotonic() + seconds, self.deadline)

    def _lost(self, trouble: KernelTrouble, limit: float) -> str:
        self.close()
        if trouble.kind == "orphaned":
            raise SandboxDownError(
                f"{trouble}, from outside, and this submission's with it; "
                "run the same command again"
            )
        reason = REASONS[trouble.kind].format(
            limit=limit, memory=self.limits.memory >> 20
        )
        return self._time_is_up() if self.time_is_up else reason

    def _time_is_up(self) -> str:
        return (
            f"the {self.limits.submission_seconds:g} s that a submission may use "
            "are used up"
        )
