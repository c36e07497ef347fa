"""Checkpoints: what was saved comes back exactly, or there is a clear error."""

from __future__ import annotations

import doctest
import os
import pickle
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from project import checkpoint, files
from project.checkpoint import CheckpointError, load, save

SAVER = """
import itertools, sys
from pathlib import Path
import torch
from project.checkpoint import save

for epoch in itertools.count():
    save(Path(sys.argv[1]), {"epoch": epoch, "w": torch.full((100_000,), float(epoch))})
    if epoch == 3:
        print("going", flush=True)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a checkpoint may be."""
    return tmp_path / "checkpoints" / "final-0000.safetensors"


def same(a: Any, b: Any) -> bool:
    """Tell whether two states are equal: types, order, bits and memory layout."""
    if isinstance(a, torch.Tensor):
        return (
            isinstance(b, torch.Tensor)
            and a.dtype == b.dtype
            and a.shape == b.shape
            and a.stride() == b.stride()
            and a.contiguous().view(torch.uint8).equal(b.contiguous().view(torch.uint8))
            if a.ndim
            else same(a[None], b[None])
        )
    if isinstance(a, dict):
        return (
            isinstance(b, dict)
            and list(a) == list(b)
            and all(same(a[key], b[key]) for key in a)
        )
    if isinstance(a, (list, tuple)):
        return (
            type(a) is type(b)
            and len(a) == len(b)
            and all(same(x, y) for x, y in zip(a, b, strict=True))
        )
    return type(a) is type(b) and (a == b or (a != a and b != b))  # noqa: PLR0124 - NaN


def test_examples() -> None:
    """Do the examples in the module hold?"""
    assert doctest.testmod(checkpoint).failed == 0


def test_there_is_none(file: Path) -> None:
    """Is a checkpoint that is not there None, and its removal no error?"""
    assert load(file) is None
    checkpoint.remove(file)


def test_values_come_back(file: Path) -> None:
    """Does every kind of value come back as the same kind, to the last bit?"""
    state = {
        "numbers": [
            0.1,
            1e-320,
            -0.0,
            2**70,
            float("inf"),
            float("-inf"),
            float("nan"),
        ],
        "words": {"": None, "ä": True, "nested": {"deeper": ({}, [], ())}},
        "counted": {0: "a", 7: "b", "c": 1},
        "$tensor": "a text that looks like the format's own",
        "tensors": {
            "scalar": torch.tensor(3),
            "none": torch.empty(0, 3),
            "half": torch.randn(5).to(torch.bfloat16),
            "nan": torch.tensor([float("nan"), 0.0]),
            "bool": torch.tensor([True, False]),
            "last": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
        },
    }
    save(file, state)
    assert same(load(file), state)


def test_views_and_shared_memory(file: Path) -> None:
    """Do tensors come back that share memory, with a gap or turned around?"""
    base = torch.arange(12.0).reshape(3, 4)
    save(file, {"a": base, "b": base, "view": base[:, 1], "turned": base.T})
    back = load(file)
    assert back is not None
    assert back["a"].equal(base)
    assert back["b"].equal(base)
    assert back["view"].equal(base[:, 1])
    assert back["turned"].equal(base.T)


@pytest.mark.parametrize("kind", ["SGD", "AdamW"])
def test_training_goes_on_as_if_never_stopped(file: Path, kind: str) -> None:
    """Are the weights after a stop and a start those of a run without, bit for bit?"""

    def begun() -> tuple[Any, Any, Any]:
        network = torch.nn.Sequential(
            torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Flatten()
        ).to(memory_format=torch.channels_last)
        for number, weight in enumerate(network.parameters()):
            torch.nn.init.constant_(weight, 0.1 * (number + 1))
        more = {"momentum": 0.9, "nesterov": True} if kind == "SGD" else {}
        optimizer = getattr(torch.optim, kind)(network.parameters(), lr=0.1, **more)
        return network, optimizer, torch.Generator().manual_seed(1)

    def train(network: Any, optimizer: Any, generator: Any, steps: int) -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            network(torch.randn(2, 3, 5, 5, generator=generator)).pow(
                2
            ).mean().backward()
            optimizer.step()

    whole, stopped, resumed = begun(), begun(), begun()
    train(*whole, 6)
    train(*stopped, 3)
    network, optimizer, generator = stopped
    save(
        file,
        {
            "network": network.state_dict(),
            "optimizer": optimizer.state_dict(),
            "generator": generator.get_state(),
        },
    )
    state = load(file)
    assert state is not None
    resumed[0].load_state_dict(state["network"])
    resumed[1].load_state_dict(state["optimizer"])
    resumed[2].set_state(state["generator"])
    train(*resumed, 3)
    assert same(dict(resumed[0].state_dict()), dict(whole[0].state_dict()))


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, b"bytes", {(1, 2): 3}, {1.5: 2}, Path("a"), len, 1j]
)
def test_objects_are_refused(file: Path, value: Any) -> None:
    """Is anything refused that would need a pickle, and no file left behind?"""
    with pytest.raises(TypeError):
        save(file, {"value": value})
    assert not file.exists()


def test_a_pickle_is_not_opened(file: Path, tmp_path: Path) -> None:
    """Does code in a file that someone put there never run?"""

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    file.parent.mkdir()
    for content in (pickle.dumps(Trap()), b"", b"{}", b"\0" * 100, b"\xff" * 8):
        file.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"final-0000.*delete it"):
            load(file)
    torch.save({"trap": Trap()}, file)
    with pytest.raises(CheckpointError):
        load(file)
    assert not (tmp_path / "sprung").exists()


def test_damaged_files(file: Path) -> None:
    """Is a file that was cut anywhere, or whose header was changed, an error?"""
    state = {"epoch": 3, "w": torch.arange(20.0), "pairs": {0: (1, 2)}}
    save(file, state)
    whole = file.read_bytes()
    for length in range(0, len(whole), 7):
        file.write_bytes(whole[:length])
        with pytest.raises(CheckpointError):
            load(file)
    dice = random.Random(0)
    header = len(whole) - 80  # the tensor is the last 80 bytes
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[dice.randrange(header)] = dice.randrange(256)
        file.write_bytes(damaged)
        with suppress(CheckpointError):
            load(file)  # a letter of a key may change: then the reader misses the key


def test_other_tensors_are_no_checkpoint(file: Path) -> None:
    """Is a safetensors file of someone else an error, not a guess?"""
    import safetensors.torch

    file.parent.mkdir()
    safetensors.torch.save_file({"w": torch.ones(2)}, file)
    with pytest.raises(CheckpointError, match="is no checkpoint"):
        load(file)


def test_the_old_one_stays_until_the_new_one_is_whole(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is the old checkpoint there when the disk fills up while the new is written?"""
    save(file, {"epoch": 1})
    found = []

    def full(descriptor: int) -> None:
        found.append(load(file))
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(files.os, "fsync", full)
        with pytest.raises(CheckpointError, match="No space left on device"):
            save(file, {"epoch": 2})
    assert found == [{"epoch": 1}]
    assert load(file) == {"epoch": 1}
    assert list(file.parent.iterdir()) == [file]


def test_killed_while_saving(file: Path) -> None:
    """Is a whole checkpoint there whenever a process is killed, and removed whole?"""
    with subprocess.Popen(
        [sys.executable, "-c", SAVER, str(file)],
        env={**os.environ, "PYTHONPATH": str(Path(checkpoint.__file__).parents[1])},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "going\n"
            for _ in range(50):  # while it goes on
                state = load(file)
                assert state is not None
                assert state["w"].eq(state["epoch"]).all()
        finally:
            process.kill()
    state = load(file)
    assert state is not None
    assert state["w"].eq(state["epoch"]).all()
    (file.parent / f".{file.name}.left").touch()
    checkpoint.remove(file)
    assert list(file.parent.iterdir()) == []


def test_no_place_for_a_checkpoint(tmp_path: Path) -> None:
    """Is a disk that does not take the file an error in words?"""
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match="is not written"):
        save(tmp_path / "file" / "a.safetensors", {})
    (tmp_path / "folder").mkdir()
    with pytest.raises(CheckpointError, match="is not written"):
        save(tmp_path / "folder", {})
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]
