"""The training loop of K networks at once, whose weights are stacked.

It does in each step what `loop.Run` does, in the same order and from the same
generators. `torch.func.vmap` applies the network to all stacked weights: to the GPU a
convolution of K networks is one, with K groups.

In shapes: K networks, B images a batch, S steps an epoch, C classes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap
from torch.nn import functional

from .augment import augment
from .averaging import average_decay
from .loop import LOOK, MEASURED, Run, batches, finite_means
from .monitors import gradient_norm, update_ratio
from .optimizer import rate_factor
from .regularization import is_decayed, smoothed_loss
from .schedule import learning_rate
from .trial import Epoch


class Group:
    """K runs under way, whose weights are stacked."""

    def __init__(self, runs: list[Run]) -> None:
        self.runs = runs
        first = runs[0]
        self.net, self.train = first.model, first.settings.train
        self.device, self.images, self.labels = first.device, first.images, first.labels
        self.weights, self.buffers = stack_module_state([run.model for run in runs])
        self.velocity = {name: torch.zeros_like(w) for name, w in self.weights.items()}
        self.average = {name: w.detach().clone() for name, w in self.weights.items()}
        self.mirrored = torch.stack([run.mirrored for run in runs])  # (K, N)
        self.keep(list(range(len(runs))))

    @torch.no_grad()
    def keep(self, kept: list[int]) -> None:
        """Go on with these runs only."""
        self.runs = [self.runs[k] for k in kept]
        if len(kept) < len(self.mirrored):
            self.mirrored = self.mirrored[kept]
            for stacked in (self.weights, self.buffers, self.velocity, self.average):
                for name, tensor in stacked.items():
                    stacked[name] = tensor[kept].requires_grad_(tensor.requires_grad)
        trains = [run.settings.train for run in self.runs]
        self.momentum = self._numbers([train.momentum for train in trains])  # (K,)
        self.decay = self._numbers([train.weight_decay for train in trains])

    def epoch(self) -> None:
        """Train every network on every image once, validate, and note it in trials."""
        began = time.perf_counter()
        size = self.runs[0].trial.batch_size_used
        done = len(self.runs[0].trial.epochs)
        count, drop_last = len(self.labels), self.train.drop_last
        orders = [batches(count, size, run.generator, drop_last) for run in self.runs]
        order = [torch.stack(each) for each in zip(*orders, strict=True)]  # S of (K, B)
        rates = self._rates(done * len(order), len(order))  # (S, K)
        on_device = self._numbers(rates)
        every = max(1, len(order) // MEASURED)
        logits: list[Tensor] = []  # S of (K, B, C)
        measures: list[Tensor] = []  # of shape (K, 2): gradient norm, update ratio
        for place, chosen in enumerate(order):
            output, gradients = self._gradients(chosen, done)
            logits.append(output)
            measured = place % every == 0
            if measured:
                norms = [gradient_norm(own) for own in self._each(gradients)]
                before = [w.detach().clone() for w in self.weights.values()]
            self._step(gradients, on_device[place])
            self._follow(done * len(order) + place + 1)
            if measured:
                after = [w.detach() for w in self.weights.values()]
                pairs = zip(self._each(before), self._each(after), strict=True)
                ratios = [update_ratio(old, new) for old, new in pairs]
                measures.append(
                    torch.stack([torch.stack(norms), torch.stack(ratios)], 1)
                )
        validated = self._validated(4 * size)
        seconds = time.perf_counter() - began
        for k, run in enumerate(self.runs):
            self._note(
                run,
                [output[k] for output in logits],
                [self.labels[chosen[k]] for chosen in order],
                [own[k] for own in measures],
                [row[k] for row in rates],
                validated[k],
                seconds,
            )

    def _rates(self, first: int, steps: int) -> list[list[float]]:
        """Return the rate of each trial at each step of an epoch: (S, K)."""
        train = self.train
        return [
            [
                learning_rate(
                    first + place,
                    train.epochs * steps,
                    run.trial.rate_used,
                    train.warmup,
                    train.schedule,
                )
                for run in self.runs
            ]
            for place in range(steps)
        ]

    def _gradients(self, chosen: Tensor, done: int) -> tuple[Tensor, list[Tensor]]:
        """Compute logits (K, B, C) and stacked gradients on images `chosen` (K, B)."""
        train, flat = self.train, chosen.flatten()
        flip: bool | Tensor = False
        if train.flip:
            flip = (self.mirrored.gather(1, chosen).flatten() + done) % 2 == 1
        images = augment(
            self.images[flat],
            [run.generator for run in self.runs],
            crop=train.crop,
            flip=flip,
            cutout=train.cutout,
            fill=self.runs[0].fill,
        ).unflatten(0, chosen.shape)  # (K, B, ...)
        logits = self._forward(self.weights, images, 0)
        # K times the mean over all trials is the sum of the trials' own means; and the
        # weights of a trial have no part in the loss of another.
        loss = len(chosen) * smoothed_loss(
            logits.flatten(0, 1), self.labels[flat], train.label_smoothing
        )
        gradients = torch.autograd.grad(loss, list(self.weights.values()))
        return logits.detach(), list(gradients)

    def _forward(
        self, weights: dict[str, Tensor], images: Tensor, axis: int | None
    ) -> Tensor:
        """Return logits (K, B, C) of images that have an axis of K, or none (None)."""

        def one(weights: Any, buffers: Any, images: Tensor) -> Tensor:
            return functional_call(self.net, (weights, buffers), (images,))

        with self.runs[0].autocast():
            every = vmap(one, in_dims=(0, 0, axis))
            return every(weights, self.buffers, images).float()

    @torch.no_grad()
    def _step(self, gradients: list[Tensor], rate: Tensor) -> None:
        """Clip, then step as `torch.optim.SGD` does; rate: (K,)."""
        factor = torch.ones_like(rate)
        if self.train.clip:
            squares = [(g**2).flatten(1).sum(1) for g in gradients]
            factor = (self.train.clip / torch.stack(squares).sum(0).sqrt()).clamp(max=1)
        for name, gradient in zip(self.weights, gradients, strict=True):
            weight, velocity = self.weights[name], self.velocity[name]
            own_rate = rate * rate_factor(name, self.train)  # (K,)
            across = (-1,) + (1,) * (weight.ndim - 1)  # (K, 1, ..., 1)
            step = gradient * factor.view(across)
            if is_decayed(name, tuple(weight.shape[1:])):
                step += self.decay.view(across) * weight
            # v ← μ v + g ,  w ← w - η (g + μ v)
            momentum = self.momentum.view(across)
            velocity.mul_(momentum).add_(step)
            weight.sub_(own_rate.view(across) * (step + momentum * velocity))

    @torch.no_grad()
    def _follow(self, step: int) -> None:
        if self.train.average:
            decay = average_decay(self.train.average, step)
            for name, old in self.average.items():
                old.lerp_(self.weights[name], 1 - decay)

    @torch.no_grad()
    def _validated(self, size: int) -> list[tuple[float, float]]:
        """Return loss and accuracy on the validation images, of each trial."""
        weights = self.average if self.train.average else self.weights
        images, labels = self.runs[0].validation
        sums = torch.zeros(len(self.runs), 2, device=self.device)
        for some, theirs in zip(images.split(size), labels.split(size), strict=True):
            logits = self._forward(weights, some, None)  # (K, B, C)
            target = theirs.expand(len(logits), -1)
            loss = functional.cross_entropy(
                logits.transpose(1, 2), target, reduction="none"
            )
            right = logits.argmax(2) == target
            sums += torch.stack([loss.sum(1), right.sum(1)], 1)
        return [(loss, right) for loss, right in (sums / len(labels)).tolist()]

    def _note(
        self,
        run: Run,
        logits: list[Tensor],
        labels: list[Tensor],
        measures: list[Tensor],
        rates: list[float],
        validated: tuple[float, float],
        seconds: float,
    ) -> None:
        """Write one trial's epoch; of S steps, or of fewer, if it diverged there."""
        smoothing, steps = self.train.label_smoothing, len(logits)
        loss = float(smoothed_loss(torch.cat(logits), torch.cat(labels), smoothing))
        if not math.isfinite(loss):
            validated = math.nan, math.nan
            steps = self._last(logits, labels)
            measures = measures[: math.ceil(steps / max(1, len(logits) // MEASURED))]
        seen = torch.cat(labels[:steps])
        right = (torch.cat(logits[:steps]).argmax(1) == seen).sum()
        norm, ratio = finite_means(measures)
        run.trial.images += len(seen)
        count = len(seen) if self.train.drop_last else len(self.labels)
        run.trial.epochs.append(
            Epoch(
                epoch=len(run.trial.epochs) + 1,
                steps=steps,
                rate=rates[steps - 1],
                train_loss=loss,
                train_accuracy=float(right) / count,
                validation_loss=validated[0],
                validation_accuracy=validated[1],
                gradient_norm=norm,
                update_ratio=ratio,
                seconds=seconds,
            )
        )

    def _last(self, logits: list[Tensor], labels: list[Tensor]) -> int:
        """Return after how many steps `Run.epoch` would have seen the divergence."""
        look = 1 if self.device.type == "cpu" else LOOK
        sound = True
        for place, (output, target) in enumerate(zip(logits, labels, strict=True)):
            loss = smoothed_loss(output, target, self.train.label_smoothing)
            sound = sound and math.isfinite(loss)
            if place % look == 0 and not sound:
                return place + 1
        return len(logits)

    def _numbers(self, values: object) -> Tensor:
        return torch.tensor(values, dtype=torch.float32, device=self.device)

    @staticmethod
    def _each(stacked: Sequence[Tensor]) -> list[list[Tensor]]:
        """Return for each trial its own tensors."""
        return [list(own) for own in zip(*stacked, strict=True)]
