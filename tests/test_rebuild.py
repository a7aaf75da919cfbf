"""What is graded is rebuilt from the master's cells and the student's answers, whatever was handed in."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cnnkit.classroom.grading.judge.rebuild import answered, rebuild
from cnnkit.classroom.nbgrader_adapter import build_release
from cnnkit.classroom.notebooks.canonical import Notebook, read
from tests.chapters import RIGHT, answer, write_master

ORDER = ["title", "given-setup", "double", "double-check", "double-hidden", "negate", "negate-check"]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Notebook:
    folder = tmp_path_factory.mktemp("rebuild")
    return read(build_release(write_master(folder / "solutions"), folder / "work"))


def copied_answer(cells: list[Any]) -> None:
    cells.insert(3, copy.deepcopy(cells[2]))
    cells[2].source = "def double(n): return 'an earlier try'"


def untouched_copy_below(cells: list[Any]) -> None:
    stub = copy.deepcopy(cells[2])
    stub.source = "def double(n):\n    \"\"\"Return twice n.\"\"\"\n    # YOUR CODE HERE\n"
    stub.source += "    raise NotImplementedError()"
    cells.insert(3, stub)


def copied_check(cells: list[Any]) -> None:
    cells.insert(2, copy.deepcopy(cells[3]))


def edited_check(cells: list[Any]) -> None:
    cells[3].source = "pass"


def deleted_checks(cells: list[Any]) -> None:
    del cells[3:5]


def deleted_setup(cells: list[Any]) -> None:
    del cells[1]


def deleted_answer(cells: list[Any]) -> None:
    del cells[2]


def no_metadata(cells: list[Any]) -> None:
    for cell in cells:
        cell.metadata = {}


def odd_metadata(cells: list[Any]) -> None:
    for cell in cells:
        cell.metadata["nbgrader"] = ["odd"]


def check_as_text(cells: list[Any]) -> None:
    cells[3] = nbformat.v4.new_markdown_cell(cells[3].source, id=cells[3].id, metadata=cells[3].metadata)


def answer_as_text(cells: list[Any]) -> None:
    cells[2] = nbformat.v4.new_markdown_cell(cells[2].source, id=cells[2].id, metadata=cells[2].metadata)


def old_schema(cells: list[Any]) -> None:
    for cell in cells[1:]:
        del cell.metadata["nbgrader"]["schema_version"]


def changed_points(cells: list[Any]) -> None:
    cells[3].metadata["nbgrader"].update(points=100, solution=True)


def skipped_check(cells: list[Any]) -> None:
    cells[3].metadata["tags"] = ["skip-execution"]


def shuffled(cells: list[Any]) -> None:
    cells[2:6] = [cells[5], cells[4], cells[3], cells[2]]


def borrowed_id(cells: list[Any]) -> None:
    cells.append(nbformat.v4.new_code_cell("double = None", id="double"))
    cells[2].id = "something-else"


TAGGED = "was tagged so that it would not run; the tag was dropped."
BACK = "was missing and has been put back."
TWICE = "The answer cell `double` was there 2 times; the last one that was filled in counts."
KINDS = ["given", "answer", "check", "check", "answer", "check"]
UNMARKED = [
    f"The {kind} cell `{name}` had lost its marks for the grader; it was found by its id."
    for kind, name in zip(KINDS, ORDER[1:], strict=True)
]
DAMAGE: list[tuple[Callable[[list[Any]], None], list[str]]] = [
    (copied_answer, [TWICE]),
    (untouched_copy_below, [TWICE]),
    (copied_check, ["The check cell `double-check` was there 2 times; one was kept."]),
    (edited_check, ["The check cell `double-check` was edited and has been restored."]),
    (deleted_checks, [f"The check cell `double-{kind}` {BACK}" for kind in ("check", "hidden")]),
    (deleted_setup, [f"The given cell `given-setup` {BACK}"]),
    (deleted_answer, ["The answer cell `double` was missing."]),
    (no_metadata, UNMARKED),
    (odd_metadata, UNMARKED),
    (check_as_text, ["The check cell `double-check` had become a markdown cell and was read as code."]),
    (answer_as_text, ["The answer cell `double` had become a markdown cell and was read as code."]),
    (old_schema, []),
    (changed_points, []),
    (skipped_check, [f"The check cell `double-check` {TAGGED}"]),
    (shuffled, []),
    (borrowed_id, []),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "flags"), DAMAGE, ids=lambda value: getattr(value, "__name__", ""))
def test_every_known_cell_is_whole_again_and_in_its_place(
    release: Notebook, damage: Callable[[list[Any]], None], flags: list[str]
) -> None:
    submitted = answer(copy.deepcopy(release), RIGHT)
    damage(submitted.cells)
    rebuilt, said = rebuild(submitted, release)
    assert said == flags
    assert [cell.id for cell in rebuilt.cells if cell.id in ORDER] == ORDER
    original = {cell.id: cell for cell in release.cells}
    for cell in rebuilt.cells:
        if cell.id == "double" and damage is deleted_answer:
            assert cell.source == ""
        elif cell.id in RIGHT:
            assert cell.source == RIGHT[cell.id]
            assert cell.metadata == original[cell.id].metadata
        elif cell.id in ORDER[1:]:
            assert cell == original[cell.id]
    nbformat.validate(rebuilt)


def test_an_earlier_copy_of_an_answer_stays_as_an_ordinary_cell(release: Notebook) -> None:
    submitted = answer(copy.deepcopy(release), RIGHT)
    copied_answer(submitted.cells)
    rebuilt, _ = rebuild(submitted, release)
    (earlier,) = [cell for cell in rebuilt.cells if "an earlier try" in cell.source]
    assert not earlier.metadata


def test_the_students_own_cells_stay_in_place_without_metadata_and_outputs(release: Notebook) -> None:
    submitted = copy.deepcopy(release)
    for place, text in ((4, "two = 2"), (2, "one = 1")):
        cell = nbformat.v4.new_code_cell(text, id="same", metadata={"tags": ["skip-execution"]})
        cell.outputs = [nbformat.v4.new_output("stream", text="old")]
        submitted.cells.insert(place, cell)
    rebuilt, flags = rebuild(submitted, release)
    ids = [cell.id for cell in rebuilt.cells]
    own = [cell for cell in rebuilt.cells if cell.id not in ORDER]
    assert [cell.source for cell in own] == ["one = 1", "two = 2"]
    assert not any(cell.metadata or cell.outputs for cell in own) and flags == []
    assert ids[2] == own[0].id and ids[5] == own[1].id and len(set(ids)) == len(ids)


def test_what_stands_above_everything_stays_there(release: Notebook) -> None:
    submitted = copy.deepcopy(release)
    submitted.cells.insert(0, nbformat.v4.new_markdown_cell("my name"))
    assert rebuild(submitted, release)[0].cells[0].source == "my name"


def test_an_ordinary_cell_may_be_changed_and_deleted(release: Notebook) -> None:
    submitted = copy.deepcopy(release)
    submitted.cells[0].source = "# My title"
    assert rebuild(submitted, release)[0].cells[0].source == "# My title"
    del submitted.cells[0]
    rebuilt, flags = rebuild(submitted, release)
    assert rebuilt.cells[0].id == "given-setup" and flags == []


def test_a_notebook_of_another_chapter_gets_every_known_cell(release: Notebook) -> None:
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    rebuilt, flags = rebuild(other, release)
    assert [cell.id for cell in rebuilt.cells if cell.id in ORDER] == ORDER[1:]
    assert "The answer cell `double` was missing." in flags


def test_hidden_tests_of_a_master_do_not_count_as_edited(tmp_path: Path, release: Notebook) -> None:
    master = read(write_master(tmp_path / "solutions"))
    rebuilt, flags = rebuild(answer(copy.deepcopy(release), RIGHT), master)
    sources = {cell.id: cell.source for cell in rebuilt.cells}
    assert flags == [] and "HIDDEN" in sources["double-hidden"]


def test_a_notebook_is_answered_once_one_stub_is_replaced(release: Notebook) -> None:
    assert not answered(release, release)
    assert answered(answer(copy.deepcopy(release), {"negate": "x = 1"}), release)


def test_neither_notebook_is_changed(release: Notebook) -> None:
    submitted = answer(copy.deepcopy(release), RIGHT)
    before = copy.deepcopy([submitted, release])
    rebuild(submitted, release)
    assert [submitted, release] == before
