"""The training loop: what happens in each step and in each epoch of a run.

`Run.epoch` and `Run.update` are the loop. The images lie on the device, all of them,
and nothing in it waits for the device: losses are added up there and looked at once
in a while. (On a CPU nothing is gained by not looking, so a run that diverges ends at
that very step.)

All randomness of a run (weights, order, augmentation) comes from generators of its
own, begun by its seed; the global generators are neither used nor changed.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from . import checkpoint, device, optimizer
from .augment import augment
from .averaging import Average
from .config import Settings
from .evaluation import evaluate
from .ledger import cleaned
from .model import build, count_parameters
from .monitors import gradient_norm, update_ratio
from .regularization import smoothed_loss
from .schedule import learning_rate
from .trial import Epoch, Trial

if TYPE_CHECKING:
    from .data import Fold

MEASURED = 4  # steps of an epoch on which the monitors measure
LOOK = 32  # every so many steps a GPU is asked whether the loss is still finite

# The part of a trial that a run has reached, and a later session goes on from.
_GOES_ON = ("started", "images", "seconds", "batch_size_used", "rate_used")


class Run:
    """A training run under way: everything that changes from step to step."""

    def __init__(
        self, settings: Settings, fold: Fold, where: torch.device, trial: Trial
    ) -> None:
        self.settings, self.trial, self.device = settings, trial, where
        self.images = fold.train_images.to(where)  # (N, C, H, W) uint8
        self.labels = fold.train_labels.to(where)  # (N,)
        self.validation = (
            fold.validation_images.to(where),
            fold.validation_labels.to(where),
        )
        train = settings.train
        model = build(
            settings.model.name,
            settings.model.width,
            channels=self.images.shape[1],
            size=self.images.shape[2],
            classes=len(fold.classes),
            seed=trial.seed,
        )
        self.model = model.to(where)
        self.model.measure(self.images)
        if where.type == "cuda":
            self.model.to(memory_format=torch.channels_last)
        trial.parameters = count_parameters(model)
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        # Batches of two sizes are compiled twice, not once for any size.
        self.forward = torch.compile(model, dynamic=False) if train.compile else model
        self.average = Average(model, train.average) if train.average else None
        self.optimizer = optimizer.build(model, train)
        self.dtype = device.arithmetic(train.precision, where)
        # float16 has no room for small gradients: the loss is scaled up before them.
        scaled = self.dtype == torch.float16
        self.scaler = torch.amp.GradScaler(where.type, enabled=scaled)
        self.fill = model.normalize.mean.flatten().round().to(torch.uint8)
        self.generator = generator(trial.seed, where)
        # An image is mirrored in every other epoch, half of them in the even ones:
        # so two epochs show both of its sides (Jordan 2024, arXiv:2404.00498).
        self.mirrored = torch.randint(
            2, (len(self.labels),), generator=self.generator, device=where
        )
        self.steps = 0  # taken so far, in all epochs

    @property
    def evaluated(self) -> nn.Module:
        """The network that counts: the averaged one, if there is one."""
        return self.model if self.average is None else self.average.model

    def epoch(self) -> Epoch:
        """Train on every image once, then validate."""
        began = time.perf_counter()
        train, trial = self.settings.train, self.trial
        done = len(trial.epochs)
        order = batches(
            len(self.labels), trial.batch_size_used, self.generator, train.drop_last
        )
        every = max(1, len(order) // MEASURED)
        seen = 0  # images
        measures: list[Tensor] = []  # of shape (2,): gradient norm, update ratio
        sums = torch.zeros(2, device=self.device)  # loss, correct answers
        rate = math.nan
        self.model.train()
        self.model.train_first_layer(done < train.first_layer * train.epochs)
        for place, chosen in enumerate(order):
            rate = learning_rate(
                done * len(order) + place,
                train.epochs * len(order),
                trial.rate_used,
                train.warmup,
                train.schedule,
            )
            optimizer.set_rate(self.optimizer, rate)
            flip = (self.mirrored[chosen] + done) % 2 == 1 if train.flip else False
            sums += self.update(chosen, flip, measures if place % every == 0 else None)
            seen += len(chosen)
            look = 1 if self.device.type == "cpu" else LOOK
            if place % look == 0 and not sums[0].isfinite():
                break
        trial.images += seen
        # Broken off, an epoch that was to show all images counts the rest as wrong.
        counted = seen if train.drop_last else len(self.labels)
        train_loss, train_accuracy = (sums / counted).tolist()
        loss, accuracy = math.nan, math.nan
        if math.isfinite(train_loss):
            with self.autocast():
                loss, accuracy = evaluate(
                    self.evaluated, *self.validation, 4 * trial.batch_size_used
                )
        norm, ratio = finite_means(measures)
        return Epoch(
            epoch=done + 1,
            steps=place + 1,
            rate=rate,
            train_loss=train_loss,
            train_accuracy=train_accuracy,
            validation_loss=loss,
            validation_accuracy=accuracy,
            gradient_norm=norm,
            update_ratio=ratio,
            seconds=time.perf_counter() - began,
        )

    def update(
        self, chosen: Tensor, flip: bool | Tensor, measures: list[Tensor] | None
    ) -> Tensor:
        """Take one step on the images of the indices `chosen` (B,).

        measures: takes gradient norm and update ratio of this step, if not None.

        Returns the loss, summed over these images, and how many were answered
        correctly: (2,), on the device.
        """
        train = self.settings.train
        images = augment(
            self.images[chosen],
            self.generator,
            crop=train.crop,
            flip=flip,
            cutout=train.cutout,
            fill=self.fill,
        )
        images, labels = self.mine(images), self.mine(self.labels[chosen])
        if self.device.type == "cuda":
            images = images.contiguous(memory_format=torch.channels_last)
        with self.autocast():
            logits = self.forward(images)
        loss = smoothed_loss(logits.float(), labels, train.label_smoothing)
        self.optimizer.zero_grad()
        self.scaler.scale(loss).backward()
        right = (logits.detach().argmax(1) == labels).sum()
        sums = torch.stack([loss.detach() * len(labels), right])
        self.add_up(sums, len(labels) / len(chosen))

        if train.clip or measures is not None:
            self.scaler.unscale_(self.optimizer)
            gradients = self.gradients()
            norm = gradient_norm(gradients)
            if train.clip:
                factor = (train.clip / norm).clamp(max=1)
                for gradient in gradients:
                    gradient.mul_(factor)
        if measures is not None:
            before = [parameter.detach().clone() for parameter in self.parameters]
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.steps += 1
        if measures is not None:
            after = [parameter.detach() for parameter in self.parameters]
            measures.append(torch.stack([norm, update_ratio(before, after)]))
        if self.average is not None:
            self.average.follow(self.steps)
        return sums

    def gradients(self) -> list[Tensor]:
        """Return those of the last step; what was not trained in it has none."""
        return [p.grad for p in self.parameters if p.grad is not None]

    def mine(self, batch: Tensor) -> Tensor:
        """Return what this process trains on of a batch (B, ...): here, all of it."""
        return batch

    def add_up(self, sums: Tensor, share: float) -> None:
        """Add up over all processes, in place: sums, and gradients times the share.

        Here there is one process. `distributed.py` has the other case.
        """

    def autocast(self) -> torch.autocast:
        """Return the context in which the network computes in its own precision."""
        return torch.autocast(
            self.device.type, self.dtype, enabled=self.dtype != torch.float32
        )

    def save(self, path: Path) -> None:
        """Store everything that the next epoch depends on."""
        trial = self.trial
        state = {
            "of": self._identity(),
            "trial": {key: getattr(trial, key) for key in _GOES_ON},
            "epochs": [asdict(epoch) for epoch in trial.epochs],
            "steps": self.steps,
            "model": self.model.state_dict(),
            "average": None if self.average is None else self.evaluated.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "generator": self.generator.get_state(),
        }
        checkpoint.save(path, state)

    def restore(self, path: Path) -> bool:
        """Go on from a stored state; False if there is none of this very run."""
        state = checkpoint.load(path)
        if state is None or state["of"] != self._identity():
            return False
        for key in _GOES_ON:
            setattr(self.trial, key, state["trial"][key])
        self.trial.epochs[:] = [Epoch(**epoch) for epoch in state["epochs"]]
        self.steps = state["steps"]
        self.model.load_state_dict(state["model"])
        if self.average is not None:
            self.average.model.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.generator.set_state(state["generator"])
        return True

    def _identity(self) -> dict[str, Any]:
        """Return what two runs must share to be one."""
        same = ("id", "step", "settings", "seed", "data", "device", "versions")
        return cleaned({key: getattr(self.trial, key) for key in same})


def batches(
    count: int, batch_size: int, generator: torch.Generator, drop_last: bool = False
) -> tuple[Tensor, ...]:
    """Divide the indices 0 … count - 1, in random order, into batches for one epoch.

    There are ⌈count / batch_size⌉, each index is in one of them, and their sizes differ
    by one at most: a small rest at the end would make one step noisier than all others.
    With `drop_last` the rest is left out: ⌊count / batch_size⌋ batches of one size, so
    that a GPU always has the same work, planned or compiled once.

    >>> [len(batch) for batch in batches(10, 4, torch.Generator())]
    [4, 3, 3]
    >>> [len(batch) for batch in batches(10, 4, torch.Generator(), drop_last=True)]
    [4, 4]
    """
    order = torch.randperm(count, generator=generator, device=generator.device)
    if drop_last and batch_size <= count:
        return order[: count // batch_size * batch_size].split(batch_size)
    return order.tensor_split(math.ceil(count / batch_size))


def generator(seed: int, where: torch.device) -> torch.Generator:
    """Return the generator of a run's order and augmentation.

    Its seed is not that of the weights (`model.build`), lest both be the same numbers.
    """
    return torch.Generator(where).manual_seed(seed + 2**32)


def finite_means(measures: list[Tensor]) -> tuple[float, float]:
    """Average the measurements of an epoch; float16 may have spoiled the first."""
    values = torch.stack(measures)  # (M, 2)
    means = torch.where(values.isfinite(), values, math.nan).nanmean(0)
    norm, ratio = means.tolist()
    return norm, ratio
