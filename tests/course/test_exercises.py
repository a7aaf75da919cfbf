"""Every exercise of every chapter: right answers pass, stubs are not tried, mistakes are caught and named."""

from __future__ import annotations

from functools import cache

import pytest

from cnnkit.classroom.exercises import NotRight, NotTriedYet
from tests.course.workbench import UNITS, Workbench

workbench = cache(Workbench)
EXERCISES = [(unit, exercise) for unit in UNITS for exercise in workbench(unit).table]
MISTAKES = [
    (unit, exercise, name) for unit, exercise in EXERCISES for name in workbench(unit).mistakes(exercise)
]
UNUSUAL = [(unit, *answer) for unit in UNITS for answer in workbench(unit).unusual()]
STUB = "def {0}(*arguments):\n    raise NotImplementedError()"
# Values with fewer than five mistakes that anybody makes: a quiz explains every wrong option instead.
FEWER = {("00_start", "by_hand"), ("02_convolution", "fill_blanks")}


def named(cases: list[tuple[str, ...]]) -> list[str]:
    return ["-".join([case[0][:2], *case[1:]]) if len(case) < 4 else case[0] for case in cases]


@pytest.mark.parametrize("unit, exercise", EXERCISES, ids=named(EXERCISES))
def test_the_solution_passes_and_a_stub_is_not_tried(unit: str, exercise: str) -> None:
    bench = workbench(unit)
    said = bench.grade(exercise, bench.solution(exercise))
    assert said and set(said.values()) == {None}
    assert {type(complaint) for complaint in bench.grade(exercise, STUB.format(exercise)).values()} == {
        NotTriedYet
    }


@pytest.mark.parametrize("unit, exercise, mistake", MISTAKES, ids=named(MISTAKES))
def test_a_mistake_loses_every_point_of_its_exercise_and_is_named(
    unit: str, exercise: str, mistake: str
) -> None:
    bench = workbench(unit)
    said = bench.grade(exercise, bench.mistakes(exercise)[mistake])
    assert all(isinstance(complaint, NotRight) for complaint in said.values()), said
    assert said["check"].mistake == mistake


@pytest.mark.parametrize("unit, exercise, code", UNUSUAL, ids=[f"{u[:2]}-{e}" for u, e, _ in UNUSUAL])
def test_an_unusual_right_answer_gets_full_marks(unit: str, exercise: str, code: str) -> None:
    said = workbench(unit).grade(exercise, code)
    assert said and set(said.values()) == {None}, said


@pytest.mark.parametrize("unit, exercise", EXERCISES, ids=named(EXERCISES))
def test_there_are_enough_unusual_answers_and_mistakes(unit: str, exercise: str) -> None:
    bench = workbench(unit)
    assert len([e for u, e, _ in UNUSUAL if (u, e) == (unit, exercise)]) >= 3
    assert len(bench.mistakes(exercise)) >= 5 or exercise == "quiz" or (unit, exercise) in FEWER


@pytest.mark.parametrize("unit", UNITS)
def test_hidden_cases_differ_from_visible_ones_and_change_with_the_salt(
    unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cnnkit.classroom.exercises.cases import cases

    for exercise, about in workbench(unit).table.items():
        if "rows" in about and any(
            isinstance(value, str) for row in about["rows"] for k, value in row.items() if k != "about"
        ):
            drawn = [
                [str(case.arguments()) for case in cases(exercise, about["rows"], seed)]
                for seed in (0, 2101, "2101salt")
            ]
            assert drawn[0] != drawn[1] != drawn[2]


@pytest.mark.parametrize("unit", UNITS)
def test_no_message_or_hint_of_a_hidden_check_shows_a_number_of_its_case(unit: str) -> None:
    bench = workbench(unit)
    for exercise in bench.table:
        if "hidden" not in bench.graded_cells(exercise):
            continue
        for code in bench.mistakes(exercise).values():
            said = str(bench.grade(exercise, code)["hidden"])
            assert "the result is" not in said and "case(" not in said and "array(" not in said


@pytest.mark.parametrize("unit", UNITS)
def test_the_quiz_explains_every_wrong_option(unit: str) -> None:
    bench = workbench(unit)
    right = bench.table["quiz"]["answer"]
    for question, letter in right.items():
        for option in "abcd":
            answer = right | {question: option}
            complaint = bench.grade("quiz", f"def quiz(): return {answer!r}")["check"]
            assert (complaint is None) == (option == letter)
            assert complaint is None or f"\n{question}: " in str(complaint)
