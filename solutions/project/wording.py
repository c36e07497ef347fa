"""Numbers and records in words, as the report writes them."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .figures import Record, number
from .ledger import Ledger


def data_name(ledger: Ledger) -> str:
    """The name of the data that the run is about."""
    trials = ledger.trials()
    return trials[0]["data"]["name"] if trials else "a data set"


def short(value: float) -> str:
    """A loss with three decimals; one that is not finite is said to be none."""
    return f"{value:.3f}" if math.isfinite(value) else "no number"


def percent(part: float, whole: float) -> str:
    """One number in percent of another."""
    ratio = part / whole if whole else math.nan
    return f"{100 * ratio:.0f} %" if math.isfinite(ratio) else "no number"


def amount(value: float) -> str:
    """A rate or a decay with two digits: 0.062, 2.4e-5."""
    return f"{value:.2g}".replace("e-0", "e-")


def accuracy(trial: Record) -> str:
    """A trial's validation accuracy after its last epoch."""
    if not trial["epochs"]:
        return "no number"
    return share(number(trial["epochs"][-1]["validation_accuracy"]))


def share(value: float) -> str:
    """A share in percent, with two decimals."""
    return f"{100 * value:.2f} %" if math.isfinite(value) else "no number"


def spread(found: Record, n: int) -> str:
    """Mean ± standard deviation, in percent; a single value has no deviation."""
    if n < 2 or found.get("sd") is None:
        return f"{share(found['mean'])} (n = {n})"
    return f"{100 * found['mean']:.2f} ± {100 * found['sd']:.2f}\u00a0% (n = {n})"


def rates(config: Record) -> str:
    """The two settings that the search is about."""
    return f"rate {amount(config['rate'])}, decay {amount(config['weight_decay'])}"


def config(trial: Record) -> str:
    """The two settings of a trial."""
    return rates(trial["settings"]["train"])


def space(space: dict) -> str:
    """The ranges of a space."""
    return ", ".join(
        f"{name.replace('_', ' ')} {amount(low)} to {amount(high)}"
        for name, (_, low, high) in space.items()
    )


def counted(words: Iterable[str]) -> str:
    """How often each word occurs, the most frequent first."""
    listed = list(words)
    return ", ".join(
        f"{listed.count(word)} {word.replace('_', ' ')}"
        for word in sorted(set(listed), key=lambda word: (-listed.count(word), word))
    )


def duration(seconds: float) -> str:
    """A time in the units that suit it."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def moment(text: str) -> str:
    """2026-01-31T12:00:00.000Z as people write it."""
    return f"on {text[:10]} at {text[11:16]} UTC"
