"""Does the grader withstand the hostile class, and would we notice if it did not?"""

from __future__ import annotations

import dataclasses
import socket
from itertools import pairwise
from pathlib import Path

import pytest

from tests.examples.test_class import lines_of_the_checks
from tests.hostile import __main__ as command_line
from tests.hostile import classroom, leftovers
from tests.hostile.attack import ATTACKS, Attack, AttackError, all_attacks, named
from tests.hostile.canaries import PLACES, Canaries, draw
from tests.hostile.grading import Result, rows_in
from tests.hostile.malforming import MALFORMINGS
from tests.hostile.running import Report, run
from tests.hostile.verifying import differences
from tests.sandbox import needs_sandbox

FAMILIES = {"undeserved", "reading", "harming", "malformed"}
# A few of each family: all of them take `make hostile` some minutes.
SAMPLE = (
    *("numpy_patched", "agent_replaced", "points_raised", "pair_that_agrees"),
    *("gradebook", "other_submissions", "parent_memory"),
    *("daemon", "broken_messages", "crash_in_a_call"),
    *("link_to_secret", "zip_bomb", "modules_beside", "student_of_all"),
)
IN_ONE_PROCESS = ("--workers", "1")  # others take seconds to start


# The attacks --------------------------------------------------------------------------


def test_there_are_enough_attacks_of_each_family() -> None:
    """Are there at least eighty, and no family with only a few?"""
    families = [attack.family for attack in all_attacks()]
    assert len(families) >= 80
    assert set(families) == FAMILIES
    assert all(families.count(family) >= 15 for family in FAMILIES)


@pytest.mark.parametrize("attack", all_attacks(), ids=lambda attack: attack.name)
def test_an_attack_is_small_and_says_what_it_tries(attack: Attack) -> None:
    """Could one read it in a minute, and is its deed one that exists?"""
    text = attack.path.read_text("utf-8")
    assert len(text.splitlines()) <= 70
    assert not attack.malformed or attack.malformed in MALFORMINGS
    assert attack.topic in classroom.TOPICS
    assert attack.status == "graded" or attack.earns == "nothing"


@pytest.mark.parametrize(
    ("story", "says"),
    [
        ("No outcome.", "no line `topic"),
        ("No points.\n\ntopic: pooling", "no line `earns"),
        ("Ends.\n\ntopic: pooling\nearns: all\nends: badly", "`ends` knows time"),
    ],
)
def test_an_attack_without_an_outcome_is_an_error(
    story: str, says: str, tmp_path: Path
) -> None:
    """Is it said what the docstring lacks?"""
    path = tmp_path / "x.py"
    path.write_text(f'"""{story}\n"""\n')
    with pytest.raises(AttackError, match=says):
        Attack.read(path)


def test_points_for_an_unknown_function_are_an_error() -> None:
    """Is a misspelled name in an outcome noticed?"""
    attack = Attack(Path("x.py"), "pooling", "all but g")
    with pytest.raises(AttackError, match="no check of 'g'"):
        attack.deserved({"f": 1.0})


def test_words_name_attacks_and_families(capsys: pytest.CaptureFixture[str]) -> None:
    """Is a family all of its attacks, and a word that names nothing a misuse?"""
    reading = list(named(["reading", "fork_bomb"]))
    assert {attack.family for attack in reading} == {"reading", "harming"}
    assert len(list(named([]))) == len(all_attacks())
    with pytest.raises(SystemExit) as ended:
        command_line.main(["cooking"])
    assert ended.value.code == 2
    assert "the families are harming" in capsys.readouterr().err


def test_attackers_and_ordinary_students_sit_side_by_side(tmp_path: Path) -> None:
    """Does everybody get a seat, with ordinary students all over the room?"""
    attacks = all_attacks()
    room = classroom.Classroom(None, draw(), tmp_path, tmp_path)  # type: ignore[arg-type]
    room.hand_in(attacks)
    assert list(room.attackers.values()) == attacks
    assert list(room.ordinary.values()) == list(classroom.ORDINARY)
    seats = [int(name[1:]) for name in room.ordinary]
    apart = [after - before for before, after in pairwise(seats)]
    assert max(apart) <= 2 * len(attacks) / len(seats)


# The grader ---------------------------------------------------------------------------


@needs_sandbox
def test_a_sample_of_the_class_ends_as_declared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Does each attack get what it deserves, and nobody else anything of it?"""
    monkeypatch.setattr(classroom, "ORDINARY", classroom.ORDINARY[:2])
    report = run(list(named(list(SAMPLE))), tmp_path, alone=IN_ONE_PROCESS)
    assert len(report.attacks) == len(SAMPLE)
    assert not report.differs, command_line.table(report)


# A broken one -------------------------------------------------------------------------

# Python imports this in each process of the grader before anything else. Once there
# are attackers, it gives all points, leaves a file and a process, edits the course.
BROKEN = """
import os
import subprocess
from pathlib import Path

submitted = Path("classroom", "submitted")
if submitted.is_dir() and len(list(submitted.iterdir())) > 1:
    from autograder.judge import grading
    from autograder.verdict import Outcome, Part, Verdict

    passed = (Part("all", Outcome.PASSED),)
    grading.examine = lambda name, *_, seed: Verdict(name, "pooling", passed)
    mark = Path(os.environ["TMPDIR"], "left")
    if not mark.exists():
        mark.touch()
        nothing = subprocess.DEVNULL
        subprocess.Popen(
            ["sleep", "600"], stdout=nothing, stderr=nothing, start_new_session=True
        )
        with open("nbgrader_config.py", "a") as file:
            file.write("# edited")
"""


@needs_sandbox
def test_a_grader_that_is_broken_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a permissive judge that litters and tells secrets, is nothing overlooked?"""
    broken, root = tmp_path / "broken", tmp_path / "root"
    broken.mkdir()
    root.mkdir()
    (broken / "sitecustomize.py").write_text(BROKEN)
    monkeypatch.setattr(leftovers, "PATIENCE", 0.5)
    monkeypatch.setattr(classroom, "ORDINARY", classroom.ORDINARY[:1])
    # As if the attack had read what it prints in any case.
    secrets = Canaries({**draw().secret, "the gradebook": "looked for the gradebook"})
    attacks = list(named(["numpy_patched", "gradebook"]))
    report = run(
        *(attacks, root, secrets, {"PYTHONPATH": str(broken)}),
        alone=IN_ONE_PROCESS,
        among=IN_ONE_PROCESS,
    )
    wrong = {attack.name: " ".join(said) for attack, _, said in report.attacks}
    assert "receptive_field: 12 points where 0 are due" in wrong["numpy_patched"]
    assert "no cell says" in wrong["numpy_patched"]
    assert wrong["gradebook"] == "has read the gradebook"
    assert ["half_done" in said for said in report.ordinary] == [True]
    left = " ".join(report.left)
    for what in ("sleep 600", f"file {root / 'scratch' / 'left'}", "nbgrader_config"):
        assert what in left


# Results made up ----------------------------------------------------------------------

ATTACK = Attack(
    ATTACKS / "undeserved" / "numpy_patched.py", "pooling", "f", ("time",), says=("x",)
)
POSSIBLE = {"f": 10.0, "g": 5.0}
ROW = {"student": "s", "topic": "pooling", "status": "graded", "score": 10.0}
PAGE = "x: a cell was ended because it ran for longer than 4 s"
GOOD = Result(ROW | {"note": ""}, {"f": 10.0, "g": 0.0}, PAGE, "", PAGE, PAGE, None)
EMPTY = Canaries(dict.fromkeys(PLACES, "canary"))


def changed(row: dict[str, object] | None = None, **changes: object) -> Result:
    """The good result with changes."""
    merged = {**GOOD.row, **(row or {})}
    return dataclasses.replace(GOOD, row=merged, **changes)


def test_a_result_as_declared_differs_in_nothing() -> None:
    """Is there no difference where there is none?"""
    assert differences(ATTACK, [GOOD], POSSIBLE, EMPTY) == []


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (changed(points={"f": 10.0, "g": 1.0}), "g: 1 points where 0 are due"),
        (changed(points={}), "f: 0 points where 10 are due"),
        (changed({"score": 15.0}), "the gradebook another number"),
        (changed({"status": "failed", "note": "disk"}), "failed, not graded: disk"),
        (
            changed({"status": "refused", "note": "a link"}),
            "refused, not graded: a link",
        ),
        (changed(shown="x"), "ended by nothing, not by time"),
        (changed(shown="x: it ended the Python process"), "ended by died, not by time"),
        (changed(shown=PAGE[1:]), "no cell says 'x'"),
        (changed(page=""), "no page"),
        (changed(written="canary"), "has read the gradebook"),
        (changed(source="<p>&lt;script> <SCRIPT>"), "runs '<SCRIPT'"),
        (changed(source="<img src=x onerror=f()>"), "runs"),
        (changed(source='<a href="javascript:f()">'), "runs"),
        (changed(source='<img src="http://127.0.0.1/x">'), "runs"),
        (changed(page=PAGE + "\n" + min(lines_of_the_checks())), "read the checks"),
    ],
)
def test_a_result_that_is_not_as_declared_is_told(result: Result, says: str) -> None:
    """Is each way to differ named?"""
    assert says in " ".join(differences(ATTACK, [result], POSSIBLE, EMPTY))


def test_each_attack_has_one_row() -> None:
    """Are no row and two rows noticed?"""
    for found in ([], [GOOD, GOOD]):
        assert "instead of one" in differences(ATTACK, found, POSSIBLE, EMPTY)[0]


def test_another_reason_for_a_refusal_is_told() -> None:
    """Is a refusal for the wrong reason no outcome as declared?"""
    attack = dataclasses.replace(ATTACK, earns="nothing", refused="a link", ends=())
    row = {"status": "refused", "note": "no notebook", "score": 0.0}
    result = changed(row, points={})
    assert differences(attack, [result], POSSIBLE, EMPTY) == [
        "refused for another reason: no notebook"
    ]


def test_rows_are_found_among_other_words() -> None:
    """Are warnings around the rows no hindrance?"""
    assert rows_in('careful\n[\n  {"student": "s"}\n]\nand more') == [{"student": "s"}]


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (Report([(ATTACK, GOOD, [])]), 0),
        (Report([(ATTACK, None, ["0 rows instead of one"])]), 1),
        (Report([(ATTACK, GOOD, [])], left=["process 1"]), 1),
        (Report([(ATTACK, GOOD, [])], ordinary=["perfect: no row"]), 1),
        (Report([(ATTACK, GOOD, [])], slower=[9.0]), 0),  # is stated, not judged
    ],
)
def test_the_exit_code_tells(
    report: Report,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Is it 1 whenever anything differs, and does the table say what?"""
    monkeypatch.setattr(command_line, "run", lambda _: report)
    monkeypatch.setattr(command_line, "why_unavailable", lambda: "")
    assert command_line.main(["numpy_patched"]) == code
    said = capsys.readouterr().out
    for words in [*report.attacks[0][2], *report.left, *report.ordinary]:
        assert words in said


def test_objects_of_the_kernel_are_seen() -> None:
    """Is a socket that bears the mark found, and gone when it is closed?"""
    assert leftovers.kernel_objects() == []
    with socket.socket(socket.AF_UNIX) as kept:
        kept.bind(f"\0{leftovers.MARK}-{id(kept)}")
        assert "socket" in leftovers.kernel_objects()[0]
