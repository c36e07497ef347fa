"""Run attacks on the grader and print what became of each of them.

    python -m tests.hostile [FAMILY|NAME …]

The exit code is 0 if every outcome is the declared one and nothing else was touched.
"""

from __future__ import annotations

import argparse
import sys
import time

from tabulate import tabulate

from autograder.sandbox.bubblewrap import why_unavailable
from tests.hostile.attack import AttackError, named
from tests.hostile.running import Report, run


def table(report: Report) -> str:
    """A line for each attack, then what is said of the class as a whole."""
    lines = []
    for attack, result, wrong in report.attacks:
        row = dict(result.row) if result else {"score": 0, "status": "no row"}
        lines.append(
            (
                attack.family,
                attack.name,
                f"{row['status']}, {row['score']:g} points",
                "; ".join(wrong) if wrong else "as declared",
            )
        )
    headers = ("family", "attack", "outcome", "as declared?")
    text = tabulate(
        lines, headers, tablefmt="simple", maxcolwidths=[None, None, None, 72]
    )
    unlike = sum(1 for *_, wrong in report.attacks if wrong)
    said = [
        f"{len(lines)} attacks, {unlike} not as declared",
        f"ordinary students: {'; '.join(report.ordinary) or 'their own grades'}",
        f"their notebooks among the attacks: {report.slowdown()}",
        f"left behind: {'; '.join(report.left) or 'nothing'}",
    ]
    return "\n".join([text, "", *said])


def main(words: list[str] | None = None) -> int:
    """Run the attacks that the command line names; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.hostile", description="Attack the grader; see who wins."
    )
    parser.add_argument("words", nargs="*", metavar="FAMILY|NAME", help="default: all")
    arguments = parser.parse_args(words)
    try:
        attacks = list(named(arguments.words))
    except AttackError as error:
        parser.error(str(error))
    if why_unavailable():
        parser.error(f"no sandbox on this machine: {why_unavailable()}")
    start = time.monotonic()
    report = run(attacks)
    print(table(report))
    print(f"took {time.monotonic() - start:.0f} s")
    return 1 if report.differs else 0


if __name__ == "__main__":
    sys.exit(main())
