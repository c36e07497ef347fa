"""The report on a run: points a step, contradictions, the measured result.

What measures is imported where it is needed: it starts kernels, and a student's own
computer may have no use for that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.project import audit, contradictions, laws
from autograder.project.decisions import Test
from autograder.project.evidence import part
from autograder.project.finding import Contradiction
from autograder.project.images import DIGITS, DIGITS_TRAIN, Labeled
from autograder.project.ledger import Run, read_run
from autograder.project.model_file import Model, disagreements, read_code, read_model
from autograder.project.reading import RunError, quoted
from autograder.verdict import Outcome, Part, Verdict

if TYPE_CHECKING:
    from autograder.judge.kernel import Kernel
    from autograder.project.measuring import Measured
    from autograder.sandbox.limits import Limits

UNMEASURED = "not measured: `--data` names the test images"
# Accuracies between which half of the result's points grow: where a linear model of
# the pixels is, and where the recipe leads. Other data have no such line.
BARS = {"digits": (0.80, 0.95), "cifar": (0.40, 0.90)}


@dataclass(frozen=True)
class StepResult:
    """A step's verdict and points; ``held`` where contradictions hold them back."""

    name: str
    title: str
    points: float
    possible: float
    verdict: Verdict
    held: bool = False
    tried: bool = True


@dataclass(frozen=True)
class Report:
    """Everything that is said about a run."""

    name: str
    steps: tuple[StepResult, ...]
    contradictions: tuple[Contradiction, ...]
    notes: tuple[str, ...]
    measured: Measured | None

    @property
    def points(self) -> float:
        """The points of all steps."""
        return round(sum(step.points for step in self.steps), 2)

    @property
    def possible(self) -> float:
        """The points of the steps that were looked at."""
        return sum(step.possible for step in self.steps if step.tried)

    @property
    def passed(self) -> bool:
        """No contradiction, and every piece of evidence asked for is there."""
        tried = [step for step in self.steps if step.tried]
        return not self.contradictions and all(step.verdict.passed for step in tried)

    def as_json(self) -> dict[str, Any]:
        """The report as plain values, for machines."""
        measured = self.measured
        return {
            "run": self.name,
            "points": self.points,
            "possible": self.possible,
            "passed": self.passed,
            "steps": [
                {
                    "name": step.name,
                    "points": step.points,
                    "possible": step.possible,
                    "held": step.held,
                    "tried": step.tried,
                    "parts": [one.as_json() for one in step.verdict.parts],
                }
                for step in self.steps
            ],
            "contradictions": [one.as_json() for one in self.contradictions],
            "notes": list(self.notes),
            "measured": measured
            and {
                "images": measured.n,
                "accuracy": measured.accuracy,
                "claim": measured.claim,
                "z": round(measured.z, 3),
                "allowed_z": laws.Z,
                "false_alarm": round(laws.FALSE_ALARM, 5),
                "agrees": measured.agrees,
                "one_gray_level": measured.changed,
                "moved_by_one_pixel": measured.moved,
                "question": measured.question,
            },
        }


def grade_run(
    folder: Path, data: Labeled | None = None, code: Path | None = None
) -> Report:
    """Audit the run in ``folder``, and measure its model where ``data`` are given.

    ``code`` is the folder that holds the package ``project``; by default the one that
    holds the run. Raises RunError where the ledger cannot be read.
    """
    return report_on(read_run(folder), data, code)


def report_on(
    run: Run,
    data: Labeled | None = None,
    code: Path | None = None,
    make_kernel: Callable[[Limits], Kernel] | None = None,
    unmeasured: str = UNMEASURED,
) -> Report:
    """Audit a run that is read already, as :func:`grade_run` does.

    ``make_kernel`` starts what the model is measured in, by default the sandbox;
    ``unmeasured`` says why a run without ``data`` is not measured.
    """
    found = contradictions.find(run)
    found += list(_other_digits(run))
    notes = list(run.notes)
    measured: Measured | None = None
    failure = ""
    if data is not None:
        try:
            model = read_model(run.folder)
            found += list(disagreements(run, model))
            beside = code or run.folder.resolve().parent
            measured = _measured(run, model, beside, data, make_kernel)
        except RunError as error:
            failure = str(error)
    if measured and measured.question:
        notes.append(f"A question to the author of the model: {measured.question}")
    doubtful = {one.step for one in found}
    steps = []
    for step, verdict in audit.examine(run):
        held = step.name in doubtful
        points = 0.0 if held else round(step.possible * verdict.score, 2)
        steps.append(
            StepResult(step.name, step.title, points, step.possible, verdict, held)
        )
    held = "result" in doubtful
    steps.append(_result(data, measured, failure or unmeasured, held))
    name = run.folder.resolve().name
    return Report(name, tuple(steps), tuple(found), tuple(notes), measured)


def _measured(
    run: Run,
    model: Model,
    code: Path,
    data: Labeled,
    make_kernel: Callable[[Limits], Kernel] | None,
) -> Measured:
    from autograder.judge.kernel import Kernel
    from autograder.project.measuring import measure

    test = run.last(Test)
    claimed_on = test.images if test else None
    make_kernel = make_kernel or Kernel
    return measure(model, read_code(code), data, claimed_on, make_kernel=make_kernel)


def _other_digits(run: Run) -> list[Contradiction]:
    """Whether a run on the digits was one on the digits, and says so."""
    for trial in run.trials:
        name, fingerprint, train, validation = trial.data
        if (name != "digits" and fingerprint != DIGITS) or trial.step == "overfit":
            continue
        if name != "digits":
            text = f"{trial.id}: the fingerprint is that of the digits, not of "
            text += quoted(name)
        elif fingerprint != DIGITS:
            text = f"{trial.id}: the fingerprint is not that of the digits"
        elif train + validation != DIGITS_TRAIN:
            text = f"{trial.id}: {train} + {validation} images; the digits to train on "
            text += f"are {DIGITS_TRAIN}"
        else:
            continue
        return [Contradiction("other data", trial.step, trial.line, text)]
    return []


def _result(
    data: Labeled | None, measured: Measured | None, why: str, held: bool
) -> StepResult:
    """The points of the result: half for an honest claim, half for the accuracy.

    Where nothing was measured, it says ``why``.
    """
    step = audit.RESULT
    if data is None:
        parts: tuple[Part, ...] = (Part("measured", Outcome.UNTRIED, why),)
        verdict = Verdict(step.title, "project", parts)
        return StepResult(step.name, step.title, 0, step.possible, verdict, tried=False)
    if measured is None:
        verdict = Verdict(
            step.title, "project", (part("the model labels images", False, why),)
        )
        return StepResult(step.name, step.title, 0, step.possible, verdict)
    claim = part(
        "the claimed accuracy is what was measured",
        measured.agrees,
        f"claimed {measured.claim:.4f} on {measured.claimed_on} images, measured "
        f"{measured.accuracy:.4f} on {measured.n}: z = {measured.z:.2f}, allowed "
        f"±{laws.Z:g} (false alarm {laws.FALSE_ALARM:.2%} were the images drawn "
        "afresh; on the same ones only rounding differs)",
    )
    share, level = _level(data.name, measured)
    verdict = Verdict(step.title, "project", (claim, level))
    # A claim that does not hold costs all: the accuracy is then nobody's.
    points = 0.0
    if measured.agrees and not held:
        points = round(step.possible * (0.5 + 0.5 * share), 2)
    return StepResult(step.name, step.title, points, step.possible, verdict, held)


def _level(name: str, measured: Measured) -> tuple[float, Part]:
    """How far the accuracy came between what is easy and what the recipe reaches."""
    bar = next((bar for kind, bar in BARS.items() if name.startswith(kind)), None)
    if bar is None:
        said = f"measured {measured.accuracy:.4f}; these data have no line to reach"
        return 1.0, part("an accuracy worth the work", True, said)
    low, high = bar
    share = min(max((measured.accuracy - low) / (high - low), 0.0), 1.0)
    said = f"measured {measured.accuracy:.4f}; points grow from {low:g} to {high:g}"
    return share, part("an accuracy worth the work", share == 1, said)
