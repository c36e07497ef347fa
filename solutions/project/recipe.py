"""The decisions of the seven steps: what each step's numbers say, and what comes next.

Everything here is plain Python on numbers, lists and dictionaries. `steps.py` trains
the networks, hands their numbers to these functions, does what they return, and writes
both down. The steps are numbered as in the guide.

Words that all of them share:

- a **loss** is a mean cross-entropy in nats (natural logarithm). It may be `nan` or
  `inf`: that run diverged, and it is a result like any other;
- an **accuracy** is a share between 0 and 1;
- a **config** is a point that was tried: `{"rate": 0.1, "weight_decay": 1e-4}`;
- a **space** says where to try: for each name `("log", low, high)`, 0 < low <= high,
  to be drawn uniformly in the logarithm.
"""

from __future__ import annotations

import math

Config = dict[str, float]
Space = dict[str, tuple[str, float, float]]


def initial_loss_is_sane(losses: list[float], classes: int) -> bool:
    """Tell whether untrained networks know nothing, as they should (step 1).

    A network that finds all C classes equally probable has the loss ln C.

    Given
    losses: the loss of each of several untrained networks (one for each seed) on
      training images, in nats; at least one
    classes: the number of classes C

    Returns True if every loss is finite and their mean is within 10 % of ln C, to
    either side; otherwise False
    """
    ### BEGIN SOLUTION
    expected = math.log(classes)
    mean = sum(losses) / len(losses)  # not finite if one of them is not
    return abs(mean - expected) <= 0.1 * expected
    ### END SOLUTION


def epochs_to_overfit(accuracies: list[float]) -> int | None:
    """Tell after how many epochs a small sample was known by heart (step 2).

    Given
    accuracies: the training accuracy after each epoch, 0 to 1; the first is epoch 1

    Returns the number of the first epoch, counted from 1, from which on the accuracy
    is 1 to the end; None if the last accuracy is below 1
    """
    ### BEGIN SOLUTION
    epoch = len(accuracies)
    while epoch > 0 and accuracies[epoch - 1] == 1.0:
        epoch -= 1
    return epoch + 1 if epoch < len(accuracies) else None
    ### END SOLUTION


def starting_rate(rates: list[float], losses: list[list[float]]) -> float:
    """Find the largest learning rate that clearly lowers the loss at once (step 3).

    Given
    rates: the constant learning rates that were tried, in any order
    losses: for each rate the training losses of its successive iterations (each on a
      batch, before the update): `losses[i][t]` is iteration t at `rates[i]`; at least
      one for each rate, and the same number for all but those that diverged

    Returns the largest rate for which the mean loss over the last tenth of the
    iterations (at least one iteration) is finite and at most 90 % of its first loss

    Raises ValueError, with a message that says so, if there is no such rate
    """
    ### BEGIN SOLUTION
    working = []
    for rate, curve in zip(rates, losses, strict=True):
        last = curve[-max(1, len(curve) // 10) :]
        end = sum(last) / len(last)
        if math.isfinite(end) and end <= 0.9 * curve[0]:
            working.append(rate)
    if not working:
        raise ValueError(f"none of the rates {rates} lowers the loss by a tenth")
    return max(working)
    ### END SOLUTION


def coarse_space(rate: float) -> Space:
    """Decide where the coarse search looks (step 4).

    Given
    rate: the learning rate that step 3 found; the best one is rarely far above it

    Returns a space with two names, both on a logarithmic scale: `rate` from a tenth to
    three times the given rate, `weight_decay` from 1e-6 to 1e-2
    """
    ### BEGIN SOLUTION
    return {
        "rate": ("log", rate / 10, rate * 3),
        "weight_decay": ("log", 1e-6, 1e-2),
    }
    ### END SOLUTION


def next_space(
    space: Space, trials: list[tuple[Config, float]], keep: int
) -> tuple[Space, bool]:
    """Decide where to look next: further out, or closer in (steps 4 and 5).

    Given
    space: the space that was searched
    trials: for each trial its config, which lies inside the space, and its validation
      loss at the end, in nats; lower is better. A loss that is not finite is never
      among the best
    keep: how many of the best trials the next space holds (fewer if fewer are finite)

    Returns the next space, with the same names and scales, and whether it is an
    extension.
    If the best trial lies on an edge, the optimum may lie outside: each end that it is
    near is moved out by a decade (a factor of 10), all other ends stay, and it is
    True. Near means: within 5 % of the range's length, both measured in logarithms.
    Otherwise each range becomes the smallest that holds the `keep` best trials, and it
    is False

    Raises ValueError, with a message that says so, if no loss is finite
    """
    ### BEGIN SOLUTION
    finite = [trial for trial in trials if math.isfinite(trial[1])]
    if not finite:
        raise ValueError(f"all {len(trials)} trials diverged: there is no best one")
    kept = [config for config, _ in sorted(finite, key=lambda trial: trial[1])[:keep]]
    best = kept[0]
    wider: Space = {}
    finer: Space = {}
    on_edge = False
    for name, (scale, low, high) in space.items():
        near = 0.05 * math.log(high / low)
        at_low = math.log(best[name] / low) <= near
        at_high = math.log(high / best[name]) <= near
        on_edge = on_edge or at_low or at_high
        wider[name] = (
            scale,
            low / 10 if at_low else low,
            high * 10 if at_high else high,
        )
        values = [config[name] for config in kept]
        finer[name] = (scale, min(values), max(values))
    return (wider, True) if on_edge else (finer, False)
    ### END SOLUTION


def read_curves(history: dict) -> str:
    """Name what the learning curves of a run say (step 6).

    The rules are those of `diagnose` in the tuning assignment. They are tried in this
    order and the first that holds decides; chance is ln C, T the number of epochs:

    - 'diverged': a loss, in training or validation, is not finite, or the last
      train_loss is above 2 × chance
    - 'lr_too_small': the last train_loss is above 0.9 × chance
    - 'bad_init': train_loss[T // 3] is above 0.9 × chance
    - 'overfitting': the last train_acc is more than 0.15 above the last val_acc
    - 'keep_training': the last val_acc is more than 0.03 above val_acc[3 * T // 4]
    - 'healthy': the last val_acc is at least 0.9
    - 'underfitting': the last train_acc is below 0.5
    - 'plateau_decay_now': none of these

    Given
    history: a dictionary with the keys
      'train_loss', 'val_loss': lists with the mean loss of each epoch, in nats
      'train_acc', 'val_acc': lists with the accuracy of each epoch, 0 to 1
      'num_classes': the number of classes C

    Returns a string: one of the eight words above
    """
    ### BEGIN SOLUTION
    chance = math.log(history["num_classes"])
    train_loss, val_loss = history["train_loss"], history["val_loss"]
    train_acc, val_acc = history["train_acc"], history["val_acc"]
    epochs = len(train_loss)
    finite = all(math.isfinite(loss) for loss in [*train_loss, *val_loss])
    if not finite or train_loss[-1] > 2 * chance:
        return "diverged"
    if train_loss[-1] > 0.9 * chance:
        return "lr_too_small"
    if train_loss[epochs // 3] > 0.9 * chance:
        return "bad_init"
    if train_acc[-1] - val_acc[-1] > 0.15:
        return "overfitting"
    if val_acc[-1] - val_acc[3 * epochs // 4] > 0.03:
        return "keep_training"
    if val_acc[-1] >= 0.9:
        return "healthy"
    if train_acc[-1] < 0.5:
        return "underfitting"
    return "plateau_decay_now"
    ### END SOLUTION


def choose(trials: list[tuple[Config, list[float]]]) -> Config:
    """Choose the config for the final fit (step 7).

    Given
    trials: for each trial its config and its validation loss after each epoch, in
      nats. A trial with a loss that is not finite diverged and is never chosen

    Returns the config of the trial whose loss after its *last* epoch is the smallest.
    The best epoch of a curve does not count: to stop there is a choice by luck, which
    nobody makes in the final fit

    Raises ValueError, with a message that says so, if all trials diverged
    """
    ### BEGIN SOLUTION
    sound = [
        (config, losses)
        for config, losses in trials
        if losses and all(math.isfinite(loss) for loss in losses)
    ]
    if not sound:
        raise ValueError(f"all {len(trials)} trials diverged: there is no best one")
    return min(sound, key=lambda trial: trial[1][-1])[0]
    ### END SOLUTION
