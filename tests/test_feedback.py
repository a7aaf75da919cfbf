"""What a student gets back: their work, our messages, and neither hidden tests nor anything that runs."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cnnkit.classroom.nbgrader_adapter.markup import harmless, may_run
from cnnkit.classroom.nbgrader_adapter.preprocessors import (
    HIDDEN_CHECK_FAILED,
    LEFT_OUT,
    HideHiddenTests,
    WithoutScripts,
)

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
    "text", ["$a < b$ and `x<y>z`", "if a<b: on = 3", "[link](https://example.org)", "> quoted & fine"]
)
def test_mathematics_and_code_are_not_taken_for_markup(text: str) -> None:
    assert not may_run(text)


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
    text = new_markdown_cell("<iframe src=x></iframe>see **this** and $a<b$")
    nb, _ = WithoutScripts().preprocess(new_notebook(cells=[code, text]), {})
    display, stream = nb.cells[0].outputs
    assert display.data == {"text/plain": "x", "image/png": "AA", "text/html": "<b>x</b>"}
    assert stream.text == "<script>shown</script>"  # nbconvert escapes it
    assert nb.cells[1].source.startswith("see **this**")
