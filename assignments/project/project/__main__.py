"""The command line: `python -m project STEP|all [options]`.

Exit codes: 0 done, 1 something stands in the way (said in one line), 2 a function of
yours is still to be written, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import traceback
from pathlib import Path

STEPS = ("initial_loss", "overfit", "rate", "coarse", "refine", "curves", "final")

# The student's functions, and the step of the guide in which each is written.
YOURS = {
    "initial_loss_is_sane": 1,
    "gradient_norm": 2,
    "update_ratio": 2,
    "learning_rate": 2,
    "is_decayed": 2,
    "smoothed_loss": 2,
    "epochs_to_overfit": 2,
    "starting_rate": 3,
    "coarse_space": 4,
    "next_space": 4,
    "read_curves": 6,
    "choose": 7,
}


def _count(text: str) -> int:
    """Read a number of at least 1."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


_count.__name__ = "number above 0"  # argparse: invalid number above 0 value: '0'


def parser() -> argparse.ArgumentParser:
    """Make the parser; its help is the manual."""
    made = argparse.ArgumentParser(
        prog="python -m project",
        description="Tune a network by the seven steps of the recipe.",
        epilog="A function that is still to be written is named with its file.",
    )
    made.add_argument(
        "command",
        choices=(*STEPS, "all", "worker", "report"),
        metavar="COMMAND",
        help=f"a step ({', '.join(STEPS)}); all: every step in this order; worker: "
        "take trials of a shared search; report: write report.html again",
    )
    made.add_argument(
        "--out", type=Path, metavar="RUN", help="the run directory; default: run"
    )
    made.add_argument(
        "--data",
        metavar="DATA",
        help="digits (default), cifar10, or a file: the official binary archive, or "
        "JPEG streams in an .npz",
    )
    made.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"))
    made.add_argument(
        "--config", type=Path, metavar="FILE", help="settings as TOML, not a preset's"
    )
    made.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="changes",
        help="change a setting, such as train.rate=0.3; may be repeated",
    )
    made.add_argument("--seed", type=int, metavar="N", help="where randomness begins")
    made.add_argument(
        "--resume", action="store_true", help="go on with what RUN holds already"
    )
    made.add_argument(
        "--storage",
        metavar="URL",
        help="a database for the search, which many workers can share: "
        "postgresql://USER@HOST/DATABASE (default: the variable PROJECT_STORAGE of "
        "the environment, where a password belongs; without it, a file in RUN)",
    )
    made.add_argument(
        "--vectorize",
        type=_count,
        default=1,
        metavar="K",
        help="train K trials of the coarse search at once (small network)",
    )
    made.add_argument(
        "--workers",
        type=_count,
        default=1,
        metavar="N",
        help="processes that share the trials of a search",
    )
    return made


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command; return the exit code."""
    chosen = parser().parse_args(arguments)
    try:
        # Imported late: a Ctrl-C while torch is loading ends as any other.
        from . import (
            checkpoint,
            config,
            data,
            device,
            distributed,
            ledger,
            session,
            storage,
        )

        troubles = (
            checkpoint.CheckpointError,
            config.ConfigError,
            data.DataError,
            device.DeviceError,
            distributed.DistributedError,
            ledger.LedgerError,
            session.StepError,
            storage.StorageError,
        )
        try:
            with distributed.joined() as first:
                _carry_out(chosen) if first else distributed.follow()
        except troubles as trouble:
            print(f"project: {trouble}", file=sys.stderr)
            return 1
        return 0
    except NotImplementedError as stub:
        line = _unwritten(stub)
        if line is None:
            raise
        print(line, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(_stopped(chosen), file=sys.stderr)
        return 130


def _carry_out(chosen: argparse.Namespace) -> None:
    from . import joining, report, searches, session, steps
    from .final import final
    from .progress import Progress

    folder = chosen.out or Path("run")
    storage = chosen.storage or os.environ.get("PROJECT_STORAGE")
    if chosen.command == "report":
        if not (folder / "ledger.jsonl").is_file():
            raise session.StepError(f"{folder} holds no ledger.jsonl: no run is there")
        print(report.write(folder))
        return
    if chosen.command == "worker":
        url = storage or session.study_of(folder)
        joining.work(url, Progress(), source=chosen.data, device=chosen.device)
        return
    settings = session.settings_for(
        folder,
        source=chosen.data,
        file=chosen.config,
        changes=chosen.changes,
        seed=chosen.seed,
        device=chosen.device,
    )
    run = session.opened(
        folder,
        settings,
        resume=chosen.resume,
        storage=storage,
        vectorize=chosen.vectorize,
        workers=chosen.workers,
    )
    functions = {
        "initial_loss": steps.initial_loss,
        "overfit": steps.overfit,
        "rate": steps.rate,
        "coarse": searches.coarse,
        "refine": searches.refine,
        "curves": steps.curves,
        "final": final,
    }
    every = chosen.command == "all"
    try:
        for number, (name, function) in enumerate(functions.items(), start=1):
            if not every and name != chosen.command:
                continue
            run.say(f"{number}. {name}")
            if run.is_done(name) and (every or name != "final"):
                run.say("  in the ledger already")
                continue
            function(run)
    except Exception:
        if run.ledger.records():
            report.write(folder)  # also on what a step found to be wrong
        raise
    run.say(f"report: {report.write(folder)}")


def _unwritten(stub: NotImplementedError) -> str | None:
    """Say which function is still to be written; None if it is none of them."""
    last = traceback.extract_tb(stub.__traceback__)[-1]
    file = Path(last.filename)
    if file.parent != Path(__file__).parent or last.name not in YOURS:
        return None
    return (
        f"project/{file.name}: {last.name} is still to be written "
        f"(step {YOURS[last.name]} of the guide)"
    )


def _stopped(chosen: argparse.Namespace) -> str:
    """Say what a Ctrl-C leaves behind, and how to go on."""
    if chosen.command in ("worker", "report"):
        return "\nstopped"
    again = ["python", "-m", "project", chosen.command]
    again += ["--out", str(chosen.out or "run"), "--resume"]
    if chosen.storage is not None:
        again += ["--storage", chosen.storage]
    for option in ("vectorize", "workers"):
        if getattr(chosen, option) != 1:
            again += [f"--{option}", str(getattr(chosen, option))]
    return (
        f"\nstopped; {chosen.out or 'run'} holds all that was finished. Go on with:\n"
        f"  {shlex.join(again)}"
    )


if __name__ == "__main__":
    sys.exit(main())
