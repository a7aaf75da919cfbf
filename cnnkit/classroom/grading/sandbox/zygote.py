"""A warm process inside the sandbox: everything is imported, and each submission is a fork of it.

A fork enters namespaces of its own, where it sees no other process, no /proc and only an empty scratch
folder, gives up every privilege, takes its limits, and becomes a `Student`. Nothing of one submission reaches
the next.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NEW_NAMESPACES = 0x10000000 | 0x00020000 | 0x20000000 | 0x08000000  # user, mount, process ids, ipc
MS_NOSUID_NODEV, MS_PRIVATE_REC = 2 | 4, 0x40000 | 0x4000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
LAST_CAPABILITY = 63
SCRATCH = "/scratch"  # of the fork's own
FOLDERS = WORK, HOME, TEMPORARY = f"{SCRATCH}/work", f"{SCRATCH}/home", f"{SCRATCH}/tmp"

WARMING = (
    "import cnnkit.data, cnnkit.functional, cnnkit.layers, cnnkit.models, cnnkit.train, cnnkit.viz",
    "import cnnkit.classroom.exercises, cnnkit.classroom.grading.sandbox.student",
    "1 / 0",
    "import matplotlib.pyplot as plt\nplt.plot([0, 1])\nplt.show()",
)

_libc = ctypes.CDLL(None, use_errno=True)


def main(descriptor: int, isolation: str, uid: int) -> None:
    """Serve forks on the channel ``descriptor`` until it is closed; as root, become ``uid`` first."""
    _die_with_parent()
    if os.getuid() == 0 and isolation == "bwrap":
        _become(uid)
    control = socket.socket(fileno=descriptor)
    _warm()
    _tell(control, {"ready": os.getpid()})
    while True:
        text, descriptors, _, _ = socket.recv_fds(control, 65536, 1)
        if not text:
            os._exit(0)
        order = json.loads(text)
        if "limits" in order:
            _tell(control, {"group": _fork(control, descriptors[0], order["limits"], isolation)})
        else:
            _tell(control, {"status": _end(order["end"], order["patience"])})


def _fork(control: socket.socket, channel: int, limits: dict[str, float], isolation: str) -> int:
    group = os.fork()
    if group:
        os.close(channel)
        return group
    with _last_resort():
        control.close()
        os.setsid()
        _die_with_parent()
        if isolation == "bwrap":
            _enter_namespaces()
        else:
            _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        init = os.fork()
        if init:
            os.close(channel)
            _mirror(init)
        _die_with_parent()
        if isolation == "bwrap":
            _hide_the_rest(limits)
        student = os.fork()
        if student:
            os.close(channel)
            _mirror(student)
        _be_student(channel, limits, isolation)
    return 0


def _enter_namespaces() -> None:
    uid, gid = os.getuid(), os.getgid()
    _must(_libc.unshare(NEW_NAMESPACES), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    Path("/proc/sys/user/max_user_namespaces").write_text("0")  # no further ones, for the student


def _hide_the_rest(limits: dict[str, float]) -> None:
    """Cover /proc and the scratch folder in this process's own view, and drop all rights to undo it."""
    _must(_libc.mount(b"none", b"/", None, MS_PRIVATE_REC, None), "mount /")
    size = f"size={int(limits['scratch_mb'])}m,nr_inodes=4096,mode=700".encode()
    _must(_libc.mount(b"tmpfs", SCRATCH.encode(), b"tmpfs", MS_NOSUID_NODEV, size), SCRATCH)
    _must(_libc.mount(b"tmpfs", b"/proc", b"tmpfs", MS_NOSUID_NODEV | 1, b"size=4k"), "/proc")
    for capability in range(LAST_CAPABILITY + 1):
        _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    _must(_libc.capset(header, none), "capset")
    _must(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    _libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # the first process of the namespace is nobody's to look into


def _be_student(channel: int, limits: dict[str, float], isolation: str) -> None:
    from cnnkit.classroom.grading.sandbox.student import Student

    if isolation == "bwrap":
        for folder in FOLDERS:
            os.mkdir(folder)
        os.chdir(WORK)
    _limit(limits)
    _only(channel)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    Student(socket.socket(fileno=channel), int(limits["output_kb"])).serve()
    os._exit(0)


def _limit(limits: dict[str, float]) -> None:
    mega = 1_000_000
    for which, most in {
        resource.RLIMIT_AS: limits["memory_mb"] * mega,
        resource.RLIMIT_FSIZE: limits["file_mb"] * mega,
        resource.RLIMIT_NPROC: limits["processes"],
        resource.RLIMIT_CPU: limits["notebook_seconds"] + 30,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
    }.items():
        resource.setrlimit(which, (int(most), int(most)))


def _only(channel: int) -> None:
    """Leave open nothing but the channel; what is written to the terminal goes nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.closerange(3, channel)
    os.closerange(channel + 1, 1024)


def _end(group: int, patience: float) -> int:
    """End a fork with all its processes, after a moment to end by itself in; return how it ended."""
    stop = time.monotonic() + patience
    ended, status = os.waitpid(group, os.WNOHANG)
    while not ended and time.monotonic() < stop:
        time.sleep(0.01)
        ended, status = os.waitpid(group, os.WNOHANG)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    if not ended:
        _, status = os.waitpid(group, 0)
    return os.waitstatus_to_exitcode(status)


def _mirror(child: int) -> None:
    """Wait for ``child``, end every process that it left behind, and end as it ended."""
    how = 0
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            os._exit(how)
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            how = code if code >= 0 else 128 - code
            _kill_children()


def _kill_children() -> None:
    """Kill the children of this process; in a namespace of its own it is enough that it ends."""
    if os.getpid() == 1:
        return
    with contextlib.suppress(OSError):
        me = os.getpid()
        for pid in Path(f"/proc/{me}/task/{me}/children").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


def _become(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    _must(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    _libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # so that a fork may write its own maps
    _die_with_parent()


def _die_with_parent() -> None:
    if sys.platform == "linux":
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _warm() -> None:
    """Import what notebooks of the course use, and show an error and a picture: the first ones are slow."""
    from cnnkit.classroom.grading.sandbox import shell

    warm, shown = shell.ready(), shell.Shown(100_000)
    for source in WARMING:
        warm.run(source, shown)
    warm.reset(new_session=False)
    warm.execution_count = 1
    gc.collect()
    gc.freeze()  # forks share this memory: let the collector leave it alone


def _tell(control: socket.socket, what: dict[str, Any]) -> None:
    control.sendall(json.dumps(what).encode() + b"\n")


def _must(status: int, what: str) -> None:
    if status != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


@contextlib.contextmanager
def _last_resort() -> Iterator[None]:
    """End this process whatever happens in it: it must never go on as a second zygote."""
    try:
        yield
    except BaseException as error:
        with contextlib.suppress(BaseException):
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(99)
