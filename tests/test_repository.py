"""The files around the code agree with each other: one version, one set of requirements, one test command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import cnnkit

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MAIN_PACKAGES = {"jupyterlab", "numpy", "matplotlib", "nbgrader", "ipywidgets", "pytest", "nbval"}
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())
TEST_COMMAND = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest"


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=!~ ]", requirement)[0]


def brought_by(extra: str) -> list[str]:
    """Return the requirements of an extra, and of the extras that it includes."""
    found = []
    for requirement in PROJECT["optional-dependencies"][extra]:
        included = re.fullmatch(r"cnnkit\[(.+)\]", requirement)
        found += [r for one in included[1].split(",") for r in brought_by(one)] if included else [requirement]
    return found


def of_pip() -> list[str]:
    (pip,) = (entry["pip"] for entry in ENVIRONMENT["dependencies"] if isinstance(entry, dict))
    return list(pip)


def tracked() -> list[Path]:
    """Return the files of the repository that are text, whether committed already or not."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in names if (ROOT / name).is_file() and not name.endswith(".png")]


def test_the_environment_says_what_pyproject_says() -> None:
    assert of_pip() == ["-e .[test]"]
    assert f"python{PROJECT['requires-python']}" in ENVIRONMENT["dependencies"]
    assert "pip" in ENVIRONMENT["dependencies"]


def test_the_environment_brings_all_main_packages() -> None:
    local, *others = of_pip()
    extras = re.findall(r"\w+", local.partition("[")[2])
    requirements = [*PROJECT["dependencies"], *others, *(r for extra in extras for r in brought_by(extra))]
    assert set(map(name_of, requirements)) >= MAIN_PACKAGES


def test_the_readme_ci_and_the_workflow_run_one_command() -> None:
    assert (ROOT / "README.md").read_text().count(TEST_COMMAND) == 1
    assert "README.md" in (ROOT / ".ci" / "run").read_text()
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    steps = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    assert any("bash .ci/run" in step for step in steps)


def run_ci(clone: Path, readme: str) -> subprocess.CompletedProcess[str]:
    """Run ``.ci/run`` in a clone with another README, where nothing needs to be installed."""
    tools = clone / "tools"
    for folder in (clone / ".ci", tools):
        folder.mkdir()
    for tool in ("chromium", "bwrap"):
        (tools / tool).write_text("#!/bin/sh\n")
        (tools / tool).chmod(0o755)
    (clone / ".ci" / "run").write_bytes((ROOT / ".ci" / "run").read_bytes())
    (clone / "README.md").write_text(f"# x\n\n## Run the tests\n\n{readme}\n\n## Next\n")
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    command = ["bash", str(clone / ".ci" / "run")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)


@pytest.mark.parametrize("code", [0, 1])
def test_ci_runs_the_readmes_command_and_ends_as_it_does(tmp_path: Path, code: int) -> None:
    done = run_ci(tmp_path, f"```sh\npython3 -c 'print(7919); exit({code})' && echo passed\n```")
    assert "7919" in done.stdout.splitlines()
    assert ("passed" in done.stdout.splitlines()) == (code == 0)
    assert done.returncode == code


def test_ci_fails_where_the_readme_has_no_command(tmp_path: Path) -> None:
    done = run_ci(tmp_path, "With luck.")
    assert done.returncode == 1 and "no test command" in done.stderr


def test_the_hooks_use_tools_of_this_environment() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    assert {hook["language"] for hook in repository["hooks"]} == {"system"}
    assert {"cnnkit notebooks --check", "cnnkit release --check"} <= {
        hook["entry"] for hook in repository["hooks"]
    }


def test_there_is_one_version() -> None:
    assert PROJECT["dynamic"] == ["version"], "pyproject.toml takes the version from cnnkit/__init__.py"
    assert f"## {cnnkit.__version__}" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize(
    ("module", "not_loaded"),
    [
        (
            "cnnkit",
            {
                "matplotlib",
                "IPython",
                "ipywidgets",
                "nbgrader",
                "nbformat",
                "jupyter_client",
                "scipy",
                "skimage",
            },
        ),
        ("cnnkit.functional", {"matplotlib", "IPython", "nbformat", "cnnkit.classroom"}),
        ("cnnkit.train", {"matplotlib", "IPython", "nbformat", "cnnkit.classroom", "cnnkit.viz"}),
        ("cnnkit.models", {"matplotlib", "IPython", "cnnkit.classroom", "cnnkit.viz", "cnnkit.train"}),
        ("cnnkit.data", {"mlxtend", "skimage", "sklearn", "pywt", "pandas", "cnnkit.classroom"}),
        ("cnnkit.viz", {"matplotlib", "ipywidgets", "cnnkit.classroom"}),
        (
            "cnnkit.classroom.exercises",
            {"matplotlib", "nbgrader", "nbformat", "cnnkit.functional", "cnnkit.viz"},
        ),
        ("cnnkit.classroom.check", {"nbgrader", "nbconvert", "cnnkit.functional", "cnnkit.viz"}),
        (
            "cnnkit.classroom.lab",
            {"nbgrader", "nbformat", "jupyter_client", "cnnkit.functional", "cnnkit.viz"},
        ),
    ],
)
def test_a_part_loads_nothing_that_it_does_not_need(module: str, not_loaded: set[str]) -> None:
    code = f"import sys, {module}; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    loaded = set(done.stdout.split())
    assert module in loaded and not loaded & not_loaded


def test_no_file_names_a_path_of_one_machine_or_a_registry() -> None:
    homes = "|".join(f"/{place}/" for place in ("home", "root", "work", "Users"))
    hosts = "|".join(
        ("pypi" + r"\.org", "python" + r"hosted\.org", "npm" + r"js\.(org|com)", "ana" + r"conda\.(org|com)")
    )
    offending = re.compile(rf"(?<![\w.}}])(?:{homes})\w|{hosts}")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()[:100]}"
        for path in tracked()
        if path != Path(__file__).resolve()
        for line in path.read_text(encoding="utf-8").splitlines()
        if offending.search(line)
    ]
    assert found == []
