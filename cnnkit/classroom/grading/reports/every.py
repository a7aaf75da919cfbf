"""All reports on a class, from what grading found and what the gradebook says. See docs/report.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cnnkit.classroom.grading.graded import Graded
from cnnkit.classroom.grading.reports import grades_csv
from cnnkit.classroom.grading.reports.as_json import write_json
from cnnkit.classroom.grading.reports.class_view import class_views
from cnnkit.classroom.grading.reports.junit import write_junit
from cnnkit.classroom.grading.reports.lms_export import LmsIds, write_canvas, write_moodle, write_worksheet
from cnnkit.classroom.grading.reports.page import write_page


def write_all(
    graded: Sequence[Graded],
    out: Path,
    titles: Mapping[str, str] | None = None,
    lms_ids: LmsIds | None = None,
) -> list[Path]:
    """Write every report into the folder ``out``, and return what was written.

    ``titles`` says what a chapter is called on the page, and ``lms_ids`` how Canvas or Moodle call a student.
    """
    titles, lms_ids, views = titles or {}, lms_ids or {}, class_views(graded)
    write_json(views, titles, out / "report.json")
    write_page(views, titles, out / "report.html")
    write_junit(graded, out / "junit.xml")
    grades_csv.write_grades(graded, out / "grades.csv")
    grades_csv.write_points(graded, out / "points.csv")
    write_canvas(graded, lms_ids, out / "canvas.csv")
    write_moodle(graded, out / "moodle.csv")
    names = [
        "report.html",
        "report.json",
        "junit.xml",
        "grades.csv",
        "points.csv",
        "canvas.csv",
        "moodle.csv",
    ]
    worksheets = [write_worksheet(graded, view.chapter, lms_ids, out) for view in views]
    return [*(out / name for name in names), *(path for path in worksheets if path)]
