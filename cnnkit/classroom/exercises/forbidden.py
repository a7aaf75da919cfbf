"""Find calls in an answer that would do the exercise for the student.

The text of the answer cell is read, nothing is patched: this keeps honest people honest, no more.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

# Packages that hold the answers of every chapter. An exercise adds its own, such as numpy.convolve.
ALWAYS = ("scipy", "torch", "tensorflow", "keras", "jax", "skimage", "cv2", "cnnkit")
HARMLESS = ("cnnkit.classroom", "cnnkit.viz", "cnnkit.data")
READY = ("cnnkit.viz.inside.ready",)  # what chapter 14 paints with: its answers


def forbidden_call(function: Callable[..., Any], forbidden: list[str], allowed: list[str]) -> str:
    """Return the name, as the student wrote it, of the first forbidden thing in the answer cell, or "".

    >>> forbidden_call(len, ["numpy.convolve"], [])
    ''
    """
    banned = (*ALWAYS, *forbidden)
    itself = _meaning("it", [], {"it": function})
    if _within(itself, banned):
        return itself
    for written, meant in _mentions(_cell_text(function), getattr(function, "__globals__", {})):
        harmless = _within(meant, (*HARMLESS, *allowed)) and not _within(meant, READY)
        if _within(meant, banned) and not harmless:
            return written
    return ""


def _within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def _cell_text(function: Callable[..., Any]) -> str:
    code = getattr(function, "__code__", None)
    return "".join(linecache.getlines(code.co_filename)) if code else ""


def _mentions(text: str, names: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every dotted name in ``text``, as written and as the full name of what it means."""
    try:
        tree = ast.parse(text)
    except SyntaxError:  # a cell with %magics: nothing to read
        return
    # What a student tries out below the function, such as a print, is no part of the answer.
    tree.body = [statement for statement in tree.body if not isinstance(statement, ast.Expr | ast.Assert)]
    imported: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:  # "import a.b" binds a, "import a.b as c" binds c to a.b
                root = alias.name.split(".")[0]
                imported[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom):
            imported |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    own = _bound(tree)
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and id(node) not in inner:
            root, *rest = ast.unparse(node).split(".")
            if root in imported:
                full = ".".join([imported[root], *rest])
                yield full, full
            elif root not in own and all(part.isidentifier() for part in (root, *rest)):
                yield ".".join([root, *rest]), _meaning(root, rest, names)
    if "*" in imported:
        yield f"from {imported['*'].removesuffix('.*')} import *", imported["*"]


def _bound(tree: ast.AST) -> set[str]:
    """Return the names that the answer gives a meaning of its own: a student may call a number F."""
    stored = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return stored | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


def _meaning(root: str, rest: list[str], names: dict[str, Any]) -> str:
    thing = names.get(root)
    if isinstance(thing, ModuleType):
        return ".".join([thing.__name__, *rest])
    if callable(thing) and not rest:
        return f"{getattr(thing, '__module__', '')}.{getattr(thing, '__name__', '')}"
    return ""
