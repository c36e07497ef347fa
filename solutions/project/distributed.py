"""One training run on several GPUs, by torchrun: each takes its share of every batch.

    torchrun --nproc-per-node 4 -m project final --data cifar10 --out run

The first process does what a single one would do, and is the only one that writes.
The others wait for it to call `fit`, load the same data and train along. All hold the
same network, draw the same order and the same augmentation, and compute the gradients
of their own images; the sum of these, weighted by how many images they are of, is the
gradient of the batch. So the result is that of one process, but for rounding, and for
batch normalization, whose statistics are those of a share.

Between processes go numbers and JSON, never pickles.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch import distributed as dist

from . import data, train
from .config import as_dict, from_dict
from .loop import Run
from .trial import Epoch, Trial

if TYPE_CHECKING:
    from .config import Settings
    from .data import Fold

# The others wait as long as the first one has other work; if a process dies, torchrun
# ends all of them at once.
_PATIENCE = timedelta(days=7)


class DistributedError(RuntimeError):
    """The processes cannot train together; the message says why."""


@contextmanager
def joined() -> Iterator[bool]:
    """Join the processes that torchrun started; without it there is nothing to join.

    Yields True in the process that is to do the work, False in those that are to call
    `follow`, and nothing else.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield True
        return
    backend = "gloo"
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        backend = "cpu:gloo,cuda:nccl"
    dist.init_process_group(backend, timeout=_PATIENCE)
    try:
        yield dist.get_rank() == 0
        if dist.get_rank() == 0:
            _broadcast(None)  # to those that follow: it is over
    finally:
        dist.destroy_process_group()


def fit(
    settings: Settings,
    fold: Fold,
    *,
    id: str,  # noqa: A002 - the ledger's word
    step: str,
    seed: int,
    run: Path | None = None,
    watch: Callable[[Epoch], None] | None = None,
    keep_model: bool = False,
) -> Trial:
    """Train as `train.fit` does, with all processes that have joined.

    fold: the training part of `settings.data`, split by `settings.validation` and
        `settings.seed`: the others load it by these.
    run: on a disk that all processes see. A stored run may go on with another number of
        processes than it was begun with.
    watch: called in the first process only; it must not raise `Pruned`.

    Raises `DistributedError` if a process has other data, another state to begin from,
    or not enough memory; then all processes end.
    """
    rest = {"id": id, "step": step, "seed": seed, "run": run}
    if not dist.is_initialized():
        return train.fit(settings, fold, **rest, watch=watch, keep_model=keep_model)
    if settings.train.batch_size < dist.get_world_size():
        raise DistributedError(
            f"{dist.get_world_size()} processes, but train.batch_size is "
            f"{settings.train.batch_size}: each needs an image of every batch"
        )
    where = None if run is None else str(run.resolve())
    job = {"settings": as_dict(settings), "data": _digest(fold)}
    _broadcast(job | rest | {"run": where})
    trial = train.fit(
        settings, fold, **rest, watch=watch, keep_model=keep_model, kind=Shared
    )
    trial.device = f"{dist.get_world_size()} × {trial.device}"
    return trial


def follow() -> None:
    """Train along with the first process, until it is done.

    Raises `DistributedError` if the data here are not those of the first process.
    """
    while (job := _job()) is not None:
        settings = from_dict(job["settings"])
        whole = data.load(settings.data, "train")
        fold = data.fold(whole, share=settings.validation, seed=settings.seed)
        if _digest(fold) != job["data"]:
            raise DistributedError(
                f"process {dist.get_rank()} finds other data in {settings.data} than "
                "the first process"
            )
        rest = {key: job[key] for key in ("id", "step", "seed")}
        run = None if job["run"] is None else Path(job["run"])
        train.fit(settings, fold, **rest, run=run, kind=Shared)


def _job() -> dict[str, Any] | None:
    """Wait for what the first process wants; None: nothing more."""
    try:
        return _broadcast(None)
    except RuntimeError:  # the connection is gone, for the first process has failed:
        return None  # why, it has said itself


class Shared(Run):
    """A run whose batches are shared out among processes.

    Whatever a step begins with is the same in all of them, and so is what it ends with.
    """

    def __init__(
        self, settings: Settings, fold: Fold, where: torch.device, trial: Trial
    ) -> None:
        with _enough_memory():
            super().__init__(settings, fold, where, trial)

    def mine(self, batch: Tensor) -> Tensor:
        """Return every P-th image of a batch (B, ...), P being the number of processes.

        Shares differ by one image at most.
        """
        return batch[dist.get_rank() :: dist.get_world_size()]

    def add_up(self, sums: Tensor, share: float) -> None:
        """Add up sums, and gradients and statistics times the share, in one message."""
        weighted = self.gradients()
        weighted += [
            buffer
            for name, buffer in self.model.named_buffers()
            if name.endswith(("running_mean", "running_var"))
        ]
        tensors = [*weighted, sums]
        message = torch.cat([tensor.flatten() for tensor in tensors])
        message[: -sums.numel()] *= share
        dist.all_reduce(message)
        sizes = [tensor.numel() for tensor in tensors]
        for tensor, total in zip(tensors, message.split(sizes), strict=True):
            tensor.copy_(total.view(tensor.shape))

    def epoch(self) -> Epoch:
        """Train on this process's share of every batch, then validate."""
        with _enough_memory():
            return super().epoch()

    def save(self, path: Path) -> None:
        """Let the first process store the state; the others wait until it is stored."""
        if dist.get_rank() == 0:
            super().save(path)
        dist.barrier()

    def restore(self, path: Path) -> bool:
        """Go on from a stored state that all processes see."""
        found = super().restore(path)
        steps = torch.tensor([self.steps, -self.steps], device=self.device)
        dist.all_reduce(steps, dist.ReduceOp.MAX)
        if steps.sum() != 0:
            raise DistributedError(
                f"not every process sees the same {path}: --out must be on a disk that "
                "all of them share"
            )
        return found


@contextmanager
def _enough_memory() -> Iterator[None]:
    """Give up where `train.fit` would try a smaller batch, in this process alone."""
    try:
        yield
    except torch.OutOfMemoryError:
        raise DistributedError(
            f"process {dist.get_rank()} is out of memory: choose a smaller "
            "train.batch_size"
        ) from None


def _digest(fold: Fold) -> str:
    """Return what two processes must agree on: the data, and how they were split."""
    split = zlib.crc32(fold.train_labels.cpu().numpy().tobytes())
    return f"{fold.fingerprint} {split:08x}"


def _broadcast(value: Any) -> Any:
    """Return in every process what the first one sends: JSON, after its length."""
    first = dist.get_rank() == 0
    text = json.dumps(value).encode() if first else b""
    length = torch.tensor(len(text))
    dist.broadcast(length, src=0)
    message = torch.zeros(int(length), dtype=torch.uint8)
    if first:
        message = torch.frombuffer(bytearray(text), dtype=torch.uint8)
    dist.broadcast(message, src=0)
    return json.loads(bytes(message.tolist()))
