"""The ``cnnkit`` command: a table of sub-commands, each a module with ``configure`` and ``run``.

``configure(parser)`` declares the arguments, ``run(arguments)`` does the work and returns the exit code:
0 fine, 1 a check failed or something is stale, 2 wrong usage or input, 3 the machine failed us.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from cnnkit import __version__
from cnnkit.classroom import quick_start
from cnnkit.errors import UsageError

COMMANDS = {
    "lab": ("cnnkit.classroom.lab", "copy the course into a folder and open it in JupyterLab"),
    "check": ("cnnkit.classroom.check", "run a notebook from top to bottom and say what would be graded"),
    "pack": ("cnnkit.classroom.pack", "make the zip that is handed in, after the same examination"),
    "progress": ("cnnkit.classroom.progress", "show the points reached, chapter by chapter"),
    "release": ("cnnkit.classroom.release", "build the students' notebooks and the banks from solutions/"),
    "grade": ("cnnkit.classroom.grade", "grade a folder or a zip of submissions"),
    "doctor": ("cnnkit.classroom.doctor", "say what this machine can do for grading"),
    "notebooks": ("cnnkit.classroom.notebooks.command", "put master notebooks in canonical form; text view"),
}

# The extra that brings what a command needs.
EXTRAS = dict.fromkeys(COMMANDS, "course") | {"release": "grade", "grade": "grade", "notebooks": "grade"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one sub-command and return its exit code; only the chosen one's module is imported."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="cnnkit", description="Learn, check and grade the cnnkit course.")
    parser.add_argument("--version", action="version", version=f"cnnkit {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (module, summary) in COMMANDS.items():
        subparser = subparsers.add_parser(
            name, help=summary, description=summary[0].upper() + summary[1:] + "."
        )
        if name in arguments[:1]:
            quick_start.load_jsonschema()
            try:
                chosen = importlib.import_module(module)
            except ModuleNotFoundError as error:
                return _stopped(
                    name, f"{error.name} is missing. Install it: pip install 'cnnkit[{EXTRAS[name]}]'", 2
                )
            chosen.configure(subparser)
    options = parser.parse_args(arguments)
    try:
        return int(chosen.run(options))
    except UsageError as error:
        return _stopped(options.command, str(error), 2)
    except KeyboardInterrupt:
        return _stopped(options.command, "stopped.", 130)


def _stopped(command: str, why: str, code: int) -> int:
    print(f"cnnkit {command}: {why}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
