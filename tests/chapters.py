"""Two small chapters, as solutions/ has them, for tests of release and grading that need no real lesson."""

from __future__ import annotations

import copy
import json
from pathlib import Path

from cnnkit.classroom.notebooks.canonical import Notebook, write
from cnnkit.classroom.notebooks.text import to_notebook

SECRET = "assert double(secret_input_7919) == 2 * secret_input_7919"
TINY = f'''\
# %% [markdown] id="title"
# # A tiny chapter

# %% given="setup"
class NotRight(AssertionError):
    def _render_traceback_(self):
        return [f"NotRight: {{self}}"]

# %% answer="double"
def double(n):
    """Return twice n."""
    ### BEGIN SOLUTION
    return 2 * n
    ### END SOLUTION

# %% check="double" points=2
if double(3) != 6:
    raise NotRight("twice 3 is 6")

# %% hidden="double" points=3
double(1)
### BEGIN HIDDEN TESTS
secret_input_7919 = 104_729
print("the hidden input is", secret_input_7919)
{SECRET}
### END HIDDEN TESTS

# %% answer="negate"
def negate(n):
    ### BEGIN SOLUTION
    return -n
    ### END SOLUTION

# %% check="negate" points=2
if negate(3) != -3:
    raise NotRight("minus 3 is expected")
'''
RIGHT = {"double": "def double(n):\n    return 2 * n\n", "negate": "def negate(n):\n    return -n\n"}


def write_master(solutions: Path, chapter: str = "90_tiny", text: str = TINY) -> Path:
    """Write a chapter's folder with its master, and files beside it that nobody else may see."""
    folder = solutions / chapter
    write(to_notebook(text), folder / f"{chapter}.ipynb")
    (folder / "mistakes.toml").write_text('secret = "2 * n"\n')
    (folder / "secret.py").write_text("ANSWER = 42\n")
    (folder / ".hidden.csv").write_text("42\n")
    return folder / f"{chapter}.ipynb"


def answer(release: Notebook, answers: dict[str, str]) -> Notebook:
    """Write answers into a release, in place, and return it."""
    for cell in release.cells:
        if cell.id in answers:
            cell.source = answers[cell.id]
    return release


def hand_in(path: Path, release: Notebook, **answers: str) -> Notebook:
    """Write a submission with the right answers, or others, and return it."""
    submitted = answer(copy.deepcopy(release), {**RIGHT, **answers})
    save(path, submitted)
    return submitted


def save(path: Path, submitted: Notebook) -> None:
    """Write a notebook as it is: nbformat would mend what a test has broken."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(submitted), encoding="utf-8")
