"""How fast the final project trains, beside a peer's published script.

    python -m benchmarks.project [--data cifar10] [--peer airbench94_muon.py]
        [--vectorize 32] [--record] [--json]

One run trains on all training images and answers all test images at the end, with a
schedule that ends there. It *reaches the target* if the mean of these accuracies over
the seeds does; the time to the target is then the mean time of a run. For us a run's
time is everything from making the network to the last test answer: weights, statistics
of the images, whitening, augmentation, all steps, the monitors, the answers. Not in it:
loading the data and bringing them to the device, and a run of two epochs before all
others (compilation, cuDNN's choice of algorithms). airbench94_muon.py counts the same,
but for making its network: whitening, augmentation, all steps, its answers to the test
images; and it, too, warms up before. What differs is at our expense. On a CUDA GPU both
networks are compiled, in the warm-up; --set train.compile=false leaves ours as it is.

Nothing is chosen by the test accuracies here: settings come from a preset, or from the
configuration of a finished project.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import torch

from benchmarks.peer import PATTERN, PeerError, Script, hand_over
from benchmarks.project_runs import (
    ROOT,
    Bench,
    Figures,
    MeasuringError,
    at_once,
    in_turns,
    ratio,
)
from benchmarks.project_tables import record, tables

# benchmarks.project_runs has made the engine importable:
# isort: split
from project import config, data, device

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
ENOUGH = 5  # seeds for a figure that is recorded
SLOWEST = 1.5  # times the peer's time
AT_ONCE, MANY = 8.0, 32  # times the trials a minute, for so many on a large GPU


def judge(figures: Figures, target: float | str) -> list[str]:
    """Add target and ratio to the figures; return what is wrong, a sentence each."""
    ours, peer = figures["ours"], figures.get("peer")
    trouble = []
    if peer and "failed" in peer:
        trouble.append(f"The peer's script failed: {peer['failed']}")
        peer = None
    if target == "peer":
        target = peer["accuracy"]["mean"] if peer else None
    figures["target"], figures["ratio"] = target, None
    if target is None:
        return [*trouble, "Without the peer there is no target."]
    for name, each in (("We", ours), ("The peer", peer)):
        if each is None:
            continue
        mean = each["accuracy"]["mean"]
        each["reached"] = mean >= target
        if not each["reached"]:
            trouble.append(
                f"{name} did not reach {target:.2%} (mean {mean:.2%}): "
                "no time to the target, no ratio."
            )
    if peer and ours["reached"] and peer["reached"]:
        figures["ratio"] = ratio(ours["seconds"], peer["seconds"])
        if figures["ratio"]["mean"] > SLOWEST:
            trouble.append(
                f"We take {figures['ratio']['mean']:.2f} times the peer's time; "
                f"allowed are {SLOWEST}."
            )
    return trouble


def circumstances(bench: Bench) -> Figures:
    """Say what the figures depend on."""
    versions = device.versions()
    name = device.describe(bench.where)
    if bench.where.type == "cuda":
        versions["cuda"] = str(torch.version.cuda)
        versions["cudnn"] = str(torch.backends.cudnn.version())
    else:
        name += f", {torch.get_num_threads()} threads"
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty=+changes", "--exclude=*"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "device": name,
        "versions": versions | {"commit": described.stdout.strip() or "unknown"},
        "data": {
            "name": bench.train.name,
            "fingerprint": bench.train.fingerprint,
            "train": len(bench.train.labels),
            "test": len(bench.test.labels),
        },
        "settings": config.as_dict(bench.settings),
    }


def _settings(chosen: argparse.Namespace) -> config.Settings:
    """Return the settings that are measured."""
    name = chosen.data if chosen.data in config.PRESETS else "cifar10"
    settings = config.read(chosen.config) if chosen.config else config.preset(name)
    changes = [f"data={chosen.data}"]
    if chosen.device:
        changes.append(f"device={chosen.device}")
    settings = config.override(settings, changes)
    if device.choose(settings.device).type == "cuda":  # a run is repeated: it pays
        settings = config.override(settings, ["train.compile=true"])
    return config.override(settings, chosen.changes)


def _target(text: str) -> float | str:
    """Read a share of right answers, or the word peer."""
    if text != "peer" and not 0 < float(text) < 1:
        raise ValueError
    return text if text == "peer" else float(text)


def _count(text: str) -> int:
    """Read a number of at least 1."""
    if int(text) < 1:
        raise ValueError
    return int(text)


def _pattern(text: str) -> str:
    """Read a regular expression that names what it finds."""
    try:
        groups = set(re.compile(text).groupindex)
    except re.error as error:
        raise ValueError from error
    if not {"accuracy", "seconds"} <= groups:
        raise ValueError
    return text


_target.__name__ = "share between 0 and 1, or peer,"  # argparse: invalid … value
_count.__name__ = "number above 0"
_pattern.__name__ = "regular expression with groups accuracy and seconds,"


def parser() -> argparse.ArgumentParser:
    """Make the parser; its help says how a peer is run."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.project",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=HELP.format(pattern=PATTERN),
    )
    made.add_argument("--data", default="cifar10", help="digits, cifar10, or a file")
    made.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"))
    made.add_argument("--config", type=Path, metavar="FILE", help="RUN/config.toml")
    made.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="changes",
        help="change a setting, such as train.epochs=9; may be repeated",
    )
    made.add_argument("--seeds", type=_count, default=ENOUGH, metavar="N")
    made.add_argument(
        "--target",
        type=_target,
        default=0.94,
        help="test accuracy; peer: what the peer reaches on these data (0.94)",
    )
    made.add_argument("--peer", type=Path, metavar="SCRIPT", help="see below")
    made.add_argument(
        "--peer-args", default="", metavar="TEXT", help="its arguments, in one text"
    )
    made.add_argument(
        "--peer-python",
        default=sys.executable,
        metavar="PROGRAM",
        help="the Python that has what it imports; by default this one",
    )
    made.add_argument("--peer-pattern", type=_pattern, default=PATTERN, metavar="REGEX")
    made.add_argument(
        "--peer-timeout",
        type=float,
        default=1800,
        metavar="SECONDS",
        help="after which a call of the script is given up (1800)",
    )
    made.add_argument(
        "--vectorize", type=_count, metavar="K", help="compare K trials at once, too"
    )
    made.add_argument("--json", action="store_true", help="print JSON, not tables")
    made.add_argument(
        "--record", action="store_true", help="append a row to benchmarks/RESULTS.md"
    )
    return made


HELP = """\
the peer's script:
  It finds the very data that we train on, in the folder in which it is run, so it
  needs no network: cifar10/train.pt and cifar10/test.pt, as the CifarLoader of
  KellerJordan/cifar10-airbench keeps them after its download. Nothing needs to be
  handed to it by hand. airbench94_muon.py imports torchvision and wants a CUDA GPU;
  --peer-python names a Python that has what it needs.

  A script with a function main(run, model) and a class CifarNet is imported and
  called, once for each seed, in turns with us; its warm-up is main("warmup", model).
  Any other is run as a whole, until it has printed as many results as there are seeds.

  A result is a line of its output that --peer-pattern finds, with a group `accuracy`,
  a share of 1, and a group `seconds`. By default that is the last row of each run of
  cifar10-airbench, with test-time augmentation, as its authors report it:
    {pattern}

exit status:
  0 all was measured and is as it should be; 1 something is not, and is said;
  2 the command line is wrong, or the data or the device are not there
"""


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, record; return the exit status."""
    made = parser()
    chosen = made.parse_args(arguments)
    if chosen.target == "peer" and not chosen.peer:
        made.error("--target peer: there is no --peer")
    if chosen.record and chosen.seeds < ENOUGH:
        made.error(f"--record: fewer than {ENOUGH} seeds")
    try:
        bench = Bench(_settings(chosen))
    except (config.ConfigError, data.DataError, device.DeviceError) as error:
        made.error(str(error))
    try:
        figures, trouble = measured(bench, chosen)
    except PeerError as error:
        made.error(str(error))
    except MeasuringError as error:
        print(f"Nothing was measured: {error}", file=sys.stderr)
        return 1
    figures["trouble"] = trouble
    print(json.dumps(figures, indent=2) if chosen.json else tables(figures))
    print("\n".join(trouble), file=sys.stderr if chosen.json else sys.stdout)
    if chosen.record:
        record(figures, RESULTS)
    return int(bool(trouble))


def measured(bench: Bench, chosen: argparse.Namespace) -> tuple[Figures, list[str]]:
    """Return all figures, and what is wrong with them.

    Raises MeasuringError if there is no figure, PeerError if there is no peer's script.
    """
    figures = circumstances(bench)
    with tempfile.TemporaryDirectory() as folder:
        if chosen.peer is None:
            figures |= in_turns(bench, chosen.seeds, None)
        else:
            peer = Script(
                chosen.peer,
                Path(folder),
                arguments=shlex.split(chosen.peer_args),
                python=chosen.peer_python,
                pattern=chosen.peer_pattern,
                timeout=chosen.peer_timeout,
            )
            hand_over(Path(folder), bench.train, bench.test)
            with closing(peer):
                figures |= in_turns(bench, chosen.seeds, peer)
    trouble = judge(figures, chosen.target)
    if chosen.vectorize:
        try:
            figures["at_once"] = at_once(bench, chosen.vectorize)
        except MeasuringError as error:
            return figures, [*trouble, f"Trials at once: {error}."]
        found = figures["at_once"]["ratio"]
        large = bench.where.type == "cuda" and chosen.vectorize >= MANY
        if large and found < AT_ONCE:
            trouble.append(
                f"{chosen.vectorize} trials at once are {found:.1f} times as many a "
                f"minute; on a large GPU it should be {AT_ONCE:g} times."
            )
    return figures, trouble


if __name__ == "__main__":
    sys.exit(main())
