"""One submission in, one result out: what students write runs in the sandbox, what judges it does not."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import nbformat
import pytest

from cnnkit.classroom.grading.bundle import Bundle, Limits
from cnnkit.classroom.grading.judge.one import Grader
from cnnkit.classroom.grading.result import Result
from cnnkit.classroom.grading.sandbox import box as sandbox
from cnnkit.classroom.notebooks.text import to_notebook

QUICK = Limits(call_seconds=1, cell_seconds=2, notebook_seconds=30, memory_mb=1000, scratch_mb=8, file_mb=4)
MASTER = '''\
# %% given="setup"
import numpy as np

def library_twice(x):
    return x + x

# %% id="figure"
shown = [library_twice(n) for n in range(3)]
print("a figure", shown)

# %% id="use-mine"
twice_of = library_twice

# %% answer="twice"
def twice(x):
    raise NotImplementedError()

# %% check="twice" points=2
assert twice(3) == 6, "twice 3 is 6"

# %% hidden="twice" points=3
twice(1)
### BEGIN HIDDEN TESTS
secret_7919 = np.arange(4.0)
answer_7919 = twice(secret_7919)
assert type(answer_7919) is np.ndarray
assert np.array_equal(answer_7919, library_twice(secret_7919)), "secret 7919"
### END HIDDEN TESTS

# %% answer="layer"
class Layer:
    raise NotImplementedError()

# %% check="layer" points=4
made = Layer(3)
assert made.forward(np.ones(2)).tolist() == [3.0, 3.0]
assert made.w == 3 and made.seen["calls"] == 1

# %% answer="half"
def half(x):
    return twice_of(x) / 4

# %% check="half" points=1
assert half(8) == 4
'''
RIGHT = {
    "twice": "def twice(x):\n    return 2 * x",
    "layer": "class Layer:\n    def __init__(self, w):\n        self.w, self.seen = w, {'calls': 0}\n"
    "    def forward(self, x):\n        self.seen['calls'] += 1\n        return self.w * x",
    "half": "def half(x):\n    return twice_of(x) / 4 ",
}
ALL = {"twice-check": 2, "twice-hidden": 3, "layer-check": 4, "half-check": 1}


@pytest.fixture(scope="module", params=sandbox.KINDS)
def grader(request: pytest.FixtureRequest) -> Iterator[Grader]:
    problem = sandbox.why_not(request.param)
    if problem:
        pytest.skip(problem)
    with Grader(sandbox=request.param) as grader:
        yield grader


def bundle(answers: dict[str, str], extra: dict[str, str] | None = None, limits: Limits = QUICK) -> Bundle:
    """Return a submission with these answers, and with cells of the student's own below others."""
    master = to_notebook(MASTER)
    submitted = copy.deepcopy(master)
    cells = []
    for cell in submitted.cells:
        cell.source = answers.get(cell.id, cell.source)
        cells.append(cell)
        if extra and cell.id in extra:
            cells.append(nbformat.v4.new_code_cell(extra[cell.id]))
    submitted.cells = cells
    return Bundle("ada", "90_tiny", nbformat.writes(submitted), nbformat.writes(master), limits)


def earned(result: Result) -> dict[str, float]:
    return {check.cell: check.earned for check in result.checks if check.earned}


def lost(result: Result, *exercises: str) -> bool:
    """Tell whether exactly these exercises lost all their points, and the others none."""
    return earned(result) == {c: p for c, p in ALL.items() if c.split("-")[0] not in exercises}


def messages(result: Result) -> dict[str, str]:
    return {check.cell: check.message for check in result.checks}


def test_right_answers_get_all_points_by_value_and_by_handle(grader: Grader) -> None:
    result = grader.grade(bundle(RIGHT))
    assert (result.outcome, result.reason, result.flags) == ("graded", "", ())
    assert earned(result) == ALL and result.score == result.max_score == 10
    assert result.isolation == grader._kind and result.peak_mb > 1


def test_only_what_answers_need_is_run(grader: Grader) -> None:
    result = grader.grade(bundle(RIGHT, extra={"half": "print('my own')"}))
    assert {"given-setup", "use-mine", "own-1"} < result.cell_seconds.keys()
    assert "figure" not in result.cell_seconds
    shown = {cell["id"]: cell.get("outputs") for cell in result.cells}
    assert shown["own-1"][0]["text"] == "my own\n" and shown["figure"] == []


def test_an_untouched_notebook_is_no_answer(grader: Grader) -> None:
    result = grader.grade(bundle({}))
    assert (result.outcome, result.score) == ("no_answers", 0)
    assert {check.outcome for check in result.checks} == {"not_tried"}


WRONG = ["def twice(x):\n    return 3 * x", "def twice(x):\n    return", "1 / 0", "twice = 5"]


@pytest.mark.parametrize("code", WRONG)
def test_a_wrong_answer_loses_its_own_points_only(grader: Grader, code: str) -> None:
    result = grader.grade(bundle({**RIGHT, "twice": code}))
    assert result.outcome == "graded" and lost(result, "twice")
    assert "7919" not in messages(result)["twice-hidden"]


ODD = {
    "nan": "float('nan')",
    "infinite": "float('inf')",
    "liar": "type('L', (), {'__eq__': lambda s, o: True, '__array__': lambda s, *a, **k: 1/0})()",
    "lying array": "type('A', (np.ndarray,), {'__eq__': lambda s, o: True})((4,))",
    "generator": "(n for n in [x])",
    "huge": "np.zeros(10**8)",
    "objects": "np.array([object()])",
    "deep": "__import__('functools').reduce(lambda a, _: [a], range(200), x)",
    "text": "'6'",
    "module": "np",
    "yes": "True",
}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_odd_results_earn_nothing_and_hurt_nobody(grader: Grader, value: str) -> None:
    result = grader.grade(bundle({**RIGHT, "twice": f"def twice(x):\n    return {value}"}))
    assert result.outcome == "graded" and lost(result, "twice")


KILLS = {
    "os._exit": ("import os\n    os._exit(0)", "it ended its own Python"),
    "segmentation fault": ("import ctypes\n    ctypes.string_at(0)", "it ended its own Python"),
    "endless, and deaf": (
        "import signal\n    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n    while True: pass",
        "for more than 1 s",
    ),
    "kill all": ("import os\n    os.kill(os.getpid(), 9)", "memory"),
}


@pytest.mark.parametrize(("code", "why"), KILLS.values(), ids=KILLS)
def test_after_a_kill_the_other_exercises_are_graded(grader: Grader, code: str, why: str) -> None:
    result = grader.grade(bundle({**RIGHT, "twice": f"def twice(x):\n    {code}"}))
    assert result.outcome == "partly_graded" and lost(result, "twice")
    assert result.reason.startswith("twice: ") and why in result.reason


def test_a_cell_that_kills_is_left_out_and_the_rest_graded(grader: Grader) -> None:
    result = grader.grade(bundle(RIGHT, extra={"twice": "import os\nos._exit(3)"}))
    assert result.outcome == "partly_graded" and earned(result) == ALL
    assert "the cell that starts with 'import os'" in result.reason


def test_where_nothing_could_be_judged_the_kill_is_the_outcome(grader: Grader) -> None:
    result = grader.grade(bundle({"half": "import os\nos._exit(1)"}))
    assert result.outcome == "crashed" and result.score == 0


def test_too_much_memory_is_an_error_of_that_call(grader: Grader) -> None:
    code = "def twice(x):\n    return np.ones(200_000_000) * x"
    result = grader.grade(bundle({**RIGHT, "twice": code}))
    assert lost(result, "twice") and "MemoryError" in messages(result)["twice-check"]


def test_a_notebook_that_takes_too_long_is_stopped(grader: Grader) -> None:
    limits = replace(QUICK, notebook_seconds=3, cell_seconds=30)
    slow = "import time\nfor _ in range(60):\n    try: time.sleep(1)\n    except BaseException: pass"
    result = grader.grade(bundle({**RIGHT, "half": slow}, limits=limits))
    assert result.outcome == "partly_graded" and lost(result, "half")


def test_output_is_kept_only_up_to_a_size(grader: Grader) -> None:
    noisy = "for _ in range(1000):\n    print('x' * 10_000)"
    result = grader.grade(bundle(RIGHT, extra={"twice": noisy}))
    assert earned(result) == ALL and len(result.to_json()) < 600_000


def test_warnings_and_stderr_cost_nothing(grader: Grader) -> None:
    noisy = "import sys, warnings\ndef twice(x):\n    warnings.warn('w')\n    print('e', file=sys.stderr)\n"
    noisy += "    return 2 * x"
    assert earned(grader.grade(bundle({**RIGHT, "twice": noisy}))) == ALL


def test_what_a_student_does_to_python_stays_with_the_student(grader: Grader) -> None:
    spoil = (
        "import builtins, numpy, numpy.testing, json, socket, struct\n"
        "numpy.array_equal = lambda *a, **k: True\nbuiltins.type = lambda *a: numpy.ndarray\n"
        "get_ipython().ast_transformers.append(type('T', (), {'visit': lambda s, n: n}))\n"
    )
    result = grader.grade(bundle({**RIGHT, "twice": spoil + "def twice(x):\n    return 7"}))
    assert not {"twice-check", "twice-hidden"} & earned(result).keys()


NO_NOTEBOOK = "not a Jupyter"
BROKEN = {"": "damaged", "{": "damaged", "[]": NO_NOTEBOOK, '{"a": 1}': NO_NOTEBOOK, "[" * 10**5: "not a"}


@pytest.mark.parametrize(("text", "says"), BROKEN.items(), ids=["empty", "cut off", "list", "other", "deep"])
def test_what_is_no_notebook_is_told(grader: Grader, text: str, says: str) -> None:
    result = grader.grade(replace(bundle({}), notebook=text))
    assert result.outcome == "invalid_notebook" and says in result.reason and result.score == 0
    assert len(result.checks) == len(ALL)


def test_a_missing_notebook_keeps_its_reason(grader: Grader) -> None:
    result = grader.grade(replace(bundle({}), problem=("missing_notebook", "nothing was handed in.")))
    assert (result.outcome, result.reason) == ("missing_notebook", "nothing was handed in.")
    assert (result.score, result.max_score) == (0, 10)


def test_grading_twice_gives_the_same(grader: Grader) -> None:
    def told(result: Result) -> Any:
        checks = [replace(check, seconds=0) for check in result.checks]
        return (result.outcome, result.flags, checks, result.cells)

    work = bundle({**RIGHT, "half": "def half(x):\n    return x"}, extra={"half": "print(half(2))"})
    assert told(grader.grade(work)) == told(grader.grade(work))
