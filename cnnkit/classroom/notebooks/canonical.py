"""The one form in which a notebook is committed: same content, same bytes, on every machine.

No outputs, a fixed kernelspec, only the metadata that means something, and cell ids that stay: for a
cell that nbgrader knows, the id is its ``grade_id``.
"""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import Any

import nbformat

from cnnkit.errors import UsageError

Notebook = Any  # nbformat.NotebookNode, which is untyped
CELL_METADATA = ("nbgrader", "tags", "deletable", "editable")
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def read(path: Path) -> Notebook:
    """Read a notebook; a file that is none is a `UsageError` of one line."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not a notebook: it is not UTF-8 text.") from None
    return parse(text, str(path))


def parse(text: str, name: str) -> Notebook:
    """Return the notebook whose text this is; errors call it ``name``."""
    try:
        json.loads(text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbformat warns of missing and doubled ids, and mends them
            notebook = nbformat.reads(text, as_version=4)
            nbformat.validate(notebook)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{name} is not a readable notebook: it breaks off or is damaged at line {error.lineno}. "
            "Restore it from a copy or from the release."
        ) from None
    except Exception:  # nbformat raises many kinds for what is not a notebook
        raise UsageError(
            f"{name} is not a Jupyter notebook of format 4. Open and save it in JupyterLab."
        ) from None
    return notebook


def canonical(notebook: Notebook) -> Notebook:
    """Return a copy of ``notebook`` in canonical form.

    Raises
    ------
    UsageError
        if a cell has no usable id, or two cells share one.

    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> cell = new_code_cell("1 + 1", id="sum", execution_count=7, metadata={"collapsed": True})
    >>> tidy = canonical(new_notebook(cells=[cell])).cells[0]
    >>> tidy.id, tidy.execution_count, dict(tidy.metadata)
    ('sum', None, {})
    """
    tidy = nbformat.v4.new_notebook(metadata=json.loads(json.dumps(NOTEBOOK_METADATA)))
    tidy.nbformat_minor = 5
    tidy.cells = [_canonical_cell(cell) for cell in notebook.cells]
    _refuse_shared_ids(tidy)
    return tidy


def dumps(notebook: Notebook) -> str:
    """Return the canonical text of ``notebook``, as `write` puts it on disk."""
    return str(nbformat.writes(canonical(notebook), version=nbformat.NO_CONVERT)).rstrip("\n") + "\n"


def write(notebook: Notebook, path: Path) -> bool:
    """Write ``notebook`` in canonical form; return whether the file changed."""
    text = dumps(notebook)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return True


def _canonical_cell(cell: Notebook) -> Notebook:
    metadata = {key: cell.metadata[key] for key in CELL_METADATA if cell.metadata.get(key) not in (None, [])}
    identity = metadata.get("nbgrader", {}).get("grade_id", cell.get("id", ""))
    if not CELL_ID.fullmatch(identity.replace("_", "-")):
        first_line = cell.source.splitlines()[:1]
        raise UsageError(
            f"the cell that starts with {first_line} has no usable id: give it one in a-z, 0-9 and '-'."
        )
    source = "\n".join(line.rstrip() for line in cell.source.strip("\n").split("\n"))
    make = {
        "code": nbformat.v4.new_code_cell,
        "markdown": nbformat.v4.new_markdown_cell,
        "raw": nbformat.v4.new_raw_cell,
    }[cell.cell_type]
    return make(source=source, metadata=metadata, id=identity)


def _refuse_shared_ids(notebook: Notebook) -> None:
    ids = [cell.id for cell in notebook.cells]
    shared = sorted({identity for identity in ids if ids.count(identity) > 1})
    if shared:
        raise UsageError(f"two cells share the id {', '.join(shared)}: every cell needs its own.")
