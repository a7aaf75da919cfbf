"""Before it is graded, a submission gets back what its cells lost; the student's own work stays as it is."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cnnkit.classroom.grading.mend import answered, mend
from cnnkit.classroom.nbgrader_adapter import build_release
from cnnkit.classroom.notebooks.canonical import Notebook, read
from tests.chapters import RIGHT, answer, write_master

ORDER = ["title", "given-setup", "double", "double-check", "double-hidden", "negate", "negate-check"]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Notebook:
    folder = tmp_path_factory.mktemp("mend")
    return read(build_release(write_master(folder / "solutions"), folder / "work"))


def copied_answer(cells: list[Any]) -> None:
    cells.insert(3, copy.deepcopy(cells[2]))
    cells[2].source = "def double(n): return 'an earlier try'"


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


def old_schema(cells: list[Any]) -> None:
    for cell in cells[1:]:
        del cell.metadata["nbgrader"]["schema_version"]


def changed_points(cells: list[Any]) -> None:
    cells[3].metadata["nbgrader"].update(points=100, solution=True)


def skipped_cells(cells: list[Any]) -> None:
    for cell in cells:
        cell.metadata["tags"] = ["skip-execution"]


DAMAGE: list[tuple[Callable[[list[Any]], None], list[str]]] = [
    (copied_answer, ["double was copied"]),
    (copied_check, ["double-check was copied"]),
    (edited_check, ["double-check was edited and has been restored"]),
    (
        deleted_checks,
        [f"double-{kind} was missing and has been put back" for kind in ("check", "hidden")],
    ),
    (deleted_setup, ["given-setup was missing and has been put back"]),
    (deleted_answer, ["double is missing"]),
    (no_metadata, []),
    (odd_metadata, []),
    (check_as_text, []),
    (old_schema, []),
    (changed_points, []),
    (skipped_cells, []),
]


@pytest.mark.parametrize(("damage", "remarks"), DAMAGE, ids=lambda value: getattr(value, "__name__", ""))
def test_every_known_cell_is_whole_again(
    release: Notebook, damage: Callable[[list[Any]], None], remarks: list[str]
) -> None:
    submitted = answer(copy.deepcopy(release), RIGHT)
    damage(submitted.cells)
    mended, said = mend(submitted, release)
    expected = [name for name in ORDER if not (damage is deleted_answer and name == "double")]
    assert said == remarks
    assert [cell.id for cell in mended.cells if cell.id in ORDER] == expected
    original = {cell.id: cell for cell in release.cells}
    for cell in mended.cells:
        if cell.id in RIGHT:
            assert cell.source == RIGHT[cell.id]
            assert cell.metadata == original[cell.id].metadata
        elif cell.id in ORDER[1:]:
            assert cell == original[cell.id]
    nbformat.validate(mended)


def test_an_earlier_copy_of_an_answer_still_runs_in_its_place(release: Notebook) -> None:
    submitted = answer(copy.deepcopy(release), RIGHT)
    copied_answer(submitted.cells)
    mended, _ = mend(submitted, release)
    assert "an earlier try" in mended.cells[2].source and not mended.cells[2].metadata
    assert mended.cells[3].id == "double"


def test_the_students_own_cells_stay_in_order_without_tags(release: Notebook) -> None:
    submitted = copy.deepcopy(release)
    for place, text in ((4, "two = 2"), (2, "one = 1")):
        cell = nbformat.v4.new_code_cell(text, id="same", metadata={"tags": ["skip-execution"]})
        submitted.cells.insert(place, cell)
    mended, remarks = mend(submitted, release)
    own = [cell for cell in mended.cells if cell.id not in ORDER]
    assert [cell.source for cell in own] == ["one = 1", "two = 2"]
    assert not any(cell.metadata for cell in own) and remarks == []
    assert len({cell.id for cell in mended.cells}) == len(mended.cells)


def test_a_notebook_of_another_chapter_gets_all_checks_and_keeps_nothing_known(release: Notebook) -> None:
    mended, remarks = mend(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")]), release)
    assert [cell.id for cell in mended.cells if cell.metadata] == [
        name for name in ORDER if name not in ("title", "double", "negate")
    ]
    assert "double is missing" in remarks


def test_a_notebook_is_answered_once_one_stub_is_replaced(release: Notebook) -> None:
    assert not answered(release, release)
    assert answered(answer(copy.deepcopy(release), {"negate": "x = 1"}), release)


def test_neither_notebook_is_changed(release: Notebook, tmp_path: Path) -> None:
    submitted = answer(copy.deepcopy(release), RIGHT)
    before = copy.deepcopy([submitted, release])
    mend(submitted, release)
    assert [submitted, release] == before
