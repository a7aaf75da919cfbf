"""Hostile and broken submissions in one class with ten honest ones: they gain nothing and harm nobody.

In CI these are some 190; ``CNNKIT_ALL_ATTACKS=1 pytest -n0 tests/test_attacks.py`` adds further variants, and
those that take long.
"""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cnnkit.classroom.exercises.cases import cases
from cnnkit.classroom.exercises.texts import bank
from cnnkit.classroom.grading.result import FAILED, GRADED, OUTCOMES, Result
from cnnkit.classroom.grading.sandbox.box import why_not
from tests.attacks import escapes, exhaust, exits, files, forged, judging, liars, markup, notebooks
from tests.attacks.attack import ALL, BREACH, UNIT, Attack
from tests.attacks.grading import GradedHall
from tests.attacks.hall import CANARIES, HONEST, Hall, workbench

WHOLE = [*judging.ATTACKS, *exits.ATTACKS, *exhaust.ATTACKS, *escapes.ATTACKS, *markup.ATTACKS]
VARIANTS = [*liars.ATTACKS, *forged.ATTACKS, *notebooks.ATTACKS, *files.ATTACKS]
EVERY = [*WHOLE, *VARIANTS]
QUICK = [attack for attack in [*WHOLE, *VARIANTS[::2], forged.ATTACKS[-1]] if not attack.slow]
ATTACKS = EVERY if os.environ.get("CNNKIT_ALL_ATTACKS") else QUICK
# Without a sandbox judging is as fair, as nothing of it is in the student's process; more is not claimed.
UNCONFINED = [*judging.ATTACKS[::2], *notebooks.ATTACKS[:6], exits.ATTACKS[0]]
PR_SET_CHILD_SUBREAPER = 36
HARMLESS = re.compile(r"#|data:image/|https?://(?!example\.org/seen)|mailto:", re.IGNORECASE)


class Class:
    """A class that was graded, and what there is to look at afterwards."""

    def __init__(self, folder: Path, attacks: list[Attack], kind: str) -> None:
        self.hall = Hall(folder, attacks)
        with self.hall.open(), pytest.MonkeyPatch.context() as patch, orphans() as self.left:
            patch.setenv("CNNKIT_SECRET", "canary-environment")
            self.before = self.hall.handed_in()
            graded = GradedHall(self.hall, kind)
            self.visits = self.hall.visits()
        self.results, self.scores, self.pages = graded.results, graded.scores, graded.pages


@contextmanager
def orphans() -> Iterator[list[str]]:
    """Adopt all that is started inside and loses its parent; list what still runs at the end."""
    libc, left = ctypes.CDLL(None), list[str]()
    before = {pid for pid, _ in children()}
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield left
        left += [about for pid, about in children() if pid not in before]
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def children() -> list[tuple[int, str]]:
    """Return the processes whose parent this one is, with what they are; those that have ended are let go."""
    found = []
    for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
        try:
            about = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            continue
        state, parent = about.rpartition(")")[2].split()[:2]
        if int(parent) == os.getpid() and state == "Z":
            os.waitpid(pid, os.WNOHANG)
        elif int(parent) == os.getpid():
            found.append((pid, about))
    return found


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Class:
    problem = why_not("bwrap")
    if problem:
        pytest.skip(f"there is no sandbox to attack: {problem}")
    return Class(tmp_path_factory.mktemp("class"), ATTACKS, "bwrap")


@pytest.fixture(scope="module")
def unconfined(tmp_path_factory: pytest.TempPathFactory) -> Class:
    return Class(tmp_path_factory.mktemp("class"), UNCONFINED, "limits")


def named(attacks: list[Attack]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("attack", attacks, ids=[attack.name for attack in attacks])


def test_there_are_enough_attacks_and_no_two_share_a_name() -> None:
    assert len(ATTACKS) >= 60 and len({attack.name for attack in EVERY}) == len(EVERY)


@named(ATTACKS)
def test_an_attack_gains_nothing_and_loses_only_what_it_spoilt(attack: Attack, graded: Class) -> None:
    is_fair(attack, graded.results[attack.name])


@named(UNCONFINED)
def test_judging_is_as_fair_without_a_sandbox(attack: Attack, unconfined: Class) -> None:
    is_fair(attack, unconfined.results[attack.name])
    assert unconfined.results[attack.name].isolation == "limits"


def is_fair(attack: Attack, result: Result) -> None:
    assert result.outcome in attack.outcomes.split(), (result.outcome, result.reason)
    assert attack.says in " ".join([result.reason, *result.flags])
    assert attack.shows in str([cell.get("outputs", []) for cell in result.cells])
    assert result.max_score == sum(bank(attack.unit[:2])["points"].values())
    may, lost, judged = attack.may.split(), attack.loses.split(), attack.judged.split()
    for check in result.checks:
        names = {check.exercise, check.cell, ALL}
        if names & set(may):
            assert 0 <= check.earned <= check.points
        elif names & set(lost):
            assert check.earned == 0, check
            assert not judged or check.outcome in judged, check
        else:
            assert check.earned == check.points, (check, result.reason)


@named(ATTACKS)
def test_an_attack_ends_in_one_outcome_with_a_sentence(attack: Attack, graded: Class) -> None:
    result = graded.results[attack.name]
    assert result.outcome in OUTCOMES and result.outcome != FAILED
    assert result.outcome == GRADED or result.reason
    for sentence in (result.reason, *result.flags):
        assert sentence.isprintable() and len(sentence) <= 400 and "Traceback" not in sentence, sentence


@named(ATTACKS)
def test_an_attack_reads_nothing_that_is_not_its_own(attack: Attack, graded: Class) -> None:
    result, page = graded.results[attack.name], graded.pages[attack.name]
    graded_cells = {check.cell for check in result.checks}
    own = "".join(cell["source"] for cell in result.cells if cell["id"] not in graded_cells)
    shown = [str(cell.get("outputs", [])) for cell in result.cells]
    told = [result.reason, *result.flags, *(check.message for check in result.checks)]
    for word in (BREACH, *CANARIES, "HIDDEN TESTS"):
        for text in (page, *shown, *told) if word not in own else ():
            assert word not in text, text[max(0, text.find(word) - 300) :][:600]


def dangers(page: str) -> list[str]:
    """Return the tags of a page that would run or fetch something.

    >>> dangers('<p>&lt;script&gt;</p><img src="data:image/png;base64,"><a href="javascript:x">')
    ['<a href="javascript:x">']
    """
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            runs = tag in ("script", "iframe", "svg", "object", "embed", "form", "base")
            runs |= any(name.startswith("on") for name, _ in attributes)
            links = [value or "" for name, value in attributes if name in ("href", "src", "action", "data")]
            if runs or not all(HARMLESS.match(link) for link in links):
                found.append(self.get_starttag_text() or tag)

    Reader().feed(page)
    return found


@named(ATTACKS)
def test_what_is_shown_of_an_attack_is_small_and_cannot_run(attack: Attack, graded: Class) -> None:
    result, page = graded.results[attack.name], graded.pages[attack.name]
    assert len(result.to_json()) < 3_000_000 and len(page) < 3_000_000
    assert dangers(page) == []


@named(ATTACKS)
def test_the_gradebook_holds_what_was_earned(attack: Attack, graded: Class) -> None:
    result, scores = graded.results[attack.name], graded.scores[attack.name]
    assert (scores.score, scores.max_score) == (result.score, result.max_score)
    assert {name: score for name, (score, _) in scores.cells.items()} == {
        check.cell: check.earned for check in result.checks
    }


@pytest.mark.parametrize("student", HONEST)
def test_the_ten_beside_them_get_exactly_what_they_earned(student: str, graded: Class) -> None:
    result, mistakes = graded.results[student], HONEST[student]
    assert (result.outcome, result.reason, result.flags) == (GRADED, "", ())
    for check in result.checks:
        assert check.earned == (0 if check.exercise in mistakes else check.points), check
        assert not check.visible or check.mistake == mistakes.get(check.exercise, "")


def test_nobody_reads_the_values_of_a_hidden_case(graded: Class) -> None:
    rows = workbench(UNIT).table["correlate1d"]["rows"]
    hidden = [str(case.arguments()["x"].tolist()) for case in cases("correlate1d", rows, "2101")]
    shown = graded.pages["keeps-what-it-is-given"]
    assert [values for values in hidden if values in shown and values != "[1.0, 2.0, 4.0, 8.0]"] == []


def test_nobody_came_to_visit(graded: Class) -> None:
    assert graded.visits == 0


def test_nothing_was_written_outside(graded: Class) -> None:
    hall = graded.hall
    assert hall.handed_in() == graded.before
    assert sorted(path.name for path in hall.outside.iterdir()) == ["kept.txt", "socket"]
    places = ["/", "/tmp", "/var/tmp", "/dev/shm", "/etc", "/usr/bin", "/run", Path.home()]
    names = [name for place in [*places, hall.out, hall.solutions] for name in os.listdir(place)]
    assert [name for name in names if hall.token in name] == []


def test_no_process_is_left(graded: Class) -> None:
    assert graded.left == []
