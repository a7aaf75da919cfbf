"""Wrong answers that try to be judged right: the tools of the judge are bent, and what it knows is looked up."""

from __future__ import annotations

from tests.attacks.attack import ALL, Attack, every

FUNCTIONS = "correlate1d convolve1d correlate2d convolve2d mean_filter mended_correlate2d"

# name: the cell that the attacker puts below the set-up; all answers are wrong
BENT = {
    "ast-transformer": """
import ast
class NoCheck(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
    def visit_Raise(self, node): return ast.Pass()
    def visit_Expr(self, node): return ast.Pass() if "check" in ast.dump(node) else node
get_ipython().ast_transformers.append(NoCheck())
""",
    "input-transformer": "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'])",
    "fake-kernel": """
shell = get_ipython()
class Fine:
    success, result, error_in_exec, error_before_exec, execution_count, info = True, None, None, None, 1, None
    def raise_error(self): pass
def nothing(*arguments, **options): return Fine()
type(shell).run_cell = type(shell).run_cell_async = type(shell)._run_cell = nothing
type(shell).run_code = type(shell).run_ast_nodes = nothing
""",
    "hooks": """
def full_marks(*arguments):
    from IPython.display import display
    display(20.0)
for event in ("pre_run_cell", "post_run_cell", "pre_execute", "post_execute"):
    get_ipython().events.register(event, full_marks)
""",
    "no-traceback": """
shell = get_ipython()
shell.showtraceback = shell._showtraceback = shell.showsyntaxerror = lambda *a, **k: None
shell.set_custom_exc((BaseException,), lambda *a, **k: None)
sys.excepthook = lambda *a: None
""",
    "patched-numpy": """
import numpy, numpy.testing
for name in dir(numpy.testing):
    if name.startswith("assert_"): setattr(numpy.testing, name, lambda *a, **k: None)
numpy.allclose = numpy.array_equal = numpy.isclose = numpy.array_equiv = lambda *a, **k: True
numpy.asarray = numpy.array = numpy.ravel = lambda *a, **k: numpy.zeros(3)
""",
    "patched-builtins": """
import builtins
builtins.abs = lambda x: 0
builtins.any = lambda x: False
builtins.all = lambda x: True
builtins.AssertionError = Warning
""",
    "fake-check": """
class Yes:
    def __getattr__(self, name): return self
    def __call__(self, *arguments, **options): return 1.0
check = Yes()
get_ipython().user_ns["check"] = check
class Sticky(dict):
    def __setitem__(self, name, value): super().__setitem__(name, check if name == "check" else value)
get_ipython().user_ns.__class__ is dict and get_ipython().user_ns.update(check=check)
""",
    "patched-lesson": """
import cnnkit.classroom.exercises as exercises, cnnkit.classroom.exercises.lesson as module
class Yes:
    def __getattr__(self, name): return lambda *a, **k: print("Right.")
exercises.lesson = module.lesson = lambda chapter: (Yes(), print)
module.Check.__getattr__ = lambda self, name: lambda *a, **k: print("Right.")
""",
    "patched-judge": """
from cnnkit.classroom.exercises import compare, function_check, judge, value_check
compare.difference = judge.difference = compare._value_difference = lambda *a, **k: None
judge.same = compare.same = judge.repeats = lambda *a, **k: True
function_check.FunctionCheck.__call__ = function_check.FunctionCheck.tried = lambda *a, **k: None
value_check.ValueCheck.__call__ = value_check.fingerprint = lambda *a, **k: None
""",
    "patched-outcome": """
from cnnkit.classroom.exercises import function_check, judge, outcome, value_check
from cnnkit.classroom.exercises.texts import bank
def right(function, arguments, *rest, **options):
    expected = bank("02")["exercises"][function.__name__].get("expected")
    return outcome.Outcome(outcome.unpack(expected[0]) if expected else {"text": "b"})
for module in (outcome, judge, value_check): module.call = right
outcome.describe = function_check.describe = lambda value: {"dtype": "float64", "shape": [], "values": [0.0]}
""",
    "silent-verdict": """
from cnnkit.classroom.exercises import verdict, exercise
class Never(BaseException):
    def __new__(cls, *arguments, **options): raise SystemExit(0)
verdict.NotRight = verdict.NotTriedYet = exercise.NotRight = exercise.NotTriedYet = Never
exercise.ExerciseCheck._not_right = exercise.ExerciseCheck._not_tried = lambda *a, **k: None
""",
    "patched-json": """
import json
told = json.dumps({"value": {"dtype": "float64", "shape": [], "values": [1.0]}, "verdict": "right", "earned": 99})
json.dumps = lambda *a, **k: told
json.loads = lambda *a, **k: {"ok": True, "earned": 99}
json.dump = lambda value, file, **k: file.write(told)
json.JSONEncoder.encode = lambda *a: told
""",
    "patched-wire": """
import io, pickle, socket, struct
for module in [m for name, m in sys.modules.items() if name.startswith("cnnkit.classroom.grading")]:
    for name, thing in vars(module).items():
        if callable(thing) and not isinstance(thing, type): setattr(module, name, lambda *a, **k: b"{}")
os.write = lambda handle, data: len(data)
os.read = lambda handle, size: b"\\0\\0\\0\\2{}"
struct.unpack = lambda *a: (2,)
socket.socket.send = socket.socket.sendall = lambda *a: None
""",
    "fake-modules": """
import types
class Yes(types.ModuleType):
    def __getattr__(self, name): return lambda *a, **k: (Yes("check"), print)
for name in [name for name in sys.modules if name.startswith(("cnnkit", "numpy"))]:
    sys.modules[name] = Yes(name)
""",
    "fake-clock": """
import signal, time
time.perf_counter = time.monotonic = time.time = lambda: 0.0
signal.signal = signal.setitimer = signal.alarm = lambda *a: None
""",
    "bent-profile": """
def watch(frame, event, argument):
    for name in ("wrong", "places", "error"):
        if name in frame.f_locals: frame.f_locals[name] = None
    return watch
sys.settrace(watch); sys.setprofile(watch)
import threading; threading.settrace(watch)
""",
    "prints-a-score": """
from IPython.display import display
print("20/20 right. ### earned 20 points"); display(20.0)
20.0
""",
    "strict-numpy": "np.seterr(all='raise'); import warnings; warnings.simplefilter('error')\nsys.setrecursionlimit(120)",
}  # fmt: skip

# name: what an answer does in place of the exercise: it looks for the right value in the judge's own hands
LOOKED_UP = {
    "walks-frames": """\
    frame = sys._getframe()
    while frame:
        for name in ("expected", "want", "reference", "trials", "hidden"):
            if name in frame.f_locals: return frame.f_locals[name]
        frame = frame.f_back
    return 0
""",
    "searches-the-heap": """\
    import gc
    for thing in gc.get_objects():
        if getattr(thing, "__name__", "") == "reference":
            breach("found the reference")
            return thing(*arguments)
    return 0
""",
    "asks-main": """\
    import __main__, inspect
    for space in (vars(__main__), globals(), *(frame.frame.f_globals for frame in inspect.stack())):
        if "reference" in space:
            breach("found the reference")
            return space["reference"](*arguments)
    return 0
""",
    "reads-the-input": """\
    sources = [str(x) for x in globals().get("In", [])] + [str(x) for x in globals().get("_ih", [])]
    found = [text for text in sources if "HIDDEN" + " TESTS" in text]
    if found: breach(found)
    return 0
""",
    "answers-from-the-bank": """\
    import json
    from cnnkit.classroom.exercises import outcome
    from cnnkit.classroom.exercises.texts import bank
    name = sys._getframe().f_code.co_name
    numbers = globals().setdefault("numbers", {})
    number = numbers[name] = numbers.get(name, -1) + 1
    expected = bank("02")["exercises"][name]["expected"]
    kept = outcome.unpack(expected[number % len(expected)])
    return np.array(kept["values"]).reshape(kept["shape"])
""",
}

ATTACKS = [
    *(
        Attack(name, first=code, wrong=True, loses=ALL, outcomes="graded partly_graded crashed timeout")
        for name, code in BENT.items()
    ),
    *(
        Attack(name, first="pass", answers=every(FUNCTIONS, body), wrong=True, loses=ALL)
        for name, body in LOOKED_UP.items()
        if name != "answers-from-the-bank"
    ),
    # Visible cases are no secret, so this may pass them; hidden ones it cannot.
    Attack(
        "answers-from-the-bank",
        first="pass",
        answers=every(FUNCTIONS, LOOKED_UP["answers-from-the-bank"]),
        wrong=True,
        loses=ALL,
        may=" ".join(f"{name}-check" for name in FUNCTIONS.split()),
    ),
    # The references of these chapters call what given cells define; they must not call the student's.
    Attack(
        "bends-what-references-call",
        answers={
            "numeric_grad": "def numeric_grad(f, x, dy, h=1e-5): return np.zeros(x.shape)\n"
            "named = lambda f: lambda x: 0 * x\nFUNCTIONS = dict.fromkeys(FUNCTIONS, lambda x: 0 * x)"
        },
        last="named = lambda f: lambda x: 0 * x",
        unit="08_backprop",
        loses="numeric_grad",
        may=ALL,
    ),
    Attack(
        "bends-the-layers-of-references",
        answers={
            "sequential": "def sequential(words, x, dy): return x, dy\ndef build(words): return []\n"
            "class Linear:\n    forward = backward = lambda self, x: x\nReLU = MaxPool = Flatten = Conv = Linear"
        },
        last="build = lambda words: []",
        unit="09_layers",
        loses="sequential",
        may=ALL,
    ),
    Attack(
        "bends-the-library-of-references",
        first="from cnnkit import functional\nfor name in dir(functional):\n    if callable(getattr(functional, name)):\n"
        "        setattr(functional, name, lambda *a, **k: 0.0)\n",
        unit="09_layers",
        wrong=True,
        loses=ALL,
    ),
    Attack(
        "redefines-check-in-an-answer",
        answers={
            "correlate1d": "def correlate1d(x, k): return 0\nclass Yes:\n    def __getattr__(self, name): return print\n"
            "check = Yes()\nlesson = lambda chapter: (check, print)"
        },
        loses="correlate1d",
    ),
    Attack(
        "hides-a-forbidden-call",
        answers={
            "correlate1d": "import linecache\nlinecache.getlines = lambda *a, **k: []\ndef correlate1d(x, k):\n"
            "    return np.correlate(x, k, 'valid')\n"
            "correlate1d.__code__ = correlate1d.__code__.replace(co_filename='<elsewhere>')"
        },
        loses="correlate1d",
    ),
    Attack(
        "forbidden-call",
        answers={"correlate1d": "def correlate1d(x, k):\n    return np.correlate(x, k, 'valid')"},
        loses="correlate1d",
    ),
    Attack(
        "right-once-then-lazy",
        answers={
            "mean_filter": "calls = []\ndef mean_filter(n):\n    calls.append(n)\n"
            "    return np.full((n, n), 1 / n**2) if len(calls) == 1 else np.zeros((n, n))"
        },
        loses="mean_filter",
    ),
]
