"""Who handed in what, told by the names of files: Canvas, Moodle, nbgrader's exchange, or plain folders.

======================================================================  ====================================
name                                                                    where it comes from
======================================================================  ====================================
``smithbob_LATE_340934_208490284_02_convolution-1.ipynb``               Canvas: user id, file id, resubmitted
``Ann Lee_5017_assignsubmission_file_/02_convolution.ipynb``            Moodle: participant id; or one name
``ann+02_convolution+2026-01-12 17:30:00 UTC+kR3/02_convolution.ipynb`` nbgrader's exchange, inbound
``ann/02_convolution/02_convolution.ipynb``, ``ann.zip``                folders, or a zip a student
======================================================================  ====================================
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cnnkit.classroom.grading.intake.listing import Files, Listing

CANVAS = re.compile(
    r"(?:(?!LATE_anon)(?P<name>\w+?)_)?(?:(?P<late>LATE)_)?(?P<id>\d+|anon_[^\W_]+)"
    r"_(?:(?P<upload>\d+)_(?P<file>.+)|(?P<entry>text|link)\.html)",
    flags=re.IGNORECASE,
)
MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_(?P<file>.*)")
AGAIN = re.compile(r"-\d+$")  # Canvas numbers the files of a resubmission


@dataclass(frozen=True)
class Place:
    """What a name says: whose file it is, and what it is called in the folder of that student.

    ``lms_id`` is as in ``canvas:340934``. ``attempt`` sorts what was handed in several times. ``dated`` says
    that a file with the time of receipt comes from whoever collected, not from the student.
    """

    student: str
    path: PurePosixPath
    lms_id: str = ""
    attempt: str = ""
    note: str = ""
    dated: bool = False


@dataclass(frozen=True)
class Student:
    """All that one student handed in; a note is a pair: the file or folder that it is about, and a remark."""

    name: str
    work: Listing
    lms_id: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    dated: bool = False


Layout = Callable[[PurePosixPath, Collection[str]], Place | None]


def students(listing: Listing, chapters: Collection[str]) -> list[Student]:
    """Sort a listing by student; folders around the class are seen through.

    >>> listing = Listing({PurePosixPath("smithbob_34_56_hw.ipynb"): Path("hw.ipynb")})
    >>> [(student.name, *map(str, student.work.files)) for student in students(listing, [])]
    [('smithbob_34', 'hw.ipynb')]
    """
    layout = _layout_of(listing, chapters)
    while layout is plain and (wrapper := _wrapper(listing, chapters)):
        listing = listing.below(wrapper)
        layout = _layout_of(listing, chapters)
    return _by_student(listing, layout, chapters)


def canvas(path: PurePosixPath, chapters: Collection[str]) -> Place | None:
    """Read a name from the zip that Canvas makes of an assignment's submissions."""
    match = CANVAS.fullmatch(path.name) if len(path.parts) == 1 else None
    if match is None:
        return None
    student = "_".join(filter(None, (match["name"], match["id"])))
    late = "Canvas marks it as late" if match["late"] else ""
    file = PurePosixPath(match["file"] or f"{match['entry']}.html")
    original = AGAIN.sub("", file.stem)
    named = file.with_stem(original) if original in chapters else file
    return Place(student, named, f"canvas:{match['id']}", (match["upload"] or "").zfill(20), late)


def moodle(path: PurePosixPath, chapters: Collection[str]) -> Place | None:
    """Read a name from the zip that Moodle makes of an assignment's submissions, in folders or not."""
    match = MOODLE.fullmatch(path.parts[0])
    if match is None:
        return None
    return Place(match["name"], PurePosixPath(match["file"], *path.parts[1:]), f"moodle:{match['id']}")


def exchange(path: PurePosixPath, chapters: Collection[str]) -> Place | None:
    """Read a name from the ``inbound`` folder of nbgrader's exchange."""
    student, *rest = path.parts[0].split("+")
    if len(rest) not in (2, 3) or rest[0] not in chapters:
        return None
    return Place(student, PurePosixPath(rest[0], *path.parts[1:]), attempt=rest[1], dated=True)


def plain(path: PurePosixPath, chapters: Collection[str]) -> Place | None:
    """Take the first folder's name, or a zip's, for the student's."""
    if len(path.parts) == 1 and path.suffix.lower() == ".zip":
        return Place(path.stem, path)
    student, *inside = path.parts
    return None if student in chapters else Place(student, PurePosixPath(*inside), dated=True)


def _layout_of(listing: Listing, chapters: Collection[str]) -> Layout:
    """Return the layout that most of the names on top have, or `plain`."""
    names = [PurePosixPath(name) for name in listing.top()]
    for layout in (moodle, canvas, exchange):
        if 2 * sum(layout(name, chapters) is not None for name in names) > len(names):
            return layout
    return plain


def _wrapper(listing: Listing, chapters: Collection[str]) -> str:
    """Return the folder around the class, if there is one: alone, and neither a student's nor a chapter's."""
    names = listing.top()
    inside = listing.below(*names) if len(names) == 1 else Listing()
    if _layout_of(inside, chapters) is not plain:
        return names.pop()
    named = {PurePosixPath(name).stem for name in inside.top()} | names
    if not inside.top() or named & set(chapters):
        return ""
    usable = [path for path, it in inside.files.items() if isinstance(it, Path)]
    notebooks = any(len(path.parts) == 1 and path.suffix.lower() == ".ipynb" for path in inside.files)
    one_zip = len(usable) == 1 and usable[0].suffix.lower() == ".zip" and len(usable[0].parts) == 1
    return "" if notebooks or one_zip else names.pop()


def _by_student(listing: Listing, layout: Layout, chapters: Collection[str]) -> list[Student]:
    paths: dict[PurePosixPath, Path | str | None] = {**dict.fromkeys(listing.folders), **listing.files}
    placed = [(place, it) for path, it in paths.items() if (place := layout(path, chapters))]
    placed = [(place, it) for place, it in placed if it is None or place.path.parts]  # no loose files
    namesakes = _namesakes(place for place, _ in placed)
    grouped: dict[str, list[tuple[Place, Path | str | None]]] = {}
    for place, it in placed:
        number = place.lms_id.rpartition(":")[2]
        name = f"{place.student}_{number}" if place.student in namesakes else place.student
        grouped.setdefault(name, []).append((place, it))
    return [_student(name, mine) for name, mine in sorted(grouped.items())]


def _namesakes(places: Iterable[Place]) -> set[str]:
    """Return the names that several students share, told apart by what the learning platform calls them."""
    people = {(place.student, place.lms_id) for place in places}
    return {name for name, count in Counter(name for name, _ in people).items() if count > 1}


def _student(name: str, placed: list[tuple[Place, Path | str | None]]) -> Student:
    attempts: dict[str, set[str]] = {}
    for place, _ in placed:
        attempts.setdefault(_work_of(place), set()).add(place.attempt)
    last = [(place, it) for place, it in placed if place.attempt == max(attempts[_work_of(place)])]
    notes = {(_work_of(place), place.note): None for place, _ in last if place.note}
    again = [
        (work, f"handed in {len(times)} times; the last one counts")
        for work, times in attempts.items()
        if len(times) > 1
    ]
    files: Files = {place.path: it for place, it in last if it is not None}
    folders = {place.path for place, it in last if it is None and place.path.parts}
    about = placed[0][0]
    return Student(name, Listing(files, folders), about.lms_id, (*notes, *again), about.dated)


def _work_of(place: Place) -> str:
    """Return what several attempts at the same thing share: the first part of its path."""
    return next(iter(place.path.parts), "")
