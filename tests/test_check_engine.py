"""The exercise engine on answers of every kind: each gets one clear sentence, and nothing escapes."""

from __future__ import annotations

import contextlib
import io
import json
import linecache
import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.signal  # noqa: F401  # so that the answers which import it lose no time

from cnnkit.classroom.exercises import CheckFailed, NotRight, NotTriedYet, judge, lesson, timelimit
from cnnkit.classroom.exercises import lesson as _lesson_function
from cnnkit.classroom.exercises.cases import cases
from cnnkit.classroom.exercises.compare import difference
from cnnkit.classroom.exercises.explain import explain, window_text
from cnnkit.classroom.exercises.outcome import Outcome, call, describe, pack, unpack
from cnnkit.classroom.exercises.through import VIEWS
from cnnkit.errors import UsageError

RIGHT = """
def correlate2d(x, k):
    (H, W), (KH, KW) = x.shape, k.shape
    y = np.zeros((H - KH + 1, W - KW + 1))
    for i in range(H - KH + 1):
        for j in range(W - KW + 1):
            y[i, j] = np.sum(x[i:i + KH, j:j + KW] * k)
    {then}
    return y
"""


def answer(code: str, *, name: str = "correlate2d", **names: object):  # type: ignore[no-untyped-def]
    """Define a function as a notebook cell would."""
    file = f"<engine test {len(linecache.cache)}>"
    code = textwrap.dedent(code)
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    space: dict[str, object] = {"np": np, **names}
    exec(compile(code, file, "exec"), space)
    return space[name]


def then(line: str) -> str:
    return RIGHT.format(then=line)


@pytest.fixture(scope="module")
def check():  # type: ignore[no-untyped-def]
    with contextlib.redirect_stdout(io.StringIO()):
        return lesson("02").check


ODD_ANSWERS = {
    "returns nothing": ("def correlate2d(x, k): y = 1", "returned None"),
    "returns a list": (then("y = y.tolist()"), "a list or tuple"),
    "returns a text": ("def correlate2d(x, k): return 'y'", "a text"),
    "returns a dict": ("def correlate2d(x, k): return {'y': 1}", "a dict"),
    "returns a number": ("def correlate2d(x, k): return 5", "shape ()"),
    "returns a generator": ("def correlate2d(x, k): yield 1", "an object of type generator"),
    "returns itself in a list": (
        "def correlate2d(x, k):\n    y = []; y.append(y); return y",
        "RecursionError",
    ),
    "returns complex numbers": (then("y = y + 0j"), "take the real part"),
    "returns an object array": (then("y = y.astype(object)"), "object"),
    "returns booleans": (then("y = y > 0"), "made of True and False"),
    "returns half precision": (then("y = y.astype('float16')"), "float16"),
    "returns single precision": (then("y = y.astype('float32')"), "float32"),
    "returns NaN": (then("y[0, 0] = np.nan"), "the result is nan"),
    "returns infinity": (then("y[-1, -1] = -np.inf"), "the result is -inf"),
    "adds an axis": (then("y = y[None]"), "(1, 2, 2)"),
    "is off in one place": (then("y[1, 0] += 1e-6"), "position (1, 0)"),
    "takes one argument": ("def correlate2d(x): return x", "TypeError"),
    "raises its own error": ("def correlate2d(x, k): raise OSError('full')", "OSError: full"),
    "names the line": ("def correlate2d(x, k):\n    return x[99]", "in the line: return x[99]"),
    "calls exit": ("def correlate2d(x, k): exit()", "SystemExit"),
    "calls sys.exit": ("def correlate2d(x, k):\n    import sys; sys.exit(0)", "SystemExit"),
    "changes its input": (then("x[0, 0] += 1"), "changed its input (x)"),
    "remembers": (then("calls.append(1); y = y + (len(calls) > 10)"), "different results"),
    "recurses for ever": ("def correlate2d(x, k): return correlate2d(x, k)", "RecursionError"),
    "prints for debugging": (
        "def correlate2d(x, k):\n    print('shape', x.shape)\n    return x[:1]",
        "shape (3, 3)",
    ),
    "cuts off fractions": (
        "def correlate2d(x, k):\n    view = np.lib.stride_tricks.sliding_window_view\n"
        "    w = view(np.trunc(x), k.shape)\n"
        "    return np.einsum('ijab,ab->ij', w, k)",
        "case 8",
    ),
    "computes in single precision": (
        "def correlate2d(x, k):\n    view = np.lib.stride_tricks.sliding_window_view\n"
        "    w = view(x.astype('f4'), k.shape)\n"
        "    return np.einsum('ijab,ab->ij', w, k.astype('f4')).astype(float)",
        "case 8",
    ),
    "lets a window stick out": (
        "def correlate2d(x, k):\n    p = range(9)\n"
        "    return np.array([[np.sum(x[i:i + 2, j:j + 2] * k) for j in p] for i in p])",
        "sticks out",
    ),
    "calls what is not written": (
        "def helper(x): raise NotImplementedError()\ndef correlate2d(x, k): return helper(x)",
        "calls helper, which is not written yet",
    ),
    "is not a function of one's own": ("correlate2d = np.add", "with `def`"),
    "imports SciPy": (
        "def correlate2d(x, k):\n    import scipy.signal\n    return scipy.signal.correlate2d(x, k, 'valid')",
        "scipy.signal.correlate2d",
    ),
    "imports SciPy by name": (
        "from scipy.signal import correlate2d as c\ndef correlate2d(x, k): return c(x, k, 'valid')",
        "scipy.signal.correlate2d",
    ),
    "imports everything": (
        "from scipy.signal import *\ndef correlate2d(x, k): return x",
        "from scipy.signal import *",
    ),
    "calls the library": (
        "from cnnkit import functional as F\ndef correlate2d(x, k): return F.correlate2d(x, k)",
        "cnnkit.functional.correlate2d",
    ),
    "calls the library by another name": (
        "from cnnkit.functional import correlate2d as c\ncorrelate2d = lambda x, k: c(x, k)",
        "cnnkit.functional",
    ),
}


@pytest.mark.parametrize("name", ODD_ANSWERS)
def test_an_odd_answer_gets_a_clear_sentence(name: str, check) -> None:  # type: ignore[no-untyped-def]
    code, expected = ODD_ANSWERS[name]
    with pytest.raises(NotRight) as caught:
        check.correlate2d(answer(code, calls=[]))
    assert expected in str(caught.value)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "while True:\n        try: x.sum()\n        except Exception: pass",
        "import time; time.sleep(60)",
    ],
)
def test_an_endless_loop_is_stopped_and_named(body: str, check, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(check.correlate2d, "_limit", 0.1)
    with pytest.raises(NotRight, match=r"did not finish within 0\.1 seconds"):
        check.correlate2d(answer(f"def correlate2d(x, k):\n    {body}"))


def wrong_at(row: dict[str, Any], index: tuple[int, ...], window: Any) -> str:
    """Return what is shown of a row's x when the output at ``index`` is wrong."""
    case = cases("demo", [row])[0]
    return window_text(judge.Trial(case, Outcome(), {}, "float64", None), index, window)


@pytest.mark.parametrize(
    "k, window, index, seen",
    [
        ([[1, 1], [1, 1]], True, (1, 0), [[3, 4], [6, 7]]),
        ({"pair": [2, 1]}, {"pool": 2}, (0, 1), [[1], [4]]),
        (2, {"pool": 2}, (1, 1), [[4, 5], [7, 8]]),
    ],
)
def test_the_window_of_a_wrong_number_in_a_picture(k: Any, window: Any, index: Any, seen: Any) -> None:
    said = wrong_at({"x": [[0, 1, 2], [3, 4, 5], [6, 7, 8]], "k": k}, index, window)
    assert str(np.array(seen, float)).split() == said.partition(":")[2].split()


def test_the_window_of_a_wrong_number_takes_its_image_and_all_channels() -> None:
    x = np.arange(24.0).reshape(2, 3, 1, 4)
    row = {"x": x.tolist(), "w": np.ones((5, 3, 1, 2)).tolist(), "stride": 2, "padding": {"pair": [0, 1]}}
    said = wrong_at(row, (1, 4, 0, 0), {"conv": 2})
    assert said.partition(":")[2].split() == str(np.array([[[0.0, 12]], [[0, 16]], [[0, 20]]])).split()
    pooled = wrong_at({"x": x.tolist(), "k": {"pair": [1, 3]}}, (1, 2, 0, 1), {"pool": 2})
    assert pooled.partition(":")[2].split() == str(np.array([[21.0, 22, 23]])).split()


def test_none_may_stand_for_an_option() -> None:
    row = {"x": 1, "b": "none", "stride": 2}
    assert cases("demo", [row])[0].arguments() == {"x": 1, "b": None, "stride": 2}


def test_an_answer_may_be_judged_by_what_it_is_good_for() -> None:
    row = {"k": [[1, 2], [3, 6]]}
    case, outer = cases("demo", [row])[0], VIEWS["outer"]
    expected = describe(np.array([[1.0, 2.0], [3.0, 6.0]]))

    def wrong(answer: Any) -> Any:
        return judge.run(lambda k: answer, [case], [expected], 2.0, outer)[0].wrong

    assert wrong((np.array([1.0, 3.0]), np.array([1.0, 2.0]))) is None
    assert wrong([np.array([2.0, 6.0]), [0.5, 1.0]]) is None
    assert wrong((np.array([1.0, 3.0]), np.array([2.0, 1.0]))).kind == "value"
    assert wrong((np.ones((2, 1)), np.ones((1, 2)))).kind == "kind" and wrong(None).kind == "nothing"
    assert wrong(np.array([[1.0, 2.0], [3.0, 6.0]])).kind == "kind"


@pytest.mark.parametrize("handler", ["default_int_handler", "SIG_IGN"])
def test_a_loop_is_stopped_where_there_is_no_timer_signal(handler: str) -> None:
    code = (
        f"import signal; signal.signal(signal.SIGINT, signal.{handler})\n"
        "import threading, time; from cnnkit.classroom.exercises import timelimit\n"
        "del timelimit.signal.setitimer\n"
        "from cnnkit.classroom.exercises.outcome import call\n"
        "def loop():\n    while True: time.sleep(0.01)\n"
        "print(call(loop, {}, 0.2).error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert done.stdout.strip() == "TookTooLong", done.stderr


def test_a_megabyte_of_prints_is_capped_and_stays_out_of_the_notebook(
    check, capsys: pytest.CaptureFixture[str]
) -> None:  # type: ignore[no-untyped-def]
    check.correlate2d(answer(then("print('x' * 1_000_000)")))
    shown = capsys.readouterr()
    assert shown.out.startswith("Right: correlate2d") and len(shown.out) < 300 and shown.err == ""
    assert len(call(lambda: print("x" * 10_000_000), {}).printed) <= 20_000


def test_warnings_and_stderr_of_an_answer_do_not_count(check, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    noisy = (
        "import sys, warnings; warnings.warn('careful'); print('noise', file=sys.stderr); np.float64(1) / 0"
    )
    check.correlate2d(answer(then(noisy)))
    assert capsys.readouterr().err == ""


def test_an_own_helper_is_remembered(check) -> None:  # type: ignore[no-untyped-def]
    code = "def correlate1d(x, k): return x\ncorrelate = correlate1d\n"
    code += "def convolve1d(x, k): return correlate(x, k)"
    space: dict[str, object] = {"__name__": "__main__"}
    exec(code, space)
    with pytest.raises(NotRight, match=r"your own correlate1d .* is not right yet"):
        check.convolve1d(space["convolve1d"])
    space["correlate"] = lambda x, k: np.correlate(x, k)
    space["correlate"].__name__, space["correlate"].__module__ = "correlate1d", "__main__"  # type: ignore[attr-defined]
    with pytest.raises(NotRight, match="the kernel is not flipped"):
        check.convolve1d(space["convolve1d"])


def test_the_library_s_function_itself_is_no_answer(check) -> None:  # type: ignore[no-untyped-def]
    from functools import partial

    from cnnkit import functional

    for given, name in (
        (functional.correlate1d, "cnnkit.functional.correlation.correlate1d"),
        (np.correlate, "numpy.correlate"),
        (partial(np.correlate, mode="valid"), "with `def`"),
    ):
        with pytest.raises(NotRight, match=name):
            check.correlate1d(given)


@pytest.mark.parametrize("own", ["F = 3", "(F, _), G = x.shape, 1", "[F for F in 'ab']", "lambda F: F + 1"])
def test_a_name_of_one_s_own_is_not_the_library_of_that_name(check, own: str) -> None:  # type: ignore[no-untyped-def]
    from cnnkit import functional

    check.correlate2d(answer(then(own), F=functional))
    with pytest.raises(NotRight, match=r"uses `F\.correlate2d`"):
        check.correlate2d(answer(then("y = F.correlate2d(x, k)"), F=functional))


@pytest.mark.parametrize(
    "line, said",
    [
        ("y += None", "ask `if b is not None` first"),
        ("y.none = None", "no attribute"),
        ("size(3)", "run the cells above"),
        ("y @ np.ones((9, 9))", "A matrix product takes"),
        ("y ^ 2", "is no power"),
        ("y = y if k else x", "asked by `b is not None`"),
        ("x.flags.writeable = False; x[0] = 1", "an input must not be changed"),
        ("y.astype(int).__iadd__(0.5)", "make it with np.zeros"),
    ],
)
def test_why_python_stopped_is_explained(check, line: str, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotRight, match=re.escape(said)):
        check.correlate2d(answer(then(line)))


def test_an_exercise_may_have_a_sentence_of_its_own() -> None:
    case = cases("demo", [{"x": 1}])[0]
    trial = judge.run(lambda x: None, [case], [describe(1.0)], 2.0)[0]
    assert "`return` missing" in explain(trial, {})
    assert explain(trial, {"instead": {"nothing": "None? No."}}) == "None? No."


def test_each_part_of_a_pair_needs_the_precision_of_the_input() -> None:
    want = describe((np.array([0.5]), np.array([1.5])))
    single = Outcome(describe((np.array([0.5], "f4"), np.array([1.5], "f4"))))
    assert difference(single, want, "float32") is None and difference(single, want, "float64") is not None


def test_what_there_is_not_is_said_plainly(check) -> None:  # type: ignore[no-untyped-def]
    for asked in (check.quiz.case, check.quiz.tried):
        with pytest.raises(UsageError, match="quiz asks for values, so there are no cases"):
            asked(1)
    with pytest.raises(UsageError, match="has cases 1 to"):
        check.correlate2d.case()
    with pytest.raises(UsageError, match="name the exercise, as in hint"):
        lesson("02").hint()


@pytest.mark.parametrize("got, said", [(5.0, "`//` divides"), (5.5, "`//` divides"), (True, "made of True")])
def test_a_count_of_another_kind_is_explained(got: object, said: str) -> None:
    case = cases("demo", [{"n": 1}])[0]
    assert said in explain(judge.run(lambda n: got, [case], [describe(5)], 2.0)[0], {})


def test_a_difference_in_one_of_several_results_names_it() -> None:
    case, want = cases("demo", [{"x": 1}])[0], describe((np.zeros((2, 3)), np.zeros(2)))

    def said(*got: object) -> str:
        return explain(judge.run(lambda x: got, [case], [want], 2.0)[0], {"parts": ["dw", "db"]})

    assert said(np.eye(2, 3), np.zeros(2)) == "In dw: At position (0, 0) the result is 1, but it must be 0."
    assert said(np.zeros((2, 3)), np.zeros(3)).startswith("In db: The result has shape (3,)")
    assert said(np.zeros((2, 3))) == "Return 2 things, in this order: dw, db."


@pytest.mark.parametrize("want, told", [(2.5, True), (3.0, False), (float("nan"), False)])
def test_a_whole_number_where_a_fraction_belongs_is_a_matter_of_dtype(want: float, told: bool) -> None:
    wrong = difference(Outcome(describe(np.array([2]))), describe(np.array([want])), "int64")
    assert wrong is not None and ("dtype" in wrong.details) == told


def test_zeros_need_no_precision() -> None:
    zeros = describe(np.zeros((2, 2)))
    assert difference(Outcome(describe(np.zeros((2, 2), int))), zeros, "float64") is None
    assert difference(Outcome(describe(np.zeros((2, 2), bool))), zeros, "float64") is not None
    one = np.array([0, 1])
    assert difference(Outcome(describe(one)), describe(one.astype(float)), "float64") is not None


def test_a_wrong_answer_that_also_changed_its_input_hears_of_it(check) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotRight, match="Besides, your function changed its input"):
        check.correlate2d(answer(then("x[0, 0] = 7; y += 1")))


def test_hints_are_also_found_under_the_name_of_the_exercise(capsys: pytest.CaptureFixture[str]) -> None:
    _, hint = lesson("02")
    hint.correlate2d()
    hint.correlate2d(1)
    assert capsys.readouterr().out.count("Hint 1 of 3 for correlate2d") == 2
    with pytest.raises(UsageError, match="Did you mean correlate2d"):
        hint.corelate2d()


def test_wrong_values_are_named_as_the_task_names_them() -> None:
    def said(chapter: str, exercise: str, value: object) -> str:
        with pytest.raises(NotRight) as caught:
            getattr(lesson(chapter).check, exercise)(lambda: value)
        return str(caught.value)

    right = [72, 4, 24, "B", "AC", "CDEF", [7, 8, 10, 11], 6]
    assert "Not right yet: d" in said("01", "partners", [*right[:3], "Q", *right[4:]])
    assert "leave the quotes out" in said("01", "partners", ["72", *right[1:]])
    assert "leave the quotes out" not in said("01", "partners", ["71", *right[1:]])
    assert "as indices counted from 0: [0][1]" in said("02", "fill_blanks", [[3, 9, 4], [0, 4, 0], [3, 1, 1]])
    assert "a whole number from 1 to 5" in said("08", "exposed", {f"backward_{n}": "e" for n in range(1, 6)})


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.default_int_handler])
def test_a_time_limit_leaves_interrupts_as_they_were(handler: Any) -> None:
    before = signal.signal(signal.SIGINT, handler)
    try:
        with timelimit._by_thread(60):
            assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_trial_below_the_function_is_no_part_of_the_answer(check) -> None:  # type: ignore[no-untyped-def]
    from cnnkit import functional

    tried = RIGHT.format(then="pass") + "print(F.correlate2d(np.eye(3), np.eye(2)))\nassert F.correlate2d"
    check.correlate2d(answer(tried, F=functional))
    with pytest.raises(NotRight, match="uses `F"):
        taken = "ours = F.correlate2d\ndef correlate2d(x, k): return ours(x, k)"
        check.correlate2d(answer(taken, F=functional))


def test_a_missing_argument_is_explained(check) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotRight, match="without calling it"):
        check.correlate2d()
    with pytest.raises(NotRight, match="without calling it"):
        check.quiz()
    with pytest.raises(UsageError, match=r"name the exercise, as in check\.correlate1d"):
        check()


@pytest.mark.parametrize("letter", ["B", " b ", "(b)", "b)", "B."])
def test_a_letter_may_be_written_in_several_ways(letter: str, check) -> None:  # type: ignore[no-untyped-def]
    check.quiz(lambda: {"q1": letter, "q2": "a", "q3": "b", "q4": "b", "q5": "c"})


def test_a_choice_that_is_no_option_is_explained(check) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotRight, match="q1: put one letter between the quotes"):
        check.quiz(lambda: {"q1": "seven", "q2": "a", "q3": "b", "q4": "b", "q5": "c"})


def test_a_student_can_interrupt(check) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(KeyboardInterrupt):
        check.correlate2d(answer("def correlate2d(x, k): raise KeyboardInterrupt"))


def test_a_stub_is_not_tried_and_a_call_instead_of_a_function_is_explained(check) -> None:  # type: ignore[no-untyped-def]
    stub = answer("def correlate2d(x, k): raise NotImplementedError()")
    for run in (check.correlate2d, check.correlate2d.tried):
        with pytest.raises(NotTriedYet, match="Not tried yet: correlate2d"):
            run(stub)
    with pytest.raises(NotRight, match="without calling it"):
        check.correlate2d(np.zeros(3))


def test_the_first_difference_comes_with_its_window(check) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotRight) as caught:
        check.correlate2d(answer(then("y[1, 1] += 1")))
    text = str(caught.value)
    assert "At position (1, 1) the result is 44, but it must be 43." in text
    assert "[[4. 5.]\n     [7. 8.]]" in text


def test_a_case_can_be_looked_at_and_is_never_the_same_memory(check) -> None:  # type: ignore[no-untyped-def]
    (x, k), (again, _) = check.correlate2d.case(1), check.correlate2d.case(1)
    assert x.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]] and k.shape == (2, 2)
    assert not np.shares_memory(x, again)
    with pytest.raises(UsageError, match="cases 1 to 10, not 11"):
        check.correlate2d.case(11)


def test_a_misspelt_exercise_and_an_unknown_chapter_are_explained(check) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match="Did you mean correlate2d"):
        _ = check.corelate2d
    with pytest.raises(UsageError, match=r"there is no chapter '99'\. The chapters are 00, "):
        _lesson_function("99")
    assert "correlate2d" in dir(check) and not hasattr(check, "_repr_html_")


def test_hints_come_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    _, hint = lesson("02")
    capsys.readouterr()
    for _ in range(4):
        hint("correlate2d")
    hint("correlate2d", 1)
    said = capsys.readouterr().out.splitlines()
    assert [line[:6] for line in said] == ["Hint 1", "Hint 2", "Hint 3", "That w", "Hint 1"]
    with pytest.raises(UsageError, match="hints 1 to 3"):
        hint("correlate2d", 4)
    hint("quiz")
    assert "A quiz has no hints" in capsys.readouterr().out


def test_messages_show_in_a_notebook_without_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    monkeypatch.delenv("VIRTUAL_ENV", raising=False)  # IPython warns where another environment is active
    shell = InteractiveShell.instance()
    with capture_output() as shown:
        shell.run_cell(
            "from cnnkit.classroom.exercises import NotRight\nraise NotRight('Not yet: this.\\nBecause.')"
        )
    assert shown.stdout.strip() == "Not yet: this.\nBecause."
    InteractiveShell.clear_instance()


DTYPES = [
    # got, least, right?
    ("float64", "float64", True), ("float32", "float64", False), ("float32", "float32", True),
    ("float64", "float32", True), ("int64", "int64", True), ("float64", "int64", True),
    ("int64", "float64", False),
    ("float16", "float32", False), ("bool", "int64", False), ("complex128", "float64", False),
]  # fmt: skip


@pytest.mark.parametrize("got, least, right", DTYPES)
def test_the_precision_rule(got: str, least: str, right: bool) -> None:
    value = np.array([0, 1])
    wrong = difference(Outcome(describe(value.astype(got))), describe(value.astype(float)), least)
    assert (wrong is None) == right


@pytest.mark.parametrize(
    "got, right",
    [
        (5, True),
        (np.int64(5), True),
        (5.0, False),
        (np.float64(5), False),
        (True, False),
        (4, False),
        ("5", False),
        ([5], False),
    ],
)
def test_a_size_is_a_whole_number(got: object, right: bool) -> None:
    assert (difference(Outcome(describe(got)), describe(5), "int") is None) == right


@pytest.mark.parametrize(
    "value",
    [
        7,
        2.5,
        True,
        None,
        "text",
        [1, (2, 3)],
        np.arange(6.0).reshape(2, 3),
        np.float32(1),
        {"a": 1},
        [np.zeros(2), 1],
    ],
)
def test_packing_loses_nothing_even_through_json(value: object) -> None:
    described = describe(value)
    assert unpack(json.loads(json.dumps(pack(described)))) == described


def test_progress_is_kept_in_a_course_folder_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check
) -> None:  # type: ignore[no-untyped-def]
    right, wrong = answer(then("pass")), answer(then("y = -y"))
    course = tmp_path / "course"
    (course / "02_convolution").mkdir(parents=True)
    monkeypatch.chdir(course / "02_convolution")
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.delenv("CNNKIT_NO_PROGRESS", raising=False)
    check.correlate2d(right)
    assert not list(tmp_path.rglob("*.json"))
    (course / ".cnnkit").mkdir()
    kept = course / ".cnnkit" / "progress.json"
    for variable in ("NBGRADER_EXECUTION", "CNNKIT_NO_PROGRESS"):
        with monkeypatch.context() as grading:
            grading.setenv(variable, "1")
            check.correlate2d(right)
        assert not kept.exists()
    check.correlate2d(right)
    assert json.loads(kept.read_text()) == {"02": {"correlate2d": True}}
    with pytest.raises(CheckFailed):
        check.correlate2d(wrong)
    assert json.loads(kept.read_text()) == {"02": {"correlate2d": False}}
    kept.write_text("{ damaged")
    check.correlate2d(right)
    assert json.loads(kept.read_text()) == {"02": {"correlate2d": True}}
    assert os.listdir(course / ".cnnkit") == ["progress.json"]


def test_the_language_falls_back_to_english(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CNNKIT_LANGUAGE", "zh")
    lesson("02").hint("correlate2d")
    assert "Hint 1 of 3 for correlate2d" in capsys.readouterr().out


def test_fractions_added_to_an_array_of_whole_numbers_are_explained() -> None:
    code = "def add_bias(x, b):\n    y = x.copy()\n    y += b[:, None, None]\n    return y"
    with pytest.raises(NotRight, match="The array cannot take such numbers") as caught:
        lesson("00").check.add_bias(answer(code, name="add_bias"))
    assert "wrote into x" not in str(caught.value)


def test_the_hidden_check_refuses_what_the_visible_one_refuses(check) -> None:  # type: ignore[no-untyped-def]
    code = "def correlate1d(x, k): return np.correlate(x.astype(float), k)"
    with pytest.raises(NotRight, match=r"np\.correlate"):
        check.correlate1d(answer(code, name="correlate1d"), lambda x, k: np.correlate(x, k), seed=1)


def test_hidden_cases_depend_on_the_seed_and_the_salt(check, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    def drawn(seed: int, salt: str) -> str:
        monkeypatch.setenv("CNNKIT_SALT", salt)
        seen: list[object] = []

        def reference(x: np.ndarray, k: np.ndarray) -> np.ndarray:
            seen.append((x.tolist(), k.tolist()))
            return np.correlate(x.astype(float), k)

        right = "def correlate1d(x, k):\n    view = np.lib.stride_tricks.sliding_window_view\n"
        right += "    return view(x, len(k)) @ k.astype(float)"
        check.correlate1d(answer(right, name="correlate1d"), reference, seed=seed)
        return str(seen)

    assert drawn(1, "") == drawn(1, "") and len({drawn(1, ""), drawn(2, ""), drawn(1, "autumn")}) == 3


def test_the_window_is_where_the_stride_puts_it() -> None:
    code = """
    def correlate2d_stride(x, k, stride):
        view = np.lib.stride_tricks.sliding_window_view(x, k.shape)[::stride[0], ::stride[1]]
        y = np.einsum("ijab,ab->ij", view.astype(float), k)
        y[1, 1] += 1
        return y
    """
    stride_check = lesson("03").check.correlate2d_stride
    with pytest.raises(NotRight) as caught:
        stride_check(answer(code, name="correlate2d_stride"))
    x, k, stride = stride_check.case(1)
    window = x[stride[0] :, stride[1] :][: k.shape[0], : k.shape[1]]
    assert "".join(np.array2string(window).split()) in "".join(str(caught.value).split())
