"""The data: right or refused, fetched once, and split as it should be."""

from __future__ import annotations

import doctest
import gzip
import io
import os
import random
import re
import tarfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from project import archive, data, dataset, download, jpeg
from project.archive import CLASSES, FILES, FOLDER, RECORD, Cifar10
from project.data import DataError, Dataset, fold, load, split
from project.download import Remote

COUNT = 20  # records in each file of the archives made here
NOWHERE = Remote("http://127.0.0.1:9/none.tar.gz", 1, "0" * 64)


def records(seed: int, count: int = COUNT) -> bytes:
    """The content of one file of the archive: random pixels, labels in turn."""
    pixels = np.random.default_rng(seed).integers(0, 256, (count, RECORD), np.uint8)
    pixels[:, 0] = (np.arange(count) + seed) % 10
    return pixels.tobytes()


def contents(**changed: bytes) -> dict[str, bytes]:
    """All files of an archive by their names, some of them changed."""
    names = (*FILES["train"], *FILES["test"])
    made = {f"{FOLDER}/{name}": records(seed) for seed, name in enumerate(names)}
    return made | {f"{FOLDER}/{name}.bin": file for name, file in changed.items()}


def packed(files: dict[str, bytes]) -> bytes:
    """A `.tar.gz` of these files, between others that nobody asked for."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz", compresslevel=1) as tar:
        for name, content in {"../evil": b"x", **files, "/etc/evil": b"x"}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return target.getvalue()


def streams(part_sizes: dict[str, int], **changed: Any) -> bytes:
    """An `.npz` of JPEG streams, with some arrays changed, or left out if None."""
    arrays: dict[str, Any] = {"classes": np.array(["cat", "dog", "ox"])}
    for part, count in part_sizes.items():
        made = [jpeg_of(np.full((32, 32, 3), 8 * i, np.uint8)) for i in range(count)]
        arrays |= {
            f"{part}_jpeg": np.frombuffer(b"".join(made), np.uint8),
            f"{part}_offsets": np.cumsum([0, *map(len, made)]),
            f"{part}_labels": (np.arange(count) % 3).astype(np.uint8),
        }
    arrays = {key: a for key, a in (arrays | changed).items() if a is not None}
    target = io.BytesIO()
    np.savez_compressed(target, **arrays)
    return target.getvalue()


def jpeg_of(pixels: np.ndarray) -> bytes:
    """One image as a JPEG stream."""
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "JPEG")
    return target.getvalue()


def read(path: Path, part: str, folder: Path) -> Dataset:
    """Load a file with the counts of the archives made here."""
    return load(str(path), part, folder, cifar10=Cifar10(NOWHERE, COUNT))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache of its own, which is not there yet."""
    return tmp_path / "a cache" / "tuned"


# A server that behaves as told


class Server(ThreadingHTTPServer):
    """A server on this machine: what it sends, and where it breaks off."""

    content = b""
    ranges = True  # does it send parts of a file?
    lengths = True  # does it say how long an answer is?
    status = 200
    breaks: tuple[int, ...] = ()  # bytes after which successive connections end

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str | None] = []  # the ranges asked for

    def remote(self, content: bytes | None = None) -> Remote:
        """The file as it should be: by default, as the server has it."""
        wanted = self.content if content is None else content
        url = f"http://127.0.0.1:{self.server_port}/cifar.tar.gz"
        return Remote(url, len(wanted), sha256(wanted).hexdigest())


class Handler(BaseHTTPRequestHandler):
    """One answer of the server."""

    server: Server

    def do_GET(self) -> None:
        """Send the file, or the rest of it, or up to where the server breaks off."""
        server, asked = self.server, self.headers.get("Range")
        server.asked.append(asked)
        start, status = 0, server.status
        size = len(server.content)
        if asked and server.ranges and status == 200:
            start, status = int(asked.removeprefix("bytes=").rstrip("-")), 206
            if start >= size:
                status = 416
        self.send_response(status)
        body = server.content[start:] if status < 300 else b""
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        if server.lengths:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if len(server.asked) <= len(server.breaks):
            body = body[: server.breaks[len(server.asked) - 1]]
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that runs while the test does."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as running:
        thread = Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


# Digits, and what every data set is


def test_examples() -> None:
    """Do the examples in the modules hold?"""
    for module in (data, dataset, archive, download, jpeg):
        assert doctest.testmod(module).failed == 0


def test_digits_are_the_same_everywhere() -> None:
    """Are the digits, and which of them are the test part, fixed once and for all?"""
    train, test = load("digits", "train"), load("digits", "test")
    assert train.images.shape == (1438, 1, 8, 8)
    assert test.images.shape == (359, 1, 8, 8)
    assert train.images.dtype == torch.uint8
    assert (int(train.images.min()), int(train.images.max())) == (0, 255)
    assert train.classes == tuple("0123456789")
    assert train.fingerprint.startswith("233feecd74a5a545")
    assert test.fingerprint.startswith("f8894f67533e321e")


def test_test_digits_are_none_of_the_training_digits() -> None:
    """Are the parts apart, together all digits, and each class shared out alike?"""
    from sklearn.datasets import load_digits

    train, test = load("digits", "train"), load("digits", "test")
    every = sorted(bytes(image.flatten().numpy()) for image in train.images)
    every += sorted(bytes(image.flatten().numpy()) for image in test.images)
    pixels = np.rint(load_digits().images * 255 / 16).astype(np.uint8)
    assert sorted(every) == sorted(image.tobytes() for image in pixels)
    shares = test.labels.bincount().numpy() / np.bincount(load_digits().target)
    assert np.abs(shares - 0.2).max() < 1 / 174  # the rarest digit is there 174 times


def test_the_fingerprint_sees_every_bit() -> None:
    """Does it differ if one pixel, one label or their order does?"""
    images = torch.arange(4 * 64).to(torch.uint8).reshape(4, 1, 8, 8)
    labels = torch.tensor([0, 1, 2, 3])
    other, wrong = images.clone(), labels.clone()
    other[3, 0, 7, 7] ^= 1
    wrong[3] = 0
    order = torch.tensor([1, 0, 2, 3])
    found = {
        dataset.fingerprint(*pair)
        for pair in (
            (images, labels),
            (other, labels),
            (images, wrong),
            (images[order], labels[order]),
        )
    }
    assert len(found) == 4


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (torch.zeros(2, 1, 8, 8), torch.zeros(2).long()),
        (torch.zeros(2, 8, 8).byte(), torch.zeros(2).long()),
        (torch.zeros(0, 1, 8, 8).byte(), torch.zeros(0).long()),
        (torch.zeros(2, 1, 8, 8).byte(), torch.zeros(3).long()),
        (torch.zeros(2, 1, 8, 8).byte(), torch.zeros(2).byte()),
        (torch.zeros(2, 1, 8, 8).byte(), torch.tensor([0, 2])),
        (torch.zeros(2, 1, 8, 8).byte(), torch.tensor([-1, 0])),
    ],
)
def test_tensors_that_do_not_fit(images: torch.Tensor, labels: torch.Tensor) -> None:
    """Are images and labels refused that no network could be trained on?"""
    with pytest.raises(DataError, match="tiny: "):
        dataset.verified("tiny", ("a", "b"), images, labels)


def test_no_such_part() -> None:
    """Is a slip in the name of a part an error, and not the test set?"""
    with pytest.raises(ValueError, match="no part"):
        load("digits", "validation")


# Splitting


@pytest.mark.parametrize("seed", range(5))
def test_a_split_is_stratified_and_whole(seed: int) -> None:
    """Are the parts disjoint, together all, and is each class shared out alike?"""
    rng = np.random.default_rng(seed)
    labels = torch.from_numpy(
        rng.integers(0, rng.integers(2, 12), rng.integers(20, 999))
    )
    share = float(rng.uniform(0.1, 0.9))
    first, second = split(labels, share, seed)
    assert first.dtype == second.dtype == torch.int64
    together = torch.cat([first, second]).sort().values
    assert together.equal(torch.arange(len(labels)))
    assert len(second) == round(share * len(labels))
    for label in labels.unique():
        wanted = share * float((labels == label).sum())
        assert abs(float((labels[second] == label).sum()) - wanted) < 1


def test_a_split_depends_on_its_seed_alone() -> None:
    """Does the same seed make the same split, and another another?"""
    labels = torch.arange(100) % 10
    torch.manual_seed(0)
    one = split(labels, 0.2, seed=1)
    torch.manual_seed(1)
    again, other = split(labels, 0.2, seed=1), split(labels, 0.2, seed=2)
    assert one[0].equal(again[0])
    assert one[1].equal(again[1])
    assert not one[1].equal(other[1])


def test_any_beginning_of_a_split_mixes_the_classes() -> None:
    """Are the parts in no order, so that their first images are a fair sample?

    Of 1000 images of 10 classes the first 100 lack a class with a probability of
    at most 10 · 0.9**100 < 3e-4, for this one seed, which is fixed.
    """
    first, _ = split(torch.arange(1250) // 125, 0.2, seed=0)
    assert len((first[:100] // 125).unique()) == 10


@pytest.mark.parametrize("share", [0.0, 1.0, 0.001, 0.999, -1.0, 2.0])
def test_no_part_of_a_split_is_empty(share: float) -> None:
    """Is a share refused of which one part has no image?"""
    with pytest.raises(ValueError, match="would be empty"):
        split(torch.arange(20) % 2, share, seed=0)


def test_a_fold_holds_images_with_their_labels() -> None:
    """Does each image keep its label, and the fold the name of its data?"""
    digits = load("digits", "train")
    made = fold(digits, share=0.2, seed=3)
    train, validation = split(digits.labels, 0.2, 3)
    assert made.train_images.equal(digits.images[train])
    assert made.train_labels.equal(digits.labels[train])
    assert made.validation_images.equal(digits.images[validation])
    assert made.validation_labels.equal(digits.labels[validation])
    assert (made.name, made.classes) == ("digits", digits.classes)
    assert made.fingerprint == digits.fingerprint


# The archive


@pytest.mark.parametrize("form", ["tar.gz", "folder", "bin"])
def test_an_archive_is_read(tmp_path: Path, cache: Path, form: str) -> None:
    """Are images and labels those of the records, in their order, in each form?"""
    path = tmp_path / "any name.tar.gz"
    if form == "tar.gz":
        path.write_bytes(packed(contents()))
    else:
        (tmp_path / FOLDER).mkdir()
        for name, content in contents().items():
            (tmp_path / name).write_bytes(content)
        path = tmp_path / FOLDER / ("" if form == "folder" else "test_batch.bin")
    train, test = (read(path, part, cache) for part in ("train", "test"))
    wanted = np.frombuffer(b"".join(contents().values()), np.uint8).reshape(-1, RECORD)
    images = torch.cat([train.images, test.images])
    assert train.images.shape == (5 * COUNT, 3, 32, 32)
    assert images.flatten(1).numpy().tolist() == wanted[:, 1:].tolist()
    labels = torch.cat([train.labels, test.labels])
    assert labels.tolist() == wanted[:, 0].tolist()
    assert (train.name, train.classes) == ("cifar10", CLASSES)
    # the second pixel of the first row, in green
    assert int(train.images[7, 1, 0, 1]) == int(wanted[7, 1 + 1024 + 1])
    assert not any(path.name == "evil" for path in tmp_path.rglob("*"))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (contents(data_batch_3=records(2)[:-1]), "data_batch_3.bin has 61459 bytes"),
        (contents(data_batch_3=records(2, 21)), "not 20 records of 3073 bytes"),
        (contents(data_batch_3=b""), "has 0 bytes"),
        (contents(data_batch_5=b"\x0a" + records(4)[1:]), "image 80 has label 10"),
        ({}, "has no cifar-10-batches-bin/data_batch_1.bin"),
        ({"cifar-10-batches-py/data_batch_1": b""}, "pickles, which are never opened"),
        (dict(list(contents().items())[:4]), "has no .*/data_batch_5.bin"),
    ],
)
def test_wrong_archives_are_refused(
    tmp_path: Path, cache: Path, files: dict[str, bytes], said: str
) -> None:
    """Is it said what is wrong, and is nothing cached?"""
    path = tmp_path / "cifar.tar.gz"
    path.write_bytes(packed(files))
    with pytest.raises(DataError, match=said):
        read(path, "train", cache)
    assert not cache.exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_in_an_archive_lead_nowhere(
    tmp_path: Path, cache: Path, kind: bytes
) -> None:
    """Is a member refused that is no plain file?"""
    (tmp_path / "secret").write_bytes(records(0))
    with tarfile.open(tmp_path / "cifar.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo(f"{FOLDER}/test_batch.bin")
        member.type, member.linkname = kind, str(tmp_path / "secret")
        tar.addfile(member)
    with pytest.raises(DataError, match="is no plain file"):
        read(tmp_path / "cifar.tar.gz", "test", cache)


def test_an_archive_with_a_file_twice(tmp_path: Path, cache: Path) -> None:
    """Is an archive refused that says two things about one file?"""
    target = tmp_path / "cifar.tar.gz"
    with tarfile.open(target, "w:gz") as tar:
        for seed in (0, 1):
            member = tarfile.TarInfo(f"{FOLDER}/test_batch.bin")
            member.size = COUNT * RECORD
            tar.addfile(member, io.BytesIO(records(seed)))
    with pytest.raises(DataError, match=r"test_batch.bin is no plain file"):
        read(target, "test", cache)


def test_each_part_is_read_alone(tmp_path: Path, cache: Path) -> None:
    """Can one train with an archive whose test part is missing or wrong?"""
    path = tmp_path / "cifar.tar.gz"
    path.write_bytes(packed(contents(test_batch=b"wrong")))
    assert len(read(path, "train", cache).labels) == 5 * COUNT
    with pytest.raises(DataError, match=r"test_batch.bin has 5 bytes"):
        read(path, "test", cache)


def damaged(content: bytes, dice: random.Random) -> bytes:
    """The content cut short, or with a byte changed, or with a hole."""
    at = dice.randrange(len(content))
    match dice.randrange(3):
        case 0:
            return content[:at]
        case 1:
            changed = content[at] ^ (1 << dice.randrange(8))
            return content[:at] + bytes([changed]) + content[at + 1 :]
    return content[:at] + bytes(50) + content[at + 50 :]


@pytest.mark.parametrize(
    ("name", "made", "reader"),
    [
        (
            "cifar.tar.gz",
            lambda: packed(contents(data_batch_1=bytes(COUNT * RECORD))),
            lambda path: archive.read(path, "test", COUNT),
        ),
        (
            "streams.npz",
            lambda: streams({"train": 3, "test": 9}),
            lambda path: jpeg.read(path, "test"),
        ),
    ],
)
def test_damaged_files_are_never_taken_for_whole(
    tmp_path: Path,
    name: str,
    made: Callable[[], bytes],
    reader: Callable[[Path], Dataset],
) -> None:
    """Is damage anywhere an error in words, or else without any effect?"""
    path, whole, dice = tmp_path / name, made(), random.Random(0)
    path.write_bytes(whole)
    right = reader(path).fingerprint
    found = []
    for _ in range(60):
        path.write_bytes(damaged(whole, dice))
        try:
            found.append(reader(path).fingerprint)
        except DataError as error:
            found.append(str(error))
    refused = [text for text in found if text != right]
    assert all(name in text for text in refused)
    assert len(refused) > 20


def test_files_of_other_kinds(tmp_path: Path, cache: Path) -> None:
    """Is everything else refused in words: missing, empty, text, a zip, a folder?"""
    for name, content, said in (
        ("a.txt", b"hello", "neither a .tar.gz nor an .npz"),
        ("empty", b"", "neither a .tar.gz nor an .npz"),
        ("a.zip", b"PK\3\4 and so on", "no .npz file"),
        ("a.tar.gz", gzip.compress(b"hello"), "damaged, or no .tar.gz"),
        ("zeros.tar.gz", gzip.compress(bytes(20_000)), "has no cifar"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=said):
            read(tmp_path / name, "train", cache)
    for place, said in (
        (tmp_path / "missing.npz", "is not there; data are digits, cifar10, or"),
        (tmp_path, "data_batch_1.bin: No such file"),
        (tmp_path / "a.txt" / "below", "is not there"),
        (Path("digit"), "digit is not there"),
    ):
        with pytest.raises(DataError, match=said):
            read(place, "train", cache)
    assert not cache.exists()


# JPEG streams


def test_jpeg_streams_are_decoded(tmp_path: Path, cache: Path) -> None:
    """Are images, labels and classes those that were put in, with channels in front?"""
    colors = np.zeros((32, 32, 3), np.uint8)
    colors[:16] = (200, 30, 90)
    one = jpeg_of(colors)
    path = tmp_path / "mine.npz"
    changed = {
        "test_jpeg": np.frombuffer(one, np.uint8),
        "test_offsets": np.array([0, len(one)], np.uint64),
        "test_labels": np.array([2], np.uint8),
    }
    path.write_bytes(streams({"train": 30}, **changed))
    train, test = (read(path, part, cache) for part in ("train", "test"))
    assert (train.name, train.classes) == ("mine", ("cat", "dog", "ox"))
    assert train.labels.tolist() == [0, 1, 2] * 10
    assert train.images.shape == (30, 3, 32, 32)
    gray = torch.arange(30) * 8
    assert (train.images.flatten(1) - gray[:, None]).abs().max() <= 1
    assert test.images[0, :, 2, 2].sub(torch.tensor([200, 30, 90])).abs().max() <= 3


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"train_jpeg": None}, "holds no array .*train_jpeg"),
        ({"classes": None}, "holds no array .*classes"),
        ({"train_jpeg": np.zeros(9)}, "train_jpeg should be bytes"),
        ({"train_labels": np.zeros(3)}, "train_labels should be numbers"),
        ({"train_labels": np.zeros((3, 1), int)}, "train_labels should be numbers"),
        ({"train_labels": np.zeros(0, int)}, "train_labels should be at least one"),
        ({"train_labels": np.array([0, 1, 3])}, "image 2 has label 3"),
        ({"train_labels": np.array([0, -1, 2])}, "image 1 has label -1"),
        ({"train_labels": np.array([0, 1])}, "offsets should be 3 numbers"),
        ({"train_offsets": np.array([0, 1, 2, 3])}, "ascending from 0 to"),
        (
            {
                "train_jpeg": np.zeros(9, np.uint8),
                "train_offsets": np.array([0, 5, 4, 9], np.uint64),
            },
            "ascending from 0 to 9",
        ),
        ({"train_offsets": np.zeros(4)}, "train_offsets should be 4 numbers"),
        ({"train_offsets": np.zeros(4, np.uint8)}, "ascending from 0 to"),
        ({"classes": np.zeros(3)}, "classes should be names"),
        ({"classes": np.array("cat")}, "classes should be names"),
        ({"classes": np.array(["cat", None], object)}, "is damaged, or no .npz"),
    ],
)
def test_wrong_streams_are_refused(
    tmp_path: Path, cache: Path, changed: dict[str, Any], said: str
) -> None:
    """Is it said which array is wrong, and is no pickle opened, nothing cached?"""
    path = tmp_path / "mine.npz"
    path.write_bytes(streams({"train": 3}, **changed))
    with pytest.raises(DataError, match=said):
        read(path, "train", cache)
    assert not cache.exists()


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (jpeg_of(np.zeros((32, 31, 3), np.uint8)), "31×32, RGB; it should be 32×32"),
        (jpeg_of(np.zeros((32, 32), np.uint8)), "32×32, L; it should be"),
        (jpeg_of(np.zeros((32, 32, 3), np.uint8))[:-20], "no JPEG, or damaged"),
        (b"\x89PNG\r\n\x1a\n", "no JPEG, or damaged"),
        (b"x", "no JPEG, or damaged"),
    ],
)
def test_wrong_images_are_named(
    tmp_path: Path, cache: Path, stream: bytes, said: str
) -> None:
    """Is an image refused, by its number, that is broken or of another size?"""
    good = jpeg_of(np.zeros((32, 32, 3), np.uint8))
    changed = {
        "train_jpeg": np.frombuffer(good + stream, np.uint8),
        "train_offsets": np.array([0, len(good), len(good + stream)]),
        "train_labels": np.array([0, 1]),
    }
    path = tmp_path / "mine.npz"
    path.write_bytes(streams({"train": 1}, **changed))
    with pytest.raises(DataError, match="train image 1 is " + said):
        read(path, "train", cache)


def test_an_npz_that_unpacks_without_end(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is a file refused before it fills the memory?"""
    monkeypatch.setattr(jpeg, "LARGEST", 10_000)
    path = tmp_path / "mine.npz"
    path.write_bytes(streams({"train": 1}, more=np.zeros(10_000, np.uint8)))
    with pytest.raises(DataError, match="would need more than 10000 bytes"):
        read(path, "train", cache)


# The cache


def test_a_cached_file_is_decoded_once(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is the second load the same, without decoding; and does a new file count?"""
    path = tmp_path / "cifar.tar.gz"
    path.write_bytes(packed(contents()))
    first = read(path, "train", cache)
    monkeypatch.setattr(archive, "verified", None)  # whoever decodes now fails
    again = read(path, "train", cache)
    assert again.fingerprint == first.fingerprint
    assert again.images.equal(first.images)
    assert again.classes == first.classes
    monkeypatch.undo()
    path.write_bytes(packed(contents(data_batch_1=records(77))))
    assert read(path, "train", cache).fingerprint != first.fingerprint


def test_a_damaged_cache_is_made_anew(
    tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Is any damage to a cached file seen, said and mended?"""
    path = tmp_path / "mine.npz"
    path.write_bytes(streams({"train": 4}))
    right = read(path, "train", cache).fingerprint
    (kept,) = cache.iterdir()
    whole = kept.read_bytes()
    turned = whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:]
    for content in (b"", whole[:-1], whole[: len(whole) // 2], turned, b"\xff" * 99):
        kept.write_bytes(content)
        assert read(path, "train", cache).fingerprint == right
        assert "is damaged and is made anew" in capsys.readouterr().err
        assert read(path, "train", cache).fingerprint == right
        assert capsys.readouterr().err == ""


def test_without_a_place_for_a_cache(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Is a file of one's own still read if nothing can be cached?"""
    path = tmp_path / "mine.npz"
    path.write_bytes(streams({"train": 4}))
    assert len(read(path, "train", path / "below").labels) == 4
    assert "is not written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("/x", "/x/tuned"), ("x", "~/.cache/tuned"), ("", "~/.cache/tuned")],
)
def test_where_the_cache_is(
    monkeypatch: pytest.MonkeyPatch, given: str, wanted: str
) -> None:
    """Does it lie where the XDG specification says?"""
    monkeypatch.setenv("XDG_CACHE_HOME", given)
    assert dataset.cache_folder() == Path(wanted).expanduser()


# Fetching


def test_cifar10_is_fetched_once(server: Server, cache: Path) -> None:
    """Is the archive fetched, verified, read and kept, and then not asked for again?"""
    server.content = packed(contents())
    official = Cifar10(server.remote(), COUNT)
    train = load("cifar10", "train", cache, cifar10=official)
    test = load("cifar10", "test", cache, cifar10=official)
    assert (len(train.labels), len(test.labels)) == (5 * COUNT, COUNT)
    assert server.asked == [None]
    assert not list(cache.glob("*.part"))
    (cache / "cifar.tar.gz").unlink()  # what was decoded is enough
    assert load("cifar10", "train", cache, cifar10=official).images.equal(train.images)
    assert server.asked == [None]


@pytest.mark.parametrize("lengths", [True, False])
@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_goes_on(
    server: Server, cache: Path, ranges: bool, lengths: bool
) -> None:
    """Is a file whole whose connection broke, if need be from the beginning?"""
    server.content = random.Random(0).randbytes(300_000)
    server.ranges, server.lengths = ranges, lengths
    server.breaks = (100_000, 0, 150_000)
    path = download.fetch(server.remote(), cache)
    assert path.read_bytes() == server.content
    # Without ranges each answer begins the file anew, an empty one too
    later = ["bytes=100000-", "bytes=250000-"] if ranges else [None, "bytes=150000-"]
    assert server.asked == [None, "bytes=100000-", *later]


def test_a_download_goes_on_later(server: Server, cache: Path) -> None:
    """Does a later process ask for the rest only, and is what came so far kept?"""
    server.content = random.Random(0).randbytes(200_000)
    server.breaks = (70_000, 0, 0, 0, 0)
    with pytest.raises(DataError, match=r"ended early. Try again: what has come is"):
        download.fetch(server.remote(), cache)
    assert (cache / "cifar.tar.gz.part").read_bytes() == server.content[:70_000]
    assert not (cache / "cifar.tar.gz").exists()
    path = download.fetch(server.remote(), cache)
    assert path.read_bytes() == server.content
    assert server.asked[-1] == "bytes=70000-"


@pytest.mark.parametrize("rest", [0, 50_000, 100_000, 100_001, 200_000])
def test_a_wrong_beginning_is_fetched_again(
    server: Server, cache: Path, rest: int
) -> None:
    """Is a part that is of another file, or too long, replaced?"""
    server.content = random.Random(0).randbytes(100_000)
    cache.mkdir(parents=True)
    (cache / "cifar.tar.gz.part").write_bytes(bytes(rest))
    path = download.fetch(server.remote(), cache)
    assert path.read_bytes() == server.content
    assert not (cache / "cifar.tar.gz.part").exists()


def test_a_damaged_archive_in_the_cache_is_fetched_again(
    server: Server, cache: Path
) -> None:
    """Is a file not trusted for its name?"""
    server.content = random.Random(0).randbytes(1000)
    cache.mkdir(parents=True)
    (cache / "cifar.tar.gz").write_bytes(bytes(1000))
    assert download.fetch(server.remote(), cache).read_bytes() == server.content


@pytest.mark.parametrize("lengths", [True, False])
@pytest.mark.parametrize("size", [0, 10, 999, 1000, 1001, 500_000])
def test_a_wrong_file_is_never_kept(
    server: Server, cache: Path, size: int, lengths: bool
) -> None:
    """Is another file refused: shorter, longer, of the same length; with a reason?"""
    server.content, server.lengths = bytes(size), lengths
    with pytest.raises(
        DataError, match=r"(?i)fetch the file in another way|in another"
    ):
        download.fetch(server.remote(b"\1" * 1000), cache)
    assert not (cache / "cifar.tar.gz").exists()
    part = cache / "cifar.tar.gz.part"
    assert not part.exists() or part.stat().st_size <= 1001
    assert len(server.asked) <= download.ATTEMPTS


@pytest.mark.parametrize("start", [0, 10])
def test_another_length_is_seen_at_once(
    server: Server, cache: Path, start: int
) -> None:
    """Is a file of a wrong announced length refused before it is fetched?"""
    server.content = bytes(500_000)
    cache.mkdir(parents=True)
    (cache / "cifar.tar.gz.part").write_bytes(b"\1" * start)
    with pytest.raises(DataError, match="it has 500000 bytes, not 1000"):
        download.fetch(server.remote(b"\1" * 1000), cache)
    assert len(server.asked) == 1
    assert (cache / "cifar.tar.gz.part").stat().st_size == start


@pytest.mark.parametrize(
    ("status", "attempts"), [(404, 1), (403, 1), (500, 5), (503, 5), (416, 5)]
)
def test_a_server_that_refuses(
    server: Server, cache: Path, status: int, attempts: int
) -> None:
    """Is its answer told, and asked again only where that may help?"""
    server.content, server.status = b"x", status
    with pytest.raises(DataError, match=f"the server says {status}|ended early"):
        load("cifar10", "train", cache, cifar10=Cifar10(server.remote()))
    assert len(server.asked) == attempts
    assert not list(cache.glob("*.safetensors"))


def test_no_server(server: Server, cache: Path) -> None:
    """Is it said where nobody answers?"""
    remote = server.remote(b"x")
    server.server_close()
    server.socket.close()
    with pytest.raises(DataError, match="Connection refused"):
        download.fetch(remote, cache)


def test_a_wrong_archive_is_not_half_cached(server: Server, cache: Path) -> None:
    """Is a verified archive with wrong records an error each time, not a cache?"""
    server.content = packed(contents(data_batch_2=b""))
    for _ in range(2):
        with pytest.raises(DataError, match=r"data_batch_2.bin has 0 bytes"):
            load("cifar10", "train", cache, cifar10=Cifar10(server.remote(), COUNT))
    assert not list(cache.glob("*.safetensors"))


def test_no_place_for_a_download(server: Server, tmp_path: Path) -> None:
    """Is a cache that cannot be made an error in words?"""
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"file.*: "):
        load("cifar10", "train", tmp_path / "file", cifar10=Cifar10(server.remote()))


def test_the_official_archive_is_pinned() -> None:
    """Is it fetched over TLS and compared with a digest that nobody can imitate?"""
    remote = archive.OFFICIAL.remote
    assert remote.url.startswith("https://")
    assert re.fullmatch("[0-9a-f]{64}", remote.sha256)
    assert archive.OFFICIAL.count == 10_000


# The real thing


def test_the_jpeg_copy(tmp_path: Path) -> None:
    """Are all images of a copy of CIFAR-10 read, 1000 of each class to test with?

    The test part, since it is the smaller one.
    """
    beside = Path(__file__).parents[3] / "shared" / "data" / "cifar10_jpeg.npz"
    path = Path(os.environ.get("TUNED_CIFAR10", beside))
    if not path.exists():
        pytest.skip("no copy of CIFAR-10 here: TUNED_CIFAR10 may give its path")
    test = load(str(path), "test", tmp_path)
    assert test.images.shape == (10_000, 3, 32, 32)
    assert test.classes == CLASSES
    assert test.labels.bincount().tolist() == [1000] * 10
    # the mean of all channels, in 0 … 255, as published for the training images: 121
    assert abs(float(test.images.float().mean()) - 121) < 2
