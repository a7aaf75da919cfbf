"""Answers and cells that want all of something: memory, processes, disk, output, handles."""

from __future__ import annotations

from cnnkit.classroom.notebooks.canonical import Notebook
from tests.attacks.attack import ALL, Attack, code_cell

ENDS = "partly_graded graded timeout crashed out_of_memory"
SLOW = ("memory-bomb-of-objects", "prints-without-end", "memory-shared", "gigabytes-of-message")
# All of these are bounded, so that they hurt nobody where nothing bounds them.
IN_A_CALL = {
    "memory-bomb": "kept = [np.ones(10_000_000) for _ in range(60)]; return kept[0]",
    "memory-bomb-of-objects": "kept = [[] for _ in range(60_000_000)]; return np.zeros(1)",
    "memory-bomb-in-one": "return np.ones(600_000_000)[:1]",
    "memory-shared": """
    import mmap
    for _ in range(50):
        part = mmap.mmap(-1, 100_000_000); part.write(bytes(100_000_000)); kept.append(part)
    return np.zeros(1)""",
    "prints-100-mb": "for _ in range(100): print('x' * 1_000_000)",
    "writes-100-mb-to-handles": """
    for _ in range(100):
        for handle in (1, 2): os.write(handle, b'x' * 500_000)""",
    "prints-without-end": "while True: print('and on and on')",
    "warns-without-end": "import warnings\n    while True: warnings.warn('no')\n    return np.zeros(1)",
    "gigabytes-of-message": "raise ValueError('x' * 500_000_000)",
}
IN_A_CELL = {
    "fork-bomb": """
import time
if contained():
    try:
        for _ in range(9):
            os.fork()
        time.sleep(600)
    except OSError:
        os._exit(0)
""",
    "spawn-bomb": """
import subprocess
try:
    for _ in range(400): subprocess.Popen(["/bin/sleep", "600"])
except OSError:
    pass
""",
    "thread-bomb": """
import threading, time
try:
    for _ in range(2000): threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
except RuntimeError:
    pass
""",
    "fills-the-disk": """
import tempfile
places = [".", "/tmp", "/dev/shm", "/var/tmp", tempfile.gettempdir(), os.path.expanduser("~")]
for place in places if contained() else []:
    try:
        for number in range(5):
            with open(f"{place}/{HOST['token']}-{number}", "wb") as file:
                for _ in range(100): file.write(bytes(1_000_000))
        breach("half a gigabyte was written to", place)
    except OSError:
        pass
""",
    "fills-the-folder": """
try:
    for number in range(400_000 if contained() else 0): open(f"{HOST['token']}-{number}", "w").close()
except OSError:
    pass
""",
    "takes-all-handles": """
kept = []
try:
    for _ in range(100_000): kept.append(os.dup(0))
except OSError:
    pass
for handle in kept: os.close(handle)
""",
    "memory-bomb-in-a-cell": "kept = [np.ones(10_000_000) for _ in range(60)]",
    "raises-its-limits": """
import resource
for name in [name for name in dir(resource) if name.startswith("RLIMIT_")]:
    number = getattr(resource, name)
    soft, hard = resource.getrlimit(number)
    for wanted in ((-1, -1), (hard, -1)):
        try:
            resource.setrlimit(number, wanted)
            if hard != -1: breach("raised", name)
        except (ValueError, OSError):
            pass
""",
    "prints-100-mb-in-a-cell": "for _ in range(100): print('x' * 1_000_000)",
    "one-line-of-60-mb": "'x' * 60_000_000",
    "displays-20000": "from IPython.display import display\nfor number in range(20_000): display(number)",
    "displays-large": """
from IPython.display import HTML, display
for _ in range(40): display(HTML('x' * 1_000_000))
""",
    "stderr-flood": "for _ in range(50): sys.stderr.write('x' * 1_000_000)\nimport warnings; warnings.warn('x' * 10**6)",
    "program-floods": "import subprocess\nsubprocess.run(['/bin/sh', '-c', 'yes | head -c 50000000; yes | head -c 50000000 >&2'])",
    "figures-without-end": """
import matplotlib.pyplot as plt
for _ in range(15): plt.figure(figsize=(4, 4)); plt.imshow(rng.random((200, 200)))
""",
    "long-traceback": "def deeper(n): return deeper(n - 1) if n else 1 / 0\ndeeper(800)",
}


def _call(body: str) -> dict[str, str]:
    return {"correlate1d": f"import os\nkept = []\ndef correlate1d(x, k):\n    {body.strip()}\n"}


def _copies(source: str, count: int) -> list[Notebook]:
    return [code_cell(f"copy-{number}", source) for number in range(count)]


ATTACKS = [
    *(
        Attack(n, answers=_call(b), loses="correlate1d", outcomes=ENDS, judged="out_of_memory timeout wrong", slow=n in SLOW)
        for n, b in IN_A_CALL.items()
    ),
    *(Attack(n, first=code, outcomes=ENDS) for n, code in IN_A_CELL.items()),
    Attack(
        "many-cells-that-each-take-long",
        edit=lambda notebook: notebook.cells.extend(_copies("import time; time.sleep(2)", 60)),
        outcomes="timeout partly_graded graded",
        may=ALL,
        slow=True,
    ),
]
