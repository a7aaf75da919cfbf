"""All that grading one submission needs, as plain data: it can be sent to another process or machine."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from cnnkit import __version__, classroom


@dataclass(frozen=True)
class Limits:
    """What a submission may use: seconds of wall time, and megabytes (10^6 bytes) or counts of the rest."""

    call_seconds: float = 10.0
    cell_seconds: float = 60.0
    notebook_seconds: float = 300.0
    memory_mb: int = 2000
    scratch_mb: int = 64
    file_mb: int = 16
    processes: int = 48
    output_kb: int = 256


@lru_cache(maxsize=1)
def version_of_checks() -> str:
    """Return a hash of all that decides how an answer is judged: checks, grader, and the exercises' banks."""
    folder = Path(classroom.__file__).parent
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".toml", ".json"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


@dataclass(frozen=True)
class Bundle:
    """One submission and what it is graded against.

    ``notebook`` is the text of the submitted file, or "" where there is none; ``problem`` is then a pair
    (outcome, reason). ``master`` is the text of the chapter's master without solutions but with hidden
    tests. ``notes`` are flags that were raised while the file was found, and ``checks`` is what
    `version_of_checks` says of the package that made the bundle.
    """

    student: str
    chapter: str
    notebook: str
    master: str
    limits: Limits = Limits()
    sandbox: str = "bwrap"
    salt: str = ""
    language: str = "en"
    problem: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()
    checks: str = ""

    @property
    def fingerprint(self) -> str:
        """Return what two bundles share exactly if they must come out the same.

        >>> from dataclasses import replace
        >>> one = Bundle("ada", "02_convolution", "{}", "{}")
        >>> one.fingerprint == Bundle("ada", "02_convolution", "{}", "{}").fingerprint
        True
        >>> one.fingerprint == replace(one, limits=Limits(call_seconds=1)).fingerprint
        False
        """
        text = json.dumps([__version__, asdict(self)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> str:
        """Return the bundle as JSON text.

        >>> bundle = Bundle("ada", "02_convolution", "{}", "{}", problem=("missing_notebook", "no file"))
        >>> Bundle.from_json(bundle.to_json()) == bundle
        True
        """
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> Bundle:
        """Read a bundle that `to_json` wrote."""
        plain = json.loads(text)
        problem = tuple(plain.pop("problem") or ()) or None
        limits, notes = Limits(**plain.pop("limits")), tuple(plain.pop("notes"))
        return Bundle(**plain, problem=problem, limits=limits, notes=notes)
