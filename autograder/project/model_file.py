"""The model that was handed in: what it says of itself, its weights, and its code."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.project.decisions import Final, Test
from autograder.project.finding import Contradiction
from autograder.project.ledger import Run
from autograder.project.reading import (
    MIB,
    Fields,
    RunError,
    decoded,
    parse_object,
    read_bytes,
)
from autograder.project.weights import Tensors, read_weights

FILES, CODE = 64, MIB
PACKAGE = "project"


@dataclass(frozen=True)
class Model:
    """A model as it was handed in.

    ``shape`` says how to build it, in the words of ``project/model.py``.
    """

    shape: dict[str, str | int]
    parameters: int
    claim: float
    seed: int
    tensors: Tensors


def read_model(folder: Path) -> Model:
    """The model in a run directory; raises RunError."""
    where = "model.json"
    text = decoded(read_bytes(folder / where, MIB // 16), where)
    fields = Fields(parse_object(text, where), where)
    return Model(
        shape={
            "name": fields.text("name"),
            "width": fields.whole("width", 1, 100_000),
            "channels": fields.whole("channels", 1, 64),
            "size": fields.whole("size", 1, 4096),
            "classes": fields.whole("classes", 2, 100_000),
        },
        parameters=fields.whole("parameters", 1),
        claim=fields.number("claimed_test_accuracy", 0, 1),
        seed=fields.whole("seed", -(2**53)),
        tensors=read_weights(folder / "model.safetensors"),
    )


def read_code(folder: Path) -> dict[str, str]:
    """The modules of the package ``project`` in ``folder``; raises RunError.

    Whole, since ``model.py`` may import others. They are text here, and run only in
    the sandbox.
    """
    package = folder / PACKAGE
    if package.is_symlink() or not (package / "model.py").is_file():
        raise RunError(
            f"no {PACKAGE}/model.py in {folder.name}: --code names the folder of the "
            "assignment, where it lies"
        )
    names = sorted(name for name in os.listdir(package) if name.endswith(".py"))
    if len(names) > FILES:
        raise RunError(f"{PACKAGE} has {len(names)} modules; {FILES} are allowed")
    code: dict[str, str] = {}
    for name in names:
        code[name] = decoded(read_bytes(package / name, CODE), f"{PACKAGE}/{name}")
    if sum(map(len, code.values())) > 4 * CODE:
        raise RunError(f"{PACKAGE} holds more than {4 * CODE // MIB} MiB of text")
    return code


def disagreements(run: Run, model: Model) -> Iterator[Contradiction]:
    """Where the model and the ledger exclude each other."""
    final, test = run.last(Final), run.last(Test)
    trials = [run.by_id[n] for n in final.trials if n in run.by_id] if final else []
    if final is None or not trials:
        return
    trained = trials[0].parameters
    held = sum(tensor.size for tensor in model.tensors.values())
    if model.parameters != trained or held < trained:  # buffers are held, not trained
        text = f"{trials[0].id} trained {trained} parameters; model.json says "
        text += f"{model.parameters}, model.safetensors holds {held} numbers"
        yield Contradiction("other parameters", "result", final.line, text)
    kept = next((place for place, t in enumerate(trials) if t.seed == model.seed), None)
    if kept is None:
        text = f"model.json names seed {model.seed}, which no final fit has"
        yield Contradiction("a value that no trial has", "result", final.line, text)
    elif test and kept < len(test.accuracies):
        said_there = test.accuracies[kept]
        if not math.isclose(said_there, model.claim, rel_tol=1e-6, abs_tol=1e-9):
            text = f"model.json claims {model.claim:g}; seed {model.seed} had "
            text += f"{said_there:g} in the test"
            yield Contradiction("another claim", "result", test.line, text)
    best = max(trials, key=lambda trial: trial.accuracy)
    if kept is not None and trials[kept].accuracy < best.accuracy:
        lowest = min(trials, key=lambda trial: trial.loss)
        if trials[kept].id != lowest.id:
            text = f"kept {trials[kept].id}; {best.id} is better in validation"
            yield Contradiction("the best is not the best", "result", final.line, text)
