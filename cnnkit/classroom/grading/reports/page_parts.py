"""Pieces of a page: text that cannot be taken for markup, tables that a screen reader can read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from html import escape

from cnnkit.classroom.grading.graded import clean

LONGEST = 600  # characters of a message


def text(content: str) -> str:
    """Return text from anywhere as HTML that keeps its direction of writing to itself.

    >>> text("<script>alert(1)</script>")
    '<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>'
    """
    return f"<bdi>{escape(clean(content, LONGEST))}</bdi>"


def code(content: str) -> str:
    """Return a name as HTML, or nothing for none."""
    return f"<code>{text(content)}</code>" if content else ""


def names(people: Iterable[str]) -> str:
    """Return names in one line."""
    return ", ".join(map(text, people))


def items(lines: Iterable[str]) -> str:
    """Return a list, or nothing for no lines.

    >>> items(["a", "b"]), items([])
    ('<ul><li>a</li><li>b</li></ul>', '')
    """
    found = "".join(f"<li>{line}</li>" for line in lines)
    return f"<ul>{found}</ul>" if found else ""


def section(title: str, *content: str) -> str:
    """Return content below a heading."""
    return f"<h3>{title}</h3>\n{''.join(content)}\n"


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Collection[int] = ()
) -> str:
    """Return a table whose first column names the rows; the columns in ``numbers`` are set right."""
    kinds = [' class="number"' if n in numbers else "" for n in range(len(head))]
    top = "".join(f'<th scope="col"{kind}>{name}</th>' for name, kind in zip(head, kinds, strict=True))
    body = "".join(f"<tr>{_row(row, kinds)}</tr>\n" for row in rows)
    inside = f"<caption>{caption}</caption><thead><tr>{top}</tr></thead>\n<tbody>\n{body}</tbody>"
    return f'<div class="wide"><table>{inside}</table></div>\n'


def _row(row: Sequence[str], kinds: Sequence[str]) -> str:
    cells = "".join(f"<td{kind}>{value}</td>" for value, kind in zip(row[1:], kinds[1:], strict=True))
    return f'<th scope="row">{row[0]}</th>{cells}'
