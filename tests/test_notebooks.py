"""Masters stay canonical, and their text view loses nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cnnkit.classroom.notebooks import bank, canonical, text
from cnnkit.cli import main
from cnnkit.errors import UsageError

ROOT = Path(__file__).parents[1]
MASTERS = sorted(ROOT.glob("solutions/*/*.ipynb"))
ids = [path.stem for path in MASTERS]


@pytest.mark.parametrize("path", MASTERS, ids=ids)
def test_a_master_is_canonical_and_its_text_leads_back_to_it(path: Path) -> None:
    notebook = canonical.read(path)
    assert canonical.dumps(notebook) == path.read_text("utf-8"), f"run: cnnkit notebooks {path}"
    assert canonical.dumps(text.to_notebook(text.to_text(notebook))) == path.read_text("utf-8")


@pytest.mark.parametrize("path", MASTERS, ids=ids)
def test_graded_cells_carry_whole_points_and_prose_carries_no_region_marker(path: Path) -> None:
    for cell in canonical.read(path).cells:
        about = cell.metadata.get("nbgrader")
        assert not about or cell.id == about["grade_id"]
        if about and about["grade"]:
            by_hand = text.role_of(cell) == ("manual", cell.id)
            assert isinstance(about["points"], int) and (by_hand or "check." in cell.source.splitlines()[0])
        if cell.cell_type == "markdown":
            assert "BEGIN" not in cell.source and "### END" not in cell.source


def test_a_cell_that_a_person_grades_has_a_role_of_its_own() -> None:
    source = '# %% [markdown] manual="report" points=5\n# Say what you found.\n'
    (cell,) = text.to_notebook(source).cells
    about = cell.metadata["nbgrader"]
    assert (cell.id, about["grade_id"], about["points"]) == ("report", "report", 5)
    assert about["grade"] and about["solution"] and not about["locked"] and not about["task"]
    assert text.role_of(cell) == ("manual", "report")


def executed() -> nbformat.NotebookNode:
    cells = [
        new_markdown_cell("text  \nmore", id="words", metadata={"collapsed": True}),
        new_code_cell(
            "1 + 1\n\n", id="sum", execution_count=3, outputs=[nbformat.v4.new_output("stream", text="2")]
        ),
    ]
    return new_notebook(
        cells=cells, metadata={"widgets": {}, "kernelspec": {"name": "ir", "display_name": "R"}}
    )


def test_the_canonical_form_drops_what_running_leaves_behind() -> None:
    first = canonical.dumps(executed())
    content = json.loads(first)
    assert content["metadata"] == canonical.NOTEBOOK_METADATA
    assert content["cells"][1]["outputs"] == [] and content["cells"][1]["execution_count"] is None
    assert "".join(content["cells"][1]["source"]) == "1 + 1" and content["cells"][0]["metadata"] == {}
    assert canonical.dumps(nbformat.reads(first, as_version=4)) == first


def test_cells_without_or_with_shared_ids_are_refused() -> None:
    for cells, said in (
        ([new_code_cell("x", id="Upper")], "no usable id"),
        ([new_code_cell("x", id="a"), new_code_cell("y", id="a")], "share the id a"),
    ):
        notebook = new_notebook()
        notebook.cells = cells
        with pytest.raises(UsageError, match=said):
            canonical.canonical(notebook)


DAMAGED = {
    "truncated": ('{"cells": [\n {"cell_type": "code",', "damaged at line 2"),
    "empty": ("", "damaged at line 1"),
    "not a notebook": ('{"a": 1}', "not a Jupyter notebook"),
    "a list": ("[1, 2]", "not a Jupyter notebook"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_named_in_one_line(name: str, tmp_path: Path) -> None:
    content, said = DAMAGED[name]
    path = tmp_path / "x.ipynb"
    path.write_text(content)
    with pytest.raises(UsageError, match=said) as caught:
        canonical.read(path)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_and_missing_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.ipynb").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        canonical.read(tmp_path / "x.ipynb")
    with pytest.raises(UsageError, match="No such file"):
        canonical.read(tmp_path / "y.ipynb")


def test_the_command_checks_mends_and_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "n.ipynb"
    nbformat.write(executed(), path)
    assert main(["notebooks", "--check", str(path)]) == 1
    assert f"not canonical: {path}" in capsys.readouterr().out
    assert main(["notebooks", str(path)]) == 0 and main(["notebooks", "--check", str(path)]) == 0
    capsys.readouterr()
    assert main(["notebooks", "--text", str(path)]) == 0
    view = tmp_path / "n.py"
    view.write_text(capsys.readouterr().out.replace("1 + 1", "2 + 2"))
    assert main(["notebooks", "--from-text", str(view), str(path)]) == 0
    assert canonical.read(path).cells[1].source == "2 + 2"


CHAPTER_FAULTS = {
    "an edit that fits nowhere": ('nowhere.replace = ["np.nansum(", "np.sum("]', "fits 0 places"),
    "a mistake equal to the solution": (
        'harmless.replace = ["np.sum(", "np.add.reduce("]', "what the solution gives"
    ),
    "a mistake without a sentence": ('negated.replace = ["np.sum(", "-np.sum("]', "mistakes.negated"),
    "two equal mistakes": ('again.replace = ["* k)", "* np.flip(k))"]', "what again gives"),
}  # fmt: skip


@pytest.mark.parametrize("fault", CHAPTER_FAULTS)
def test_the_bank_refuses_what_could_not_be_named(fault: str, tmp_path: Path) -> None:
    added, said = CHAPTER_FAULTS[fault]
    chapter = Path(shutil.copytree(ROOT / "solutions" / "02_convolution", tmp_path / "02_convolution"))
    path = chapter / "exercises.toml"
    path.write_text(
        path.read_text().replace("[correlate1d.mistakes]\n", f"[correlate1d.mistakes]\n{added}\n", 1)
    )
    with pytest.raises(UsageError, match=said):
        bank.build(chapter)


@pytest.mark.parametrize("path", MASTERS, ids=ids)
def test_the_committed_bank_is_what_the_chapter_gives_small_and_free_of_code(path: Path) -> None:
    for name, content in bank.build(path.parent).items():
        committed = ROOT / "cnnkit" / "classroom" / "exercises" / "bank" / name
        assert committed.read_text("utf-8") == content, f"run: cnnkit release {path.stem}"
        assert len(content.encode()) <= 50_000
    facts = json.loads((committed.parent / f"{path.stem[:2]}.json").read_text("utf-8"))
    for exercise in facts["exercises"].values():
        assert exercise.keys() <= {
            "rows",
            "forbidden",
            "allowed",
            "uses",
            "window",
            "through",
            "limit",
            "expected",
            "mistakes",
            "answer",
        }
