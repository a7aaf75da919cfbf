"""Where student code runs: a slot holds one sandbox with a warm process in it, and starts students there.

``bwrap`` is bubblewrap: no network, nothing to see but Python, its packages and this package, read-only, as
an unprivileged user. ``limits`` is what is left where no sandbox works: limits on time and memory, no more.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

import cnnkit
from cnnkit.classroom.grading.bundle import Limits
from cnnkit.errors import UsageError

KINDS = ("bwrap", "limits")
FIRST_UID = 64100  # as root, slot n runs as user FIRST_UID + n, who owns nothing
START_SECONDS = 120.0
SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/fonts",
)
PACKAGE = Path(cnnkit.__file__).resolve().parent
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/scratch/home",
    "MPLCONFIGDIR": "/scratch/home",
    "IPYTHONDIR": "/scratch/home",
    "TMPDIR": "/scratch/tmp",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class SandboxError(Exception):
    """The sandbox could not be started; the message says what it said."""


class Student:
    """A running student's process, seen from outside: its channel, and the number that ends it."""

    def __init__(self, channel: socket.socket, group: int) -> None:
        self.channel, self.group = channel, group


class Sandbox:
    """One sandbox with a warm process in it; it runs one student at a time.

    Raises
    ------
    SandboxError
        if it does not start.
    """

    def __init__(self, number: int = 0, kind: str = "bwrap") -> None:
        self.kind, self._private = kind, Path(tempfile.mkdtemp(prefix="cnnkit-slot-"))
        self._control, theirs = socket.socketpair()
        self._control.settimeout(START_SECONDS)
        self._log = (self._private / "log").open("w+b")
        home, uid = self._private / "home", FIRST_UID + number
        home.mkdir()
        _lend_font_list(home)
        if os.getuid() == 0 and kind == "bwrap":
            os.chown(home, uid, uid)
        code = (
            f"import sys\nsys.path[:] = {_search_path()!r}\n"
            "from cnnkit.classroom.grading.sandbox.zygote import main\n"
            f"main({theirs.fileno()}, {kind!r}, {uid})"
        )
        command = [*_wrapped(kind, home), sys.executable, "-I", "-c", code]
        with theirs:
            self._process = subprocess.Popen(
                command,
                env=ENVIRONMENT if kind == "bwrap" else _environment(home),
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=[theirs.fileno()],
                cwd="/",
            )
        try:
            self._hear()
        except SandboxError:
            self.close()
            raise

    def start(self, limits: Limits) -> Student:
        """Start a student's process with nothing in it."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(
                self._control, [json.dumps({"limits": asdict(limits)}).encode()], [theirs.fileno()]
            )
        return Student(ours, int(self._hear()["group"]))

    def end(self, student: Student, patience: float = 0.0) -> int:
        """End a student with all its processes; return how it ended: a code, 128 + a signal, -9 if by this.

        ``patience`` is how many seconds it may take to end by itself, where it is ending already.
        """
        student.channel.close()
        self._control.sendall(json.dumps({"end": student.group, "patience": patience}).encode())
        return int(self._hear()["status"])

    def close(self) -> None:
        """End the sandbox with everything in it."""
        self._control.close()
        self._process.kill()
        self._process.wait()
        self._log.close()
        shutil.rmtree(self._private, ignore_errors=True)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _hear(self) -> dict[str, Any]:
        try:
            text = self._control.recv(65536)
        except TimeoutError:
            text = b""
        if not text:
            self._log.seek(0)
            said = self._log.read().decode(errors="replace").strip().splitlines()
            raise SandboxError(said[-1] if said else "it ended without a word")
        heard: dict[str, Any] = json.loads(text)
        return heard


def require(kind: str) -> None:
    """Make sure that this kind of sandbox can be had here; whether it works is seen when it starts.

    Raises
    ------
    UsageError
        if it cannot, with the remedy.
    """
    if kind not in KINDS:
        raise UsageError(f"--sandbox {kind}: there are {' and '.join(KINDS)}.")
    problem = _missing(kind)
    if problem:
        raise refusal(problem)


def refusal(problem: str) -> UsageError:
    """Return the error that says why there is no grading, and what else can be done."""
    return UsageError(
        f"{problem} `cnnkit doctor` says more. To grade without a sandbox, and only work that you trust: "
        "--sandbox=limits."
    )


def why_not(kind: str) -> str:
    """Return why a kind of sandbox does not work on this machine, with the remedy; "" if it works.

    >>> why_not("limits")
    ''
    """
    problem = _missing(kind)
    if problem or kind == "limits":
        return problem
    try:
        with Sandbox() as sandbox:
            sandbox.end(sandbox.start(Limits()))
    except SandboxError as error:
        return not_working(error)
    return ""


def not_working(error: SandboxError) -> str:
    """Return what to say of a sandbox that did not start."""
    return f"bubblewrap does not work here: {error}. {_remedy()}"


def _missing(kind: str) -> str:
    if not hasattr(os, "fork"):
        return "Grading needs a system with fork: Linux, macOS or WSL."
    if kind == "bwrap" and sys.platform != "linux":
        return "bubblewrap needs Linux."
    if kind == "bwrap" and shutil.which("bwrap") is None:
        return "bubblewrap is not installed. On Debian and Ubuntu: apt install bubblewrap."
    return ""


def _remedy() -> str:
    restricted = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    if restricted.is_file() and restricted.read_text().strip() == "1" and os.getuid() != 0:
        return "Ubuntu forbids it to ordinary users: install the AppArmor profile bwrap-userns-restrict."
    for name in ("kernel/unprivileged_userns_clone", "user/max_user_namespaces"):
        setting = Path("/proc/sys") / name
        if setting.is_file() and setting.read_text().strip() == "0":
            return f"User namespaces are switched off: sysctl -w {name.replace('/', '.')}=1 allows them."
    return (
        "In a container, start it with user namespaces allowed (Docker: --security-opt seccomp=unconfined)."
    )


def _wrapped(kind: str, home: Path) -> Iterator[str]:
    """Yield bubblewrap's command line up to the program; nothing without a sandbox."""
    if kind != "bwrap":
        return
    yield "bwrap"
    if os.getuid() == 0:
        # Root sets up what is seen, since its folders may be closed to others; the program then becomes
        # an unprivileged user before it imports anything.
        yield from (
            "--unshare-net",
            "--unshare-pid",
            "--unshare-ipc",
            "--unshare-uts",
            "--unshare-cgroup-try",
        )
        yield from ("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
    else:
        yield "--unshare-all"
    yield from ("--die-with-parent", "--new-session", "--hostname", "grading", "--as-pid-1")
    for path in SYSTEM:
        if os.path.islink(path):
            yield from ("--symlink", os.readlink(path), path)
        else:
            yield from ("--ro-bind-try", path, path)
    for above in dict.fromkeys(str(a) for path in _readable() for a in reversed(Path(path).parents)):
        if above not in ("/", *SYSTEM):
            yield from ("--perms", "0755", "--dir", above)  # the host's own may be closed to others
    for path in _readable():
        yield from ("--ro-bind", path, path)
    yield from (
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--tmpfs",
        "/scratch",
        "--bind",
        str(home),
        "/scratch/home",
    )
    if not any(path.startswith("/tmp/") for path in _readable()):
        yield from ("--symlink", "scratch/tmp", "/tmp")
    yield from ("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--clearenv")
    for name, value in ENVIRONMENT.items():
        yield from ("--setenv", name, value)


def _readable() -> list[str]:
    """Return the folders of Python and its packages, and of this package: nothing else of a checkout."""
    wanted = [
        sys.prefix,
        sys.base_prefix,
        *(path for path in sys.path if _holds_packages(path)),
        str(PACKAGE),
    ]
    folders = dict.fromkeys(str(path) for folder in wanted for path in (folder, os.path.realpath(folder)))
    return [
        folder
        for folder in folders
        if os.path.isdir(folder)
        and not folder.startswith(("/usr/", "/lib"))
        and folder != "/usr"
        and not any(folder.startswith(other + "/") for other in folders if other != folder)
    ]


def _holds_packages(path: str) -> bool:
    return os.path.basename(path) in ("site-packages", "dist-packages")


def _search_path() -> list[str]:
    ours = [path for path in sys.path if path and (_holds_packages(path) or path.startswith(sys.base_prefix))]
    return [*dict.fromkeys([*ours, str(PACKAGE.parent)])]


def _environment(home: Path) -> dict[str, str]:
    return {**ENVIRONMENT, **dict.fromkeys(("HOME", "MPLCONFIGDIR", "IPYTHONDIR", "TMPDIR"), str(home))}


def _lend_font_list(home: Path) -> None:
    """Copy matplotlib's list of fonts, which takes seconds to make."""
    with contextlib.suppress(ImportError, OSError):
        import matplotlib

        for path in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
            shutil.copy(path, home)
