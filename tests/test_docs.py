"""Every command that README.md and docs/student.md print is run, in the order in which a reader meets it.

What a command sets up first, a virtual environment with an extra, is tested by ``.ci/run``, which does it
for the largest extra; here the rest of the line runs in the environment of the tests.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.served import served

ROOT = Path(__file__).parents[1]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
SET_UP = re.compile(r"python3 -m venv \.venv && \.venv/bin/pip install -q -e '\.\[(\w+)\]' && ")
# A fresh notebook has nothing right yet, so that `cnnkit check` ends with 1.
EXPECTED = {"check": 1, "pack": 0, "progress": 0}


def commands(page: str) -> list[str]:
    """Return the lines of a page's shell blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / page).read_text(), flags=re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def program(command: str) -> list[str]:
    """Return what a command runs after its set-up, from the environment of the tests."""
    set_up = SET_UP.match(command)
    assert set_up is None or set_up[1] in EXTRAS
    tool, *arguments = shlex.split(SET_UP.sub("", command))
    assert tool.startswith(".venv/bin/")
    return [str(Path(sys.executable).with_name(Path(tool).name)), *arguments]


def test_each_command_for_students_runs(tmp_path: Path) -> None:
    ran = []
    for line in commands("docs/student.md"):
        command = program(line)
        if "--port" in command:  # the printed one may be taken here
            command[command.index("--port") + 1] = "0"
        if command[1] == "lab":
            with served(command, tmp_path) as page:
                assert "JupyterLab" in page()
        else:
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
            assert done.returncode == EXPECTED[command[1]], f"{line}\n{done.stdout}{done.stderr}"
        ran.append(command[1])
    assert ran.count("lab") == 3 and set(ran) == {"lab", *EXPECTED}


def test_each_command_of_the_readme_runs(tmp_path: Path) -> None:
    course, tests = map(program, commands("README.md"))
    with served(course, tmp_path) as page:
        assert "JupyterLab" in page()
    assert tests[1:] == [] and Path(tests[0]).name == "pytest"  # what is running this very test


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text()
    targets = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link]
    assert [link for link in targets if not ((ROOT / page).parent / link).exists()] == []
