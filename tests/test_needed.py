"""Which cells must run: those that students wrote, and those of the course that these need."""

from __future__ import annotations

import pytest

from cnnkit.classroom.grading.judge.needed import needed

ANSWER = "def f(x):\n    return x * k"
# name: (cells; an answer is the last one, the others are the course's), (which of them run)
NOTEBOOKS: dict[str, tuple[list[str], list[bool]]] = {
    "an import": (["import numpy as np", "def f(x): return np.sum(x)"], [True, True]),
    "an unused import": (["import numpy as np", "def f(x): return x"], [False, True]),
    "a figure": (["k = 2", "show(k)", ANSWER], [True, False, True]),
    "the last binding above": (["k = 1", "k = 2", ANSWER], [False, True, True]),
    "a binding that may not happen": (["k = 1", "if switch:\n    k = 2", ANSWER], [True, True, True]),
    "a loop that binds": (["k = 1", "for k in ():\n    pass", ANSWER], [False, True, True]),
    "a binding inside a loop": (["k = 1", "for i in ():\n    k = i", ANSWER], [True, True, True]),
    "what a binding needs": (["a = 1", "k = a + 1", ANSWER], [True, True, True]),
    "an item that is changed": (["k = [1]", "k[0] = 2", ANSWER], [True, True, True]),
    "an attribute that is changed": (["k = g()", "k.size = 2", ANSWER], [True, True, True]),
    "a call for its effect": (["k = [1]", "k.append(2)", ANSWER], [True, True, True]),
    "a call on a module": (["import k", "k.show()", "def f(x): return k.sum(x)"], [True, False, True]),
    "a name of its own": (["x = 1", "def f(x):\n    i = x\n    return i"], [False, True]),
    "a parameter with a name that is used elsewhere": (
        ["k = 1", "def f(k): return k\nfor n in (1,):\n    k = n\n    f(k)"],
        [False, True],
    ),
    "a name of a comprehension": (["i = 1", "def f(x): return [i for i in x]"], [False, True]),
    "bound before it is used": (["k = 1", "k = 3\ny = k\ndef f(x): return x * y"], [False, True]),
    "used before it is bound": (["k = 1", "k = k + 1\ndef f(x): return x * k"], [True, True]),
    "magic in the course": (["%matplotlib inline", ANSWER], [True, True]),
    "magic in the answer": (["show(1)", "%timeit 1\ndef f(x): pass"], [True, True]),
    "not closed": (["show(1)", "def f(x: pass"], [True, True]),
    "imported by part": (["import os.path", "def f(x): return os.path.join(x)"], [True, True]),
    "under another name": (["from a import b as k", "from a import b", ANSWER], [True, False, True]),
    "a class": (["class K: pass", "def f(x): return K()"], [True, True]),
}


@pytest.mark.parametrize(("cells", "runs"), NOTEBOOKS.values(), ids=NOTEBOOKS)
def test_what_an_answer_needs_runs_and_nothing_else(cells: list[str], runs: list[bool]) -> None:
    must = [False] * (len(cells) - 1) + [True]
    assert needed(cells, must) == runs


def test_a_name_bound_below_its_first_use_is_found() -> None:
    assert needed(["def f(x): return x * k", "k = 2", "k = 3"], [True, False, False]) == [True, True, True]


def test_names_that_are_wanted_at_the_end_make_their_cells_run() -> None:
    assert needed(["a = 1", "a = 2", "b = 3"], [False] * 3, ["a"]) == [False, True, False]
