"""The class report: one page for the teacher. It opens from disk, needs no network or scripts, and prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from cnnkit.classroom.grading import result as outcomes
from cnnkit.classroom.grading.graded import Graded, points
from cnnkit.classroom.grading.reports.class_view import ClassView, Exercise, Mistake
from cnnkit.classroom.grading.reports.page_parts import code, items, names, section, table, text
from cnnkit.classroom.grading.reports.pictures import definitions, histogram, shares

SHOWN_MISTAKES = 3
MEANINGS = {
    outcomes.GRADED: "every check was decided",
    outcomes.PARTLY: "something had to be stopped, the rest was graded",
    outcomes.NO_ANSWERS: "no answer was changed",
    outcomes.TIMEOUT: "ran too long, so that nothing could be decided",
    outcomes.OUT_OF_MEMORY: "needed too much memory, so that nothing could be decided",
    outcomes.CRASHED: "ended its own Python, so that nothing could be decided",
    outcomes.INVALID: "the file cannot be read",
    outcomes.MISSING: "no notebook was handed in",
    outcomes.FAILED: "the machine failed, not the student: grade again",
}
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Class report</title>
<style>
{style}</style>
</head>
<body>
{definitions}
<h1>Class report</h1>
<p class="faint">For teachers only: it names students, and says what hidden checks found.</p>
{body}</body>
</html>
"""


def write_page(views: Sequence[ClassView], titles: Mapping[str, str], path: Path) -> None:
    """Write the report of all chapters as one HTML page."""
    headings = [text(titles.get(view.chapter, view.chapter)) for view in views]
    links = [f'<a href="#chapter-{n}">{heading}</a>' for n, heading in enumerate(headings)]
    contents = f'<nav aria-label="Chapters">{items(links)}</nav>\n' if len(views) > 1 else ""
    chapters = "".join(
        _chapter(view, heading, n) for n, (view, heading) in enumerate(zip(views, headings, strict=True))
    )
    style = files("cnnkit.classroom.grading.reports").joinpath("report.css").read_text(encoding="utf-8")
    page = PAGE.format(style=style, definitions=definitions(), body=contents + chapters)
    path.write_text(page, encoding="utf-8", errors="replace")


def _chapter(view: ClassView, heading: str, n: int) -> str:
    sections = (
        _summary(view, n),
        section("Worth another look in class", _reteach(view)),
        section("Exercises", _exercises(view)),
        section("Commonest mistakes", _mistakes(view)),
        section("Outcomes and flags", _outcomes(view), _flags(view)),
        section("Slowest cells", _slowest(view)),
        section("Submissions", _submissions(view)),
    )
    return f'<section>\n<h2 id="chapter-{n}">{heading}</h2>\n{"".join(sections)}</section>\n'


def _summary(view: ClassView, n: int) -> str:
    def of_all(score: float | None) -> str:
        return "none" if score is None else f"{points(score)} of {points(view.max_score)}"

    facts = {
        "submissions": str(len(view.submissions)),
        "mean score": of_all(view.mean),
        "median score": of_all(view.median),
    }
    shown = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    without = len(view.submissions) - len(view.scores)
    left_out = f" {without} without a grade {'is' if without == 1 else 'are'} left out." if without else ""
    caption = f"How many students have which score, in per cent of the points.{left_out}"
    figure = f"<figure>{histogram(view.histogram, n)}<figcaption>{caption}</figcaption></figure>"
    return f'<dl class="facts">{shown}</dl>\n{figure}\n'


def _reteach(view: ClassView) -> str:
    if not view.exercises:
        return "<p>No exercise was checked.</p>"
    return items(map(_advice, view.reteach)) or "<p>Nothing stands out.</p>"


def _advice(exercise: Exercise) -> str:
    have = "has" if exercise.right == 1 else "have"
    line = f"<strong>{code(exercise.name)}</strong>: {exercise.right} of {exercise.students} {have} it right."
    known = [mistake for mistake in exercise.mistakes if mistake.name]
    if not known:
        return line
    mistake = f"{len(known[0].students)} made the mistake {code(known[0].name)}"
    return f'{line} {mistake}: <span class="said">{_told(known[0])}</span>'


def _exercises(view: ClassView) -> str:
    head = ("exercise", "share", "right", "wrong", "not tried", "stopped", "pass rate", "mean points")
    caption = (
        "Each student counts once, by the worst check of the exercise. "
        "In the bars blue is right, striped is wrong or stopped, white is not tried."
    )
    return table(caption, head, map(_exercise, view.exercises), range(2, 8))


def _exercise(exercise: Exercise) -> tuple[str, ...]:
    return (
        code(exercise.name),
        shares(exercise.right, exercise.wrong + exercise.stopped, exercise.not_tried),
        *map(str, (exercise.right, exercise.wrong, exercise.not_tried, exercise.stopped)),
        f"{100 * exercise.pass_rate:.0f} %",
        f"{points(exercise.mean)} of {points(exercise.points)}",
    )


def _mistakes(view: ClassView) -> str:
    rows = [
        (code(exercise.name), code(mistake.name) or "none known", str(len(mistake.students)), _told(mistake))
        for exercise in view.exercises
        for mistake in exercise.mistakes[:SHOWN_MISTAKES]
    ]
    head = ("exercise", "mistake", "students", "what they were told")
    return table("The commonest of each exercise.", head, rows, [2]) if rows else "<p>None.</p>"


def _told(mistake: Mistake) -> str:
    """Return what a message says at heart: below its headline, and above how to look at the case oneself."""
    headline, *below = mistake.message.splitlines() or [""]
    return text(" ".join(below[: 1 if mistake.name else 2]) or headline)


def _outcomes(view: ClassView) -> str:
    who = {
        outcome: [one.result.student for one in view.submissions if one.result.outcome == outcome]
        for outcome in view.outcomes
        if outcome != outcomes.GRADED
    }
    rows = [
        (code(outcome), MEANINGS.get(outcome, ""), str(count), names(who.get(outcome, [])))
        for outcome, count in view.outcomes.items()
    ]
    return table("How the submissions came out.", ("outcome", "meaning", "students", "who"), rows, [2])


def _flags(view: ClassView) -> str:
    flagged = [one.result for one in view.submissions if one.result.flags]
    lines = items(f"{text(result.student)}: {text(' '.join(result.flags))}" for result in flagged)
    below = f"<p>Put right before grading:</p>{lines}" if lines else "<p>Nothing had to be put right.</p>"
    isolations = sorted({one.result.isolation for one in view.submissions} - {""})
    return f"{below}<p>Isolation of students' code: {names(isolations) or 'none was needed'}.</p>"


def _slowest(view: ClassView) -> str:
    rows = [
        (code(cell.cell), f"{cell.median:.2f}", f"{cell.longest:.2f}", text(cell.student))
        for cell in view.slowest
    ]
    return table("Seconds that a cell ran.", ("cell", "median", "longest", "whose longest"), rows, [1, 2])


def _submissions(view: ClassView) -> str:
    head = ("student", "score", "late", "outcome", "reason")
    return table("A name leads to the student's feedback.", head, map(_submission, view.submissions), [1, 2])


def _submission(one: Graded) -> tuple[str, ...]:
    result, scores = one.result, one.scores
    return (
        text(result.student) if result.outcome == outcomes.MISSING else _link(result),
        f"{points(scores.score)} of {points(scores.max_score)}",
        points(-scores.late_penalty) if scores.late_penalty else "",
        code(result.outcome),
        text(result.reason),
    )


def _link(result: outcomes.Result) -> str:
    parts = ("feedback", result.student, result.chapter, f"{result.chapter}.html")
    address = "/".join(quote(part.encode(errors="replace"), safe="") for part in parts)
    return f'<a href="{address}">{text(result.student)}</a>'
