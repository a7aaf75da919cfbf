"""The figures in a real JupyterLab, driven by keyboard alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Locator, expect

from cnnkit import viz

CHAPTER = Path(__file__).parents[2] / "course" / "02_convolution" / "02_convolution.ipynb"
SETUP = "import numpy as np\nfrom cnnkit import viz"


def notebook(folder: Path, *cells: Any) -> Path:
    """Write a notebook of these code cells, or cell sources."""
    made = [nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path = folder / "figures.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=kernel), path)
    return path


def picture(cell: Locator) -> str:
    """Return the description of the picture on show."""
    return cell.locator(".widget-html svg").get_attribute("aria-label") or ""


def changes_status(cell: Locator, words: str) -> None:
    """Wait until the line that is read out contains these words."""
    expect(cell.get_by_role("status")).to_contain_text(words)


def test_chapter_02_runs_and_its_stepper_is_moved_by_keyboard(lab: Any) -> None:
    lab.open(CHAPTER, "02_convolution.ipynb")
    lab.run_all()
    assert all("NotTriedYet" in error for error in lab.errors()), lab.errors()
    cell = lab.cell("viz.conv_stepper(")
    before = picture(cell)
    changes_status(cell, "Step 0 of 0 to 5: y[0, 0] = 2 + 0 + 2 + (−3) = 1")
    cell.get_by_role("slider").first.focus()
    lab.press("ArrowRight")
    changes_status(cell, "Step 1 of 0 to 5: y[0, 1] =")
    assert "goes to row 0, column 1" in picture(cell) != before
    lab.press("End")
    changes_status(cell, "Step 5 of 0 to 5")
    assert lab.complaints == []


def test_every_kind_of_control_works_by_keyboard(lab: Any, tmp_path: Path) -> None:
    lab.open(notebook(tmp_path, SETUP, "viz.conv_stepper()", "viz.kernel_bench(np.eye(8))"), "controls.ipynb")
    lab.run_all()
    stepper, bench = lab.cell("viz.conv_stepper("), lab.cell("viz.kernel_bench(")
    stepper.get_by_role("button", name="Next").focus()
    lab.press("Enter")
    changes_status(stepper, "Step 1 of 0 to 8")
    stepper.get_by_role("checkbox").focus()
    lab.press("Space")
    expect(stepper.locator(".widget-html svg")).to_have_attribute(
        "aria-label", re.compile("turned by 180 degrees")
    )
    bench.get_by_role("button", name="laplacian").focus()
    lab.press("Space")
    changes_status(bench, "The weights of laplacian add up to 0")
    bench.get_by_role("spinbutton").first.focus()
    lab.press("Control+A", "5", "Tab")
    changes_status(bench, "Your own weights add up to 5")
    assert lab.errors() == lab.complaints == []
    assert lab.page.locator(".jp-CodeCell").count() == 3  # no key went to the notebook instead


def test_a_figure_opened_without_running_shows_its_still_picture(lab: Any, tmp_path: Path) -> None:
    demo = viz.conv_stepper(step=4)
    shown = nbformat.v4.new_output("display_data", data=demo._repr_mimebundle_())
    lab.open(
        notebook(tmp_path, nbformat.v4.new_code_cell("viz.conv_stepper(step=4)", outputs=[shown])),
        "still.ipynb",
    )
    still = lab.page.get_by_role("img", name=demo.alt, exact=True)
    still.wait_for()
    assert still.evaluate("image => image.complete && image.naturalWidth") == 880
    expect(lab.page.locator("figcaption")).to_contain_text("Step 4 of 0 to 8")
