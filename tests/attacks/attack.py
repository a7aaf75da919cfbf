"""What an attack is: which cells it puts where, and what must hold after it was graded.

Attacks that succeed say so: they print the word that `breach` makes, or one of the canaries that the test
hides in masters, neighbours and environment. An attack that could harm the machine calls `contained` first,
and owns up instead of striking where nothing holds it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cnnkit.classroom.notebooks.canonical import Notebook

UNIT = "02_convolution"
ALL = "all"
BREACH = "BRE" + "ACH"
Edit = Callable[[Notebook], Any]
HandIn = Callable[[Path, str], None]

# The first lines of every attack: the test fills in what it knows of the host.
PRELUDE = """\
import os, sys
HOST = {host!r}
def breach(*what):
    print("BRE" + "ACH", *what)
def contained():
    try:
        held = os.readlink("/proc/self/ns/pid") != HOST["pid_ns"]
    except OSError:
        held = not os.path.exists(HOST["outside"])
    if not held:
        breach("nothing holds this process")
    return held
"""


@dataclass(frozen=True)
class Attack:
    """One hostile or broken submission.

    ``first`` and ``last`` are cells of the student's own, below the set-up and at the end; ``answers`` are
    the attacker's (right ones stand elsewhere, or wrong ones with ``wrong``); ``edit`` changes the notebook,
    and ``place`` writes its text into the student's folder in a way of its own.
    ``loses`` names exercises (or graded cells) that must earn nothing, ``may`` those that may or may not;
    every other one must earn all its points. ``says`` is a word that the reason or a flag must have, and
    ``shows`` one that a cell must have printed, where only that proves that the attack took place. ``judged``
    are the outcomes that the checks of lost exercises may have. What is ``slow`` is left out of a quick run.
    """

    name: str
    first: str = ""
    last: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    wrong: bool = False
    edit: Edit | None = None
    place: HandIn | None = None
    loses: str = ""
    may: str = ""
    outcomes: str = "graded"
    says: str = ""
    shows: str = ""
    judged: str = ""
    unit: str = UNIT
    only_bwrap: bool = False
    slow: bool = False


def filled(
    attack: Attack, release: Notebook, answers: Mapping[str, str], host: Mapping[str, object]
) -> Notebook:
    """Return the notebook that the attacker hands in."""
    prelude = PRELUDE.format(host=dict(host))
    notebook = copy.deepcopy(release)
    for cell in notebook.cells:
        if cell.id in attack.answers:
            code = attack.answers[cell.id]
            own = any(word in code for word in ("breach", "HOST", "contained()"))
            cell.source = prelude + code if own else code
        elif cell.id in answers:
            cell.source = nonsense(cell.id) if attack.wrong else answers[cell.id]
    setup = [cell.id for cell in notebook.cells].index("given-setup")
    if attack.first:
        notebook.cells.insert(setup + 1, code_cell("first", prelude + attack.first))
    if attack.last:
        notebook.cells.append(code_cell("last", prelude + attack.last))
    if attack.edit:
        notebook = attack.edit(notebook) or notebook
    return notebook


def nonsense(exercise: str) -> str:
    """Return an answer that is wrong for every exercise there is."""
    return f"def {exercise}(*arguments):\n    return 'nonsense'"


def every(exercises: str, body: str) -> dict[str, str]:
    """Return the same answer for each of some exercises: ``body`` is the function's, indented by four.

    >>> every("pad crop", "    return 0")["crop"]
    'def crop(*arguments):\\n    return 0'
    """
    return {name: f"def {name}(*arguments):\n{body}" for name in exercises.split()}


def code_cell(identity: str, source: str, **metadata: Any) -> Notebook:
    """Return a code cell as JupyterLab writes it; nothing is checked."""
    from nbformat import from_dict

    cell = {"cell_type": "code", "id": identity, "source": source, "metadata": metadata}
    return from_dict({**cell, "execution_count": None, "outputs": []})
