"""nbgrader's formgrader on a graded class, in a browser: scores, marks by hand, the button "Autograde"."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from cnnkit.classroom.nbgrader_adapter import SETTINGS, apply
from tests.browser.conftest import PATIENCE, Server, running_lab
from tests.gradebooks import UNIT, Desk, make_desk

ATTACK = "<script>document.title = 'broken into'</script>"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A class of three, one of whom would like to run a script in the teacher's browser."""
    desk = make_desk(tmp_path_factory.mktemp("class"))
    (desk.course / "nbgrader_config.py").write_text(SETTINGS)
    hostile = nbformat.v4.new_markdown_cell(ATTACK, id="hostile")
    shown = nbformat.v4.new_output("display_data", data={"text/html": ATTACK})
    shows = nbformat.v4.new_code_cell("show()", outputs=[shown], id="shows")
    mallory = desk.result("mallory", right="")
    results = [
        desk.result("ann", right="negate"),
        desk.result("bo", outcome="invalid_notebook", reason="it breaks off.", checks=(), cells=()),
        desk.result("mallory", right="", cells=(*mallory.cells, hostile, shows)),
    ]
    for result in results:
        desk.hand_in(result.student)
        apply(result, desk.course, desk.db_url)
    return desk


@pytest.fixture(scope="module")
def formgrader(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab with nbgrader's formgrader, started in the folder of grades."""
    with running_lab(tmp_path_factory.mktemp("lab"), desk.course) as server:
        yield server


@pytest.fixture
def page(browser: Browser, formgrader: Server) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(1000 * PATIENCE)
    expect.set_options(timeout=1000 * PATIENCE)
    page.goto(f"{formgrader.address}/formgrader?token={formgrader.token}")
    yield page
    page.close()


def row_of(page: Page, formgrader: Server, student: str) -> Locator:
    """Return a student's row in the list of submissions, where names are hidden at first."""
    page.goto(f"{formgrader.address}/formgrader/gradebook/{UNIT}/{UNIT}")
    return page.locator("tbody tr", has=page.locator("a.name-shown", has_text=student))


def open_submission(page: Page, formgrader: Server, student: str) -> None:
    """Open a student's notebook as a marker does."""
    row_of(page, formgrader, student).locator("a.name-hidden").click()
    expect(page.locator("#double-check")).to_have_attribute(
        "placeholder", re.compile(r"\d")
    )  # marks are there


def heading(page: Page, cell: str) -> Locator:
    """Return the bar above a graded cell."""
    return page.locator(".panel-heading", has=page.locator(f"#{cell}"))


@pytest.mark.parametrize(("student", "score"), [("ann", "2 / 12"), ("bo", "0 / 12"), ("mallory", "0 / 12")])
def test_scores_are_shown(page: Page, formgrader: Server, student: str, score: str) -> None:
    expect(row_of(page, formgrader, student).locator("td.score")).to_have_text(score)


def test_a_mark_by_hand_is_saved_and_survives_a_regrade(page: Page, formgrader: Server, desk: Desk) -> None:
    open_submission(page, formgrader, "ann")
    page.locator("#essay").fill("4")
    with page.expect_response(lambda answer: answer.request.method == "PUT" and "/api/grade/" in answer.url):
        page.locator("#essay").press("Tab")
    assert desk.grades()["essay"] == (None, 4, False)
    apply(desk.result("ann", right="double", fingerprint="f2"), desk.course, desk.db_url)
    page.reload()
    expect(page.locator("#essay")).to_have_value("4")
    expect(page.locator("#double-hidden")).to_have_attribute("placeholder", "3")
    expect(page.locator("#negate-check")).to_have_attribute("placeholder", "0")


def test_who_could_not_be_graded_is_marked_there_and_told_why(page: Page, formgrader: Server) -> None:
    open_submission(page, formgrader, "bo")
    expect(page.get_by_text("invalid notebook: it breaks off.")).to_be_visible()
    expect(heading(page, "double-check").get_by_role("button", name="Full credit")).to_be_visible()


def test_nothing_that_a_student_wrote_runs(page: Page, formgrader: Server) -> None:
    open_submission(page, formgrader, "mallory")
    expect(page.get_by_text(ATTACK)).to_be_visible()
    assert page.title() == UNIT


def test_the_button_grades_what_was_handed_in(page: Page, formgrader: Server, desk: Desk) -> None:
    if shutil.which("bwrap") is None:
        pytest.skip("no bubblewrap on this machine: the button is not pressed")
    desk.hand_in("mallory", double="def double(n): return n + n", negate="def negate(n): return n")
    page.goto(f"{formgrader.address}/formgrader/manage_submissions/{UNIT}")
    row = page.locator("tbody tr", has=page.locator("td.student-id", has_text="mallory"))
    row.locator("td.autograde a").click()
    expect(page.get_by_text("Successfully autograded")).to_be_visible()
    assert desk.grades("mallory") == {
        "double-check": (2, None, False),
        "double-hidden": (3, None, False),
        "negate-check": (0, None, False),
        "essay": (None, None, True),
    }
