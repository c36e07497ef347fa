"""What a run says while it works: on a terminal a bar for each trial, else a line.

    with progress.trial("coarse-0003", "rate 0.05", epochs=2) as watch:
        fit(..., watch=watch)

`watch` takes the numbers of each epoch. On a terminal the bar's text is rewritten with
each epoch, and the last one stays. Anywhere else (a file, a pipe, a notebook's log)
nothing is rewritten: a trial gets one line, when it is over.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from tqdm import tqdm

if TYPE_CHECKING:
    from project.train import Epoch

_BAR = "{desc} |{bar:8}| {n_fmt}/{total_fmt}{postfix}"


class Progress:
    """Writes to one stream. A `quiet` one writes nothing (ranks other than 0)."""

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        self.stream = stream or sys.stdout
        self.live = not quiet and self.stream.isatty()
        self.quiet = quiet

    def say(self, text: str) -> None:
        """Write a line, above the bar if there is one."""
        if not self.quiet:
            tqdm.write(text, file=self.stream)
            self.stream.flush()

    @contextmanager
    def trial(
        self, name: str, setting: str, epochs: int
    ) -> Iterator[Callable[[Epoch], None]]:
        """Show a trial while it runs; what is yielded is called after each epoch."""
        bar = self._bar(name, epochs)
        began = time.perf_counter()
        last: list[str] = []

        def watch(epoch: Epoch) -> None:
            last[:] = [summary(epoch)]
            # the settings at the end, where a narrow terminal cuts the line off
            bar.set_postfix_str(f"{last[0]}, {setting}", refresh=False)
            bar.update(epoch.epoch - bar.n)  # more than 1 after a resumed epoch

        try:
            yield watch
        finally:
            bar.close()
            if not self.live:
                seconds = time.perf_counter() - began
                text = last[0] if last else "no epoch finished"
                self.say(f"  {name}  {setting}  {text}, {seconds:.1f} s")

    def over(self, what: str, total: int) -> tqdm:
        """A bar over anything else, to be updated and closed by the caller."""
        return self._bar(what, total)

    def _bar(self, name: str, total: int) -> tqdm:
        return tqdm(
            total=total,
            desc=f"  {name}",
            file=self.stream,
            disable=not self.live,
            bar_format=_BAR,
            # 80 where the terminal does not know
            ncols=shutil.get_terminal_size().columns or 80,
            mininterval=0,  # each epoch is shown, however short
        )


def summary(epoch: Epoch) -> str:
    """One epoch in a line: loss and accuracy, training → validation, and the monitors.

    The gradient norm is ‖g‖; the update ratio, ‖Δw‖ / ‖w‖ for one step, is Δw/w.
    """
    return (
        f"loss {epoch.train_loss:.3f} → {epoch.validation_loss:.3f}, "
        f"accuracy {epoch.train_accuracy:.1%} → {epoch.validation_accuracy:.1%}, "
        f"‖g‖ {epoch.gradient_norm:.2g}, Δw/w {epoch.update_ratio:.1e}"
    )
