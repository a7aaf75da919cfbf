"""Answers that end, stop or block their own process, and those that never end. Only their exercise may lose."""

from __future__ import annotations

from tests.attacks.attack import ALL, Attack, every

KILLED = "partly_graded"
QUICK = ("loops", "swallows-everything", "stops-itself", "blocks-signals")
ENDS = "partly_graded graded crashed timeout"

# name: what correlate1d does when it is called; everything else in the notebook is right
DEADLY = {
    "exits": "os._exit(0)",
    "aborts": "os.abort()",
    "segfaults": "import ctypes; ctypes.string_at(0)",
    "kills-itself": "os.kill(os.getpid(), 9)",
    "becomes-another-program": "os.execv('/bin/true', ['true'])",
}
ENDLESS = {
    "loops": "while True: pass",
    "swallows-everything": """
    while True:
        try:
            while True: pass
        except BaseException: pass""",
    "stops-itself": "os.kill(os.getpid(), 19); import time; time.sleep(600)",
    "blocks-signals": """
    import signal, time
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    for number in (2, 14, 15): signal.signal(number, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0)
    time.sleep(600)""",
    "long-arithmetic": "return 7 ** 10**9",
    "backtracks": "import re; re.fullmatch('(a|aa)+$', 'a' * 200 + 'b')",
    "deadlock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "sleeps": "import time; time.sleep(600)",
}
# These may end as a plain exception or as a kill, as the interpreter likes.
EITHER = {
    "sys-exit": "sys.exit(0)",
    "endless-recursion": "return correlate1d(x, k)",
    "deep-in-c": "sys.setrecursionlimit(10**8)\n    thing = ()\n    for _ in range(10**6): thing = (thing, )\n    return repr(thing)",
    "asks-for-input": "return input('points? ')",
    "closes-everything": "os.closerange(0, 4096)",
    "all-handles-are-one": "null = os.open(os.devnull, 2)\n    for handle in range(256): os.dup2(null, handle)",
    "forks-and-both-return": "os.fork(); return np.zeros(len(x) - len(k) + 1)",
    "threads-that-stay": """
    import threading
    for _ in range(5): threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()
    return np.zeros(1)""",
}

# name: (a cell of the student's below the set-up, how the notebook may end, what may be lost besides nothing)
CELLS = {
    "cell-exits": ("os._exit(1)", ENDS, ""),
    "cell-raises-the-end": ("raise SystemExit", "graded", ""),
    "cell-loops": ("while True: pass", ENDS, ""),
    "cell-loops-deaf": ("while True:\n    try:\n        while True: pass\n    except BaseException: pass", ENDS, ""),
    "cell-sleeps-asynchronously": ("import asyncio\nawait asyncio.sleep(10**6)", ENDS, ""),
    "cell-leaves-the-shell": ("exit\nget_ipython().ask_exit()\nquit()", ENDS, ""),
    "exit-handlers": ("import atexit, threading\natexit.register(lambda: os._exit(0))\n"
                      "threading._register_atexit(lambda: [None for _ in iter(int, 1)])", "graded", ""),
    "thread-that-outlives": ("import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()", "graded", ""),
    "thread-that-kills-later": ("import threading, time\nthreading.Timer(1.5, lambda: os._exit(3)).start()\ntime.sleep(0.5)",
                                ENDS, ALL),
    "thread-that-prints-on": ("import threading\nthreading.Thread(target=lambda: [print('x' * 99) for _ in iter(int, 1)], "
                              "daemon=True).start()", ENDS, ALL),
    "daemon": ("import subprocess\nfor _ in range(3):\n    subprocess.Popen([sys.executable, '-c', 'import time; "
               "time.sleep(600) #' + HOST['token']], start_new_session=True)", "graded", ""),
    "double-fork": ("if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        import ctypes, time\n"
                    "        ctypes.CDLL(None).prctl(15, HOST['token'].encode())\n        time.sleep(600)\n    os._exit(0)",
                    "graded", ""),
    "child-returns-too": ("os.fork()", ENDS, ALL),
    "syntax-error": ("def broken(:", "graded", ""),
    "null-in-source": ("x = '\\0'\n\0", "graded", ""),
}  # fmt: skip


def _correlate1d(body: str) -> dict[str, str]:
    return {"correlate1d": f"import os, sys\ndef correlate1d(x, k):\n    {body.strip()}\n"}


ATTACKS = [
    *(
        Attack(n, answers=_correlate1d(b), loses="correlate1d", outcomes=KILLED, judged="crashed out_of_memory" if n == "kills-itself" else "crashed")
        for n, b in DEADLY.items()
    ),
    *(
        Attack(n, answers=_correlate1d(b), loses="correlate1d", outcomes=ENDS, judged="timeout wrong", slow=n not in QUICK)
        for n, b in ENDLESS.items()
    ),
    *(
        Attack(
            n, answers=_correlate1d(b), loses="correlate1d", outcomes=ENDS, may=ALL if n.startswith("threads") else ""
        )
        for n, b in EITHER.items()
    ),
    *(Attack(n, first=code, outcomes=ends, may=may) for n, (code, ends, may) in CELLS.items()),
    Attack(
        "every-answer-exits",
        answers=every(
            "correlate1d convolve1d by_hand fill_blanks correlate2d convolve2d mean_filter sobel_x laplacian "
            "mended_correlate2d quiz",
            "    import os; os._exit(0)",
        ),
        loses=ALL,
        outcomes="crashed partly_graded",
    ),
    Attack(
        "one-case-in-nine-exits",
        answers={
            "correlate1d": "def correlate1d(x, k):\n    import os\n    if len(x) == 8: os._exit(0)\n"
            "    return np.array([np.sum(x[i:i + len(k)] * k) for i in range(len(x) - len(k) + 1)], dtype=float)"
        },
        loses="correlate1d",
        outcomes=KILLED,
    ),
]
