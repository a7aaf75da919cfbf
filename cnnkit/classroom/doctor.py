"""``cnnkit doctor``: say what this machine can do for grading, and what to do where it cannot."""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import shutil
import subprocess

from cnnkit import __version__
from cnnkit.classroom.grading.sandbox import box as sandbox
from cnnkit.classroom.grading.sandbox.probe import PROBES, holds


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``cnnkit doctor``: there are none."""


def run(options: argparse.Namespace) -> int:
    """Print what was found; return 0 if grading in a sandbox works here, 1 otherwise."""
    print(f"cnnkit {__version__}, Python {platform.python_version()}, {platform.system()}, {_cores()}")
    for package, what in (("nbgrader", "the gradebook"), ("distributed", "--scheduler")):
        installed = importlib.util.find_spec(package) is not None
        print(f"{package:12}  {'installed' if installed else f'missing; needed for {what}'}")
    problem = sandbox.why_not("bwrap")
    if problem:
        print(f"bubblewrap    does not work: {problem}")
        print("\nGrading needs bubblewrap. Without it, and only for work that you trust: --sandbox=limits.")
        return 1
    print(f"bubblewrap    works ({_version()}), {_user()}")
    with sandbox.Sandbox() as box:
        kept = {probe.claim: holds(probe, box) for probe in PROBES}
    for claim, held in kept.items():
        print(f"  {'yes' if held else 'NO ':3}  {claim}")
    if not all(kept.values()):
        print("\nThe sandbox does not hold here. Grade on another machine; please report what it says above.")
        return 1
    print("\nReady to grade.")
    return 0


def _version() -> str:
    found = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, check=False)
    return found.stdout.strip().removeprefix("bubblewrap ") or shutil.which("bwrap") or "?"


def _user() -> str:
    if os.getuid() == 0:
        return f"students run as users {sandbox.FIRST_UID} and up, one a worker"
    return "students run as you, in a user namespace"


def _cores() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"{cores} core{'s' * (cores > 1)}"
