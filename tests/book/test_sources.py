"""Do the book's sources keep the promises that the book makes?"""

from __future__ import annotations

import ast
import re

import pytest

from tests.book.chapters import (
    CHAPTERS,
    TOPICS,
    cells,
    claims,
    glued,
    labels,
    pages,
    source,
    typed_numbers,
)
from tests.book.wanted import CLAIMS

VERDICTS = {"confirmed", "refuted", "depends", "definition", "opinion"}


def claim_ids() -> list[str]:
    """The ids of all claims, for the names of tests."""
    return [claim["id"] for claim in claims()]


def test_the_claims_of_each_topic_are_complete() -> None:
    """Has every claim of the source documents an entry, and each id only one?"""
    ids = claim_ids()
    assert len(ids) == len(set(ids))
    for topic in CLAIMS:
        here = {claim["id"] for claim in claims() if claim["topic"] == topic}
        assert here >= CLAIMS[topic], CLAIMS[topic] - here


@pytest.mark.parametrize("claim", claims(), ids=claim_ids())
def test_a_claim_is_well_formed(claim: dict) -> None:
    """Does a claim say all it must, and nothing that nobody reads?"""
    assert set(claim) - {"cited"} == {
        "id",
        "topic",
        "statement",
        "sources",
        "verdict",
        "evidence",
        "link",
    }
    assert claim.get("cited", True) is True
    assert claim["verdict"] in VERDICTS
    assert claim["sources"]
    assert set(claim["sources"]) <= {"000", "002", "003", "004"}
    assert len(claim["statement"].split()) >= 4


@pytest.mark.parametrize("claim", claims(), ids=claim_ids())
def test_a_verdict_stands_on_numbers_of_its_chapter(claim: dict) -> None:
    """Is the link a label of the chapter, and is no number of the evidence typed?

    That each glued key exists, Sphinx checks: a missing one breaks the build.
    """
    assert claim["link"] in labels(source(claim["topic"]))
    if claim.get("cited"):
        assert "{cite" in claim["evidence"], "whom?"
    elif claim["verdict"] in {"confirmed", "refuted", "depends"}:
        assert glued(claim["evidence"]), "a verdict needs a number that a cell computed"
    assert typed_numbers(claim["evidence"]) == []


@pytest.mark.parametrize("page", pages())
def test_no_number_of_an_experiment_is_typed(page: str) -> None:
    """Are decimals and percentages in prose computed, or excused with a reason?"""
    assert typed_numbers(source(page)) == []


@pytest.mark.parametrize(
    "line",
    [
        "The accuracy was 97.1 percent.",
        "It fell to 3 % of the rest.",
        "It fell to 12%, see `code`.",
        "Over 10 random splits, in 2014.",
        "It took 300 steps.",
        "That is 3 × faster.",
        "> 0.5 of them",
        ":::{admonition} Title\nIt was 0.25.\n:::",
    ],
)
def test_a_typed_number_is_found(line: str) -> None:
    """Would the rule see a number that somebody typed?"""
    assert typed_numbers(line)


@pytest.mark.parametrize(
    "line",
    [
        "At $p = 0.5$ and `lr=0.1` the value is {glue:text}`key:.2f`.",
        "With ten splits, in 2014, and section 3 of 4.",
        "Python 3.11 is meant. <!-- typed: a version -->",
        "$$\nx = 0.25\n$$",
        "```{code-cell} ipython3\nx = 0.25\n```",
        "```python\nx = 0.25\n```",
        "[a link](https://example.org/1.5)",
        "---\nversion: 0.25\n---",
    ],
)
def test_other_numbers_are_let_through(line: str) -> None:
    """Does the rule leave mathematics, code, links and excused numbers alone?"""
    assert typed_numbers(line) == []


@pytest.mark.parametrize("page", pages())
def test_labels_are_unique_and_speak_of_their_topic(page: str) -> None:
    """Does a label occur once, and begin with the name of its page?"""
    found = labels(source(page))
    assert len(found) == len(set(found))
    if page in TOPICS:
        assert all(label.startswith(f"{page}-") for label in found)


@pytest.mark.parametrize("topic", CHAPTERS)
def test_a_chapter_is_whole(topic: str) -> None:
    """Has it a summary, a prediction, figures, boxes, exercises and a self-test?"""
    text = source(topic)
    assert "In one sentence" in text
    assert re.search(r"^## .*prediction", text, flags=re.MULTILINE | re.IGNORECASE)
    assert len(re.findall(r"^    name: fig-", text, flags=re.MULTILINE)) >= 3
    assert text.count("In the wild") >= 3
    bugs = {claim for claim in CLAIMS.get(topic, ()) if claim.startswith("err-")}
    for bug in bugs:
        assert re.search(rf"Spot the bug.*`{bug}`", text), bug
    exercises = text[text.index("## Exercises") : text.index("## Test yourself")]
    assert exercises.count("```{dropdown}") >= 5
    questions = text[text.index("## Test yourself") :]
    assert questions.count("```{dropdown}") == 5
    if topic in CLAIMS:
        assert f"```{{claims}} {topic}\n```" in text


def test_the_landing_page_counts_the_chapters() -> None:
    """Does it promise as many chapters as there are?"""
    word = {10: "Ten", 11: "Eleven", 12: "Twelve"}[len(CHAPTERS)]
    assert f"**Chapters.** {word} of them, from gradients to the final project." in (
        source("index")
    )


@pytest.mark.parametrize("page", pages())
def test_code_in_a_chapter_is_python_of_our_own(page: str) -> None:
    """Do cells parse, install nothing, and keep away from the solutions?"""
    for cell in cells(source(page)):
        assert not re.search(r"^\s*[!%]", cell.code, flags=re.MULTILINE)
        for node in ast.walk(ast.parse(cell.code)):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not {n.split(".")[0] for n in names} & {"solutions", "autograder"}
