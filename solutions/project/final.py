"""Step 7: choose, fit with a schedule from several seeds, and open the test part once.

The test part of the data is loaded here and nowhere else, after the last choice.
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import safetensors.torch
import torch
from torch import nn

from . import data, device, recipe
from .evaluation import evaluate
from .files import replace_file
from .ledger import Record, now
from .model import build
from .session import Session, StepError
from .steps import decided, number


def final(session: Session) -> None:
    """Step 7: the final fits, and how well they do on images never looked at.

    Raises StepError if the test part has been opened already.
    """
    opened = session.ledger.decision("test")
    if opened is not None:
        raise StepError(
            f"the test set has been opened, {opened['opened']}: this run is finished; "
            "begin another in another folder"
        )
    session.needs("refine")
    chosen = decided(recipe.choose, _refined(session))
    session.say(
        f"  chosen: rate {chosen['rate']:.3g}, decay {chosen['weight_decay']:.2g}"
    )
    seeds = range(session.settings.recipe.seeds)
    trials = [_fitted(session, chosen, place) for place in seeds]
    lost = [trial["id"] for trial in trials if trial["outcome"] != "finished"]
    if lost:
        raise StepError(
            f"{', '.join(lost)}: {trials[int(lost[0][-4:])]['outcome']}. What was "
            "chosen does not hold with every seed: begin in another folder, with a "
            "smaller range of rates"
        )
    if session.ledger.decision("final") is None:
        accuracies = [trial["epochs"][-1]["validation_accuracy"] for trial in trials]
        session.decide(
            "final",
            chosen=chosen,
            trials=[trial["id"] for trial in trials],
            validation=spread(accuracies),
        )
    _test(session, trials)


def _refined(session: Session) -> list[tuple[recipe.Config, list[float]]]:
    """Return the refined trials as `recipe.choose` takes them.

    A trial that was pruned has no last epoch, so it is not among them; one that was
    lost has losses that are not finite.
    """
    listed = []
    for trial in sorted(session.ledger.trials("refine"), key=lambda t: t["id"]):
        if trial["outcome"] == "pruned":
            continue
        losses = [number(epoch["validation_loss"]) for epoch in trial["epochs"]]
        if trial["outcome"] != "finished":
            losses.append(number(None))
        chosen = trial["settings"]["train"]
        names = ("rate", "weight_decay")
        listed.append(({name: chosen[name] for name in names}, losses))
    return listed


def _fitted(session: Session, chosen: recipe.Config, place: int) -> Record:
    """Return the record of a final fit; its weights lie in the file of `_weights`."""
    name = f"final-{place:04d}"
    file = _weights(session, name)
    record = session.ledger.trial(name)
    if record is not None and (file.exists() or record["outcome"] != "finished"):
        return record
    settings = session.with_train(**chosen, epochs=session.settings.recipe.final_epochs)
    trial = session.train(
        settings,
        session.fold,
        id=name,
        step="final",
        seed=session.settings.seed + place,
        shared=True,
        keep_model=True,
    )
    if trial.outcome == "finished":
        # before the record: what is in the ledger has its weights on the disk
        tensors = trial.model.state_dict()
        save_weights(file, tensors)
    return session.record(trial)


def _test(session: Session, trials: list[Record]) -> None:
    """Open the test part, measure every fit, and keep the best one by validation."""
    settings, fold = session.settings, session.fold
    where = device.choose(settings.device)
    shape = {
        "name": settings.model.name,
        "width": settings.model.width,
        "channels": fold.train_images.shape[1],
        "size": fold.train_images.shape[2],
        "classes": len(fold.classes),
    }
    opened = now()
    test = data.load(settings.data, "test")
    accuracies = []
    for trial in trials:
        model = build(**shape)
        model.load_state_dict(
            safetensors.torch.load_file(_weights(session, trial["id"]))
        )
        accuracies.append(_accuracy(model.to(where), test, where))
    best = min(
        range(len(trials)), key=lambda i: trials[i]["epochs"][-1]["validation_loss"]
    )
    content = _weights(session, trials[best]["id"]).read_bytes()
    replace_file(session.folder / "model.safetensors", content)
    about = shape | {
        "parameters": trials[best]["parameters"],
        "claimed_test_accuracy": accuracies[best],
        "seed": trials[best]["seed"],
    }
    text = json.dumps(about, indent=2) + "\n"
    replace_file(session.folder / "model.json", text.encode())
    result = spread(accuracies)
    session.decide(
        "test",
        opened=opened,
        accuracies=accuracies,
        **result,
        images=len(test.labels),
    )
    for trial in trials:
        _weights(session, trial["id"]).unlink(missing_ok=True)
    deviation = "" if result["sd"] is None else f" ± {100 * result['sd']:.2f}"
    session.say(
        f"  test accuracy {100 * result['mean']:.2f}{deviation} % "
        f"(n = {len(trials)} seeds, {len(test.labels)} images)"
    )


def _accuracy(model: nn.Module, test: data.Dataset, where: torch.device) -> float:
    """Return the share of the test images that is answered correctly."""
    images, labels = test.images.to(where), test.labels.to(where)
    _, accuracy = evaluate(model, images, labels, 500)
    return accuracy


def spread(values: list[float]) -> dict[str, float | None]:
    """Return mean and standard deviation (n - 1); one value has no deviation.

    >>> spread([0.5, 0.7])["mean"], spread([0.5])["sd"]
    (0.6, None)
    """
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return {"mean": statistics.fmean(values), "sd": deviation}


def _weights(session: Session, name: str) -> Path:
    """Where the weights of a final fit lie until the test is over."""
    return session.folder / "checkpoints" / f"{name}.weights.safetensors"


def save_weights(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """Write tensors by name to a safetensors file, in one moment."""
    plain = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, safetensors.torch.save(plain))
