"""Does the benchmark of the final project say what was measured, and nothing else?"""

from __future__ import annotations

import doctest
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from benchmarks import peaks, peer, project, project_runs, project_tables
from benchmarks.peer import PeerError, Result, Script

TINY = (
    *("--data", "digits", "--device", "cpu", "--set", "model.width=2"),
    *("--set", "train.epochs=1", "--set", "train.batch_size=128"),
    *("--set", "recipe.coarse_epochs=1"),
)
ROW = "|   |   eval  |   0.9900  |   0.9300  |       {}  |       {}  |"
CALLED = """
import sys
from pathlib import Path
import torch

class CifarNet:
    made = 0
    def cuda(self): CifarNet.made += 1; return self
    def to(self, memory_format): return self
    def compile(self, mode): print(mode)

def main(run, model):
    data = torch.load("cifar10/train.pt")
    images, labels = data["images"], data["labels"]
    assert images.dtype == torch.uint8 and images.shape[1:] == (8, 8, 1), images.shape
    assert len(images) == len(labels) == 1438 and len(data["classes"]) == 10
    assert len(torch.load("cifar10/test.pt")["labels"]) == 359
    with Path(sys.argv[1]).open("a") as log:
        log.write(f"{run} {CifarNet.made}\\n")
    print("|   1   |   0  |   0.5000  |   0.4000  |       |   0.1000  |")
    print("|   |   eval  |   0.9900  |   0.9300  |       0.9500  |       2.5000  |")

if __name__ == "__main__":
    raise SystemExit("it was run as a whole")
"""


def printing(*lines: str, status: int = 0) -> str:
    """A script that prints these lines."""
    return f"print({chr(10).join(lines)!r})\nraise SystemExit({status})\n"


@contextmanager
def script(folder: Path, source: str, **how: Any) -> Iterator[Script]:
    """A peer's script of this source."""
    path = folder / "peer_script.py"
    path.write_text(source, encoding="utf-8")
    opened = Script(path, folder, **how)
    yield opened
    opened.close()


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit status and output of a tiny benchmark."""
    status = project.main([*TINY, *arguments])
    return status, capsys.readouterr().out


@pytest.mark.parametrize("module", [peer, peaks, project_runs, project_tables])
def test_examples(module: ModuleType) -> None:
    """Do the examples in the docstrings hold?"""
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


def test_beside_a_peer(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Is a peer like airbench called once a seed, on our data, after a warm-up?"""
    monkeypatch.setattr(project, "SLOWEST", float("inf"))  # whatever this CPU does
    path, log = tmp_path / "airbench.py", tmp_path / "its log"
    path.write_text(CALLED, encoding="utf-8")
    beside = ("--peer", str(path), "--peer-args", f"'{log}'")
    status, output = ran(capsys, "--seeds", "2", "--target", "0.02", "--json", *beside)
    figures = json.loads(output)
    assert log.read_text(encoding="utf-8") == "warmup 1\n1 1\n1 1\n"
    assert (status, figures["trouble"]) == (0, [])
    assert figures["peer"]["accuracy"] == {"mean": 0.95, "sd": 0.0, "n": 2}
    assert figures["peer"]["seconds"] == {"mean": 2.5, "sd": 0.0, "n": 2}
    ours = figures["ours"]["seconds"]
    assert figures["ratio"]["mean"] == pytest.approx(ours["mean"] / 2.5)
    runs = [run["seconds"] for run in figures["ours"]["runs"]]
    assert ours == project_runs.spread(runs)
    speed = figures["speed"]
    assert speed["images_per_second"]["n"] == 2
    assert speed["share"] is None  # nobody knows a CPU's peak
    assert speed["operations_per_second"] == pytest.approx(
        speed["operations_per_image"] * speed["images_per_second"]["median"]
    )


def test_a_peer_that_is_run_as_a_whole(tmp_path: Path) -> None:
    """Are no more results taken than wanted, and further ones from a further run?"""
    rows = [ROW.format(accuracy, "3.0") for accuracy in (0.91, 0.92)]
    with script(tmp_path, printing("| run | epoch |", *rows)) as peers:
        assert not peers.called
        assert peers.results(1) == [Result(0.91, 3.0)]
        assert peers.results(5) == [Result(0.91, 3.0), Result(0.92, 3.0)]
    ours = printing("accuracy 0.9 after 7 s")
    pattern = r"accuracy (?P<accuracy>\S+) after (?P<seconds>\S+) s"
    with script(tmp_path, ours, pattern=pattern) as peers:
        assert peers.results(1) == [Result(0.9, 7.0)]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (printing("no GPU", status=3), "(?s)exit status 3; .*    no GPU"),
        ("import torchvision_of_nobody", "(?s)exit status 1.*ModuleNotFoundError"),
        (printing("93 % or so", "\N{SNOWMAN}"), "(?s)no line .* is a result.*or so"),
        (printing(), "no line of its output is a result"),
        (printing(ROW.format("94.01", "2.5")), "no share of 1 and no time"),
        (printing(ROW.format("0.94", "0.0")), "no share of 1 and no time"),
        (printing(ROW.format("0.9.4", "2.5")), "no numbers"),
    ],
)
def test_a_peer_that_fails(tmp_path: Path, source: str, message: str) -> None:
    """Is each way to fail named, with what the script said?"""
    with (
        script(tmp_path, source) as peers,
        pytest.raises(PeerError, match=message),
    ):
        peers.results(1)


def test_a_peer_that_never_ends(tmp_path: Path) -> None:
    """Is it ended after the time that it was given?"""
    with (
        script(tmp_path, "import signal\nsignal.pause()", timeout=0.2) as peers,
        pytest.raises(PeerError, match=r"longer than 0\.2 s"),
    ):
        peers.results(1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("2.5000", "never"), "(?s)no line of a run's output is a result.*never"),
        (("assert images", "raise OSError(7) #"), "(?s)exit status 1.*OSError: 7"),
    ],
)
def test_a_called_peer_that_fails(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    """Is the same said of a script that is imported and called?"""
    (tmp_path / "cifar10").mkdir()
    parts = {"train": 1438, "test": 359}
    for name, count in parts.items():
        images = torch.zeros(count, 8, 8, 1, dtype=torch.uint8)
        content = {"images": images, "labels": images[:, 0, 0, 0], "classes": [0] * 10}
        torch.save(content, tmp_path / "cifar10" / f"{name}.pt")
    source = CALLED.replace(*change)
    with (
        script(tmp_path, source, arguments=["log"]) as peers,
        pytest.raises(PeerError, match=message),
    ):
        peers.results(1)


def test_what_failed_or_was_not_reached_has_no_figure(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Are our figures printed beside a peer that fails, but no time and no ratio?"""
    path = tmp_path / "peer_script.py"
    path.write_text(printing("no GPU", status=3), encoding="utf-8")
    more = ("--seeds", "1", "--target", "0.9999", "--peer", str(path))
    status, output = ran(capsys, *more)
    assert status == 1
    assert "images a second" in output
    assert "share of the peak    not known for this device" in output
    assert "We did not reach 99.99% (mean " in output
    assert "The peer's script failed: it ended with exit status 3" in output
    (ours,) = (line for line in output.splitlines() if line.startswith("ours  "))
    assert ours.split("  ")[-1].strip() == "not reached"
    (theirs,) = (line for line in output.splitlines() if line.startswith("peer_scr"))
    assert theirs.split()[1:] == ["–", "99.99", "failed"]
    (ratio,) = (line for line in output.splitlines() if line.startswith("ours / peer"))
    assert ratio.split() == ["ours", "/", "peer", "–"]


def test_the_target_may_be_the_peers(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Is the target what the peer reaches, and a peer of twice our time beaten?"""
    path = tmp_path / "peer_script.py"
    rows = [ROW.format(accuracy, "1e3") for accuracy in (0.01, 0.03)]
    path.write_text(printing(*rows).replace("1e3", "1000."), encoding="utf-8")
    more = ("--seeds", "2", "--target", "peer", "--peer", str(path), "--json")
    status, output = ran(capsys, *more)
    figures = json.loads(output)
    assert status == 0
    assert figures["target"] == pytest.approx(0.02)
    assert figures["ours"]["reached"]
    assert figures["peer"]["reached"]
    assert 0 < figures["ratio"]["mean"] < 1.5


def test_only_what_was_asked_for_is_recorded(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Does a row have a cell for each column, and come from --record alone?"""
    results = tmp_path / "RESULTS.md"
    before = project.RESULTS.read_text(encoding="utf-8")
    results.write_text(before, encoding="utf-8")
    monkeypatch.setattr(project, "RESULTS", results)
    more = ("--seeds", "5", "--target", "0.01", "--vectorize", "3")
    assert ran(capsys, *more)[0] == 0
    assert results.read_text(encoding="utf-8") == before
    status, output = ran(capsys, *more, "--record")
    assert status == 0
    assert "3 at once" in output
    after = results.read_text(encoding="utf-8")
    assert after.startswith(before)
    (row,) = after.removeprefix(before).splitlines()
    titles = [line for line in before.splitlines() if line.startswith("| date")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert len(cells) == len(titles[0].strip("|").split("|"))
    assert cells[1].startswith("cpu: ")
    assert cells[6] == "unknown"
    assert cells[9].endswith("(n = 5)")
    assert cells[10:12] == ["–", "–"]
    assert cells[12].startswith("3 (small, width 2): ")


def test_a_run_that_fails_is_no_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    """Is nothing printed of a run that diverges?"""
    assert project.main([*TINY, "--seeds", "1", "--set", "train.rate=1e30"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "Nothing was measured: the run of seed 1: diverged\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--target", "94"], "invalid share between 0 and 1, or peer, value: '94'"),
        (["--target", "peer"], "--target peer: there is no --peer"),
        (["--seeds", "0"], "invalid number above 0 value: '0'"),
        (["--seeds", "4", "--record"], "--record: fewer than 5 seeds"),
        (["--set", "train.rat=1"], "train.rat is not a setting"),
        (["--data", "nothing.npz"], "nothing.npz is not there"),
        (["--peer", "nothing.py"], "nothing.py is no Python script"),
        (["--peer", "Makefile"], "Makefile is no Python script"),
        (["--peer-pattern", "("], "groups accuracy and seconds, value: '('"),
        (["--peer-pattern", "(?P<seconds>.)"], "groups accuracy and seconds, value"),
    ],
)
def test_a_wrong_command_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """Is a mistake named before anything is measured?"""
    with pytest.raises(SystemExit, match="2"):
        project.main([*TINY, *arguments])
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "compiled"),
    [
        (["--device", "cuda"], True),
        (["--device", "cpu"], False),
        (["--device", "cuda", "--set", "train.compile=false"], False),
    ],
)
def test_on_a_gpu_our_network_is_compiled_as_the_peers(
    words: list[str], compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is it compiled there, but where that is switched off?"""
    monkeypatch.setattr(project.device, "choose", torch.device)
    settings = project._settings(project.parser().parse_args(words))
    assert settings.train.compile == compiled


def test_operations_are_counted() -> None:
    """Is the count of a training step that of its convolutions and products?"""
    settings = project.config.override(
        project.config.preset("digits"),
        ["model.width=4", "train.batch_size=3", "train.optimizer=muon"],
    )
    fold = project.data.fold(project.data.load("digits", "train"), 0.2, 0)
    image, step = peaks.operations(settings, fold)
    # forward: two operations a weight and place of the output, 9 weights a channel
    first = 2 * 64 * 9 * 1 * 4
    second = 2 * 64 * 9 * 4 * 8
    third = 2 * 16 * 9 * 8 * 16
    head = 2 * 16 * 10
    # backward: as much for the weights, and for the input, but for the images
    assert image == 2 * first + 3 * (second + third + head)
    # three iterations of three products with a matrix (R, C), R <= C
    sides = [(4, 9), (8, 36), (16, 72)]
    assert step == 3 * sum(2 * (2 * r * r * c + r**3) for r, c in sides)


def test_peaks_are_those_of_dense_matrices() -> None:
    """Does each precision have its own figure, and a part of a GPU none?"""
    a100 = "NVIDIA A100-SXM4-80GB"
    values = [
        peaks.peak(a100, dtype, tf32)
        for dtype, tf32 in (
            (torch.bfloat16, True),
            (torch.float32, True),
            (torch.float32, False),
        )
    ]
    assert [value and value[0] for value in values] == [312e12, 156e12, 19.5e12]
    assert peaks.peak(f"{a100} MIG 1g.10gb", torch.bfloat16, True) is None
    assert peaks.peak("Tesla T4", torch.float32, True) is not None
    assert peaks.peak("Some GPU", torch.float32, True) is None
