"""``cnnkit release``: build the students' notebooks, the banks and the syllabus from ``solutions/``.

All are derived and committed; nobody edits them. Only what changed is written.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cnnkit.classroom import syllabus
from cnnkit.classroom.masters import choose, masters, solutions_folder
from cnnkit.classroom.notebooks import canonical
from cnnkit.classroom.student_zip import write_zip
from cnnkit.errors import UsageError

BANK = Path("cnnkit", "classroom", "exercises", "bank")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``cnnkit release``."""
    parser.add_argument(
        "chapters", nargs="*", metavar="CHAPTER", help="such as 02 or 02_convolution (default: all)"
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", action="store_true", help="write nothing; exit 1 and name what is stale")
    action.add_argument("--zip", type=Path, metavar="FILE", help="also pack what students need into FILE")
    parser.add_argument(
        "--solutions", type=Path, metavar="DIR", help="folder of the masters (default: solutions)"
    )
    parser.add_argument(
        "--course", type=Path, metavar="DIR", help="folder to build (default: course beside solutions)"
    )


def run(options: argparse.Namespace) -> int:
    """Build or check; return 1 when ``--check`` finds something stale."""
    solutions = solutions_folder(options.solutions)
    found = masters(solutions)
    chosen = choose(options.chapters, found)
    course = options.course or solutions.parent / "course"
    bank = solutions.parent / BANK
    files = build(chosen, course, bank) | _syllabus(found, solutions.parent)
    gone = [] if options.chapters else orphans(course, bank, files)
    stale = [path for path, content in files.items() if not path.is_file() or path.read_bytes() != content]
    if options.check:
        return _report(stale, gone, solutions.parent)
    _write({path: files[path] for path in stale}, gone, solutions.parent)
    print(f"{len(stale)} files written, {len(files) - len(stale)} unchanged, {len(gone)} removed.")
    if options.zip:
        write_zip(options.zip, solutions.parent, course)
    return 0


def build(chapters: Mapping[str, Path], course: Path, bank: Path) -> dict[Path, bytes]:
    """Return what belongs in ``course`` and ``bank``: the path of each derived file and its bytes.

    Raises
    ------
    UsageError
        if a master cannot be released.
    """
    from cnnkit.classroom.nbgrader_adapter import StepFailed, build_release
    from cnnkit.classroom.notebooks.bank import build as build_bank

    files = {}
    for chapter, master in chapters.items():
        with tempfile.TemporaryDirectory() as work:
            try:
                release = build_release(master, Path(work).resolve())
            except StepFailed as error:
                raise UsageError(f"nbgrader cannot release {master}: {error}") from None
            files[course / chapter / master.name] = release.read_bytes()
        if (master.parent / "exercises.toml").is_file():
            files |= {bank / name: text.encode() for name, text in build_bank(master.parent).items()}
    return files


def _syllabus(found: Mapping[str, Path], root: Path) -> dict[Path, bytes]:
    if not any((root / page).is_file() for page in syllabus.PAGES):
        return {}
    lessons = [syllabus.lesson(unit, canonical.read(master)) for unit, master in sorted(found.items())]
    return syllabus.pages(lessons, root)


def orphans(course: Path, bank: Path, files: Mapping[Path, bytes]) -> list[Path]:
    """Return derived files whose master has gone; other notebooks in ``course`` are none of ours."""
    lessons = [path for path in course.glob("*/*.ipynb") if path.stem == path.parent.name]
    return sorted(path for path in [*lessons, *bank.glob("*.json")] if path not in files)


def _report(stale: list[Path], gone: list[Path], root: Path) -> int:
    for path in stale:
        print(f"stale: {_shown(path, root)}. Run: cnnkit release")
    for path in gone:
        print(f"without a master: {_shown(path, root)}. Run: cnnkit release")
    return 1 if stale or gone else 0


def _write(files: Mapping[Path, bytes], gone: list[Path], root: Path) -> None:
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            print(f"written: {_shown(path, root)}")
        for path in gone:
            path.unlink()
            print(f"removed, its master has gone: {_shown(path, root)}")
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be written: {error.strerror}.") from None


def _shown(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path
