"""Make docs/lesson.png, the README's picture: a real lesson in JupyterLab, and what a check says.

    python docs/make_picture.py

needs the extra ``test`` and Chromium.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from cnnkit.classroom.notebooks import canonical

ROOT = Path(__file__).parents[1]
UNIT = "02_convolution"
SHOWN = ("given-setup", "figure-stepper", "task-correlate2d", "correlate2d", "correlate2d-check")
ANSWER = '''def correlate2d(x, k):
    """Slide k over x and sum the products."""
    (H, W), (KH, KW) = x.shape, k.shape
    y = np.zeros((H - KH + 1, W - KW + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            for a in range(KH):
                for b in range(KW):
                    y[i, j] += x[i + a, j + b] * k[KH - 1 - a, KW - 1 - b]
    return y'''


def excerpt(notebook: canonical.Notebook) -> canonical.Notebook:
    """Return the lesson with the cells of the picture only, and an answer that flips the kernel."""
    notebook.cells = [cell for cell in notebook.cells if cell.id in SHOWN]
    next(cell for cell in notebook.cells if cell.id == "correlate2d").source = ANSWER
    return notebook


def take(address: str, target: Path) -> None:
    """Open the lesson at ``address``, run it, step the figure, and take the picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1320, "height": 1700})
        page.goto(address)
        page.locator(".jp-CodeCell").first.wait_for()
        page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.locator(".lm-Menu").get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.get_by_text("Not yet: correlate2d").wait_for()
        page.get_by_role("button", name="Next").click()
        page.get_by_text("Step 1 of").wait_for()
        cells = page.locator(".jp-Notebook-cell")
        boxes = [cells.nth(index).bounding_box() for index in range(cells.count())]
        top, bottom = boxes[1]["y"], boxes[-1]["y"] + boxes[-1]["height"]  # type: ignore[index]
        clip = {"x": boxes[1]["x"], "y": top, "width": boxes[1]["width"], "height": bottom - top}  # type: ignore[index]
        page.screenshot(path=target, clip=clip)  # type: ignore[arg-type]
        browser.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        lesson = Path(folder, UNIT, f"{UNIT}.ipynb")
        canonical.write(excerpt(canonical.read(ROOT / "course" / UNIT / lesson.name)), lesson)
        command = [sys.executable, "-m", "cnnkit.cli", "lab", folder, "--no-browser", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            address = next(line for line in server.stdout or [] if "http://" in line).split()[-1]
            start, token = address.partition("/lab")[0], address.partition("token=")[2]
            try:
                take(f"{start}/lab/tree/{UNIT}/{lesson.name}?token={token}", ROOT / "docs" / "lesson.png")
            finally:
                server.send_signal(signal.SIGINT)
                server.communicate()


if __name__ == "__main__":
    main()
