"""Notebooks that were edited, by accident or on purpose: cells copied, lost, retyped, renamed, marked, reordered."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from cnnkit.classroom.notebooks.canonical import Notebook
from tests.attacks.attack import ALL, Attack, code_cell, nonsense

Cell = Notebook
CHECKS = ("correlate1d-check", "correlate1d-hidden")


def at(notebook: Notebook, name: str) -> int:
    return [cell.get("id") for cell in notebook.cells].index(name)


def cell(notebook: Notebook, name: str) -> Cell:
    return notebook.cells[at(notebook, name)]


def wrong(notebook: Notebook) -> None:
    cell(notebook, "correlate1d").source = nonsense("correlate1d")


def on(*names: str) -> Callable[[Callable[[Notebook, Cell], Any]], Callable[[Notebook], None]]:
    """Make an edit of a notebook from one of a cell, done to each cell of these names."""

    def made(edit: Callable[[Notebook, Cell], Any]) -> Callable[[Notebook], None]:
        def whole(notebook: Notebook) -> None:
            for name in names:
                edit(notebook, cell(notebook, name))

        return whole

    return made


def copied(name: str, source: str | None = None) -> Callable[[Notebook], None]:
    """Paste a copy of a cell below itself, with all its metadata."""

    def edit(notebook: Notebook) -> None:
        pasted = copy.deepcopy(cell(notebook, name))
        pasted.id = "pasted"
        pasted.source = pasted.source if source is None else source
        notebook.cells.insert(at(notebook, name) + 1, pasted)

    return edit


def without(*names: str) -> Callable[[Notebook], None]:
    def edit(notebook: Notebook) -> None:
        notebook.cells = [each for each in notebook.cells if each.get("id") not in names]

    return edit


def marked(**marks: Any) -> Callable[[Notebook, Cell], Any]:
    return lambda notebook, each: each.metadata.setdefault("nbgrader", {}).update(marks)


def written(source: str) -> Callable[[Notebook, Cell], Any]:
    return lambda notebook, each: each.update(source=source)


def retyped(kind: str) -> Callable[[Notebook, Cell], Any]:
    def edit(notebook: Notebook, each: Cell) -> None:
        each["cell_type"] = kind
        each.pop("outputs", None)
        each.pop("execution_count", None)

    return edit


def emptied(notebook: Notebook, each: Cell) -> None:
    each["metadata"] = {}


def renamed(notebook: Notebook, each: Cell) -> None:
    each["id"] = each.metadata["nbgrader"]["grade_id"] = "renamed-" + each["id"].removesuffix("-hidden")


def both(*edits: Callable[[Notebook], Any]) -> Callable[[Notebook], None]:
    def whole(notebook: Notebook) -> None:
        for edit in edits:
            edit(notebook)

    return whole


def skipped(notebook: Notebook) -> None:
    for each in notebook.cells:
        each.metadata["tags"] = ["skip-execution", "raises-exception", "remove-cell", "otter_ignore"]


def stolen(notebook: Notebook) -> None:
    """Give the ids and marks of the checks to cells of the student's own."""
    for name in CHECKS:
        original = cell(notebook, name)
        thief = code_cell(name, "1.0", **copy.deepcopy(dict(original.metadata)))
        original["id"] = f"was-{name}"
        original["metadata"] = {}
        notebook.cells.insert(at(notebook, f"was-{name}"), thief)


def free_points(notebook: Notebook) -> None:
    marks = {"grade": True, "grade_id": "free-points", "locked": False, "points": 50, "schema_version": 3}
    notebook.cells.append(code_cell("free-points", "50.0", nbgrader={**marks, "solution": True, "task": False}))


def forged_outputs(notebook: Notebook) -> None:
    for name in CHECKS:
        data = {"data": {"text/plain": "99.0"}, "execution_count": 1, "metadata": {}}
        cell(notebook, name)["outputs"] = [{"output_type": "execute_result", **data}]


def foreign_kernel(notebook: Notebook) -> None:
    notebook["metadata"] = {"kernelspec": {"name": "../../../bin/sh", "display_name": "R", "language": "R"}}


def same_ids(notebook: Notebook) -> None:
    for each in notebook.cells:
        each["id"] = "same"


def old_minor(notebook: Notebook) -> None:
    notebook["nbformat_minor"] = 2
    for each in notebook.cells:
        each.pop("id", None)


def reversed_cells(notebook: Notebook) -> None:
    notebook.cells = notebook.cells[::-1]


def many_cells(notebook: Notebook) -> None:
    notebook.cells += [code_cell(f"more-{number}", f"x = {number}") for number in range(3000)]


def magics(notebook: Notebook) -> None:
    sources = ["%%bash\necho from the shell; ls /", "%%javascript\nalert(1)", "!ls -la ~; id", "%run nothing.py", "%load_ext x",
               "%%capture\nprint(1)", "%time 1", "?np", "%%writefile numpy.py\nx = 1", "%reset -f", "%xmode Verbose",
               "%config InteractiveShell.ast_node_interactivity='all'", "%pip install nothing", "%%script false\nx"]  # fmt: skip
    notebook.cells += [code_cell(f"magic-{number}", source) for number, source in enumerate(sources)]


TABLE: list[tuple[str, Callable[[Notebook], Any], dict[str, Any]]] = [
    # name, edit, what must hold afterwards
    ("tags-that-skip", both(wrong, skipped), {"loses": "correlate1d"}),
    ("answer-copied", copied("correlate1d"), {"says": "correlate1d"}),
    ("answer-copied-and-changed", copied("correlate1d", nonsense("correlate1d")), {"may": "correlate1d", "says": "correlate1d"}),
    ("check-copied", both(wrong, copied("correlate1d-check"), copied("correlate1d-check", "1.0")), {"loses": "correlate1d"}),
    ("check-deleted", both(wrong, without(*CHECKS)), {"loses": "correlate1d", "says": "correlate1d"}),
    ("check-deleted-by-accident", without(*CHECKS), {"says": "correlate1d"}),
    ("answer-deleted", without("correlate1d"), {"loses": "correlate1d", "says": "correlate1d"}),
    ("answer-and-checks-deleted", without("correlate1d", *CHECKS), {"loses": "correlate1d", "says": "correlate1d"}),
    ("setup-deleted", without("given-setup"), {"says": "given-setup"}),
    ("setup-edited", on("given-setup")(written("class check: pass\nraise SystemExit")), {"says": "given-setup"}),
    ("check-edited", both(wrong, on(*CHECKS)(written("4.0"))), {"loses": "correlate1d", "says": "correlate1d"}),
    ("check-as-text", both(wrong, on(*CHECKS)(retyped("markdown"))), {"loses": "correlate1d"}),
    ("answer-as-text", on("correlate1d")(retyped("markdown")), {"may": "correlate1d"}),
    ("answer-as-raw", on("correlate1d")(retyped("raw")), {"may": "correlate1d"}),
    ("marks-removed", on("correlate1d", *CHECKS)(emptied), {}),
    ("marks-are-text", on("correlate1d", *CHECKS)(lambda n, c: c.metadata.update(nbgrader="none")), {}),
    ("marks-are-strange", on(*CHECKS)(marked(grade_id=["x"], points={"a": 1}, schema_version=None)), {}),
    ("names-changed", both(wrong, on(*CHECKS)(renamed)), {"loses": "correlate1d"}),
    ("points-raised", both(wrong, on(*CHECKS)(marked(points=100))), {"loses": "correlate1d"}),
    ("points-negative", on(*CHECKS)(marked(points=-5)), {}),
    ("check-as-solution", both(wrong, on(*CHECKS)(marked(grade=False, solution=True))), {"loses": "correlate1d"}),
    ("old-schema", on(*CHECKS)(lambda n, c: c.metadata["nbgrader"].pop("schema_version")), {}),
    ("ids-stolen", both(wrong, stolen), {"loses": "correlate1d"}),
    ("free-points", both(wrong, free_points), {"loses": "correlate1d"}),
    ("forged-outputs", both(wrong, forged_outputs), {"loses": "correlate1d"}),
    ("foreign-kernel", foreign_kernel, {}),
    ("same-ids", same_ids, {}),
    ("old-minor-format", old_minor, {}),
    ("cells-reversed", reversed_cells, {"may": ALL}),
    ("three-thousand-cells", many_cells, {"outcomes": "graded partly_graded timeout", "may": ALL, "slow": True}),
    ("magics", magics, {"may": ALL}),
    ("hidden-markers-in-an-answer", on("correlate1d")(lambda n, c: c.update(
        source="### BEGIN HIDDEN TESTS\n" + c.source + "\n### END HIDDEN TESTS\n### BEGIN SOLUTION")), {}),
    ("answer-that-is-empty", on("correlate1d")(written("")), {"loses": "correlate1d"}),
    ("answer-without-function", on("correlate1d")(written("correlate1d = 5")), {"loses": "correlate1d"}),
    ("answer-with-a-syntax-error", on("correlate1d")(written("def correlate1d(x, k) return x")), {"loses": "correlate1d"}),
    ("answer-in-another-cell", on("correlate1d")(lambda n, c: (
        n.cells.insert(at(n, "correlate1d"), code_cell("elsewhere", c.source)), c.update(source="# see above"))), {"may": "correlate1d"}),
    ("attachments", lambda n: n.cells[0].update(attachments={"x.png": {"image/png": "!" * 10_000}}), {}),
]  # fmt: skip

ATTACKS = [Attack(name, edit=edit, **holds) for name, edit, holds in TABLE]
