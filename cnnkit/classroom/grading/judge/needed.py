"""Which cells of a notebook must run so that its answers can be judged.

A cell of the course that a student left as it was, and that binds no name which anything else uses, only
shows something: figures, timings, trainings. Skipping those makes grading fast. What a student wrote always
runs.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

BLOCKS = ("body", "orelse", "finalbody")
DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Names:
    """The names that a cell binds, surely or perhaps, and those that it changes, uses and imports."""

    sure: frozenset[str]
    bound: frozenset[str]
    changed: frozenset[str]
    used: frozenset[str]
    imported: frozenset[str] = frozenset()


@lru_cache(maxsize=4096)
def names(source: str) -> Names | None:
    """Return the names in a cell, or None where it is not Python (a cell with %magics).

    >>> found = names("y = [f(i) for i in x]\\ndata.scale = 2")
    >>> sorted(found.sure), sorted(found.changed), sorted(found.used)
    (['y'], ['data'], ['data', 'f', 'x'])
    """
    try:
        tree, table = ast.parse(source), symtable.symtable(source, "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    imported = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_imported()}
    bound = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned()} | imported
    sure: set[str] = set()
    used = _first_used(tree.body, sure) & set(_used(table))
    return Names(*map(frozenset, (sure & bound, bound, set(_changed(tree)), used, imported)))


def needed(sources: Sequence[str], must: Sequence[bool], wanted: Sequence[str] = ()) -> list[bool]:
    """Tell for each cell whether it must run: it ``must``, or a needed cell uses a name that it binds.

    ``wanted`` are names that are needed at the end.

    >>> needed(["import numpy as np", "show(4)", "k = np.ones(3)", "def f(x): return x * k"],
    ...        [False, False, False, True])
    [True, False, True, True]
    """
    found = _without_modules([names(source) for source in sources])
    runs = [run or about is None for run, about in zip(must, found, strict=True)]
    if any(run and about is None for run, about in zip(must, found, strict=True)):
        return [True] * len(runs)
    waiting = [number for number, run in enumerate(runs) if run]
    for name in wanted:
        waiting += _binders(name, len(found), found)
    done: set[int] = set()
    while waiting:
        number = waiting.pop()
        runs[number] = True
        about = found[number]
        if number not in done and about:
            waiting += [binder for name in about.used for binder in _binders(name, number, found)]
        done.add(number)
    return runs


def _binders(name: str, place: int, found: Sequence[Names | None]) -> Iterator[int]:
    """Yield the cells above ``place`` that decide what ``name`` means there; if none does, those below."""
    nearest_first = [*range(place - 1, -1, -1)]
    any_above = False
    for number in nearest_first:
        about = found[number]
        if about and name in about.bound | about.changed:
            yield number
            any_above = any_above or name in about.bound
            if name in about.sure:
                return
    if not any_above:
        later = ((number, found[number]) for number in range(place, len(found)))
        yield from (number for number, about in later if about and name in about.bound)


def _without_modules(found: Sequence[Names | None]) -> list[Names | None]:
    """Leave modules out of what cells change: a call such as ``plt.show()`` changes nothing that counts."""
    modules = frozenset[str]().union(*(about.imported for about in found if about))
    return [about and replace(about, changed=about.changed - modules) for about in found]


def _first_used(statements: Sequence[ast.stmt], sure: set[str]) -> set[str]:
    """Return what is used before it is surely bound; add to ``sure`` what is."""
    used: set[str] = set()
    for statement in statements:
        blocks = [] if isinstance(statement, DEFINITION) else _blocks(statement)
        head = [statement] if not blocks else [
            part for part in ast.iter_child_nodes(statement) if isinstance(part, ast.expr | ast.withitem)
        ]  # fmt: skip
        used |= {name for part in head for name in _named(part, ast.Load)} - sure - _own(statement)
        for block in blocks:
            used |= _first_used(block, sure | {name for part in head for name in _named(part, ast.Store)})
        if not blocks or isinstance(statement, ast.For | ast.With):
            sure |= {name for part in head for name in _bound(part)}
    return used


def _own(statement: ast.stmt) -> set[str]:
    """Return the names that a function has for itself: its parameters, and what it binds."""
    if not isinstance(statement, DEFINITION):
        return set()
    parameters = {node.arg for node in ast.walk(statement) if isinstance(node, ast.arg)}
    return parameters | _named(statement, ast.Store)


def _blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    parts = [statement, *getattr(statement, "handlers", []), *getattr(statement, "cases", [])]
    return [block for part in parts for name in BLOCKS if (block := getattr(part, name, []))]


def _bound(part: ast.AST) -> set[str]:
    if isinstance(part, DEFINITION):
        return {part.name}
    if isinstance(part, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in part.names}
    return _named(part, ast.Store)


def _named(part: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {
        node.id for node in ast.walk(part) if isinstance(node, ast.Name) and isinstance(node.ctx, context)
    }


def _used(table: symtable.SymbolTable) -> Iterator[str]:
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (top or symbol.is_global()):
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _used(inner)


def _changed(tree: ast.Module) -> Iterator[str]:
    """Yield what is changed without being bound: ``data.scale = 2``, ``kept[0] = y``, ``kept.append(y)``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            yield _root(node)
        elif isinstance(node, ast.Expr) and isinstance(getattr(node.value, "func", None), ast.Attribute):
            yield _root(node.value)


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
