"""What a sandbox keeps a student's code from, tried out inside it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from cnnkit.classroom.grading.bundle import Limits
from cnnkit.classroom.grading.judge.remote import Gone, Names
from cnnkit.classroom.grading.sandbox.box import Sandbox

LIMITS = Limits(call_seconds=5, cell_seconds=5, notebook_seconds=60, memory_mb=1000, scratch_mb=8, file_mb=4)


@dataclass(frozen=True)
class Probe:
    """A claim, and code that sets ``held`` to whether it holds."""

    claim: str
    code: str


PROBES = (
    Probe(
        "no network",
        "import socket\n"
        "def reaches(family, address):\n"
        "    try:\n        socket.socket(family).connect(address)\n"
        "    except ConnectionRefusedError:\n        return False  # the loopback of the sandbox itself\n"
        "    except OSError:\n        return False\n"
        "    return True\n"
        "names = [name for _, name in socket.if_nameindex()]\n"
        "held = names == ['lo'] and not reaches(socket.AF_INET, ('192.0.2.1', 9))",
    ),
    Probe("not as root", "import os\nheld = os.getuid() != 0 and os.geteuid() != 0"),
    Probe(
        "no privileges",
        "import ctypes\n"
        "c = ctypes.CDLL(None)\n"
        "held = c.unshare(0x10000000) != 0 and c.mount(b'none', b'/scratch', b'tmpfs', 0, None) != 0",
    ),
    Probe("no other process in sight", "import os\nheld = os.listdir('/proc') == [] and os.getpid() < 10"),
    Probe(
        "no files but Python's",
        "import os\n"
        "held = not any(os.path.exists(p) for p in ('/etc/passwd', '/home', '/var', '/mnt', '/etc/shadow'))",
    ),
    Probe(
        "nothing to write to but its scratch folder",
        "import os\n"
        "def writes(folder):\n"
        "    try:\n        open(os.path.join(folder, 'probe'), 'w').close()\n"
        "    except OSError:\n        return False\n"
        "    return True\n"
        "found = []\n"
        "for folder, inside, _ in os.walk('/'):\n"
        "    found.append(folder)\n"
        "    inside[:] = [name for name in inside if folder.count('/') < 3 and name != 'scratch']\n"
        "held = writes('/scratch/work') and not any(map(writes, found))",
    ),
    Probe(
        "a limit on scratch space",
        "try:\n"
        "    for n in range(8):\n"
        "        with open(f'/scratch/work/{n}', 'wb') as file: file.write(bytes(3_000_000))\n"
        "    held = False\n"
        "except OSError:\n    held = True",
    ),
    Probe(
        "a limit on the size of a file",
        "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try:\n"
        "    with open('/scratch/work/one', 'wb') as file: file.write(bytes(5_000_000))\n"
        "    held = False\n"
        "except OSError:\n    held = True",
    ),
    Probe(
        "a limit on memory",
        "try:\n    bytes(1_200_000_000)\n    held = False\nexcept MemoryError:\n    held = True",
    ),
    Probe(
        "a limit on processes",
        "import os, time\nmade = 0\n"
        "try:\n"
        "    for _ in range(200):\n"
        "        if os.fork() == 0:\n            time.sleep(3); os._exit(0)\n"
        "        made += 1\n"
        "except OSError:\n    pass\n"
        "held = made < 100",
    ),
    Probe(
        "no settings of the grader in sight",
        "import os\nheld = not any('GRADE' in name or 'CNNKIT' in name for name in os.environ)",
    ),
)


def holds(probe: Probe, sandbox: Sandbox) -> bool:
    """Tell whether the probe's claim holds in this sandbox, for a fresh student."""
    student = sandbox.start(replace(LIMITS, processes=48))
    try:
        names = Names(student.channel, LIMITS, time.monotonic() + LIMITS.notebook_seconds)
        names.run(probe.code, LIMITS.cell_seconds)
        return names.get("held") is True
    except Gone:
        return False
    finally:
        sandbox.end(student)
