"""The command line: what it accepts, refuses and says, and how it ends.

Interruptions are real: processes get SIGINT, or kill themselves with SIGKILL, at an
exact place; nothing here waits for a time.
"""

from __future__ import annotations

import ast
import io
import math
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from project import __main__ as program
from project import config, data, joining, searches
from project.__main__ import STEPS, YOURS, main
from project.progress import Progress
from project.session import Session, opened, settings_for
from project.trial import Epoch, Pruned

from .tiny import command, finished, records, timeless

__all__ = ["finished"]

PACKAGE = Path(program.__file__).parent
STUB = "# Your code goes here.\n{indent}raise NotImplementedError"


FOUND = {"rates": [0.1], "losses": [[2.3, 1.0]], "start": 0.1}


@pytest.fixture(autouse=True)
def _no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the figures, which take as long as all steps together."""
    monkeypatch.setattr("project.report.write", lambda folder: folder)


def environment(package: Path = PACKAGE) -> dict[str, str]:
    """Of a process that finds the package, and takes one core."""
    return {**os.environ, "PYTHONPATH": str(package.parent), "OMP_NUM_THREADS": "1"}


def ran(*arguments: str, package: Path = PACKAGE) -> subprocess.CompletedProcess[str]:
    """The outcome of a process."""
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment(package),
        capture_output=True,
        text=True,
        check=False,
    )


# What it accepts


def test_a_run_keeps_the_settings_it_was_begun_with(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Are other settings refused by name, and the same ones welcome in any words?"""
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    arguments = ["all", "--out", str(folder), "--resume"]
    assert main(arguments) == 0
    assert main([*arguments, "--data", "digits", "--set", "model.width=4"]) == 0
    capsys.readouterr()
    assert main([*arguments, "--set", "model.width=8"]) == 1
    assert "model.width is 4, not 8" in capsys.readouterr().err
    assert main([*arguments, "--seed", "3", "--data", "cifar10"]) == 1
    said = capsys.readouterr().err
    assert "data is digits, not cifar10; seed is 0, not 3" in said


def test_settings_come_from_preset_file_and_command_line(tmp_path: Path) -> None:
    """Does what is said last count, and is it all written into the run directory?"""
    folder = tmp_path / "run"
    assert settings_for(folder) == config.preset("digits")
    assert settings_for(folder, source="cifar10") == config.preset("cifar10")
    asked = settings_for(folder, source="mine.npz", seed=3, changes=["train.rate=1"])
    assert (asked.data, asked.seed, asked.train.rate) == ("mine.npz", 3, 1.0)
    assert asked.model == config.preset("cifar10").model
    file = tmp_path / "mine.toml"
    config.write(asked, file)
    assert settings_for(folder, file=file) == asked
    assert settings_for(folder, file=file, source="digits").data == "digits"
    opened(folder, asked, resume=False)
    assert config.read(folder / "config.toml") == asked
    assert settings_for(folder) == asked


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "train.rat=1"], "train.rat is not a setting; did you mean"),
        (["--set", "train.rate=fast"], "train.rate"),
        (["--set", "train.rate"], "not of the form key=value"),
        (["--seed", "-1"], "seed"),
        (["--config", "nowhere.toml"], "nowhere.toml cannot be read"),
        (["--data", "nowhere.npz"], "nowhere.npz is not there"),
        (["--storage", "mysql://me@here/db"], "storage"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_line(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Does every wrong argument end with exit code 1 and one line that names it?"""
    monkeypatch.chdir(tmp_path)
    step = "coarse" if "--storage" in arguments else "initial_loss"
    if step == "coarse":
        run = opened(Path("run"), settings_for(Path("run")), resume=False)
        run.decide("rate", **FOUND)
    assert main([step, "--out", "run", "--resume", *arguments]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("project: ")
    assert said in line


@pytest.mark.parametrize("arguments", [["--vectorize", "0"], ["--workers", "x"], []])
def test_usage_is_shown_where_the_words_are_wrong(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Does argparse end with its own exit code, 2, and say what is wrong?"""
    with pytest.raises(SystemExit) as end:
        main([*(["all"] if arguments else ["dance"]), *arguments])
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert "invalid number above 0" in said or "invalid choice: 'dance'" in said


def test_the_help_names_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    """Does --help tell which words there are?"""
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    words = capsys.readouterr().out
    assert all(word in words for word in (*STEPS, "worker", "report", "--resume"))


def test_a_folder_in_use_is_left_alone(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Is a run not begun where something lies, and does the refusal say what to do?"""
    before = records(finished)
    assert main(command("all", finished)) == 1
    assert "go on with it by --resume, or name another" in capsys.readouterr().err
    assert records(finished) == before
    (tmp_path / "letter.txt").write_text("Dear Ada,")
    assert main(command("all", tmp_path)) == 1
    assert "is not a run: name another folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    assert main(command("all", tmp_path / "letter.txt" / "run")) == 1
    assert "Not a directory" in capsys.readouterr().err


def test_a_damaged_ledger_is_not_gone_on_with(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Is a line that is no record named by its number?"""
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    lines = (folder / "ledger.jsonl").read_text().splitlines()
    lines[2] = lines[2][:50]
    (folder / "ledger.jsonl").write_text("\n".join(lines) + "\n")
    assert main(["all", "--out", str(folder), "--resume"]) == 1
    assert "ledger.jsonl, line 3 is damaged" in capsys.readouterr().err


def test_a_damaged_checkpoint_is_said_in_a_line(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Does it end with a line that says which file to delete, and then go on?"""
    run = opened(tmp_path / "run", settings_for(finished), resume=False)
    file = tmp_path / "run" / "checkpoints" / "overfit-0000.safetensors"
    file.parent.mkdir()
    file.write_bytes(b"\x08\0\0\0\0\0\0\0not JSON")
    run.decide("initial_loss", sane=True, losses=[2.3], classes=10, expected=2.3)
    step = ["overfit", "--out", str(tmp_path / "run"), "--resume"]
    assert main(step) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f"project: {file} is no checkpoint")
    assert "delete it" in said
    file.unlink()
    assert main(step) == 0


def test_a_report_of_nothing_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Does `report` say that there is no run?"""
    assert main(["report", "--out", str(tmp_path / "none")]) == 1
    assert "no run" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", ["a b", "50%", "what?", "#1", "ünï"])
def test_any_name_of_a_folder_will_do(name: str, tmp_path: Path) -> None:
    """Does the search find its file whatever the folder is called?"""
    run = opened(tmp_path / name, settings_for(tmp_path / name), resume=False)
    from project import storage

    with storage.opened(run.storage):
        pass
    assert (tmp_path / name / "study.db").is_file()


# Functions that are not written yet


def students_functions() -> dict[str, str]:
    """Each function with a solution in its body, and its file."""
    found = {}
    for path in sorted(PACKAGE.glob("*.py")):
        source = path.read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            part = ast.get_source_segment(source, node) or ""
            if "### BEGIN SOLUTION" in part:
                assert isinstance(node, ast.FunctionDef)
                assert ast.get_docstring(node)
                found[node.name] = path.name
    return found


def stubbed(folder: Path) -> Path:
    """A copy of the package as students get it."""
    package = folder / "project"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    for path in package.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        path.write_text(
            re.sub(
                r"(?s)( *)### BEGIN SOLUTION.*?### END SOLUTION",
                lambda m: m[1] + STUB.format(indent=m[1]),
                text,
            ),
            encoding="utf-8",
        )
    return package


def test_the_guide_has_a_step_for_every_function() -> None:
    """Is each function of the student's known by its step, and no other?"""
    assert set(YOURS) == set(students_functions())
    guide = (PACKAGE.parent / "project.py").read_text(encoding="utf-8")
    for name, step in YOURS.items():
        # The step under whose heading the guide checks it.
        checked = guide.index(f"check({name.replace('update_', 'network_update_')})")
        headings = re.findall(r"## Step (\d)\.", guide[:checked])
        assert headings[-1] == str(step), name


CALLED = """
import inspect, sys
from project import __main__ as program
from project import monitors, recipe, regularization, schedule
for module in (monitors, recipe, regularization, schedule):
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if name in program.YOURS and function.__module__ == module.__name__:
            try:
                function(*[None] * len(inspect.signature(function).parameters))
            except NotImplementedError as stub:
                print(program._unwritten(stub))
print(program.main(["initial_loss", "--out", sys.argv[1]]))
"""


def test_a_function_still_to_be_written_is_named(tmp_path: Path) -> None:
    """Does the command line name function, file and step, with exit code 2?"""
    package = stubbed(tmp_path)
    made = ran("-c", CALLED, str(tmp_path / "run"), package=package)
    *lines, _step, code = made.stdout.splitlines()
    wanted = {
        f"project/{file}: {name} is still to be written "
        f"(step {YOURS[name]} of the guide)"
        for name, file in students_functions().items()
    }
    assert set(lines) == wanted
    assert code == "2"
    (line,) = made.stderr.splitlines()
    assert line in wanted


def test_an_error_of_ones_own_is_not_taken_for_a_stub(
    finished: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Is a NotImplementedError from elsewhere shown as what it is?"""

    def missing(*_: object) -> None:
        raise NotImplementedError("this device has no such operation")

    monkeypatch.setattr("project.steps.untrained_loss", missing)
    with pytest.raises(NotImplementedError, match="no such operation"):
        main(command("initial_loss", tmp_path / "run"))


# Interruptions


def test_ctrl_c_leaves_a_run_that_goes_on(finished: Path, tmp_path: Path) -> None:
    """Does SIGINT in a search end with 130, say how to go on, and does that hold?"""
    folder = tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, "-m", "project", *command("all", folder)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Who is started in the background is deaf to SIGINT, and so are its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "coarse-0001" in line:
            process.send_signal(signal.SIGINT)
            break
    _, said = process.communicate()
    assert process.returncode == 130, said
    assert f"python -m project all --out {folder} --resume" in said
    assert "Traceback" not in said
    names = [record.get("id") for record in records(folder)]
    assert "coarse-0000" in names
    assert "refine-0003" not in names
    assert main(["coarse", "--out", str(folder), "--resume"]) == 0
    found = timeless(records(folder))
    assert found == timeless(records(finished))[: len(found)]
    assert found[-1]["step"] == "coarse"


DYING = """
import os, signal, sys
from project import loop
from project.__main__ import main

left = int(sys.argv.pop(1))
save = loop.Run.save

def dying(self, path):
    global left
    save(self, path)
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

loop.Run.save = dying
sys.exit(main(sys.argv[1:]))
"""


def test_kill_9_in_the_middle_changes_nothing(finished: Path, tmp_path: Path) -> None:
    """Is the ledger that of an uninterrupted run after two kills in mid-trial?"""
    folder = tmp_path / "run"
    rounds = len([r for r in records(finished) if r["step"] == "coarse"]) // 7
    # 40 epochs of overfit, 6 of each coarse round, 10 of refine-0000, 5 of refine-0001
    first = ran("-c", DYING, f"{40 + 6 * rounds + 15}", *command("all", folder))
    assert first.returncode == -signal.SIGKILL, first.stderr
    kept = [path.name for path in (folder / "checkpoints").iterdir()]
    assert "refine-0001.safetensors" in kept
    # 5 more epochs of refine-0001, 20 of the others, 2 of final-0000, 1 of final-0001
    again = command("all", folder, "--resume")
    second = ran("-c", DYING, "28", *again)
    assert second.returncode == -signal.SIGKILL, second.stderr
    names = [record.get("id") for record in records(folder)]
    assert names[-1] == "final-0000"
    assert main(again) == 0
    assert timeless(records(folder)) == timeless(records(finished))
    model = "model.safetensors"
    assert (folder / model).read_bytes() == (finished / model).read_bytes()


# What it says on the way


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


EPOCHS = [
    Epoch(1, 36, 0.1, 2.0, 0.3, 1.9, 0.35, 1.5, 1e-3, 0.2),
    Epoch(2, 36, 0.1, math.nan, 0.3, math.inf, 0.35, 1.5, 1e-3, 0.2),
]


def test_a_pipe_gets_a_line_for_each_trial() -> None:
    """Is nothing rewritten where nobody looks, and all of it said at the end?"""
    stream = io.StringIO()
    progress = Progress(stream)
    with progress.trial("coarse-0000", "rate 0.1", 2) as watch:
        for epoch in EPOCHS:
            watch(epoch)
        assert stream.getvalue() == ""
    with pytest.raises(Pruned), progress.trial("coarse-0001", "rate 0.2", 2):
        raise Pruned
    first, second = stream.getvalue().splitlines()
    assert first.startswith("  coarse-0000  rate 0.1  loss nan → inf, ")
    assert "no epoch finished" in second


def test_a_terminal_gets_a_line_for_each_epoch() -> None:
    """Is a bar rewritten with each epoch, and left when the trial is over?"""
    stream = Terminal()
    progress = Progress(stream)
    with progress.trial("coarse-0000", "rate 0.1", 2) as watch:
        watch(EPOCHS[0])
        assert "loss 2.000 → 1.900, accuracy 30.0% → 35.0%" in stream.getvalue()
        watch(EPOCHS[1])
    last = stream.getvalue().rsplit("\r", 1)[-1]
    assert "coarse-0000" in last
    assert "2/2" in last
    assert "loss nan → inf" in last
    assert stream.getvalue().endswith("\n")


# Several at once


def before_coarse(finished: Path, folder: Path) -> Session:
    """A run of which the first three steps are done."""
    run = opened(folder, settings_for(finished), resume=False)
    for record in records(finished):
        if record["step"] in STEPS[:3]:
            run.ledger.append(record)
    return run


def test_a_worker_finishes_what_a_run_began(
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Does a worker train the missing trials, which the run then takes as its own?"""
    folder = tmp_path / "run"
    run = before_coarse(finished, folder)
    train = Session.train

    def tired(self: Session, *arguments: object, **options: object) -> object:
        if options["id"] == "coarse-0002":
            raise KeyboardInterrupt
        return train(self, *arguments, **options)

    monkeypatch.setattr(Session, "train", tired)
    with pytest.raises(KeyboardInterrupt):
        searches.coarse(run)

    def idle(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(joining.time, "sleep", idle)
    with monkeypatch.context() as patch:
        other = data.load("digits", "test")
        patch.setattr(data, "load", lambda *_: other)
        assert main(["worker", "--out", str(folder)]) == 1
        assert "digits holds other data than the run" in capsys.readouterr().err
    assert main(["worker", "--out", str(folder)]) == 130
    assert "coarse-0005" in capsys.readouterr().out

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the worker has trained all of them")

    monkeypatch.setattr(Session, "train", never)
    searches.coarse(run)
    wanted = [r for r in records(finished) if r["step"] == "coarse"][:7]
    found = [r for r in records(folder) if r["step"] == "coarse"][:7]
    assert timeless(found) == timeless(wanted)


def test_helpers_share_a_search(finished: Path, tmp_path: Path) -> None:
    """Does --workers come to the same trials, whoever trained them?"""
    folder = tmp_path / "run"
    before_coarse(finished, folder)
    assert main(["coarse", "--out", str(folder), "--resume", "--workers", "2"]) == 0
    found, wanted = (
        {
            r["id"]: timeless(r)
            for r in records(one)
            if r.get("step") == "coarse" and "id" in r
        }
        for one in (folder, finished)
    )
    assert found == wanted


def test_no_password_on_a_command_line(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is the storage handed to helpers where only they can read it?

    Everybody on a machine sees the arguments of its processes.
    """
    started: list[tuple[list[str], dict[str, str]]] = []

    class Helper:
        def __init__(self, command: list[str], env: dict[str, str], **_: object):
            started.append((command, env))

        def terminate(self) -> None: ...
        def wait(self) -> None: ...

    run = before_coarse(finished, tmp_path / "run")
    run.storage, run.workers = "postgresql://ada:secret@host/db", 3
    monkeypatch.setattr(searches.subprocess, "Popen", Helper)
    with searches._helpers(run):
        assert len(started) == 2
    for words, env in started:
        assert not any("secret" in word or "host" in word for word in words)
        assert env["PROJECT_STORAGE"] == run.storage


@pytest.mark.parametrize("step", ["worker", "coarse"])
def test_the_storage_may_come_from_the_environment(
    step: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Is PROJECT_STORAGE read where --storage is absent, and only there?"""
    run = opened(tmp_path / "run", settings_for(tmp_path / "run"), resume=False)
    run.decide("rate", **FOUND)
    monkeypatch.setenv("PROJECT_STORAGE", "mysql://me@environment/db")
    where = [step, "--out", str(tmp_path / "run"), *["--resume"][: step == "coarse"]]
    assert main(where) == 1
    assert "mysql" in capsys.readouterr().err
    assert main([*where, "--storage", "oracle://me@option/db"]) == 1
    assert "oracle" in capsys.readouterr().err


def test_trials_at_once_come_to_the_same(finished: Path, tmp_path: Path) -> None:
    """Does --vectorize find the losses of one trial after the other, nearly?"""
    folder = tmp_path / "run"
    before_coarse(finished, folder)
    assert main(["coarse", "--out", str(folder), "--resume", "--vectorize", "4"]) == 0
    losses = [
        {
            r["id"]: r["epochs"][-1]["validation_loss"]
            for r in records(one)
            if r["record"] == "trial" and r["step"] == "coarse"
        }
        for one in (folder, finished)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=0.05)


def test_trials_at_once_are_refused_where_they_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Is it said which networks and optimizers can be trained side by side?"""
    changes = ["--set=train.optimizer=adamw"]
    run = opened(
        tmp_path / "run",
        settings_for(tmp_path / "run", changes=["train.optimizer=adamw"]),
        resume=False,
    )
    run.decide("rate", **FOUND)
    where = ["--out", str(tmp_path / "run"), "--resume", "--vectorize", "4"]
    assert main(["coarse", *where, *changes]) == 1
    assert "trials at once: sgd for the network small" in capsys.readouterr().err
