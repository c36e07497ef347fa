"""Steps 4 and 5: the two searches.

A search is a study of Optuna; `search.py` draws the settings and keeps the study,
`recipe.next_space` says after each round where to look next. What another process
needs to know in order to take part, see `joining.py`, is in the study: the settings,
and the fingerprint of the data.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from . import config, recipe
from .config import Settings
from .ledger import Record
from .progress import summary
from .search import run_search
from .session import Session, StepError
from .steps import decided, number
from .trial import Trial
from .vectorized import fit_many
from .worker import Config, Space, Watch


def coarse(session: Session) -> None:
    """Step 4: short trials in a wide space, wider as long as the best is on an edge."""
    settings = session.settings.recipe
    space = decided(recipe.coarse_space, session.needs("rate")["start"])
    rounds = session.ledger.decisions("coarse")
    while not session.is_done("coarse"):
        if rounds:
            space = _space(rounds[-1]["next"]["space"])
            session.say(f"  {rounds[-1]['best']} is on an edge: a round further out")
        short = session.with_train(
            epochs=settings.coarse_epochs, schedule="fixed", warmup=0.0
        )
        _round(session, "coarse", space, short, settings.coarse_trials)
        rounds = session.ledger.decisions("coarse")
    if rounds[-1]["next"]["extended"]:
        session.say(
            f"  {rounds[-1]['best']} is on an edge still; no round more, by "
            f"recipe.max_extensions = {settings.max_extensions}"
        )


def refine(session: Session) -> None:
    """Step 5: longer trials closer in, at a constant rate."""
    settings = session.settings.recipe
    last = session.needs("coarse")
    if not session.is_done("coarse"):
        raise StepError("the coarse search is not over: run `coarse` first")
    space = _space(last["next"]["space"])
    if last["next"]["extended"]:
        space = _narrowed(session, last)
    longer = session.with_train(
        epochs=settings.refined_epochs, schedule="fixed", warmup=0.0
    )
    _round(session, "refine", space, longer, settings.refined_trials)


def _narrowed(session: Session, last: Record) -> Space:
    """Narrow a space whose best trial is on an edge, as if it lay in the middle.

    Asked for a space with two decades more at each end, `next_space` does not extend.
    """
    wide = {
        name: (scale, low / 100, high * 100)
        for name, (scale, low, high) in last["space"].items()
    }
    trials = [session.ledger.trial(name) for name in last["trials"]]
    keep = session.settings.recipe.keep
    space, _ = decided(recipe.next_space, wide, _outcomes(trials), keep)
    return space


def _round(
    session: Session, step: str, space: Space, settings: Settings, count: int
) -> None:
    """Search a space, and decide where to look next."""
    first = len(session.ledger.decisions(step)) * count
    chosen, fold = settings.recipe, session.fold
    # Draws of its own for each step; the same weights and order for all trials.
    seed = settings.seed + (2**32 if step == "refine" else 0)
    at_once = _at_once(session, step)
    session.say(f"  {count} trials, {_shown(space)}")

    def objective(drawn: Config, name: str, watch: Watch) -> Trial:
        return session.train(
            with_config(settings, drawn), fold, id=name, step=step, seed=settings.seed,
            also=watch,
        )  # fmt: skip

    def together(configs: Sequence[Config], names: Sequence[str]) -> list[Trial]:
        session.say(f"  {names[0]} to {names[-1]} at once")
        trials = fit_many(
            [with_config(settings, drawn) for drawn in configs],
            fold,
            ids=names,
            step=step,
            seeds=[settings.seed] * len(names),
            run=session.folder,
        )
        for trial in trials:
            session.say(f"  {trial.id}  {summary(trial.epochs[-1])}")
        return trials

    with _helpers(session):
        try:
            trials = run_search(
                space,
                count,
                sampler=chosen.sampler,
                seed=seed,
                storage=session.storage,
                study=f"{_study(session)}-{step}-{first:04d}",
                objective=objective,
                pruning=chosen.pruning,
                step=step,
                first=first,
                together=together,
                at_once=at_once,
                note=session.record,
                about={
                    "settings": config.as_dict(settings),
                    "fingerprint": fold.fingerprint,
                },
            )
        except ValueError as error:  # of a space that is none, or trials at once
            raise StepError(f"{step}: {error}") from error
    outcomes = _outcomes(trials)
    following, extended = decided(recipe.next_space, space, outcomes, chosen.keep)
    best = min(trials, key=lambda trial: (_end(trial) is None, _end(trial)))
    session.decide(
        step,
        space=space,
        trials=[trial["id"] for trial in trials],
        best=best["id"],
        next={"space": following, "extended": extended},
    )
    session.say(
        f"  best {best['id']}: {_shown_config(best)}, validation loss {_end(best):.4f}"
    )


def _outcomes(trials: Sequence[Record]) -> list[tuple[Config, float]]:
    """Return config and final loss of each trial; nan where there is no such loss."""
    return [(_config(trial), number(_end(trial))) for trial in trials]


def _end(trial: Record) -> float | None:
    """Return the validation loss after the last epoch of a trial that finished."""
    if trial["outcome"] != "finished":
        return None
    return trial["epochs"][-1]["validation_loss"]


def _space(listed: dict[str, list]) -> Space:
    """Return a space of the ledger, where JSON made lists of tuples."""
    return {name: tuple(entry) for name, entry in listed.items()}


def _config(trial: Record) -> Config:
    chosen = trial["settings"]["train"]
    return {"rate": chosen["rate"], "weight_decay": chosen["weight_decay"]}


def with_config(settings: Settings, drawn: Config) -> Settings:
    return replace(settings, train=replace(settings.train, **drawn))


def _at_once(session: Session, step: str) -> int:
    """Tell how many trials of a search are trained at once in one process."""
    chosen = session.settings.recipe
    wanted = session.vectorize if step == "coarse" else 1
    if wanted > 1 and (chosen.sampler == "tpe" or chosen.pruning):
        session.say("  one trial after the other: each is to learn from the last")
        return 1
    return wanted


# Workers


def _study(session: Session) -> str:
    """Return the first part of the names of a run's studies, its own for each run."""
    file = session.folder / "study.name"
    if not file.is_file():
        file.write_text(f"{uuid.uuid4().hex[:8]}\n", encoding="ascii")
    return file.read_text(encoding="ascii").strip()


@contextmanager
def _helpers(session: Session) -> Iterator[None]:
    """Let further processes of this machine take part in a search."""
    command = [sys.executable, "-m", "project", "worker"]
    # Not as an argument, which everybody on the machine can read: it has a password.
    here = {"PROJECT_STORAGE": session.storage, "PYTHONPATH": _search_path()}
    helpers = [
        subprocess.Popen(  # noqa: S603 - this very program
            command, env=os.environ | here, stdout=subprocess.DEVNULL
        )
        for _ in range(1, session.workers)
    ]
    try:
        yield
    finally:
        for helper in helpers:
            helper.terminate()
        for helper in helpers:
            helper.wait()


def _search_path() -> str:
    """Return where another Python finds this package, wherever it is started."""
    before = os.environ.get("PYTHONPATH")
    return os.pathsep.join(
        [str(Path(__file__).parents[1]), *([before] if before else [])]
    )


def _shown(space: Space) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {low:.2g} to {high:.2g}"
        for name, (_, low, high) in space.items()
    )


def _shown_config(trial: Record) -> str:
    found = _config(trial)
    return f"rate {found['rate']:.3g}, weight decay {found['weight_decay']:.2g}"
