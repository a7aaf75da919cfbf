"""``cnnkit progress``: the points reached so far, chapter by chapter, as the visible checks last saw it."""

from __future__ import annotations

import argparse
from pathlib import Path

from cnnkit.classroom.exercises import progress_file
from cnnkit.classroom.exercises.texts import bank, chapter_texts, chapters, language, say
from cnnkit.errors import UsageError

BAR = 20


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path("."), metavar="FOLDER", help="default: this one"
    )


def run(options: argparse.Namespace) -> int:
    if not options.folder.is_dir():
        raise UsageError(f"{options.folder} is not a folder. Name the folder that `cnnkit lab` made.")
    folder = progress_file.course_folder(options.folder.resolve())
    if folder is None:
        raise UsageError(say("progress", "none"))
    kept = progress_file.read(folder)
    for chapter in chapters():
        print(line(chapter, {name for name, passed in kept.get(chapter, {}).items() if passed is True}))
    print(say("progress", "hidden"))
    return 0


def line(chapter: str, passed: set[str]) -> str:
    """Return one chapter's line: exercises that pass, points of their visible checks, and a bar.

    >>> line("02", {"correlate2d"})[:36]
    '02 The convolution operation        '
    """
    known = bank(chapter)
    done = [name for name in known["exercises"] if name in passed]
    worth = {name: known["points"].get(f"{name}-check", 0) for name in known["exercises"]}
    share = len(done) / len(worth)
    bar = "█" * round(BAR * share) + "░" * (BAR - round(BAR * share))
    counted = say("progress", "line", done=len(done), count=len(worth))
    points = say("progress", "points", got=sum(worth[name] for name in done), of=sum(worth.values()))
    title = chapter_texts(chapter, language())["title"]
    return f"{chapter} {title:<55} {bar} {counted}{points if any(worth.values()) else ''}"
