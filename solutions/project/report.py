"""The report of a run: its figures as PNG, and a page that holds all it shows.

`write(run)` reads nothing but `run/ledger.jsonl`, so it can be called at any time: of
steps that are not done yet the page says so. The page asks nothing of any other
machine: style and images stand in it.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from . import wording
from .files import replace_file
from .ledger import Ledger, Record
from .page import Page, table
from .sections import SECTIONS

STYLE = Path(__file__).with_name("report.css")
TITLES = {
    "initial_loss": "The initial loss",
    "overfit": "A small sample, by heart",
    "rate": "A learning rate to start from",
    "coarse": "The coarse search",
    "refine": "The refinement",
    "curves": "The curves",
    "final": "The final fit, and the test",
}


def write(run: Path) -> Path:
    """Write `run/curves/*.png` and `run/report.html`; return the latter's path.

    Raises LedgerError if the ledger cannot be read.
    """
    ledger = Ledger(run / "ledger.jsonl")
    page = Page(run / "curves")
    parts = [_head(ledger)]
    for i, (step, title) in enumerate(TITLES.items(), start=1):
        body = SECTIONS[step](ledger, page)
        parts.append(
            f'<section id="{step}"><h2>{i}. {escape(title)}</h2>\n{body}</section>'
        )
    parts.append(_costs(ledger))
    style = STYLE.read_text(encoding="utf-8")
    title = f"A network for {wording.data_name(ledger)}, tuned in seven steps"
    html = TEMPLATE.format(title=escape(title), style=style, body="\n".join(parts))
    replace_file(run / "report.html", html.encode())
    return run / "report.html"


def _head(ledger: Ledger) -> str:
    """The title, the result, and on what it was reached."""
    test = ledger.decision("test")
    trials = ledger.trials()
    title = f"A network for {escape(wording.data_name(ledger))}, tuned in seven steps"
    if test:
        n = len(test["accuracies"])
        result = (
            f'<p class="result"><span>{escape(wording.spread(test, n))}</span> '
            f"test accuracy on {test['images']} images, mean ± standard deviation over "
            f"{n} seeds</p>"
        )
    else:
        result = '<p class="result"><span>not finished</span> no test yet</p>'
    facts = _facts(trials) if trials else {}
    listed = "".join(f"<dt>{k}</dt><dd>{escape(v)}</dd>" for k, v in facts.items())
    return f"<h1>{title}</h1>\n{result}\n<dl>{listed}</dl>\n"


def _facts(trials: list[Record]) -> dict[str, str]:
    """On what the run was made."""
    last = trials[-1]
    parts, model = last["data"], last["settings"]["model"]
    outcomes = wording.counted(trial["outcome"] for trial in trials)
    return {
        "data": f"{parts['name']}: {parts['train']} images to train on, "
        f"{parts['validation']} to choose by",
        "network": f"{model['name']}, width {model['width']}, "
        f"{last['parameters']:,} parameters",
        "hardware": ", ".join(dict.fromkeys(trial["device"] for trial in trials)),
        "versions": ", ".join(f"{k} {v}" for k, v in last["versions"].items()),
        "trials": f"{len(trials)}: {outcomes}",
        "time": wording.duration(sum(_seconds(t) for t in trials)),
    }


def _costs(ledger: Ledger) -> str:
    """What each step took, in time and images."""
    rows = []
    for step in TITLES:
        trials = ledger.trials(step)
        seconds = sum(map(_seconds, [*trials, *ledger.decisions(step)]))
        images = sum(trial["images"] for trial in trials)
        name, time = step.replace("_", " "), wording.duration(seconds)
        rows.append((name, len(trials), f"{images:,}", time))
    return (
        "<section><h2>What each step cost</h2>\n"
        + table(
            "Time and training images of each step",
            ("step", "trials", "images", "time"),
            rows,
        )
        + "<p>Time is that of training and validation; images are those of the trials, "
        "counted once for each epoch.</p></section>"
    )


def _seconds(record: Record) -> float:
    """The time that a trial took, or a step that trains without trials."""
    return record.get("seconds", 0.0)


TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
