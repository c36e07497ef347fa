"""One worker's part in a search: claim a slot, train it, put its record into the study.

Whatever a worker does rests on what the study holds, read anew each time; so another
can go on where it died. The rules, which hold for any number of workers:

- Optuna numbers the trials of a study under a lock. Those without a slot of their own
  take the slots in that order; a new attempt at a slot carries the slot with it.
- All attempts at a slot have failed: another is queued, with the same settings.
- Two attempts at a slot were begun at once: the one with the smaller number goes on.
- A slot is finished by the first attempt that Optuna counts as complete or pruned.
"""

from __future__ import annotations

import itertools
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from .ledger import Record, cleaned
from .storage import Storage, beating, quiet

if TYPE_CHECKING:
    from .search import Plan
    from .trial import Epoch, Trial

Space = Mapping[str, tuple[str, float, float]]  # scale ("log" or "linear"), from, to
Config = dict[str, float]
Watch = Callable[["Epoch"], None]
Objective = Callable[[Config, str, Watch], "Trial"]
Together = Callable[[list[Config], list[str]], list["Trial"]]  # for several at once
Slots = dict[int, list[FrozenTrial]]  # the attempts at each slot, oldest first

_DONE = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True)
class _Claim:
    """An attempt that this process is to make."""

    trial: optuna.Trial
    name: str
    config: Config


class Worker:
    """One process's part in a search."""

    def __init__(
        self,
        storage: Storage,
        study: optuna.Study,
        plan: Plan,
        objective: Objective,
        together: Together | None = None,
        at_once: int = 1,
    ) -> None:
        self.storage, self.study, self.plan = storage, study, plan
        self.objective, self.together, self.at_once = objective, together, at_once
        self.seen: set[int] = set()  # trials that ran, by Optuna's id

    def run(self, note: Callable[[Record], None] | None = None) -> list[Record]:
        """Work until every slot is finished; wait while only others have work.

        Returns the records in the order of slots; `note` is called with each of them
        as soon as it is seen to be there.
        """
        records: dict[int, Record] = {}
        while True:
            slots = self._looked_after()
            for slot, attempts in slots.items():
                done = [attempt for attempt in attempts if attempt.state in _DONE]
                if done and slot not in records:
                    records[slot] = done[0].user_attrs["record"]
                    if note is not None:
                        note(records[slot])
            if len(records) == self.plan.trials:
                return [records[slot] for slot in sorted(records)]
            claims = self._claims(slots)
            if claims:
                self._carry_out(claims)
            else:
                time.sleep(self.storage.heartbeat_interval / 2)

    def _looked_after(self) -> Slots:
        """Return the attempts at each slot, those of dead workers queued anew."""
        with quiet():
            optuna.storages.fail_stale_trials(self.study)
        trials = self.study.get_trials(deepcopy=False)
        for trial in trials:
            if trial.state == TrialState.RUNNING and trial._trial_id not in self.seen:
                # Its worker may have died before the first sign of life, without
                # which Optuna would wait for ever: from now on the clock runs.
                self.seen.add(trial._trial_id)
                self.storage.record_heartbeat(trial._trial_id)
        slots = self._slots(trials)
        for slot, tries in slots.items():
            if all(trial.state == TrialState.FAIL for trial in tries):
                self.study.add_trial(
                    optuna.create_trial(
                        state=TrialState.WAITING,
                        params=tries[-1].params,
                        distributions=tries[-1].distributions,
                        user_attrs={"slot": slot},
                    )
                )
        return slots

    def _slots(self, trials: Sequence[FrozenTrial]) -> Slots:
        """Return the attempts at each slot that has any, in the order of numbers."""
        slots: Slots = {}
        fresh = itertools.count()
        for trial in trials:
            # Numbers are given under a lock, once and for all: so are slots.
            slot = trial.user_attrs.get("slot")
            slots.setdefault(next(fresh) if slot is None else slot, []).append(trial)
        return {slot: slots[slot] for slot in sorted(slots) if slot < self.plan.trials}

    def _claims(self, slots: Slots) -> list[_Claim]:
        """Claim up to `at_once` attempts, each at a slot that nobody else works on."""
        claims: list[_Claim] = []
        while len(claims) < self.at_once:
            waiting = self.study.get_trials(False, states=(TrialState.WAITING,))
            if not waiting and len(slots) == self.plan.trials:
                break
            with quiet():
                trial = self.study.ask()
            trials = self.study.get_trials(deepcopy=False)
            slots = self._slots(trials)
            slot, own = _place(slots, trial.number)
            if own is None or any(
                other.number < own.number and other.state != TrialState.FAIL
                for other in slots[slot]
            ):
                # Two workers began the last slot, or queued a dead one's, at once.
                self._give_up(trial)
                continue
            config = self.plan.draw(self.study, trial, slot)
            self.seen.add(own._trial_id)
            claims.append(_Claim(trial, self.plan.name(slot), config))
        return claims

    def _carry_out(self, claims: list[_Claim]) -> None:
        """Train what was claimed, and put the records into the study."""
        try:
            with beating(self.storage, [claim.trial._trial_id for claim in claims]):
                made = self._trained(claims)
        except UpdateFinishedTrialError:  # of a report to the pruner
            _given_away(claims[0])
            return
        except BaseException:
            # Ctrl-C, or an error of the objective: the next worker need not wait.
            for claim in claims:
                self._give_up(claim.trial)
            raise
        for claim, trial in zip(claims, made, strict=True):
            self._finish(claim, trial)

    def _trained(self, claims: list[_Claim]) -> list[Trial]:
        if self.together is not None and self.at_once > 1:
            configs, names = [c.config for c in claims], [c.name for c in claims]
            return self.together(configs, names)
        return [self._attempt(claim) for claim in claims]

    def _give_up(self, trial: optuna.Trial) -> None:
        self.study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)

    def _attempt(self, claim: _Claim) -> Trial:
        def watch(epoch: Epoch) -> None:
            if not self.plan.pruning:
                return
            claim.trial.report(epoch.validation_loss, epoch.epoch)
            if claim.trial.should_prune():
                from .trial import Pruned  # and torch, which a search can do without

                raise Pruned

        return self.objective(claim.config, claim.name, watch)

    def _finish(self, claim: _Claim, trial: Trial) -> None:
        record = {**cleaned(trial), "space": cleaned(dict(self.plan.space))}
        loss = record["epochs"][-1]["validation_loss"] if record["epochs"] else None
        try:
            claim.trial.set_user_attr("record", record)
        except UpdateFinishedTrialError:
            _given_away(claim)
            return
        if record["outcome"] == "pruned":
            result: dict[str, Any] = {"state": TrialState.PRUNED}
        elif record["outcome"] == "finished" and loss is not None:
            result = {"values": loss}
        else:  # diverged, or out of memory: worse than any other
            result = {"values": math.inf}
        self.study.tell(claim.trial, **result, skip_if_finished=True)


def _place(slots: Slots, number: int) -> tuple[int, FrozenTrial | None]:
    """Return the slot of the trial of that number, and the trial; (-1, None): none."""
    for slot, tries in slots.items():
        for trial in tries:
            if trial.number == number:
                return slot, trial
    return -1, None


def _given_away(claim: _Claim) -> None:
    print(
        f"{claim.name}: no sign of life arrived for so long that another worker has "
        "been given this trial; what was trained here does not count",
        file=sys.stderr,
    )
