"""Tell a student whether this machine has what the course needs, and what to do if not."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

REMEDY = "pip install --upgrade 'cnnkit[course]'"


def report() -> None:
    """Print one line for Python and each package of the course: its version, and whether it will do."""
    verdict = "fine" if sys.version_info >= (3, 11) else "too old: needs 3.11"
    print(f"{'Python':<14}{sys.version.split()[0]:<11}{verdict}")
    for needed in wanted():
        have = installed(needed.name)
        print(f"{needed.name:<14}{have or '-':<11}{judge(needed, have)}")


def wanted() -> list[Requirement]:
    """Return what the package itself and its extra ``course`` require."""
    every = [Requirement(line) for line in requires("cnnkit") or []]
    return [
        needed for needed in every if needed.marker is None or needed.marker.evaluate({"extra": "course"})
    ]


def installed(name: str) -> str:
    """Return the installed version of a package, or "".

    >>> installed("no-such-package")
    ''
    """
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def judge(needed: Requirement, have: str) -> str:
    """Say whether a version will do.

    >>> judge(Requirement("numpy>=2.0"), "1.26"), judge(Requirement("numpy>=2.0"), "2.1")
    ("too old or too new: needs >=2.0. In a terminal: pip install --upgrade 'cnnkit[course]'", 'fine')
    """
    if not have:
        return f"missing. In a terminal: {REMEDY}"
    if needed.specifier.contains(have, prereleases=True):
        return "fine"
    return f"too old or too new: needs {needed.specifier}. In a terminal: {REMEDY}"
