"""Build a chapter's bank: what the checks in the package know, made from ``solutions/NN_topic/``.

The solution and each mistake (a small named edit of it, or a full wrong function) are run on the visible
cases. Only their outcomes are kept: neither solutions nor wrong code ship to students.
"""

from __future__ import annotations

import ast
import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np

from cnnkit.classroom.exercises.answers import fingerprints, leaves
from cnnkit.classroom.exercises.cases import cases
from cnnkit.classroom.exercises.compare import least_dtype, same
from cnnkit.classroom.exercises.outcome import Outcome, call, describe, pack
from cnnkit.classroom.exercises.through import VIEWS
from cnnkit.classroom.notebooks.canonical import Notebook, read
from cnnkit.classroom.notebooks.text import role_of
from cnnkit.errors import UsageError

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
KEPT = ("rows", "forbidden", "allowed", "uses", "window", "limit", "through")
LIMIT = 0.5  # seconds a call; a mistake that loops for ever is stopped after this


def build(chapter_folder: Path) -> dict[str, str]:
    """Return the bank files of a chapter: {"02.json": text, "02.en.json": text, ...}.

    Raises
    ------
    UsageError
        if an edit does not fit the solution, a mistake is none or equals another one, or a text is missing.
    """
    notebook = read(chapter_folder / f"{chapter_folder.name}.ipynb")
    table = _toml(chapter_folder / "exercises.toml")
    number = chapter_folder.name[:2]
    exercises = {name: _exercise(name, about, notebook) for name, about in table.items()}
    bank = {
        "chapter": number,
        "unit": chapter_folder.name,
        "points": _points(notebook),
        "exercises": exercises,
    }
    files = {f"{number}.json": _dumps(bank)}
    for path in sorted(chapter_folder.glob("messages.*.toml")):
        texts = _toml(path)
        language = path.name.split(".")[1]
        _refuse_missing_texts(texts, table, path)
        files[f"{number}.{language}.json"] = _dumps(_arranged(texts))
    return files


def solution_of(notebook: Notebook, exercise: str) -> str:
    """Return the text of an exercise's answer cell in the master, without the region markers."""
    for cell in notebook.cells:
        if role_of(cell) == ("answer", exercise):
            return "\n".join(line for line in cell.source.split("\n") if line.strip() not in (BEGIN, END))
    raise UsageError(f"exercises.toml has {exercise}, but the master has no answer cell of that name.")


def apply_mistake(solution: str, mistake: dict[str, Any]) -> str:
    """Return the wrong answer that a mistake describes: an edit of the solution, or its own code.

    >>> apply_mistake("y = a + b", {"replace": ["+", "-"]})
    'y = a - b'
    """
    if "code" in mistake:
        return str(mistake["code"])
    wrong = solution
    edits = mistake["replace"]
    for old, new in zip(edits[::2], edits[1::2], strict=True):
        if wrong.count(old) != 1:
            raise UsageError(
                f"the edit {old!r} fits {wrong.count(old)} places of the solution, but must fit one."
            )
        wrong = wrong.replace(old, new)
    return wrong


def given_names(notebook: Notebook, exercise: str) -> dict[str, Any]:
    """Return what the locked cells before an answer cell define, the call of `lesson` left out."""
    names: dict[str, Any] = {"np": np, "__name__": "__main__"}
    for cell in notebook.cells:
        role = role_of(cell)
        if role == ("answer", exercise):
            break
        if role and role[0] == "given":
            tree = ast.parse(cell.source)
            tree.body = [statement for statement in tree.body if "lesson(" not in ast.unparse(statement)]
            exec(compile(tree, f"<{cell.id}>", "exec"), names)
    return names


def _exercise(name: str, about: dict[str, Any], notebook: Notebook) -> dict[str, Any]:
    if not {"rows", "answer"} & set(about):
        raise UsageError(
            f"exercises.toml: {name} has neither rows (cases of a function) nor an answer (a value)."
        )
    return _value_exercise(name, about) if "answer" in about else _function_exercise(name, about, notebook)


def _function_exercise(name: str, about: dict[str, Any], notebook: Notebook) -> dict[str, Any]:
    solution, names = solution_of(notebook, name), given_names(notebook, name)
    right = _outcomes(name, solution, names, about)
    for number, outcome in enumerate(right, 1):
        if outcome.error or outcome.changed:
            raise UsageError(
                f"{name}: the solution fails on case {number}: {outcome.error} {outcome.message}."
            )
    mistakes: dict[str, list[Outcome]] = {}
    for mistake, how in about.get("mistakes", {}).items():
        try:
            wrong = apply_mistake(solution, how)
        except UsageError as error:
            raise UsageError(f"{name}, mistake {mistake!r}: {error}") from None
        mistakes[mistake] = _outcomes(name, wrong, names, about)
        _refuse_twin(name, mistake, mistakes[mistake], {"the solution": right} | mistakes, about)
    kept = {key: about[key] for key in KEPT if key in about}
    stored = {
        mistake: [_unless_right(o, r) for o, r in zip(m, right, strict=True)]
        for mistake, m in mistakes.items()
    }
    return kept | {"expected": [pack(outcome.value) for outcome in right], "mistakes": stored}


def _unless_right(outcome: Outcome, right: Outcome) -> dict[str, Any] | None:
    """Return what the bank keeps of a mistake's outcome: nothing where the mistake does no harm."""
    return None if outcome.stored() == right.stored() else outcome.stored()


def _value_exercise(name: str, about: dict[str, Any]) -> dict[str, Any]:
    mistakes = {
        key: fingerprints(name, leaves(describe(how["answer"])))
        for key, how in about.get("mistakes", {}).items()
    }
    return {"answer": fingerprints(name, leaves(describe(about["answer"]))), "mistakes": mistakes}


def _outcomes(name: str, code: str, names: dict[str, Any], about: dict[str, Any]) -> list[Outcome]:
    space = dict(names)
    exec(compile(code, f"<{name}>", "exec"), space)
    view = VIEWS[about.get("through", "")]
    return [call(space[name], case.arguments(), LIMIT, view) for case in cases(name, about["rows"])]


def _refuse_twin(
    name: str, mistake: str, outcomes: list[Outcome], others: dict[str, list[Outcome]], about: dict[str, Any]
) -> None:
    drawn = [case.arguments() for case in cases(name, about["rows"])]
    least = [
        least_dtype(arguments, outcome.value or {})
        for arguments, outcome in zip(drawn, outcomes, strict=True)
    ]
    for other, theirs in others.items():
        if other != mistake and all(map(same, outcomes, theirs, least)):
            raise UsageError(
                f"{name}: the mistake {mistake!r} gives on every visible case what {other} gives."
            )


def _points(notebook: Notebook) -> dict[str, int]:
    graded = [
        cell.metadata["nbgrader"] for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")
    ]
    return {about["grade_id"]: about["points"] for about in graded}


def _arranged(texts: dict[str, Any]) -> dict[str, Any]:
    chapter_wide = {key: texts.pop(key) for key in ("title", "about")}
    return chapter_wide | {"exercises": texts}


def _refuse_missing_texts(texts: dict[str, Any], table: dict[str, Any], path: Path) -> None:
    labels = {row.get("about", "plain") for about in table.values() for row in about.get("rows", [])}
    missing = [f"about.{label}" for label in sorted(labels - set(texts["about"]))]
    for name, about in table.items():
        texts.setdefault(name, {}).setdefault("mistakes", {})
        said = texts[name]
        missing += [f"{name}.mistakes.{m}" for m in about.get("mistakes", {}) if m not in said["mistakes"]]
        missing += (
            [f"{name}.hints (three)"] if "options" not in said and len(said.get("hints", [])) != 3 else []
        )
        missing += [f"{name}.form"] if "answer" in about and "form" not in said else []
    unknown = set(texts) - set(table) - {"title", "about"}
    if missing or unknown:
        raise UsageError(f"{path}: missing {missing}; without an exercise {sorted(unknown)}.")


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}.") from None


def _dumps(content: dict[str, Any]) -> str:
    """Return JSON that is short and yet one line an outcome or a text, so that a diff can be read."""
    return _indented(_short(content), depth=4) + "\n"


def _short(content: Any) -> Any:
    """Write 22.0 as 22, and round what is not exact, so that the file is the same on every machine."""
    if isinstance(content, dict):
        return {key: _short(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_short(value) for value in content]
    if isinstance(content, float):
        return int(content) if content.is_integer() else round(content, 9)
    return content


def _indented(content: Any, depth: int, margin: str = "") -> str:
    if depth == 0 or not isinstance(content, dict | list) or not content:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    inner = margin + " "
    if isinstance(content, list):
        parts = [_indented(item, depth - 1, inner) for item in content]
        return "[\n" + ",\n".join(inner + part for part in parts) + f"\n{margin}]"
    parts = [f"{json.dumps(key)}: {_indented(value, depth - 1, inner)}" for key, value in content.items()]
    return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{margin}}}"
