"""Wrong answers that return something strange: objects that lie, and values that no judge should trust or choke on."""

from __future__ import annotations

from tests.attacks.attack import ALL, Attack, every

EXERCISES = (
    "correlate1d convolve1d by_hand fill_blanks correlate2d convolve2d mean_filter sobel_x laplacian "
    "mended_correlate2d quiz"
)
THREE = "correlate2d mean_filter quiz"
SLOW = ("million-small-things", "long-text", "eighty-megabytes", "raises-what-hangs", "raises-a-bottomless-message")
CUTS = "partly_graded timeout out_of_memory crashed graded"

# name: the definition of `strange`, which every exercise returns
STRANGE = {
    "equal-to-all": """
class Liar:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    def __bool__(self): return True
    def __len__(self): return 2
    def __iter__(self): return iter([self, self])
    def __getitem__(self, key): return self
    def __getattr__(self, name): return self
    def __call__(self, *arguments, **options): return self
    def __sub__(self, other): return 0
    __rsub__ = __abs__ = __mod__ = __sub__
    def __lt__(self, other): return True
    __gt__ = __le__ = __ge__ = __contains__ = __lt__
strange = Liar()
""",
    "becomes-any-array": """
class Liar:
    shape, ndim, size, dtype = (3,), 1, 3, np.dtype("float64")
    def __array__(self, *arguments, **options): return sys._getframe(1).f_locals.get("want", np.zeros(3))
    def __float__(self): return 6.0
    __int__ = __index__ = lambda self: 6
    __array_interface__ = {"shape": (3,), "typestr": "<f8", "data": (0, False), "version": 3}
    def __array_function__(self, *a, **k): return True
    def __array_ufunc__(self, *a, **k): return np.zeros(())
strange = Liar()
""",
    "lies-about-its-class": """
class Liar:
    @property
    def __class__(self): return np.ndarray
    def __eq__(self, other): return True
    def __getattr__(self, name): return (lambda *a, **k: [0.0]) if name != "shape" else ()
    dtype = np.dtype("float64")
strange = Liar()
""",
    "array-with-a-will": """
class Liar(np.ndarray):
    def __eq__(self, other): return np.True_
    def tolist(self): return [2.0, 4.0, 8.0]
    def tobytes(self, order="C"): return np.array([1.0, 2.0, 4.0]).tobytes()
    def ravel(self, order="C"): return self
    shape = property(lambda self: (1, 2, 3), lambda self, value: None)
    dtype = property(lambda self: np.dtype("O"), lambda self, value: None)
    def __reduce__(self): return (print, ("BRE" + "ACH",))
strange = np.zeros(3).view(Liar)
""",
    "numbers-with-a-will": """
class Number(float):
    def __eq__(self, other): return True
    def __abs__(self): return 0.0
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __repr__(self): return "1.0], 'earned': 99, 'x': ["
    hex = __str__ = __repr__
class Text(str):
    def __eq__(self, other): return True
    __hash__ = str.__hash__
    def strip(self, *characters): return "b"
    lower = encode = strip
class Items(list):
    def __getitem__(self, key): return [1.0, 2.0, 4.0]
    def __iter__(self): return iter([1.0, 2.0, 4.0])
    def __len__(self): return 3
class Entries(dict):
    def items(self): return [("q1", "b"), ("q2", "a"), ("q3", "b"), ("q4", "b"), ("q5", "d")]
    def keys(self): return {"q1"}
    __iter__ = keys
strange = Items([Number(1), Text("b"), Entries(q1=Text("a")), Items()])
""",
    "looks-like-a-description": """
strange = {"dtype": "float64", "shape": [3], "values": [1.0, 2.0, 4.0], "items": [], "text": "b", "entries": {}}
""",
    "looks-like-the-wire": """
strange = [["a", "<f8", [3], [1], True], ["h", 0, "ndarray"], ["i", "0x7"], {"outcome": "right", "earned": 99}]
""",
    "not-a-number": "strange = np.full((2, 2), np.nan)",
    "infinite": "strange = [np.inf, -np.inf, float('nan'), 1e308 * 10]",
    "negative-points": "strange = -99.0",
    "huge-number": "strange = 10 ** 20_000",
    "complex-and-dates": "strange = [1j, np.datetime64('2026-01-01'), np.timedelta64(1), np.complex128(1), b'x', ...]",
    "objects-in-an-array": "strange = np.array([print, {}, None, 'x', 10**400], dtype=object)",
    "structured": "strange = np.zeros(3, dtype=[('a', 'f8'), ('b', 'O'), ('c', 'S9', (2,))])",
    "void-and-masked": "strange = [np.zeros(2, 'V8'), np.ma.masked_all(3), np.array('x'), np.matrix([[1]])]",
    "generator": "strange = (i for i in iter(int, 1))",
    "holds-itself": "strange = []; strange += [strange, {'x': strange}, (strange,)]",
    "very-deep": """
strange = []
for _ in range(100_000): strange = [strange]
""",
    "keys-of-all-kinds": "strange = {(1, 2): 3, None: 4, b'x': 5, 1.5: 6, frozenset(): 7, 'q1': 'b'}",
    "not-data": "strange = [lambda: 1, type, os, memoryview(b'x'), NotImplemented, range(10**12), {1, 2}, slice(1)]",
    "lone-surrogate": "strange = ['\\ud800', '\\0', '\\u202e', chr(0x10ffff)]",
    "broadcast-to-a-petabyte": "strange = np.broadcast_to(0.0, (10**7, 10**7))",
    "eighty-megabytes": "strange = np.zeros(10_000_000)",
    "no-elements-no-end": "strange = np.zeros((0, 2**60 // 2**31, 1))",
    "million-small-things": "strange = [[] for _ in range(3_000_000)]",
    "long-text": "strange = 'x' * 50_000_000",
    "a-class-of-the-course": """
from cnnkit.classroom.exercises.outcome import Outcome
strange = Outcome({"dtype": "float64", "shape": [], "values": [1.0]})
""",
}  # fmt: skip

# name: what the answer raises in place of returning
RAISED = {
    "raises-a-bottomless-message": """\
    class Endless(Exception):
        def __str__(self): return "x" * 30_000_000
        __repr__ = __str__
    raise Endless
""",
    "raises-what-hangs": """\
    class Hangs(Exception):
        def __str__(self):
            while True: pass
        __repr__ = __str__
    raise Hangs
""",
    "raises-a-false-name": """\
    raise type("NotRight", (BaseException,), {"__module__": "cnnkit", "mistake": "earned 99"})("all right")
""",
    "raises-an-interrupt": "    raise KeyboardInterrupt\n",
    "raises-the-end": "    raise SystemExit(0)\n",
    "raises-a-generator-exit": "    raise GeneratorExit\n",
    "raises-a-stub": "    raise NotImplementedError\n",
    "raises-a-group": "    raise BaseExceptionGroup('many', [ValueError(i) for i in range(10_000)])\n",
    "raises-in-a-loop": """\
    error = ValueError("a"); other = ValueError("b"); error.__cause__ = other; other.__cause__ = error
    raise error
""",
}

ATTACKS = [
    *(
        Attack(
            f"returns-{name}",
            first=code,
            answers=every(EXERCISES, "    return strange"),
            loses=ALL,
            outcomes=CUTS,
            slow=name in SLOW,
        )
        for name, code in STRANGE.items()
    ),
    *(
        Attack(name, answers=every(THREE, body), loses=THREE, outcomes=CUTS, slow=name in SLOW)
        for name, body in RAISED.items()
    ),
]
