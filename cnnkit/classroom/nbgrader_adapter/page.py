"""The page that a student gets back: a table of checks, then the notebook.

It shows what it is given: what must not be seen is taken out before, by `feedback_steps`. The same page
comes from nbgrader's own ``generate_feedback`` and from `feedback_page`, which needs no gradebook.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from typing import Any

import jinja2
from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbconvert.filters import Highlight2HTML, ansi2html
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]

from cnnkit.classroom.nbgrader_adapter.as_notebook import KEY, SUMMARY
from cnnkit.classroom.nbgrader_adapter.markdown import plain_text, rendered
from cnnkit.classroom.notebooks.canonical import Notebook
from cnnkit.classroom.notebooks.text import role_of

Row = dict[str, Any]
NOTHING_TOLD = {"outcome": "", "reason": "", "flags": [], "checks": []}
LONGEST_CODE = 50_000  # characters that are coloured
KINDS = ("text/html", "text/markdown", "image/png", "image/jpeg", "text/latex", "text/plain")  # best first


class FeedbackPage(Exporter):  # type: ignore[misc]
    """Render a graded notebook as a page of HTML."""

    output_mimetype = "text/html"
    optimistic_validation = True

    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(self, nb: Notebook, resources: Any = None, **more: Any) -> tuple[str, Any]:
        """Return the page."""
        shown, resources = super().from_notebook_node(nb, resources, **more)
        about = {**NOTHING_TOLD, **shown.metadata.get(KEY, {})}
        cells = [cell for cell in shown.cells if cell.get("id") != SUMMARY]
        page = _template().render(about=about, rows=_rows(cells, about), cells=cells, **resources["nbgrader"])
        return page, resources


def _rows(cells: list[Notebook], about: Row) -> list[Row]:
    """Return what the table says of each graded cell, in the notebook's order."""
    checks = {check["cell"]: check for check in about["checks"]}
    marked = [cell for cell in cells if cell.metadata.get("nbgrader")]
    return [_row(cell, checks) for cell in marked if cell.metadata.nbgrader.get("grade")]


def _row(cell: Notebook, checks: dict[str, Row]) -> Row:
    marks = cell.metadata.nbgrader
    role, exercise = role_of(cell) or ("", "")
    errors = [output.evalue for output in cell.get("outputs", []) if output.output_type == "error"]
    plain = {"exercise": exercise, "message": "\n".join(errors), "hint": ""}
    kind = {"check": "visible", "hidden": "hidden"}.get(role, "by hand")
    return {**plain, **checks.get(marks.grade_id, {}), "cell": marks.grade_id, "kind": kind, **_marks(marks)}


def _marks(marks: Any) -> Row:
    score, points = float(marks.get("score") or 0.0), float(marks.points)
    return {"score": score, "points": points, "full": score >= points}


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("cnnkit.classroom.nbgrader_adapter", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(markdown=_markdown, code=_code, terminal=_terminal, number=_number)
    environment.globals.update(best=_best, heading=_heading, colours=_colours())
    return environment.get_template("feedback.html.j2")


def _markdown(text: str, attachments: Row | None = None) -> Markup:
    return Markup(rendered(text, json.dumps(attachments or {})))


@lru_cache(maxsize=256)
def _code(source: str) -> Markup:
    if len(source) > LONGEST_CODE:
        return Markup(plain_text(source))
    return Markup(Highlight2HTML(pygments_lexer="ipython3")(source))


def _terminal(text: str) -> Markup:
    return Markup(ansi2html(text))


def _number(value: float) -> str:
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def _best(data: dict[str, str]) -> tuple[str, str]:
    """Return the kind and content of an output that says most."""
    return next(((kind, data[kind]) for kind in KINDS if kind in data), ("text/plain", ""))


def _heading(cell: Notebook) -> str:
    """Return what stands above a cell that nbgrader knows."""
    role, name = role_of(cell) or ("", "")
    words = {"answer": "your answer", "check": "visible check", "hidden": "hidden check"}
    return f"{name}: {words[role]}" if role in words else ""


def _colours() -> str:
    return str(HtmlFormatter().get_style_defs(".highlight"))
