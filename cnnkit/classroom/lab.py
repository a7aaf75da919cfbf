"""``cnnkit lab``: copy the course into a folder, never over work that is there, and open it in JupyterLab."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from cnnkit.classroom import course_files, server, workfolder
from cnnkit.classroom.exercises import progress_file
from cnnkit.classroom.exercises.texts import bank

NEWER = "{unit}: kept as it is; the course has a newer one. To get it, rename your file and run this again."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path("cnnkit-course"),
        metavar="FOLDER",
        help="where your notebooks live (default: cnnkit-course)",
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address, open nothing")
    parser.add_argument("--port", type=int, help="port to listen on (default: the first free one from 8888)")


def run(options: argparse.Namespace) -> int:
    server.require_jupyterlab()
    port = server.free_port(options.port)
    lessons = course_files.lessons()
    folder: Path = options.folder
    report(folder, workfolder.fill(folder, lessons))
    lesson = next_lesson(folder, lessons)
    browser = not options.no_browser and has_browser()
    for asked_to_end in (signal.SIGINT, signal.SIGTERM):  # also where a script left Ctrl-C ignored
        signal.signal(asked_to_end, _stop)
    try:
        with server.Server(folder, lesson, port, browser=browser) as jupyter:
            jupyter.wait_until_ready()
            print(f"JupyterLab is ready: {jupyter.address}\nStop it with Ctrl-C.", flush=True)
            jupyter.wait()
    except server.DidNotStart as error:
        print(f"cnnkit lab: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        pass
    print(f"\nJupyterLab has stopped. Your work is in {folder}.")
    return 0


def report(folder: Path, done: Mapping[str, str]) -> None:
    """Say in plain words what happened to each notebook of the folder."""
    for verb, meaning in [
        (workfolder.COPIED, "copied"),
        (workfolder.UPDATED, "updated, for you had not worked in it"),
        (workfolder.KEPT, "kept as it is: your work"),
    ]:
        units = [unit for unit, what in done.items() if what == verb]
        if units:
            print(f"{', '.join(units)}: {meaning}")
    for unit, what in done.items():
        if what == workfolder.KEPT_OLD:
            print(NEWER.format(unit=unit))
    print(f"The course is in {folder}.", flush=True)


def next_lesson(folder: Path, lessons: Mapping[str, Path]) -> Path:
    """Return the first lesson with a check that has not passed; when all have, the first of all."""
    passed = progress_file.read(folder)
    unfinished = (unit for unit in lessons if not _finished(unit, passed))
    unit = next(unfinished, next(iter(lessons)))
    return Path(unit) / lessons[unit].name


def _finished(unit: str, passed: Mapping[str, Mapping[str, bool]]) -> bool:
    chapter = unit.partition("_")[0]
    return all(passed.get(chapter, {}).get(exercise) for exercise in bank(chapter)["exercises"])


def has_browser() -> bool:
    """Tell whether a window with a browser can open here: not on a server or in a container."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in screens):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _stop(number: int, frame: FrameType | None) -> None:
    """End as with Ctrl-C when the terminal or the system asks us to, so that no server is left behind."""
    raise KeyboardInterrupt
