"""What a student gets back: their work, our messages, and neither hidden tests nor anything that runs."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook

from cnnkit.classroom.grading.result import RIGHT, WRONG, Check, Result
from cnnkit.classroom.nbgrader_adapter import apply, feedback_page, write_feedback
from cnnkit.classroom.nbgrader_adapter.as_notebook import told
from cnnkit.classroom.nbgrader_adapter.markdown import plain_text, rendered
from cnnkit.classroom.nbgrader_adapter.markup import TOO_LONG_TO_SHOW, harmless
from cnnkit.classroom.nbgrader_adapter.page import FeedbackPage
from cnnkit.classroom.nbgrader_adapter.showing import (
    HIDDEN_CHECK_FAILED,
    LEFT_OUT,
    HideHiddenTests,
    OwnLines,
    WithoutScripts,
)
from cnnkit.classroom.nbgrader_adapter.surroundings import surroundings
from tests.gradebooks import UNIT, Desk, make_desk

CHECK = {
    "grade": True,
    "solution": False,
    "locked": True,
    "grade_id": "f-hidden",
    "points": 1,
    "schema_version": 3,
}
ANSWER = {**CHECK, "grade": False, "solution": True, "locked": False, "grade_id": "f"}
SECRET_LINE = "secret = reference(np.array([7919.5]))"
HIDDEN = f"""\
check.f.tried(f)
### BEGIN HIDDEN TESTS
{SECRET_LINE}
check.f(f, reference, seed=31)
### END HIDDEN TESTS"""


def hidden_cell(*outputs: Any) -> Any:
    return new_code_cell(HIDDEN, outputs=list(outputs), metadata={"nbgrader": dict(CHECK)})


def printed(text: str) -> Any:
    return new_output("stream", name="stdout", text=text)


def error(name: str, message: str) -> Any:
    return new_output("error", ename=name, evalue=message, traceback=[f"----> 2 {SECRET_LINE}", message])


def hide(*cells: Any) -> list[Any]:
    nb, _ = HideHiddenTests().preprocess(new_notebook(cells=list(cells)), {})
    return list(nb.cells)


def test_source_and_prints_of_a_hidden_check_go() -> None:
    (cell,) = hide(hidden_cell(printed("7919.5"), new_output("display_data", data={"text/plain": "7919.5"})))
    assert cell.source == "check.f.tried(f)"
    assert cell.outputs == []


@pytest.mark.parametrize(
    ("name", "message", "shown"),
    [
        ("NotRight", "Not right on the hidden cases: f.", "Not right on the hidden cases: f."),
        ("NotTriedYet", "Not tried yet: f.", "Not tried yet: f."),
        ("AssertionError", "7919.5 is not 1", HIDDEN_CHECK_FAILED),
        ("NameError", "name 'secret' is not defined", HIDDEN_CHECK_FAILED),
        ("CellTimeoutError", "", "Python stopped before this check had finished."),
    ],
)
def test_of_a_hidden_check_that_failed_only_our_message_stays(name: str, message: str, shown: str) -> None:
    (cell,) = hide(hidden_cell(error(name, message)))
    (output,) = cell.outputs
    assert (output.evalue, output.traceback) == (shown, [shown])
    assert "7919" not in str(cell)


@pytest.mark.parametrize(
    "output",
    [
        printed(f"['check.f(f)', {HIDDEN!r}]"),
        printed(HIDDEN),
        error("ValueError", "wrong"),
        new_output("execute_result", data={"text/plain": repr(HIDDEN)}, execution_count=1),
    ],
    ids=["In", "print", "traceback", "result"],
)
def test_hidden_lines_in_other_outputs_are_left_out(output: Any) -> None:
    _, cell = hide(hidden_cell(), new_code_cell("print(In)", outputs=[output]))
    assert [out.text for out in cell.outputs] == [LEFT_OUT]


def test_a_students_own_outputs_stay_even_when_a_hidden_test_has_the_same_line() -> None:
    own = new_code_cell(f"def f():\n    {SECRET_LINE}", metadata={"nbgrader": dict(ANSWER)})
    outputs = [printed("my result"), error("ValueError", "mine")]
    _, _, cell = hide(hidden_cell(), own, new_code_cell("f()", outputs=list(outputs)))
    assert cell.outputs == outputs


def test_a_student_who_writes_nbgraders_markers_is_no_trouble() -> None:
    own = new_code_cell("# BEGIN HIDDEN TESTS", metadata={"nbgrader": dict(ANSWER)})
    loose = new_code_cell("# BEGIN HIDDEN TESTS")
    assert [cell.source for cell in hide(own, loose)] == ["# BEGIN HIDDEN TESTS"] * 2


@pytest.mark.parametrize(
    ("markup", "left"),
    [
        ("<script>alert(1)</script>hi", "hi"),
        ("<SCRIPT src=//x>alert(1)</SCRIPT >hi", "hi"),
        ("<script>alert(1)", "alert(1)"),
        ('<iframe src="x"></iframe><b>hi</b>', "<b>hi</b>"),
        ('<img src="data:image/png;base64,AA" onerror="steal()">', '<img src="data:image/png;base64,AA">'),
        ('<img src="https://example.org/seen">', "<img>"),
        ('<a href="javascript:steal()">x</a>', "<a>x</a>"),
        ('<a href="data:text/html,x">x</a>', "<a>x</a>"),
        ('<a href="https://example.org">x</a>', '<a href="https://example.org">x</a>'),
        ('<svg><script>steal()</script></svg><p style="position:fixed">x</p>', "<p>x</p>"),
        ("<table><tbody><tr><td>1</td></tr></tbody></table>",) * 2,
        ('<figure><img alt="a grid" src="data:image/svg+xml;base64,AA"></figure>',) * 2,
    ],
)
def test_markup_is_made_harmless(markup: str, left: str) -> None:
    assert harmless(markup) == left


@pytest.mark.parametrize(
    "text",
    [
        "$a < b$ and `x<y>z`",
        "if a<b: on = 3",
        "[link](https://example.org)",
        "> quoted & fine",
        "say `<script>` and\n\n```\n<img src=x onerror=y>\n```",
        "<details><summary>more</summary>\n\nH<sub>2</sub>O<br>\n</details>",
        "![drawn](data:image/png;base64,AA)",
        plain_text("[x](javascript:steal())"),
    ],
)
def test_a_text_that_runs_nothing_stays_as_it_is(text: str) -> None:
    nb, _ = WithoutScripts().preprocess(new_notebook(cells=[new_markdown_cell(text)]), {})
    assert nb.cells[0].source == text


@pytest.mark.parametrize(
    "text",
    [
        "<script>steal()</script>",
        "<iframe src=x></iframe>see **this** and $a<b$",
        "<b title='>' onmouseover=steal()>x</b>",
        "<!--><img src=x onerror=steal()>-->",
        "[x](javascript:steal())",
        "[x](java&#115;cript:steal())",
        "[x][y]\n\n[y]: JavaScript:steal()",
        "<javascript:steal()>",
        "![seen](https://example.org/seen.png)",
        "![lost](attachment:lost.png)",
        "```mermaid\n</pre><script>steal()</script>\n```",
        "long " * 5000,
    ],
)
def test_a_text_that_could_run_something_is_shown_as_it_was_typed(text: str) -> None:
    nb, _ = WithoutScripts().preprocess(new_notebook(cells=[new_markdown_cell(text)]), {})
    assert nb.cells[0].source == plain_text(text[:10_000])


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("**bold**", "<strong>bold</strong>"),
        ("[x](javascript:steal())", "<a>x</a>"),
        ("so $x_1 < \\frac{1}{2}$", "<mfrac>"),
        ("$$\nx\n$$", 'display="block"'),
        ("\\begin{matrix}a\\end{matrix}", "<mtable"),
        ("$\\text{<img src=x onerror=steal()>}$", "<code>\\text{&lt;img"),
        ("$\\text{<meta http-equiv='refresh'>}$", "<code>\\text{&lt;meta"),
        ("$\\href{javascript:steal()}{x}$", "<code>\\href"),
        ("$\\frac{$", "<code>\\frac{</code>"),
        ("\ue0000\ue001 \ue0009\ue001", "<p> </p>"),
    ],
)
def test_a_page_shows_markdown_and_formulas_without_scripts(markdown: str, shown: str) -> None:
    page = rendered(markdown)
    assert shown in page
    assert not any(word in page for word in ("<img", "<meta", "href=", "<script"))


def test_a_picture_pasted_into_a_text_is_shown() -> None:
    attachments = '{"mine.png": {"image/png": "AA"}}'
    assert 'src="data:image/png;base64,AA"' in rendered("![my drawing](attachment:mine.png)", attachments)


def test_outputs_that_run_go_and_pictures_stay() -> None:
    data = {
        "text/html": "<script>steal()</script><b>x</b>",
        "application/javascript": "steal()",
        "application/vnd.jupyter.widget-view+json": {"model_id": "9f"},
        "image/svg+xml": "<svg onload='steal()'/>",
        "image/png": "AA",
        "text/plain": "x",
    }
    code = new_code_cell(
        "", outputs=[new_output("display_data", data=data), printed("<script>shown</script>")]
    )
    nb, _ = WithoutScripts().preprocess(new_notebook(cells=[code]), {})
    display, stream = nb.cells[0].outputs
    assert display.data == {"text/plain": "x", "image/png": "AA", "text/html": "<b>x</b>"}
    assert stream.text == "<script>shown</script>"  # nbconvert escapes it


def test_what_is_too_long_to_be_cleaned_is_left_out() -> None:
    assert harmless("<b>" * 5000) == TOO_LONG_TO_SHOW
    html = [new_output("display_data", data={"text/html": "<i>x</i>" * 1000 + str(n)}) for n in range(11)]
    texts = [new_markdown_cell("*x* " * 2000 + str(n)) for n in range(63)]
    WithoutScripts().preprocess(new_notebook(cells=[new_code_cell(outputs=html), *texts]), {})
    assert [output.data["text/html"] == TOO_LONG_TO_SHOW for output in html] == [False] * 10 + [True]
    assert [cell.source.startswith("<pre>") for cell in texts] == [False] * 62 + [True]
    assert "<pre>x = 1" in page_of_code("x = 1 " * 9000)


def page_of_code(source: str) -> str:
    notebook = new_notebook(cells=[new_code_cell(source)])
    about = {"notebook": "n", "student": "s", "score": 0, "max_score": 0, "late_penalty": 0}
    return str(FeedbackPage().from_notebook_node(notebook, {"nbgrader": about})[0])


@pytest.mark.parametrize(
    ("metadata", "left"),
    [
        ({"image/png": {"width": 3, "alt": "a kernel"}}, {"image/png": {"width": 3, "alt": "a kernel"}}),
        ({"image/png": {"width": "1 onload=steal()"}}, {"image/png": {}}),
        ({"text/html": {"isolated": True}, "filenames": {"image/png": "x"}}, {}),
        ({"image/png": "x"}, {}),
    ],
)
def test_nothing_breaks_out_through_what_is_said_of_a_picture(metadata: Any, left: Any) -> None:
    shown = new_output("display_data", data={"image/png": "AA"}, metadata=metadata)
    nb, _ = WithoutScripts().preprocess(new_notebook(cells=[new_code_cell(outputs=[shown])]), {})
    assert nb.cells[0].outputs[0].metadata == left


PLAIN = [
    "Traceback (most recent call last):\n",
    "  Cell In[3], line 2\n    f(0)\n",
    "  File ~/lib/numpy/core.py:12 in zeros\n    secret()\n",
    "ValueError: no\n",
]
COLOURED = [
    "\x1b[31mValueError\x1b[39m  Traceback (most recent call last)",
    "\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[1]\x1b[39m\x1b[32m, line 1\x1b[39m\n----> 1 f(0)",
    "\x1b[36mFile \x1b[39m\x1b[32m~/lib/numpy/core.py:12\x1b[39m, in zeros\n    secret()",
    "ValueError: no",
]


@pytest.mark.parametrize("traceback", [PLAIN, COLOURED], ids=["ours", "JupyterLab's"])
def test_a_traceback_keeps_the_students_own_lines(traceback: list[str]) -> None:
    failed = new_output("error", ename="ValueError", evalue="no", traceback=list(traceback))
    nb, _ = OwnLines().preprocess(new_notebook(cells=[new_code_cell("f(0)", outputs=[failed])]), {})
    text = "\n".join(nb.cells[0].outputs[0].traceback)
    assert "f(0)" in text and "ValueError: no" in text and "secret" not in text


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return make_desk(tmp_path_factory.mktemp("desk"))


def page_of(desk: Desk, result: Result) -> str:
    scores = apply(result, desk.course, desk.db_url)
    return feedback_page(desk.course, result.student, UNIT, scores).read_text(encoding="utf-8")


def table(page: str) -> list[list[str]]:
    """Return the rows of the table on top as text."""
    body = re.sub(
        r"<[^>]+>", "", re.sub(r"</t[dh]>", "|", page[page.index("<tbody>") : page.index("</tbody>")])
    )
    cells = [part.strip() for part in html.unescape(body).split("|")]
    return [cells[start : start + 4] for start in range(0, len(cells) - 1, 4)]


def test_the_table_names_each_check_with_points_and_message(desk: Desk) -> None:
    page = page_of(desk, desk.result("ann", right="negate"))
    assert table(page) == [
        ["double", "visible", "0 of 2", "Not right: it triples."],
        ["double", "hidden", "0 of 3", "Not right: it triples."],
        ["negate", "visible", "2 of 2", "Right."],
        ["essay", "by hand", "0 of 5", ""],
    ]
    assert "ann: <strong>2 of 12 points</strong>" in page
    assert 'class="notice"' not in page


def test_marks_and_comments_by_hand_are_on_the_page(desk: Desk) -> None:
    apply(desk.result("bo"), desk.course, desk.db_url)
    desk.mark("essay", 4.5, "bo")
    with surroundings(), Gradebook(desk.db_url) as gradebook:
        comment = "Good, **but** <script>x</script>"
        gradebook.find_comment("essay", UNIT, UNIT, "bo").manual_comment = comment
        gradebook.db.commit()
    page = write_feedback(desk.course, "bo", UNIT, desk.db_url).read_text(encoding="utf-8")
    assert ["essay", "by hand", "4.5 of 5", ""] in table(page)
    assert "<strong>11.5 of 12 points</strong>" in page
    assert "Good, <strong>but</strong>" in page and "<script" not in page


def test_outcome_reason_and_flags_stand_on_top(desk: Desk) -> None:
    told = {"outcome": "partly_graded", "reason": "negate <b>hung</b>.", "flags": ("double was copied",)}
    page = page_of(desk, desk.result("chen", **told))
    notice = page[page.index('class="notice"') : page.index("<table>")]
    assert "<strong>partly graded</strong>: negate &lt;b&gt;hung&lt;/b&gt;." in notice
    assert "<li>double was copied</li>" in notice
    assert page.count("double was copied") == 1  # and not again as the cell that markers see


def test_a_hidden_test_is_on_no_page(desk: Desk) -> None:
    for right in ("", "double negate"):
        page = page_of(desk, desk.result("dana", right=right, fingerprint=right or "none"))
        assert "7919" not in page and "104" not in page and "HIDDEN" not in page
    assert "7919" in str(desk.graded("dana"))


def test_a_page_runs_and_fetches_nothing(desk: Desk) -> None:
    attack = "<script>steal()</script><img src=https://example.org/seen>"
    hostile = [
        new_markdown_cell(attack, id="text"),
        new_code_cell(attack, id="code", outputs=[printed(attack), error(attack, attack)]),
        new_code_cell("", id="html", outputs=[new_output("display_data", data={"text/html": attack})]),
        new_code_cell("", id="tex", outputs=[new_output("display_data", data={"text/latex": attack})]),
        new_code_cell("", id="png", outputs=[new_output("display_data", data={"image/png": '">' + attack})]),
    ]
    result = desk.result('"><script>', reason=attack, flags=(attack,), outcome="partly_graded")
    checks = tuple(replace(check, message=attack) for check in desk.result(right="").checks)
    page = page_of(desk, replace(result, student="eve", cells=(*result.cells, *hostile), checks=checks))
    assert "<script" not in page and "<img src=https" not in page and '<img src="https' not in page
    assert "default-src 'none'" in page


def test_a_hint_stands_beside_what_went_wrong() -> None:
    wrong = Check("correlate1d-check", "correlate1d", True, 1, 0, WRONG, "Not right.")
    ((wrong_told, right_told),) = [
        told(Result("ann", "02_convolution", "f", "graded", checks=(wrong, replace(wrong, outcome=RIGHT))))[
            "checks"
        ]
    ]
    assert wrong_told["hint"] and right_told["hint"] == ""
    assert "mistake" not in wrong_told
