"""A table as HTML that a screen reader can follow: a caption, and headers that say what they are for."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

Cells = Sequence[str]
RIGHT = ' style="text-align: right; font-variant-numeric: tabular-nums"'
LEFT = ' style="text-align: left"'


def html_table(caption: str, head: Cells, rows: Sequence[Cells], foot: Cells, words: int = 3) -> str:
    """Return the table; every first cell is the header of its row.

    Parameters
    ----------
    caption : what the table says as a whole
    head, rows, foot : cells of text, as many in each
    words : how many columns, from the left, hold words; the others end at the right

    >>> table = html_table("Fruit", ("kind", "pieces"), [("apple", "12")], ("all", "12"), words=1)
    >>> print(table.replace(LEFT, "").replace(RIGHT, ""))
    <table><caption>Fruit</caption>
    <thead>
    <tr><th scope="col">kind</th><th scope="col">pieces</th></tr>
    </thead>
    <tbody>
    <tr><th scope="row">apple</th><td>12</td></tr>
    </tbody>
    <tfoot>
    <tr><th scope="row">all</th><td>12</td></tr>
    </tfoot></table>
    """

    def line(cells: Cells, opening: Sequence[str]) -> str:
        inside = (
            f"<{tag}{LEFT if column < words else RIGHT}>{escape(cell)}</{tag[:2]}>"
            for column, (tag, cell) in enumerate(zip(opening, cells, strict=True))
        )
        return f"<tr>{''.join(inside)}</tr>"

    columns = ['th scope="col"'] * len(head)
    named = ['th scope="row"'] + ["td"] * (len(head) - 1)
    body = "\n".join(line(row, named) for row in rows)
    return (
        f"<table><caption>{escape(caption)}</caption>\n<thead>\n{line(head, columns)}\n</thead>\n"
        f"<tbody>\n{body}\n</tbody>\n<tfoot>\n{line(foot, named)}\n</tfoot></table>"
    )
