"""Measuring a model: its code labels images in the sandbox, the judge counts.

Code, weights and images go through the judge's wire as text and raw numbers, labels
come back; the sandbox holds no label, no ledger, no file of the student's but the
modules of the package. Images are handed over in an order drawn afresh, so that their
places tell nothing.

A model that looked its answers up would do well on the very images and badly on images
that differ a little. So it is also asked about images of which every pixel is one gray
level brighter or darker, and images moved by one pixel. What it loses there is a
question to its author and no verdict: a network may honestly be so brittle.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autograder.judge.kernel import Kernel
from autograder.judge.remote import RemoteCallee
from autograder.judge.session import Session
from autograder.mishaps import Mishap
from autograder.project import laws
from autograder.project.images import Labeled
from autograder.project.model_file import Model
from autograder.project.reading import RunError
from autograder.sandbox.limits import MIB, Limits

BATCH = 250  # images a call
SAMPLE = 2000  # of the images that are moved and changed
LIMITS = Limits(
    start_seconds=60,
    cell_seconds=60,
    call_seconds=120,  # the first one imports torch
    submission_seconds=1200,
    memory=4096 * MIB,
    addresses=16 * 1024 * MIB,  # CUDA's libraries reserve them, with or without a GPU
)

# What is run in the sandbox. It knows the contract of project/model.py: build(name,
# width, channels=, size=, classes=) makes the module, which takes uint8 (N, C, H, W).
GLUE = """
def tuned_build(code, shape, tensors):
    import os, sys
    import torch
    torch.set_num_threads(1)
    os.makedirs("project", exist_ok=True)
    for name, text in code.items():
        with open(os.path.join("project", name), "w", encoding="utf-8") as file:
            file.write(text)
    if not os.path.exists("project/__init__.py"):
        open("project/__init__.py", "w").close()
    sys.path.insert(0, os.getcwd())
    from project.model import build
    shape = dict(shape)
    model = build(shape.pop("name"), shape.pop("width"), **shape)
    model.load_state_dict({name: torch.from_numpy(a) for name, a in tensors.items()})
    tuned_build.model = model.eval()
    return len(tensors)

def tuned_label(images):
    import torch
    with torch.no_grad():
        return tuned_build.model(torch.from_numpy(images)).argmax(1).numpy()
"""


class NotMeasurableError(RunError):
    """The model gave no labels; the message says why, to its author."""


@dataclass(frozen=True)
class Measured:
    """What the model did on ``n`` images with ``classes`` classes.

    ``claim`` was made on ``claimed_on`` images; ``changed`` and ``moved`` are the
    accuracies on the first ``sample`` images of the measurement, changed by one gray
    level and moved by one pixel, ``plain`` that on the same images as they are.
    """

    n: int
    classes: int
    accuracy: float
    claim: float
    claimed_on: int
    sample: int
    plain: float
    changed: float
    moved: float

    @property
    def z(self) -> float:
        """By how many standard errors the claim lies above the measurement."""
        z = laws.standard_errors(self.claim, self.claimed_on, self.accuracy, self.n)
        return round(z, 6) + 0.0  # rounding of single precision is none

    @property
    def agrees(self) -> bool:
        """The claim differs by no more than chance allows."""
        return abs(self.z) <= laws.Z

    @property
    def question(self) -> str:
        """What to ask the author, where the model may have looked its answers up."""
        lost = laws.standard_errors(self.plain, self.sample, self.changed, self.sample)
        if lost > laws.Z and self.plain - self.changed > 0.05:
            return (
                f"its accuracy falls from {self.plain:.3f} to {self.changed:.3f} when "
                "every pixel is one gray level brighter or darker: does it look images "
                "up in a table?"
            )
        chance = 1 / self.classes
        if self.moved - chance < 0.25 * (self.plain - chance):
            return (
                f"its accuracy falls from {self.plain:.3f} to {self.moved:.3f} when "
                "the images are moved by one pixel, near that of guessing: does it "
                "look images up in a table?"
            )
        return ""


def measure(
    model: Model,
    code: dict[str, str],
    data: Labeled,
    claimed_on: int | None = None,
    limits: Limits = LIMITS,
    make_kernel: Callable[[Limits], Kernel] = Kernel,
) -> Measured:
    """Let the submitted model label ``data``'s images; count outside.

    Raises :class:`NotMeasurableError`, and
    :class:`~autograder.sandbox.bubblewrap.SandboxUnavailableError`.
    """
    shape = data.images.shape[1:]
    channels, size = model.shape["channels"], model.shape["size"]
    if shape != (channels, size, size):
        raise NotMeasurableError(
            f"the model takes images of shape {(channels, size, size)}, these are "
            f"{tuple(shape)}"
        )
    rng = np.random.default_rng(secrets.randbits(64))
    order = rng.permutation(len(data))
    images, labels = data.images[order], data.labels[order]
    some = slice(0, SAMPLE)
    session = Session(limits, lambda: make_kernel(limits))
    try:
        session.run_cell(GLUE)
        _ask(session, "tuned_build", code, model.shape, model.tensors)

        def right(images: NDArray[np.uint8]) -> NDArray[np.bool_]:
            found = [
                _labels(session, images[start : start + BATCH])
                for start in range(0, len(images), BATCH)
            ]
            return np.equal(np.concatenate(found), labels[: len(images)])

        plain = right(images)
        changed = right(one_level(images[some], rng))
        moved = [right(other) for other in moved_by_one(images[some])]
    finally:
        session.close()
    return Measured(
        n=len(data),
        classes=data.classes,
        accuracy=float(plain.mean()),
        claim=model.claim,
        claimed_on=claimed_on or len(data),
        sample=len(images[some]),
        plain=float(plain[some].mean()),
        changed=float(changed.mean()),
        moved=float(np.mean(moved)),
    )


def _ask(session: Session, name: str, *arguments: object) -> object:
    try:
        return RemoteCallee(session, name).invoke(arguments).value
    except Mishap as mishap:
        what = {"tuned_build": "building the model", "tuned_label": "labeling images"}
        # Built by a kernel that is gone, the model would have to be built again: what
        # ended that kernel would end the next.
        raise NotMeasurableError(f"{what[name]} {mishap.message}") from None


def _labels(session: Session, images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The labels that the model gives; nothing of them is believed unchecked."""
    got = _ask(session, "tuned_label", np.ascontiguousarray(images))
    if not isinstance(got, np.ndarray) or got.dtype.kind not in "iu":
        raise NotMeasurableError("the model did not answer with whole numbers")
    if got.shape != images.shape[:1]:
        raise NotMeasurableError(
            f"the model answered {len(images)} images with labels of shape {got.shape}"
        )
    return got.astype(np.int64)


def one_level(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Each pixel one gray level brighter or darker, at random; 0 and 255 stay inside.

    >>> rng = np.random.default_rng(0)
    >>> one_level(np.array([[0, 255]], np.uint8), rng).tolist()
    [[1, 254]]
    """
    step = rng.choice(np.array([-1, 1]), images.shape)
    step = np.where(images == 0, 1, np.where(images == 255, -1, step))
    changed: NDArray[np.uint8] = (images.astype(np.int64) + step).astype(np.uint8)
    return changed


def moved_by_one(images: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """The images moved by one pixel: down, up, right, left; the edge is repeated.

    >>> image = np.array([[[[1, 2], [3, 4]]]], np.uint8)
    >>> [moved.ravel().tolist() for moved in moved_by_one(image)][:2]
    [[1, 2, 1, 2], [3, 4, 3, 4]]
    """
    for axis in (2, 3):
        for way in (1, -1):
            places = np.clip(
                np.arange(images.shape[axis]) - way, 0, images.shape[axis] - 1
            )
            yield np.take(images, places, axis)
