"""Cells that speak for their process: forged, early, doubled, broken and endless answers to the tests' questions.

The process that runs student code may say what it likes; it must gain nothing and harm nobody by it.
"""

from __future__ import annotations

from tests.attacks.attack import ALL, Attack

ENDS = "graded partly_graded crashed timeout out_of_memory"
FIND = """
import gc, json, struct, time
me = next((thing for thing in gc.get_objects() if type(thing).__name__ == "Student" and hasattr(thing, "channel")), None)
wire = sys.modules.get("cnnkit.classroom.grading.judge.wire")
line, send = getattr(me, "channel", None), getattr(wire, "send", None)
print("armed" if line and send else "unarmed")
def frame(message, more=b""):
    header = message if isinstance(message, bytes) else json.dumps(message).encode()
    return struct.pack("<II", len(header), len(header) + len(more)) + header + more
def entries(**parts):
    return ["d", *map(list, parts.items())]
def say(data):
    if line: line.sendall(data)
def instead(mark, what):
    def forged(channel, message, keeper):
        if mark in message: what(message)
        else: send(channel, message, keeper)
    if wire: wire.send = forged
"""
ONES = 'entries(number=number, value=["a", "<f8", [3], [1], True]), bytes(24)'

# name: what is done at once, in a cell below the set-up; all answers are wrong
AT_ONCE = {
    "answers-early": f"for number in range(2000): say(frame({ONES}))",
    "answers-all-kinds-early": """
for number in range(500):
    say(frame(entries(number=number, kind="data", value=1.0, outcome="right", earned=99, error="", printed="")))
""",
    "says-garbage": "say(bytes(range(256)) * 40)",
    "says-impossible-lengths": "say(struct.pack('<II', 2**32 - 1, 2**32 - 1)); say(struct.pack('<II', 9, 2))",
    "begins-and-never-ends": "say(struct.pack('<II', 10, 60_000_000) + bytes(1000)); time.sleep(600)",
    "drips": "for _ in range(10**6): say(b'\\x01' if _ else struct.pack('<II', 10**6, 10**6)); time.sleep(0.3)",
    "says-nested": "say(frame(b'[' * 200_000)); say(frame(b'[\"l\",' * 200 + b'1' + b']' * 200))",
    "says-what-is-no-json": "say(frame(b'\\xff\\xfe')); say(frame(b'{\"a\": NaN}')); say(frame(b'[]')); say(frame(b'[[1]]'))",
    "hangs-up": "line and line.close()",
    "speaks-into-every-handle": """
for handle in range(3, 300):
    for text in (b'{"ok": true, "earned": 99}\\n', frame(entries(number=1, value=1.0))):
        try: os.write(handle, text)
        except OSError: pass
""",
    "listens-at-every-handle": """
for handle in range(3, 300):
    try: os.set_blocking(handle, False); print(os.read(handle, 10_000))
    except OSError: pass
""",
    "sends-a-handle": "import socket\nif line: socket.send_fds(line, [frame(entries(number=1))], [0, 1, 2])",
    "fills-the-line": "if line:\n    line.setblocking(False)\n    for _ in range(200):\n        try: line.send(bytes(100_000))\n        except OSError: pass",
}  # fmt: skip

# name: what the process says in place of each call's result: a Python value, as the wire's header, and bytes
IN_CALLS = {
    "claims-success": 'entries(number=number, outcome="right", verdict=True, earned=99, points=99, value=1.0), b""',
    "claims-another-number": 'entries(number=number + 1, value=["a", "<f8", [3], [1], True]), bytes(24)',
    "words-for-numbers": 'entries(number=str(number), value=1, seconds="nan", after=7, error=[1], printed=9), b""',
    "nothing": 'entries(number=number), b""',
    "array-of-objects": 'entries(number=number, value=["a", "|O8", [3], [], True]), bytes(24)',
    "array-without-bytes": 'entries(number=number, value=["a", "<f8", [900_000], [1], True]), b""',
    "array-with-mad-steps": 'entries(number=number, value=["a", "<f8", [2, 2], [2**60, -2**60], True]), bytes(32)',
    "array-of-negative-size": 'entries(number=number, value=["a", "<f8", [-1, -3], [1, 1], True]), bytes(24)',
    "array-too-large": 'entries(number=number, value=["a", "|V9999", [2**30, 2**30], [], True]), b""',
    "array-of-many-axes": 'entries(number=number, value=["a", "<f8", [1] * 64, [1] * 64, True]), bytes(8)',
    "dates-and-texts": 'entries(number=number, value=["t", ["s", "<M8[ns]"], ["s", "<U9999"], ["s", "|O8"]]), b""',
    "handles-of-nobody": 'entries(number=number, value=["h", -1, "ndarray"]), b""',
    "handle-for-a-number": 'entries(number=number, value=["l", ["h", 10**30, "float"], ["h", "x", "x" * 10**6]]), b""',
    "long-integer": 'entries(number=number, value=["i", "0x" + "f" * 4000]), b""',
    "unknown-tags": 'entries(number=number, value=["pickle", "gASV"], error=""), b""',
    "bare-dictionary": '{"number": number, "value": 1.0}, b""',
    "odd-changes": 'entries(number=number, value=1.0, after=["d", [0, ["a", "<f8", [1], [1], True]], ["x", 1], [99, 2]]), bytes(8)',
    "long-words": 'entries(number=number, error="E" * 5_000_000, message="<script>" * 10**6, line="x" * 10**6), b""',
    "stub-for-ever": 'entries(number=number, error="NotImplementedError", raised_in="correlate1d", message=""), b""',
    "slow-to-read": 'entries(number=number, value=["l", *([["l"]] * 3_000_000)]), b""',
}  # fmt: skip

# name: (what is done at once), where the answers are right: the process lies about what cells showed
SHOWN = {
    "what-is-no-output": '[None, 3, {"output_type": "bogus"}, {"output_type": "stream", "text": ["x", 4]}, {}, []]',
    "metadata": '[{"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {"nbgrader": {"grade": True, "points": 99}}, '
    '"transient": {"x": 1}}, {"output_type": "execute_result", "data": {"text/plain": "20.0"}, "metadata": {}}]',
    "without-limit": '[{"output_type": "stream", "name": "stdout", "text": "x" * 30_000_000}]',
    "a-list-of-lists": "[[[[]]]] * 100_000",
    "many-outputs": '[{"output_type": "stream", "name": "stdout", "text": "x"}] * 200_000',
    "odd-keys": '[{1: 2, "output_type": "stream", "name": 5, "text": None}, {"output_type": ["error"], "ename": {}, "traceback": 7}]',
    "arrays-and-things": '[np.zeros(3), print, 1j, {"output_type": "display_data", "data": np.zeros(3), "metadata": print}]',
    "half-characters": '[{"output_type": "stream", "name": "stdout", "text": "\\ud800"}, {"output_type": "error", "ename": "\\udfff", '
    '"evalue": "\\ud800", "traceback": ["\\ud800"]}]',
    "data-of-all-kinds": '[{"output_type": "display_data", "data": {"text/html": 5, "image/png": ["x"], 7: "x", "text/plain": None}, "metadata": 4}]',
    "nothing": "None",
    "a-text": '"outputs"',
}
SECONDS = ("-1e308", "float('nan')", "float('inf')", "'soon'", "None", "10**400 // 10**395", "[1]", "True")

SHADOWS = """
def nought(*arguments, **options): return 0.0
sum = float = abs = nought
range = lambda *arguments: []
class Np:
    def __getattr__(self, name): return lambda *a, **k: np_.zeros(1)
np_ = np
np = Np()
reference = seed = nought
print = isinstance = len = nought
"""
KEEPS = """\
heard = []
def correlate1d(x, k):
    heard.append((x.tolist(), k.tolist()))
    print("I was given", heard[-1])
    raise ValueError("I was given " + repr(heard[-1]) + repr(heard))
"""

ATTACKS = [
    *(
        Attack(name, first=FIND + code, wrong=True, loses=ALL, outcomes=ENDS, slow="time.sleep" in code)
        for name, code in AT_ONCE.items()
    ),
    *(
        Attack(
            f"says-{name}",
            first=FIND + f"def lie(message):\n    number = message['number']\n    say(frame({said}))\ninstead('after', lie)",
            wrong=True,
            loses=ALL,
            outcomes=ENDS,
            shows="armed",
            slow=number % 2 == 1,
        )
        for number, (name, said) in enumerate(IN_CALLS.items())
    ),
    *(
        Attack(
            f"shows-{name}",
            first=FIND + f"def lie(message):\n    send(line, {{**message, 'outputs': {shown}}}, me)\ninstead('outputs', lie)",
            outcomes=ENDS,
            may=ALL,
        )
        for name, shown in SHOWN.items()
    ),
    *(
        Attack(
            f"took-seconds-{number}",
            first=FIND + f"def lie(message):\n    send(line, {{**message, 'seconds': {took}}}, me)\ninstead('seconds', lie)",
            outcomes=ENDS,
            may=ALL,
            slow=number > 1,
        )
        for number, took in enumerate(SECONDS)
    ),
    Attack(
        "lies-about-memory",
        first=FIND + "import resource\nresource.getrusage = lambda who: type('U', (), {'ru_maxrss': float('inf')})()",
        outcomes=ENDS,
        may=ALL,
    ),
    Attack("shadows-what-tests-use", first=SHADOWS, wrong=True, loses=ALL),
    Attack("keeps-what-it-is-given", answers={"correlate1d": KEEPS}, last="print(heard)", loses="correlate1d"),
    Attack(
        "becomes-a-module",
        answers={
            "correlate1d": "import numpy, os as correlate1d\nimport sys\nsys.modules['antigravity'] = numpy\n"
            "numpy.__name__ = 'antigravity'\ncorrelate1d.__name__ = 'this'\n"
        },
        loses="correlate1d",
    ),
]
