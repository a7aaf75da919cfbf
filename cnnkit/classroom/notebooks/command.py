"""``cnnkit notebooks``: keep the masters in canonical form, and read or edit them as text."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cnnkit.classroom.notebooks import canonical, text
from cnnkit.errors import UsageError


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "notebooks", nargs="*", type=Path, metavar="NOTEBOOK", help="default: all in solutions/"
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", action="store_true", help="change nothing; exit 1 if one is not canonical")
    action.add_argument("--text", action="store_true", help="print one notebook as text (percent format)")
    action.add_argument(
        "--from-text", type=Path, metavar="FILE", help="rewrite one notebook from its edited text"
    )


def run(options: argparse.Namespace) -> int:
    paths = options.notebooks or sorted(Path("solutions").glob("*/*.ipynb"))
    if not paths:
        raise UsageError("no notebooks: name them, or run this beside the folder solutions/.")
    if options.text or options.from_text:
        if len(paths) != 1:
            raise UsageError(f"the text view is of one notebook at a time, but {len(paths)} were named.")
        return _print_text(paths[0]) if options.text else _read_text(options.from_text, paths[0])
    return _check(paths) if options.check else _tidy(paths)


def _print_text(path: Path) -> int:
    sys.stdout.write(text.to_text(canonical.read(path)))
    return 0


def _read_text(source: Path, path: Path) -> int:
    try:
        content = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{source} cannot be read as text: {error}.") from None
    canonical.write(text.to_notebook(content), path)
    return 0


def _tidy(paths: list[Path]) -> int:
    for path in paths:
        if canonical.write(canonical.read(path), path):
            print(f"rewritten: {path}")
    return 0


def _check(paths: list[Path]) -> int:
    untidy = [p for p in paths if canonical.dumps(canonical.read(p)) != p.read_text(encoding="utf-8")]
    for path in untidy:
        print(f"not canonical: {path}. Run: cnnkit notebooks {path}")
    return 1 if untidy else 0
