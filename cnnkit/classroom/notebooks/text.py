"""A master notebook as text, for reviewing and for editing in any editor; the notebook stays the source.

The text is jupytext's percent format. What nbgrader needs to know of a cell is one short word there:

========================  ==================================================  ======================
in the text               meaning                                             cell id and grade_id
========================  ==================================================  ======================
``given="setup"``         locked, not graded                                  ``given-setup``
``answer="out_size"``     the student writes here                             ``out_size``
``check="out_size"``      graded, visible                                     ``out_size-check``
``hidden="out_size"``     graded, its hidden tests are cut from the release   ``out_size-hidden``
``manual="project"``      the student writes here, a person gives the points  ``project``
``id="figure-ruler"``     any other cell                                      ``figure-ruler``
========================  ==================================================  ======================
"""

from __future__ import annotations

from typing import Any

from cnnkit.classroom.notebooks.canonical import Notebook, canonical
from cnnkit.errors import UsageError

# role: (what nbgrader calls it, how the grade_id is made from the name)
ROLES: dict[str, tuple[dict[str, bool], str]] = {
    "given": ({"locked": True, "solution": False, "grade": False, "task": False}, "given-{}"),
    "answer": ({"locked": False, "solution": True, "grade": False, "task": False}, "{}"),
    "check": ({"locked": True, "solution": False, "grade": True, "task": False}, "{}-check"),
    "hidden": ({"locked": True, "solution": False, "grade": True, "task": False}, "{}-hidden"),
    "manual": ({"locked": False, "solution": True, "grade": True, "task": False}, "{}"),
}


def to_text(notebook: Notebook) -> str:
    """Return the percent text of a master notebook."""
    jupytext = _jupytext()
    view = canonical(notebook)
    for cell in view.cells:
        cell.metadata = _short(cell)
    return str(jupytext.writes(view, "py:percent"))


def to_notebook(text: str) -> Notebook:
    """Return the master notebook that a percent text describes, in canonical form."""
    notebook = _jupytext().reads(text, "py:percent")
    for cell in notebook.cells:
        cell.id, cell.metadata = _long(dict(cell.metadata), cell)
    return canonical(notebook)


def role_of(cell: Notebook) -> tuple[str, str] | None:
    """Return the role and the name of a cell that nbgrader knows, or None.

    >>> from nbformat.v4 import new_code_cell
    >>> about = {"grade_id": "pad2d-check", "grade": True, "solution": False}
    >>> role_of(new_code_cell(metadata={"nbgrader": about}))
    ('check', 'pad2d')
    """
    about = cell.metadata.get("nbgrader")
    if not about:
        return None
    grade_id = str(about["grade_id"])
    if about["solution"]:
        return "manual" if about["grade"] else "answer", grade_id
    if not about["grade"]:
        return "given", grade_id.removeprefix("given-")
    name, _, role = grade_id.rpartition("-")
    return role, name


def _short(cell: Notebook) -> dict[str, Any]:
    role = role_of(cell)
    if role is None:
        return {"id": cell.id, **{key: cell.metadata[key] for key in ("tags",) if key in cell.metadata}}
    points = {"points": cell.metadata["nbgrader"]["points"]} if cell.metadata["nbgrader"]["grade"] else {}
    return {role[0]: role[1], **points}


def _long(short: dict[str, Any], cell: Notebook) -> tuple[str, dict[str, Any]]:
    for role, (flags, pattern) in ROLES.items():
        if role in short:
            grade_id = pattern.format(short[role])
            points = {"points": short.get("points", 1)} if flags["grade"] else {}
            return grade_id, {"nbgrader": {"schema_version": 3, "grade_id": grade_id, **flags, **points}}
    if "id" not in short:
        raise UsageError(
            f"a cell has neither id nor role in its '# %%' line; it starts with {cell.source[:50]!r}."
        )
    return short["id"], {"tags": short["tags"]} if short.get("tags") else {}


def _jupytext() -> Any:
    try:
        import jupytext
    except ImportError:
        raise UsageError("the text view needs jupytext: pip install 'cnnkit[test]'.") from None
    return jupytext
