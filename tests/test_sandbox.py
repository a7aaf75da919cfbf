"""What the sandbox keeps from a student's code, and that nothing of one student reaches another."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnkit.classroom import doctor
from cnnkit.classroom.grading.bundle import Limits
from cnnkit.classroom.grading.judge.remote import Gone, Names
from cnnkit.classroom.grading.sandbox import box as sandbox
from cnnkit.classroom.grading.sandbox import probe
from cnnkit.classroom.grading.sandbox.box import Sandbox, require
from cnnkit.classroom.grading.sandbox.probe import LIMITS, PROBES, Probe
from cnnkit.errors import UsageError

REPOSITORY = Path(__file__).resolve().parents[1]
NEEDS_BWRAP = pytest.mark.skipif(bool(sandbox.why_not("bwrap")), reason=sandbox.why_not("bwrap"))


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


def value(box: Sandbox, code: str, limits: Limits = LIMITS) -> object:
    """Return what a fresh student finds for ``held``."""
    student = box.start(limits)
    try:
        names = Names(student.channel, LIMITS, time.monotonic() + 30)
        names.run(code, 5)
        return names.get("held")
    finally:
        box.end(student)


@NEEDS_BWRAP
@pytest.mark.parametrize("one", PROBES, ids=lambda one: one.claim)
def test_every_claim_of_the_doctor_holds(box: Sandbox, one: Probe) -> None:
    assert probe.holds(one, box)


OPEN = ["no other process in sight", "no files but Python's", "no privileges", "not as root"]


@pytest.mark.skipif(os.getuid() != 0, reason="whoever is not root has no privileges to lose")
@pytest.mark.parametrize("one", [one for one in PROBES if one.claim in OPEN], ids=lambda one: one.claim)
def test_a_claim_fails_where_there_is_no_sandbox(one: Probe) -> None:
    code = one.code.replace("c.mount(", "c.getuid(") if one.claim == "no privileges" else one.code
    with Sandbox(kind="limits") as open_box:
        assert not probe.holds(Probe(one.claim, code), open_box)


@NEEDS_BWRAP
@pytest.mark.parametrize(
    "folder", ["solutions", "tests", "docs", ".git", "course"], ids=lambda name: f"no {name}"
)
def test_of_a_checkout_only_the_package_is_there(box: Sandbox, folder: str) -> None:
    assert (REPOSITORY / "cnnkit").is_dir()
    assert value(box, f"import os\nheld = os.path.exists({str(REPOSITORY / folder)!r})") is False


@NEEDS_BWRAP
def test_one_students_files_names_and_processes_are_gone_for_the_next(box: Sandbox) -> None:
    left = (
        "import os, time, numpy\nopen('/scratch/work/left', 'w').close()\nnumpy.left = 1\n"
        "if os.fork() == 0:\n    os.setsid()\n    time.sleep(1000)\nheld = True"
    )
    assert value(box, left) is True
    found = "import os, numpy\nheld = [os.listdir('/scratch/work'), hasattr(numpy, 'left'), os.getpid()]"
    assert value(box, found) == [[], False, 2]


@NEEDS_BWRAP
def test_a_convolution_that_several_threads_would_share_runs_without_proc(box: Sandbox) -> None:
    code = "import numpy as np\nfrom cnnkit import functional as F\n"
    large = "held = F.conv2d(np.ones((8, 16, 100, 100)), np.ones((16, 16, 3, 3)))[0, 0, 0, 0]"
    assert value(box, code + large) == 144


@NEEDS_BWRAP
def test_no_process_outlives_its_sandbox(tmp_path: Path) -> None:
    with Sandbox() as box:
        student = box.start(LIMITS)
        names = Names(student.channel, LIMITS, time.monotonic() + 30)
        names.run("import os, sys\ncommand = ['marker-4711', '-c', 'import time; time.sleep(99)']", 5)
        names.run("if os.fork() == 0: os.execv(sys.executable, command)", 5)
        names.run("import time; time.sleep(0.5)", 5)
        student.channel.close()
        assert running("marker-4711")
    assert not running("marker-4711", wait=5)


def running(marker: str, wait: float = 0) -> bool:
    """Tell whether a process with this name is there, ``wait`` seconds from now at the latest."""
    stop = time.monotonic() + wait
    while True:
        found = any(marker.encode() in _command(path) for path in Path("/proc").glob("[0-9]*/cmdline"))
        if not found or time.monotonic() >= stop:
            return found
        time.sleep(0.05)


def _command(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@NEEDS_BWRAP
def test_a_process_that_is_gone_says_so(box: Sandbox) -> None:
    student = box.start(LIMITS)
    names = Names(student.channel, LIMITS, time.monotonic() + 30)
    with pytest.raises(Gone, match="ended"):
        names.run("import os; os._exit(7)", 5)
    assert box.end(student, patience=5) == 7


def test_an_unknown_sandbox_is_told() -> None:
    with pytest.raises(UsageError, match="bwrap and limits"):
        require("docker")


def test_without_bubblewrap_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    with pytest.raises(UsageError, match=r"apt install bubblewrap.*--sandbox=limits"):
        require("bwrap")


def test_a_sandbox_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_wrapped", lambda kind, home: ["sh", "-c", "echo no room >&2; exit 1"])
    if sandbox.sys.platform == "linux" and sandbox.shutil.which("bwrap"):
        assert "no room" in sandbox.why_not("bwrap")
    with pytest.raises(sandbox.SandboxError, match="no room"):
        Sandbox()


@NEEDS_BWRAP
def test_the_doctor_finds_this_machine_ready(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.run(None) == 0  # type: ignore[arg-type]
    said = capsys.readouterr().out
    assert "Ready to grade." in said and "NO" not in said


def test_the_doctor_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sandbox, "why_not", lambda kind: "bubblewrap is not installed.")
    assert doctor.run(None) == 1  # type: ignore[arg-type]
    assert "is not installed." in capsys.readouterr().out
