"""The reports on a class: what they count and hold, and that what students wrote stays text in them."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from cnnkit.classroom.grading.graded import clean
from cnnkit.classroom.grading.reports import pictures
from cnnkit.classroom.grading.reports.class_view import ClassView, class_views
from cnnkit.classroom.grading.reports.every import write_all
from cnnkit.classroom.grading.result import GRADED, NOT_TRIED, RIGHT, WRONG
from tests.graded import CHAPTER, CLASS, NASTY, ODD, SCRIPT, check, work

ROOT = Path(__file__).parents[1]
LMS_IDS = {("ann", CHAPTER): "canvas:34", ("bob", CHAPTER): "moodle:5017", ("cem", CHAPTER): "canvas:anon_x4"}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("graded")
    written = write_all(CLASS, folder, {CHAPTER: f"Convolution {SCRIPT}"}, LMS_IDS)
    assert sorted(written) == sorted(folder.iterdir())
    return folder


@pytest.fixture(scope="module")
def view() -> ClassView:
    first, second = class_views(CLASS)
    assert (first.chapter, second.chapter) == (CHAPTER, "03_shapes")
    return first


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


# What is counted


def test_each_student_counts_once_an_exercise_by_the_worst_check(view: ClassView) -> None:
    slide, pad = view.exercises
    assert (slide.name, slide.right, slide.wrong, slide.not_tried, slide.stopped) == ("slide", 1, 3, 0, 1)
    assert (pad.name, pad.right, pad.wrong, pad.not_tried, pad.stopped) == ("pad", 3, 1, 1, 0)
    assert (slide.points, slide.pass_rate, slide.mean) == (5, 0.2, (5 + 0 + 3 + 3 + 3) / 5)


def test_mistakes_come_with_who_made_them_and_what_the_visible_check_said(view: ClassView) -> None:
    slide, pad = view.exercises
    (flipped,) = slide.mistakes
    assert (flipped.name, flipped.students) == ("flipped", ("bob", "cem", "eva"))
    assert flipped.message.endswith("You flipped the kernel.")
    assert [(mistake.name, mistake.students) for mistake in pad.mistakes] == [("", ("dan",))]


def test_scores_are_the_gradebooks_and_only_of_what_could_be_graded(view: ClassView) -> None:
    assert sorted(view.scores) == [2, 2, 3, 5, 7]
    assert (view.max_score, view.median) == (7, 3)
    assert view.histogram == [0, 0, 2, 0, 1, 0, 0, 1, 0, 1]
    assert view.outcomes == {"graded": 4, "partly_graded": 1, "invalid_notebook": 1, "missing_notebook": 1}


def test_slowest_cells_are_told_with_whose_they_were(view: ClassView) -> None:
    slowest = view.slowest[0]
    assert (slowest.cell, slowest.median, slowest.longest, slowest.student) == ("figure", 3.0, 4.0, "ann")


@pytest.mark.parametrize(
    ("outcomes", "mistake", "reteach"),
    [
        ([RIGHT] * 10, "", False),
        ([RIGHT] * 7 + [WRONG] * 3, "", False),
        ([RIGHT] * 7 + [WRONG] * 3, "flipped", True),
        ([RIGHT] * 8 + [WRONG] * 2, "flipped", False),
        ([RIGHT] * 6 + [WRONG] * 4, "", True),
        ([NOT_TRIED] * 2, "", True),
        ([RIGHT], "", False),
    ],
)
def test_what_to_reteach(outcomes: list[str], mistake: str, reteach: bool) -> None:
    graded = [
        work(f"s{n}", check("slide", outcome, mistake if outcome == WRONG else ""))
        for n, outcome in enumerate(outcomes)
    ]
    (view,) = class_views(graded)
    assert [exercise.name for exercise in view.reteach] == ["slide"] * reteach


# The page


class Seen(HTMLParser):
    """Collects the elements of a page, and where they lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.marks: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.marks += attrs


def test_the_page_tells_what_a_teacher_asks(out: Path) -> None:
    page = (out / "report.html").read_text(encoding="utf-8")
    text = " ".join(re.sub(r"<[^>]*>", "", page).split())
    assert "slide: 1 of 5 has it right. 3 made the mistake flipped: You flipped the kernel." in text
    assert "2 without a grade are left out" in text and "Isolation of students' code: bwrap" in text
    assert "20 to 30 %: 2; 40 to 50 %: 1; 70 to 80 %: 1; 90 to 100 %: 1." in text
    assert "fay" in text and "nothing was handed in." in text
    for heading in (
        "Worth another look",
        "Exercises",
        "Commonest mistakes",
        "Outcomes",
        "Slowest",
        "Submissions",
    ):
        assert len(re.findall(f"<h3>{heading}", page)) == 2, heading  # one a chapter


def test_the_page_needs_nothing_and_runs_nothing(out: Path) -> None:
    page = (out / "report.html").read_text(encoding="utf-8")
    seen = Seen(page)
    assert not {"script", "link", "iframe", "img", "object"} & set(seen.tags) and "@import" not in page
    assert "default-src 'none'" in page
    addresses = [value or "" for name, value in seen.marks if name in ("href", "src")]
    assert addresses and all(
        re.match(r"#chapter-\d$|feedback/[^/]+/[^/]+/[^/]+\.html$", a) for a in addresses
    )
    assert not [name for name, _ in seen.marks if name.startswith("on")]
    pages = sum(address.startswith("feedback/") for address in addresses)
    assert pages == len(CLASS) - 1  # there is none for who handed in nothing


def test_the_page_can_be_heard(out: Path) -> None:
    page = (out / "report.html").read_text(encoding="utf-8")
    seen = Seen(page)
    headings = [int(tag[1]) for tag in seen.tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1 and all(after - before <= 1 for before, after in pairwise(headings))
    assert seen.tags.count("caption") == seen.tags.count("table") and ("lang", "en") in seen.marks
    assert page.count('scope="row"') >= len(CLASS) and page.count('role="img"') == 2
    ids = [value for name, value in seen.marks if name == "id"]
    assert len(ids) == len(set(ids))
    named = " ".join(value or "" for name, value in seen.marks if name == "aria-labelledby").split()
    assert named and set(named) <= set(ids)


@pytest.mark.parametrize("name", ["report.html", "junit.xml", "report.json", "grades.csv"])
def test_what_students_wrote_is_only_text(out: Path, name: str) -> None:
    text = (out / name).read_text(encoding="utf-8")
    assert "alert(1)" in text and "Zoë" in text
    if name in ("report.html", "junit.xml"):
        assert SCRIPT not in text and not {"\x1b", "\x00", "\u202e"} & set(text)


def test_bars_stand_on_the_floor_and_are_as_high_as_they_count() -> None:
    picture = ElementTree.fromstring(pictures.histogram([0, 1, 0, 4, 0, 0, 0, 0, 0, 2], 7))
    bars = [{side: float(bar.attrib[side]) for side in ("x", "y", "height")} for bar in picture.iter("rect")]
    assert [bar["y"] + bar["height"] for bar in bars] == [pictures.FLOOR] * 3
    assert [round(4 * bar["height"] / pictures.ROOM) for bar in bars] == [1, 4, 2]
    assert [int(10 * bar["x"] / pictures.WIDTH) for bar in bars] == [1, 3, 9]
    assert [text.text for text in picture.iter("text")][:3] == ["1", "4", "2"]


def test_cleaning() -> None:
    assert clean(NASTY) == f'"{SCRIPT}"\ufffd\ufffd]0;x\ufffd\ufffd\ufffd'
    assert clean("Zoë 李 می‌خواهم\n\tx²") == "Zoë 李 می‌خواهم\n\tx²"
    assert clean("x" * 50, longest=10) == "x" * 10 + " ..."


def test_a_class_of_nobody_who_could_be_graded(tmp_path: Path) -> None:
    write_all([graded for graded in CLASS if graded.result.student in ("fay", ODD)], tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "No exercise was checked" in page and "no scores" in page and "<dd>none</dd>" in page
    assert json.loads((tmp_path / "report.json").read_text())["chapters"][0]["mean"] is None


# report.json


def keys(value: Any, path: str = "") -> Iterator[str]:
    """Return the path of every key, as docs/report.md writes them: ``chapters[].exercises[].right``."""
    if isinstance(value, list):
        for item in value:
            yield from keys(item, f"{path}[]")
    elif isinstance(value, dict):
        named = re.search(r"(outcomes|cells)$", path)
        for key, item in value.items():
            below = f"{path}.{'NAME' if named else key}".lstrip(".")
            yield below
            yield from keys(item, below)


def test_every_key_is_documented_and_every_documented_key_is_there(out: Path) -> None:
    page = (ROOT / "docs/report.md").read_text()
    documented = set(re.findall(r"^\| `([^`]+)` \|", page.partition("## `report.json`")[2], flags=re.M))
    assert documented == set(keys(json.loads((out / "report.json").read_text(encoding="utf-8"))))


def test_the_report_holds_the_results(out: Path, tmp_path: Path) -> None:
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["schema"] == 1
    assert [chapter["submissions"] for chapter in report["chapters"]] == [7, 1]
    cem = next(one for one in report["submissions"] if one["student"] == "cem")
    assert (cem["score"], cem["late_penalty"], cem["cells"]["slide-hidden"]) == (
        2,
        1,
        {"score": 3, "max_score": 3},
    )
    assert cem["checks"][0]["mistake"] == "flipped"
    write_all(CLASS[::-1], tmp_path, {CHAPTER: f"Convolution {SCRIPT}"})
    assert (tmp_path / "report.json").read_bytes() == (out / "report.json").read_bytes()


# JUnit


def test_junit_counts_what_ci_servers_count(out: Path) -> None:
    root = ElementTree.parse(out / "junit.xml").getroot()
    counts = {name: int(root.get(name) or -1) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": 18, "failures": 5, "errors": 3, "skipped": 1}
    suites = {suite.get("name"): suite for suite in root}
    assert len(suites) == len(CLASS)
    dan = suites[f"dan/{CHAPTER}"]
    assert [case.get("name") for case in dan.iter("testcase")] == ["slide-check", "slide-hidden", "pad-check"]
    assert [error.get("type") for error in dan.iter("error")] == ["timeout"]
    (fay,) = suites[f"fay/{CHAPTER}"].iter("error")
    assert (fay.get("type"), fay.get("message")) == ("missing_notebook", "nothing was handed in.")


# Spreadsheets


def test_grades_and_points(out: Path) -> None:
    head, *body = rows(out / "grades.csv")
    assert head == ["student", "chapter", "score", "max_score", "late_penalty", "outcome", "reason", "flags"]
    assert ["cem", CHAPTER, "2", "7", "1", GRADED, "", f"The file is called {SCRIPT}."] in body
    assert [row[:2] for row in body] == sorted(row[:2] for row in body) and ODD in {row[0] for row in body}
    assert ["bob", CHAPTER, "slide-hidden", "0", "3"] in rows(out / "points.csv")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+1", "@x", "\t=1", "\r=1", "-\n=1"])
def test_no_text_is_a_formula(tmp_path: Path, text: str) -> None:
    write_all([work(text, check("slide", RIGHT), reason=text, penalty=9.0)], tmp_path)
    for name in ("grades.csv", "points.csv", "canvas.csv", "moodle.csv"):
        values = [value for row in rows(tmp_path / name) for value in row if text in value]
        assert values and all(value == "'" + text for value in values), name
    assert rows(tmp_path / "grades.csv")[1][2] == "-7"  # a number stays one
