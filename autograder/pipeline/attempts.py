"""Every grading's feedback page is kept, and the newest one links to the earlier ones.

nbgrader empties the folder of the feedback pages whenever it writes a new page, and
releases every page that it finds there. So the pages are kept in a folder of their own,
``classroom/attempts/<student>/<topic>/``, and shown below the feedback, in
``classroom/feedback/<student>/<topic>/attempts/``, where nbgrader does not look.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from autograder.pipeline.course import Course

KEPT = "attempts"
INDEX = "attempts.json"
_BEGIN, _END = "<!-- attempts -->", "<!-- /attempts -->"


@dataclass(frozen=True)
class Attempt:
    """One grading of a student's hand-in to a topic.

    ``number`` counts from 1, ``graded`` is a time in ISO 8601, UTC. ``points`` and
    ``possible`` are None where only the page is left of a grading. ``page`` is the
    SHA-256 of the feedback page.
    """

    number: int
    graded: str
    points: float | None
    possible: float | None
    page: str


def keep_attempt(
    course: Course,
    topic: str,
    student: str,
    score: tuple[float, float],
    when: datetime | None = None,
) -> list[Attempt]:
    """Keep the feedback page of ``topic`` that was just written; return all kept.

    ``score`` is points earned and possible, ``when`` the time of the grading (default:
    now). The page gets a table of all attempts with links to the earlier ones. To call
    this again for the same page changes nothing.
    """
    page = course.feedback / student / topic / f"{topic}.html"
    folder = _folder(course, topic, student)
    kept = attempts(course, topic, student)
    if not page.is_file():
        return kept
    plain = _without_table(page.read_text(encoding="utf-8"))
    digest = hashlib.sha256(plain.encode()).hexdigest()
    if not kept or kept[-1].page != digest:
        graded = (when or datetime.now(UTC)).astimezone(UTC)
        new = Attempt(
            number=kept[-1].number + 1 if kept else 1,
            graded=graded.isoformat(timespec="seconds"),
            points=round(score[0], 2),
            possible=score[1],
            page=digest,
        )
        kept = [*kept, new]
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / f"{new.number}.html", plain)
        _write(folder / INDEX, json.dumps([asdict(each) for each in kept], indent=1))
    _publish(folder, page.parent / KEPT, kept[:-1])
    if len(kept) > 1:
        _write(page, plain.replace("</header>", f"{_table(kept)}</header>", 1))
    return kept


def attempts(course: Course, topic: str, student: str) -> list[Attempt]:
    """What is kept of the gradings of ``student`` in ``topic``, the oldest first.

    Where the list of them cannot be read, it is made of the pages themselves.
    """
    folder = _folder(course, topic, student)
    try:
        listed = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        return [Attempt(**each) for each in listed]
    except (OSError, ValueError, TypeError):
        return _found(folder)


def _folder(course: Course, topic: str, student: str) -> Path:
    return course.feedback.parent / KEPT / student / topic


def _found(folder: Path) -> list[Attempt]:
    pages = sorted(
        (path for path in folder.glob("*.html") if path.stem.isdecimal()),
        key=lambda path: int(path.stem),
    )
    return [
        Attempt(
            int(path.stem),
            datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(
                timespec="seconds"
            ),
            None,
            None,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in pages
    ]


def _publish(kept: Path, shown: Path, earlier: Iterable[Attempt]) -> None:
    """Show the pages of ``earlier`` attempts beside the newest."""
    for attempt in earlier:
        source, target = (each / f"{attempt.number}.html" for each in (kept, shown))
        if target.exists() or not source.is_file():
            continue
        shown.mkdir(exist_ok=True)
        try:
            os.link(source, target)  # the same page twice need not fill a disk
        except OSError:
            shutil.copyfile(source, target)


def _table(kept: list[Attempt]) -> str:
    """The attempts as HTML, the newest last; a change of points is said, too."""
    rows = []
    before: float | None = None
    for attempt in kept:
        name = f"Attempt {attempt.number}"
        newest = attempt is kept[-1]
        linked = (
            f"{name} (this page)"
            if newest
            else f'<a href="{KEPT}/{attempt.number}.html">{name}</a>'
        )
        when = escape(attempt.graded.replace("T", " ").replace("+00:00", " UTC"))
        rows.append(
            f"<tr><td>{linked}</td><td>{when}</td><td>{_points(attempt)}</td>"
            f"<td>{_change(before, attempt.points)}</td></tr>\n"
        )
        before = attempt.points
    return (
        f'{_BEGIN}<h2>Your attempts</h2>\n<table class="attempts">\n<thead><tr>'
        '<th scope="col">Attempt</th><th scope="col">graded</th>'
        '<th scope="col">points</th><th scope="col">change</th></tr></thead>\n'
        f"<tbody>\n{''.join(rows)}</tbody>\n</table>\n{_END}"
    )


def _points(attempt: Attempt) -> str:
    if attempt.points is None or attempt.possible is None:
        return "not known"
    return f"{attempt.points:g} of {attempt.possible:g}"


def _change(before: float | None, now: float | None) -> str:
    """What a grading brought.

    >>> _change(10, 12.5), _change(10, 8), _change(None, 3)
    ('+2.5', '−2', '')
    """
    if before is None or now is None:
        return ""
    change = round(now - before, 2)
    return f"+{change:g}" if change > 0 else f"−{-change:g}" if change else "0"


def _without_table(page: str) -> str:
    """``page`` as it was written, without the table of an earlier call."""
    header, mark, rest = page.partition("</header>")
    begin, end = header.find(_BEGIN), header.rfind(_END)
    if 0 <= begin < end:
        header = header[:begin] + header[end + len(_END) :]
    return header + mark + rest


def _write(path: Path, text: str) -> None:
    """Write all of a file or nothing."""
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)
