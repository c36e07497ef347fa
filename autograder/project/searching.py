"""Steps 4 and 5: the evidence of the two searches."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from autograder.project import laws
from autograder.project.decisions import Search
from autograder.project.evidence import missing, part
from autograder.project.ledger import Run
from autograder.project.rates import CONSTANT
from autograder.project.records import Range, Space, Trial
from autograder.verdict import Part

EDGE = 0.05  # share of a range's length, in logarithms
COARSE_TRIALS, REFINED_TRIALS, REFINED_EPOCHS = 6, 4, 10
NAMES = ("rate", "weight_decay")


def coarse(run: Run) -> Iterable[Part]:
    """Step 4: rate and decay at random, over decades, for a few epochs."""
    rounds = run.searches("coarse")
    if not rounds:
        return [missing("coarse")]
    trials = _trials(run, rounds)
    epochs = {trial.settings.epochs for trial in trials}
    first = rounds[0].space
    wide = all(
        name in first and math.log10(first[name].high / first[name].low) >= 1
        for name in NAMES
    )
    return [
        part(
            "rate and decay together, each over a decade or more",
            wide,
            _shown(first),
            weight=2,
        ),
        part(
            f"{COARSE_TRIALS} trials or more in each round, of 1 to 5 epochs",
            all(len(one.trials) >= COARSE_TRIALS for one in rounds)
            and epochs <= {1, 2, 3, 4, 5},
            f"{' + '.join(str(len(one.trials)) for one in rounds)} trials; epochs: "
            f"{_listed(epochs)}",
        ),
        uniform(trials, run.settings.sampler),
        _best(run, rounds),
        edges(run, rounds),
    ]


def refine(run: Run) -> Iterable[Part]:
    """Step 5: closer in, for longer, at a constant rate."""
    rounds, before = run.searches("refine"), run.searches("coarse")
    if not rounds:
        return [missing("refine")]
    trials = _trials(run, rounds)
    epochs = {trial.settings.epochs for trial in trials}
    changing = [trial.id for trial in trials if not constant(trial)]
    winner = run.by_id.get(before[-1].best) if before else None
    space = rounds[0].space
    around = winner is not None and all(
        range_.holds(winner.settings.value(name)) for name, range_ in space.items()
    )
    inside = bool(before) and _within(space, before[-1].next_space)
    return [
        part(
            "the space lies around the coarse winner, inside what was decided there",
            around and inside,
            _shown(space),
            weight=2,
        ),
        part(
            f"{REFINED_TRIALS} trials or more, of {REFINED_EPOCHS} epochs or more",
            len(trials) >= REFINED_TRIALS and min(epochs, default=0) >= REFINED_EPOCHS,
            f"{len(trials)} trials; epochs: {_listed(epochs)}",
        ),
        part(
            "the rate is constant, but for a warm-up",
            not changing,
            f"it changes in {', '.join(changing[:4])}" if changing else "in all trials",
            weight=2,
        ),
        _best(run, rounds),
    ]


def constant(trial: Trial) -> bool:
    """Whether the rate stays what it was set to, once the warm-up is over."""
    warm = math.ceil(trial.settings.warmup * trial.settings.epochs)
    rates = [epoch.rate for epoch in trial.epochs[warm:] if math.isfinite(epoch.rate)]
    return trial.settings.schedule in CONSTANT and all(
        math.isclose(rate, trial.rate_used, rel_tol=1e-4) for rate in rates
    )


def uniform(trials: Sequence[Trial], sampler: str) -> Part:
    """Are the settings drawn uniformly in the logarithm?

    Asked with a false alarm of 1e-9 in all (:mod:`laws`): of a random search for its
    law, of a grid for even ratios. TPE chooses where to look, so that nothing can be
    asked of it.
    """
    title = "drawn uniformly in the logarithm"
    draws = [
        (name, trial.settings.value(name), trial.space[name])
        for trial in trials
        if trial.space is not None
        for name in NAMES
        if name in trial.space
    ]
    if not draws:
        return part(title, False, "no trial says from which space it was drawn")
    if any(space.scale != "log" for _, _, space in draws):
        return part(title, False, "a space has a linear scale")
    if any(value <= 0 for _, value, _ in draws):
        return part(title, False, "a value is 0, which no logarithm reaches")
    if sampler == "tpe":
        return part(title, True, "TPE draws where it expects the best: not asked")
    if sampler == "grid":
        return part(title, _even(draws), "a grid: even ratios between its values")
    places = [
        min(max(space.place(value), 0.0), 1.0)
        for _, value, space in draws
        if space.high > space.low
    ]
    if not places:
        return part(title, True, "the ranges are single points")
    linear = laws.evidence_of_linear([(value, space) for _, value, space in draws])
    # Rate and decay are drawn independently: each trial gives two places.
    far, allowed = laws.farthest(places), laws.band(len(places))
    power = (
        "too few to be sure of seeing any defect"
        if allowed > 0.5
        else f"a law off by {2 * allowed:.2f} is sure to be seen"
    )
    said = (
        f"{len(places)} draws; farthest from their law {far:.2f}, allowed "
        f"{allowed:.2f}; a linear law is {_power(linear)} times as likely, allowed "
        f"{_power(laws.LINEAR)} (false alarm 1e-9 in all; {power})"
    )
    return part(title, far <= allowed and linear <= laws.LINEAR, said)


def _power(logarithm: float) -> str:
    """The number with this natural logarithm, as a power of ten."""
    return f"10^{logarithm / math.log(10):.1f}"


def _even(draws: Sequence[tuple[str, float, Range]]) -> bool:
    """Whether the values of each range stand at places of one even division."""
    groups: dict[tuple[str, Range], set[float]] = {}
    for name, value, space in draws:
        groups.setdefault((name, space), set()).add(round(space.place(value), 6))
    return all(_divides(sorted(places)) for places in groups.values())


def _divides(places: Sequence[float]) -> bool:
    gaps = [b - a for a, b in pairwise(places)]
    if not gaps:
        return True
    # A row may be left out of a grid, which leaves a gap of twice the size.
    return all(abs(gap / min(gaps) - round(gap / min(gaps))) < 0.02 for gap in gaps)


def edges(run: Run, rounds: Sequence[Search]) -> Part:
    """Is the best off the edge of the range, or the range extended?"""
    title = "the best lies off the edge of the range, or the range was extended"
    for place, one in enumerate(rounds):
        best = run.by_id.get(one.best)
        if best is None:
            return part(title, False, f"{one.best} is not in the ledger")
        # Rounding decides for those that lie just on the line.
        surely = _near(one, best, EDGE - 1e-9)
        if surely and not one.extended:
            return part(title, False, f"{one.best} lies on an edge of {surely[0]}")
        if one.extended and not _near(one, best, EDGE + 1e-9):
            said = f"extended in line {one.line}, though {one.best} lies off the edges"
            return part(title, False, said)
        if one.extended and not _reaches_out(one, surely, best):
            return part(title, False, f"line {one.line} extends another end")
        if not one.extended and not _within(one.next_space, one.space):
            return part(title, False, f"line {one.line} leaves the range searched")
        following = rounds[place + 1 : place + 2]
        if one.extended and not following and place < run.settings.max_extensions:
            return part(title, False, "extended, but not searched there")
        if following and not one.extended:
            return part(title, False, f"searched again without need, line {one.line}")
    often = len(rounds) - 1
    said = f"{often} extended rounds" if often else "no extended round"
    if rounds[-1].extended:
        said += ", as often as max_extensions allows; the best is still on an edge"
    return part(title, True, said)


def _near(one: Search, best: Trial, edge: float) -> list[str]:
    """The settings for which the best lies near an end of their range."""
    places = {
        name: range_.place(max(best.settings.value(name), 1e-300))
        for name, range_ in one.space.items()
    }
    return [
        name
        for name, range_ in one.space.items()
        if range_.low == range_.high or not edge < places[name] < 1 - edge
    ]


def _reaches_out(one: Search, near: Sequence[str], best: Trial) -> bool:
    """Whether every end that the best lies near is moved out, by a decade."""
    for name in near:
        old, new = one.space[name], one.next_space.get(name)
        if new is None:
            return False
        place = old.place(best.settings.value(name))
        low = place <= EDGE or old.low == old.high
        if low and new.low > old.low / 10 * (1 + 1e-6):
            return False
        if not low and new.high < old.high * 10 * (1 - 1e-6):
            return False
    return True


def _best(run: Run, rounds: Sequence[Search]) -> Part:
    """Is the best chosen by the validation loss after the last epoch?"""
    title = "the best is the lowest validation loss after the last epoch"
    for one in rounds:
        trials = [run.by_id[name] for name in one.trials if name in run.by_id]
        sound = [trial for trial in trials if math.isfinite(trial.loss)]
        best = min(sound, key=lambda trial: trial.loss, default=None)
        if best is None:
            return part(title, False, "no trial finished")
        found = run.by_id.get(one.best)
        if found is None or found not in sound or found.loss > best.loss:
            said = f"line {one.line} names {one.best}; {best.id} has {best.loss:.4g}"
            return part(title, False, said)
    last = run.by_id[rounds[-1].best]
    return part(title, True, f"{last.id}: validation loss {last.loss:.4g}")


def _trials(run: Run, rounds: Sequence[Search]) -> list[Trial]:
    names = dict.fromkeys(name for one in rounds for name in one.trials)
    return [run.by_id[name] for name in names if name in run.by_id]


def _within(inner: Space, outer: Space) -> bool:
    return inner.keys() == outer.keys() and all(
        outer[name].holds(range_.low) and outer[name].holds(range_.high)
        for name, range_ in inner.items()
    )


def _shown(space: Space) -> str:
    return ", ".join(
        f"{name} {range_.low:.3g} to {range_.high:.3g}"
        for name, range_ in sorted(space.items())
    )


def _listed(epochs: set[int]) -> str:
    return ", ".join(map(str, sorted(epochs)[:5]))
