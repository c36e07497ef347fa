"""Is a model measured in the sandbox, whatever it is, and its claim judged fairly?"""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.cli import main
from autograder.project import laws
from autograder.project.images import (
    DIGITS,
    DIGITS_TRAIN,
    ImagesError,
    Labeled,
    digits,
    fingerprint,
    test_images,
)
from autograder.project.measuring import Measured, NotMeasurableError, measure
from autograder.project.model_file import Model, disagreements
from autograder.project.scoring import grade_run
from autograder.sandbox.limits import MIB, Limits
from tests.audit import Honest, run_of
from tests.audit.models import CODE, PARTS, finished
from tests.sandbox import needs_sandbox

pytest.importorskip("torch")

test_images.__test__ = False  # type: ignore[attr-defined]
LIMITS = Limits(
    start_seconds=60,
    cell_seconds=60,
    call_seconds=60,
    submission_seconds=240,
    memory=3000 * MIB,
)

# It remembers the bytes of images that it was built with.
TABLE = """
import hashlib
import torch
from torch import nn

class Table(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.register_buffer("keys", torch.zeros(n, 64, dtype=torch.uint8))
        self.register_buffer("answers", torch.zeros(n, dtype=torch.int64))

    def forward(self, images):
        known = {bytes(k.tolist()): int(a) for k, a in zip(self.keys, self.answers)}
        found = [known.get(bytes(i.flatten().tolist()), 0) for i in images]
        return nn.functional.one_hot(torch.tensor(found), 10)

def build(name, width, *, channels, size, classes):
    return Table(width)
"""
WRONG: dict[str, tuple[str, str]] = {
    "no build": ("x = 1", "cannot import name 'build'"),
    "another network": (
        CODE.replace("* size, classes)", "* size, classes + 1)"),
        "size mismatch",
    ),
    "it needs files": ("open('/work/labels')", "FileNotFoundError"),
    "it ends the process": ("import os; os._exit(0)", "ended the Python process"),
}


def four_places(n: int = 300) -> Labeled:
    """Images of 2 x 2 pixels; the label is the brightest."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 200, (n, 1, 2, 2)).astype(np.uint8)
    labels = images.reshape(n, 4).argmax(1)
    images.reshape(n, 4)[np.arange(n), labels] += 55
    return Labeled("places", images, labels.astype(np.int64), 4)


def places_model(claim: float = 1.0) -> Model:
    """The model whose code is ``CODE``."""
    tensors: dict[str, Any] = {
        "linear.weight": np.eye(4, dtype=np.float32),
        "linear.bias": np.zeros(4, np.float32),
    }
    shape = {"name": "head", "width": 1, "channels": 1, "size": 2, "classes": 4}
    return Model(shape, 20, claim, 0, tensors)  # type: ignore[arg-type]


@needs_sandbox
def test_a_model_is_measured_from_its_labels() -> None:
    """Is the accuracy counted outside, with code and weights that crossed as text?"""
    found = measure(
        places_model(0.9),
        {"model.py": CODE, "parts.py": PARTS},
        four_places(),
        300,
        LIMITS,
    )
    assert found.n == found.sample == 300
    assert found.accuracy == found.plain == 1.0
    assert found.changed > 0.95
    assert not found.agrees  # 0.9 was claimed
    assert found.z < -laws.Z


@needs_sandbox
def test_a_lookup_table_is_asked_about() -> None:
    """Is a table of the test images noticed, and named a question?"""
    data = digits("test")
    some = Labeled("digits", data.images[:200], data.labels[:200], 10)
    tensors: dict[str, Any] = {
        "keys": some.images.reshape(200, 64),
        "answers": some.labels,
    }
    shape = {"name": "table", "width": 200, "channels": 1, "size": 8, "classes": 10}
    model = Model(shape, 1, 1.0, 0, tensors)  # type: ignore[arg-type]
    found = measure(model, {"model.py": TABLE}, some, 200, LIMITS)
    assert found.accuracy == 1.0
    assert found.agrees
    assert found.question.endswith("does it look images up in a table?")


@needs_sandbox
@pytest.mark.parametrize("what", WRONG)
def test_code_that_does_not_work_is_said(what: str) -> None:
    """Does the message say what went wrong, for code of any kind?"""
    code, said = WRONG[what]
    files = {"model.py": code, "parts.py": PARTS}
    with pytest.raises(NotMeasurableError, match=said):
        measure(places_model(), files, four_places(5), limits=LIMITS)


@needs_sandbox
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("torch.zeros(len(images), 4, 2)", "labels of shape"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_labels_that_are_none_are_said(answer: str, said: str) -> None:
    """Is nothing believed of what comes back?"""
    parts = PARTS.replace("self.linear(images.float().flatten(1))", answer)
    with pytest.raises(NotMeasurableError, match=said):
        measure(
            places_model(),
            {"model.py": CODE, "parts.py": parts},
            four_places(5),
            limits=LIMITS,
        )


def test_images_of_another_size_are_said() -> None:
    """Is it said before anything is started?"""
    data = digits("test")
    with pytest.raises(NotMeasurableError, match="takes images of shape"):
        measure(places_model(), {}, data)


def _measured(**changes: Any) -> Measured:
    values: dict[str, Any] = {
        "n": 359,
        "classes": 10,
        "accuracy": 0.98,
        "claim": 0.98,
        "claimed_on": 359,
        "sample": 359,
        "plain": 0.98,
        "changed": 0.98,
        "moved": 0.8,
    }
    return Measured(**{**values, **changes})


def test_a_claim_is_judged_by_its_uncertainty() -> None:
    """Are chance and rounding allowed, and more than that not, either way?"""
    assert _measured().agrees
    assert _measured(claim=0.99).agrees
    assert not _measured(claim=1.0, accuracy=0.9).agrees
    assert not _measured(claim=0.9, accuracy=1.0).agrees
    assert _measured(n=10_000, claimed_on=10_000, accuracy=0.934, claim=0.94).agrees
    assert not _measured(n=10_000, claimed_on=10_000, accuracy=0.93, claim=0.945).agrees
    assert _measured(accuracy=1.0, claim=1.0).z == 0
    # The false alarm that is stated, on images drawn afresh.
    rng = np.random.default_rng(0)
    first, second = rng.binomial(359, 0.95, (2, 20_000)) / 359
    alarms = [
        not _measured(accuracy=float(a), claim=float(b)).agrees
        for a, b in zip(first, second, strict=True)
    ]
    assert np.mean(alarms) < 3 * laws.FALSE_ALARM
    assert pytest.approx(0.0027, rel=1e-3) == laws.FALSE_ALARM


def test_a_question_is_asked_only_where_much_is_lost() -> None:
    """Is a brittle but honest network left alone?"""
    assert not _measured(changed=0.96).question
    assert not _measured(moved=0.45).question
    assert "one gray level" in _measured(changed=0.6).question
    assert "moved by one pixel" in _measured(moved=0.2).question


# The images ---------------------------------------------------------------------------


def test_the_digits_are_those_of_the_course() -> None:
    """Are the fingerprint and the size of the training part what the audit expects?"""
    assert fingerprint(digits("train")) == DIGITS
    assert len(digits("train")) == DIGITS_TRAIN
    found = test_images("digits")
    assert found.images.shape == (359, 1, 8, 8)
    assert found.classes == 10


def test_images_are_read_from_files_of_every_kind(tmp_path: Path) -> None:
    """Do arrays, JPEG streams and CIFAR-10's archive give the same images?"""
    image = pytest.importorskip("PIL.Image")
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, 3, 32, 32)).astype(np.uint8)
    labels = np.array([0, 3, 9, 1, 1, 2])
    path = tmp_path / "arrays.npz"
    for arrays in (images, np.moveaxis(images, 1, 3)):
        np.savez(path, images=arrays, labels=labels)
        found = test_images(str(path))
        assert (found.images == images).all()
        assert found.labels.tolist() == labels.tolist()
    np.savez(path, images=images[:, 0], labels=labels)
    assert test_images(str(path)).images.shape == (6, 1, 32, 32)

    rows = np.concatenate([labels[:, None].astype(np.uint8), images.reshape(6, -1)], 1)
    (tmp_path / "test_batch.bin").write_bytes(rows.tobytes())
    archive = tmp_path / "cifar-10-binary.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "test_batch.bin", "cifar-10-batches-bin/test_batch.bin")
    for file in (archive, tmp_path / "test_batch.bin"):
        found = test_images(str(file))
        assert (found.images == images).all()
        assert found.labels.tolist() == labels.tolist()

    streams = []
    for one in images:
        stream = io.BytesIO()
        image.fromarray(np.moveaxis(one, 0, 2)).save(stream, "JPEG")
        streams.append(np.frombuffer(stream.getvalue(), np.uint8))
    offsets = np.cumsum([0, *map(len, streams)])
    np.savez(
        path,
        test_jpeg=np.concatenate(streams),
        test_offsets=offsets,
        test_labels=labels,
    )
    assert test_images(str(path)).images.shape == images.shape


def test_images_that_cannot_be_had_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is each wrong file told in a sentence?"""
    path = tmp_path / "x.npz"
    with pytest.raises(ImagesError, match="no file"):
        test_images(str(path))
    path.write_bytes(b"nothing")
    with pytest.raises(ImagesError, match="cannot be read"):
        test_images(str(path))
    np.savez(path, pictures=np.zeros(3))
    with pytest.raises(ImagesError, match="no arrays named"):
        test_images(str(path))
    np.savez(path, images=np.array([{}]), labels=np.zeros(1, int), allow_pickle=True)
    with pytest.raises(ImagesError, match="cannot be read"):
        test_images(str(path))
    for images, labels, said in (
        (np.zeros((2, 3)), np.zeros(2, int), "not uint8"),
        (np.zeros((2, 3, 3), np.uint8), np.zeros(3, int), "2 whole"),
        (np.zeros((2, 3, 3), np.uint8), np.zeros(2), "2 whole"),
        (np.zeros((2, 3, 3), np.uint8), np.array([0, -1]), "count from 0"),
    ):
        np.savez(path, images=images, labels=labels)
        with pytest.raises(ImagesError, match=said):
            test_images(str(path))
    other = tmp_path / "x.bin"
    other.write_bytes(b"123")
    with pytest.raises(ImagesError, match="is not CIFAR-10's"):
        test_images(str(other))
    tar = tmp_path / "x.tar.gz"
    tar.write_bytes(b"123")
    with pytest.raises(ImagesError, match="is no archive"):
        test_images(str(tar))
    with tarfile.open(tar, "w:gz") as archive:
        archive.add(other, "other.bin")
    with pytest.raises(ImagesError, match="holds no test_batch"):
        test_images(str(tar))
    monkeypatch.setattr("autograder.project.images.LARGEST", 2)
    with pytest.raises(ImagesError, match="larger than"):
        test_images(str(tar))
    monkeypatch.setitem(__import__("sys").modules, "sklearn.datasets", None)
    with pytest.raises(ImagesError, match="scikit-learn"):
        test_images("digits")


# A run with its model ---------------------------------------------------------------


@needs_sandbox
def test_the_command_measures_and_grades(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Are points, page, JSON and exit code those of an honest and of a false claim?"""
    run = finished(tmp_path / "honest", claim=325 / 359)
    page = tmp_path / "pages" / "page.html"
    # The nearest mean comes to 0.90 and not to 0.95: some points are missing.
    assert main(["project", str(run), "--out", str(page)]) == 1  # the digits are known
    said = capsys.readouterr().out
    assert "an accuracy worth the work" in said
    assert "contradiction" not in said
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    code = str(tmp_path / "honest")

    run = finished(tmp_path / "boast", claim=1.0)
    argv = ["project", str(run), "--data", "digits", "--code", code, "--json"]
    assert main(argv) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["points"] == 80
    assert report["possible"] == 100
    assert report["measured"]["z"] > laws.Z
    assert not report["measured"]["agrees"]
    assert main(["project", str(run), "--data", "nowhere.npz"]) == 2
    assert "no file nowhere.npz" in capsys.readouterr().err


def test_a_model_that_is_missing_costs_the_result_only(tmp_path: Path) -> None:
    """Is a run without model or code graded for its process?"""
    run = Honest().write(tmp_path / "run")
    report = grade_run(run, digits("test"))
    assert report.points == 80
    assert report.possible == 100
    assert "model.json is missing" in report.steps[-1].verdict.parts[0].message
    run = finished(tmp_path / "other")
    (tmp_path / "other" / "project" / "model.py").unlink()
    report = grade_run(run, digits("test"))
    assert "no project/model.py" in report.steps[-1].verdict.parts[0].message


def test_a_model_that_is_not_the_ledgers_is_named(tmp_path: Path) -> None:
    """Are another seed, claim, size or choice than the ledger's noticed?"""
    run = run_of(tmp_path / "run")
    fits = run.of("final")
    test = next(one for one in run.decisions if one.step == "test")
    best = min(fits, key=lambda trial: trial.loss)
    worst = min(fits, key=lambda trial: trial.accuracy)

    def names(**changes: Any) -> set[str]:
        claim = test.accuracies[best.seed]  # type: ignore[attr-defined]
        tensors = {"w": np.zeros(best.parameters)}
        values: dict[str, Any] = {
            "shape": {},
            "parameters": best.parameters,
            "claim": claim,
            "seed": best.seed,
            "tensors": tensors,
        }
        return {one.name for one in disagreements(run, Model(**{**values, **changes}))}

    assert names() == set()
    assert names(parameters=7) == {"other parameters"}
    assert names(tensors={"w": np.zeros(7)}) == {"other parameters"}
    assert names(claim=0.123) == {"another claim"}
    assert names(seed=99) == {"a value that no trial has"}
    claim = test.accuracies[worst.seed]  # type: ignore[attr-defined]
    assert names(seed=worst.seed, claim=claim) == {"the best is not the best"}
