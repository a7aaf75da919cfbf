"""What we rely on in nbgrader 0.9. Where one of these fails, its text says which module of ours to mend."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert.exporters import Exporter
from nbgrader import __version__, preprocessors
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde, BaseConverter, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.utils import determine_grade
from sqlalchemy import text
from traitlets.config import Config

from cnnkit.classroom.grading.bundle import Bundle
from cnnkit.classroom.grading.result import GRADED, INVALID, MISSING, Result
from cnnkit.classroom.nbgrader_adapter import (
    SETTINGS,
    StepFailed,
    apply,
    configure,
    feedback_page,
    gradebook,
    scores_of,
)
from cnnkit.classroom.nbgrader_adapter.apply_results import NOT_TEXT
from cnnkit.classroom.nbgrader_adapter.as_notebook import graded_notebook
from cnnkit.classroom.nbgrader_adapter.running import choose, make, set_folders, start
from cnnkit.classroom.nbgrader_adapter.surroundings import surroundings
from tests.gradebooks import UNIT, Desk, copy_of, make_desk

CHANGED = f"nbgrader {__version__} changed {{}}: compare, then mend nbgrader_adapter/{{}}"


def test_the_version_is_one_that_we_know() -> None:
    assert __version__.startswith("0.9."), CHANGED.format("its version", "* and run all its tests")


@pytest.mark.parametrize(
    ("steps", "names", "ours"),
    [
        (
            Autograde.sanitize_preprocessors,
            "ClearOutput DeduplicateIds OverwriteKernelspec OverwriteCells CheckCellMetadata",
            "configuration.py",
        ),
        (
            Autograde.autograde_preprocessors,
            "Execute IgnorePattern ClearMetadataPreprocessor LimitOutput SaveAutoGrades AssignLatePenalties"
            " CheckCellMetadata",
            "configuration.py",
        ),
        (
            GenerateAssignment.preprocessors,
            "IncludeHeaderFooter InstantiateTests LockCells ClearSolutions ClearOutput CheckCellMetadata"
            " ComputeChecksums SaveCells ClearHiddenTests ClearMarkScheme ComputeChecksums CheckCellMetadata",
            "release.py",
        ),
        (GenerateFeedback.preprocessors, "GetGrades CSSHTMLHeaderPreprocessor", "configuration.py"),
    ],
    ids=["sanitize", "grade", "release", "feedback"],
)
def test_the_steps_are_those_that_we_change(steps: Any, names: str, ours: str) -> None:
    assert [step.__name__ for step in steps.default()] == names.split(), CHANGED.format("its steps", ours)
    assert steps.metadata["config"], CHANGED.format("what can be configured", ours)


def error() -> Any:
    return nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])


def result(text: str) -> Any:
    return nbformat.v4.new_output("execute_result", data={"text/plain": text})


def stream(name: str) -> Any:
    return nbformat.v4.new_output("stream", name=name, text="1.0")


@pytest.mark.parametrize(
    ("outputs", "score"),
    [
        ([], 4),
        ([stream("stdout")], 4),
        ([stream("stdout"), error()], 0),
        ([result("0.5")], 0.5),
        ([result("0.0")], 0),
        ([stream("stdout"), result("1.5")], 1.5),
        ([stream("stderr")], 0),
        ([result("nan")], 4),
        ([result("np.float64(0.5)")], 4),
        ([result("-1")], 4),
    ],
)
def test_a_grade_is_read_from_outputs_as_before(outputs: list[Any], score: float) -> None:
    marks = {"grade": True, "solution": False, "points": 4, "grade_id": "f-check"}
    cell = nbformat.v4.new_code_cell(outputs=outputs, metadata={"nbgrader": marks})
    assert determine_grade(cell) == (score, 4), CHANGED.format("how a grade is read", "as_notebook.ending")


@pytest.mark.parametrize(
    ("where", "names", "ours"),
    [
        (BaseConverter.start, "self", "writer.py"),
        (BaseConverter.convert_notebooks, "self", "writer.py"),
        (BaseConverter.init_destination, "self assignment_id student_id", "writer.py"),
        (Autograde.init_assignment, "self assignment_id student_id", "writer.py"),
        (BaseConverter.convert_single_notebook, "self notebook_filename", "writer.py"),
        (BaseConverter.init_single_notebook_resources, "self notebook_filename", "writer.py"),
        (BaseConverter.write_single_notebook, "self output resources", "writer.py"),
        (BaseConverter.init_notebooks, "self", "running.OneNotebook"),
        (Autograde._init_preprocessors, "self", "writer.py"),
        (Exporter.from_notebook_node, "self nb resources kw", "page.py"),
        (Exporter.from_filename, "self filename resources kw", "apply_results.AnyNotebook"),
        (preprocessors.SaveAutoGrades._add_score, "self cell resources", "saving.SaveGrades"),
        (preprocessors.SaveAutoGrades._add_comment, "self cell resources", "saving.SaveGrades"),
        (Gradebook.find_grade, "self grade_cell notebook assignment student", "saving.Rows"),
        (Gradebook.find_comment, "self solution_cell notebook assignment student", "saving.Rows"),
        (
            LateSubmissionPlugin.late_submission_penalty,
            "self student_id score total_seconds_late",
            "(the instructor guide)",
        ),
    ],
    ids=lambda value: getattr(value, "__qualname__", ""),
)
def test_what_we_override_is_there(where: Callable[..., Any], names: str, ours: str) -> None:
    assert list(inspect.signature(where).parameters) == names.split(), CHANGED.format(
        where.__qualname__, ours
    )


@pytest.fixture(scope="module")
def new_desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return make_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def desk(new_desk: Desk, tmp_path: Path) -> Desk:
    return copy_of(new_desk, tmp_path)


TABLES = {
    "course": "SELECT id FROM course",
    "student": "SELECT id, first_name, last_name, email FROM student",
    "submission": """
        SELECT a.name, s.student_id, s.timestamp, s.extension FROM submitted_assignment s
        JOIN assignment a ON a.id = s.assignment_id""",
    "notebook": """
        SELECT b.name, s.student_id, n.flagged, n.late_submission_penalty FROM submitted_notebook n
        JOIN notebook b ON b.id = n.notebook_id JOIN submitted_assignment s ON s.id = n.assignment_id""",
    "grade": """
        SELECT c.name, s.student_id, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade
        FROM grade g JOIN base_cell c ON c.id = g.cell_id JOIN submitted_notebook n ON n.id = g.notebook_id
        JOIN submitted_assignment s ON s.id = n.assignment_id""",
    "comment": """
        SELECT c.name, s.student_id, g.auto_comment, g.manual_comment
        FROM comment g JOIN base_cell c ON c.id = g.cell_id JOIN submitted_notebook n ON n.id = g.notebook_id
        JOIN submitted_assignment s ON s.id = n.assignment_id""",
}


def rows(desk: Desk) -> dict[str, list[Any]]:
    with surroundings(), Gradebook(desk.db_url) as gradebook:
        return {name: sorted(map(tuple, gradebook.db.execute(text(sql)))) for name, sql in TABLES.items()}


def class_of_four(desk: Desk) -> list[Result]:
    unwritten = tuple(desk.answered(essay="YOUR ANSWER HERE", double="").cells)
    return [
        desk.result("ann"),
        desk.result("bo", right="negate", flags=("negate-check was edited and has been restored",)),
        desk.result("chen", right="", cells=unwritten),
        desk.result("dana", right="double", outcome="partly_graded", reason="negate was stopped after 10 s."),
    ]


def test_our_writer_leaves_row_for_row_what_nbgraders_own_step_leaves(new_desk: Desk, tmp_path: Path) -> None:
    ours, theirs = copy_of(new_desk, tmp_path / "ours"), copy_of(new_desk, tmp_path / "theirs")
    for result in class_of_four(new_desk):
        for desk in (ours, theirs):
            desk.hand_in(result.student)
            (desk.course / "collected" / result.student / UNIT / "timestamp.txt").write_text(
                "2026-01-13 00:00 UTC"
            )
        apply(result, ours.course, ours.db_url)
        notebook = theirs.course / "collected" / result.student / UNIT / f"{UNIT}.ipynb"
        nbformat.write(graded_notebook(result, nbformat.v4.new_notebook()), notebook)
    config = choose(Config(), theirs.course, theirs.db_url, UNIT)
    set_folders(config, "collected")
    config.Execute.enabled = config.ClearOutput.enabled = False  # nbgrader's own option --no-execute
    start(make(Autograde, config))
    assert rows(ours) == rows(theirs)
    assert len(rows(ours)["grade"]) == 16


def button(desk: Desk, student: str, grade: Callable[[Bundle], Result]) -> dict[str, Any]:
    """Do what the formgrader does when "Autograde" is pressed."""
    config = Config()
    configure(config, submitted="collected")
    config.ApplyResults.grade = grade
    choose(config, desk.course, desk.db_url, UNIT)
    with surroundings():
        return dict(NbGraderAPI(CourseDirectory(config=config), config=config).autograde(UNIT, student))


def test_the_formgraders_button_grades_in_the_sandbox_too(desk: Desk) -> None:
    seen: list[Bundle] = []

    def grade(bundle: Bundle) -> Result:
        seen.append(bundle)
        return desk.result("ann", right="negate")

    desk.hand_in("ann", double="def double(n): return 3 * n")
    assert button(desk, "ann", grade)["success"]
    by_button = rows(desk), desk.graded()
    (bundle,) = seen
    assert (bundle.student, bundle.chapter, bundle.problem) == ("ann", UNIT, None)
    assert "return 3 * n" in bundle.notebook and "secret_input_7919" in bundle.master
    assert "return 2 * n" not in bundle.master
    apply(desk.result("ann", right="negate"), desk.course, desk.db_url)
    assert by_button == (rows(desk), desk.graded())


@pytest.mark.parametrize("content", [b"", b'{"cells": [', b"\xff\xfe", b"[]", b'{"nbformat": 3}'])
def test_the_button_survives_what_is_no_notebook(desk: Desk, content: bytes) -> None:
    def grade(bundle: Bundle) -> Result:
        assert bundle.problem == ((INVALID, NOT_TEXT) if content == b"\xff\xfe" else None)
        return Result("ann", UNIT, bundle.fingerprint, INVALID, reason="it breaks off.")

    desk.hand_in()
    (desk.course / "collected" / "ann" / UNIT / f"{UNIT}.ipynb").write_bytes(content)
    done = button(desk, "ann", grade)
    assert done["success"], done
    assert set(desk.grades().values()) == {(0, None, True)}


def test_one_who_cannot_be_graded_now_costs_nobody_else_anything(desk: Desk) -> None:
    def grade(bundle: Bundle) -> Result:
        if bundle.student == "bo":
            raise RuntimeError("the sandbox did not start")
        return desk.result(bundle.student)

    for student in ("ann", "bo", "chen"):
        desk.hand_in(student)
    config = Config()
    configure(config, submitted="collected")
    config.ApplyResults.grade = grade
    with pytest.raises(StepFailed, match="the sandbox did not start"):
        start(make(Autograde, choose(config, desk.course, desk.db_url, UNIT)))
    assert [scores_of(desk.db_url, student, UNIT).score for student in ("ann", "bo", "chen")] == [7, 0, 7]


def test_nbgraders_own_feedback_is_the_same_page(desk: Desk) -> None:
    scores = apply(desk.result(right="negate"), desk.course, desk.db_url)
    ours = feedback_page(desk.course, "ann", UNIT, scores).read_text()
    (desk.course / "nbgrader_config.py").write_text(SETTINGS)
    config = Config()
    configure(config, submitted="collected")
    start(make(GenerateFeedback, choose(config, desk.course, desk.db_url, UNIT)))
    theirs = (desk.course / "feedback" / "ann" / UNIT / f"{UNIT}.html").read_text()
    assert theirs.strip() == ours.strip()


def test_who_handed_in_nothing_is_in_the_gradebook(desk: Desk) -> None:
    nothing = Result("eve", UNIT, "f0", MISSING, reason="nothing was handed in")
    assert apply(nothing, desk.course, desk.db_url).score == 0
    assert apply(desk.result("eve", outcome=GRADED), desk.course, desk.db_url).score == 7


def test_a_new_gradebook_is_stamped_as_nbgrader_stamps_it() -> None:
    with surroundings():  # nbgrader calls a program of its environment
        assert gradebook.newest_version() == gradebook.STOCK_VERSION()
