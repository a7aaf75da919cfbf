"""Put a wrong result into words that help: what came, what was expected, and from which input window."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.classroom.exercises.compare import raised
from cnnkit.classroom.exercises.judge import Trial
from cnnkit.classroom.exercises.outcome import Outcome
from cnnkit.classroom.exercises.texts import say


def explain(trial: Trial, exercise: dict[str, Any]) -> str:
    """Return the general message for a wrong trial of a visible case.

    ``exercise`` is what the bank says of it, with the time limit, and the sentences that its texts give
    ``instead`` of general ones.
    """
    wrong = trial.wrong
    if wrong is None:
        raise ValueError("there is nothing to explain: this trial is right.")
    details = {name: _written(value) for name, value in wrong.details.items()} | {
        "limit": exercise.get("limit", 0)
    }
    parts = exercise.get("parts", [])
    if parts and wrong.kind in ("length", "kind") and "part" not in details:
        return say("difference", "parts", count=len(parts), names=", ".join(parts))
    if parts and "index" in details:
        details["index"] = details["index"][1:]
    which = _which_sentence(wrong.kind, details)
    instead = exercise.get("instead", {}).get(which)
    general = f"{which}{_kind_of_exercise(exercise, which)}"
    sentence = instead.format(**details) if instead else say("difference", general, **details)
    if parts and "part" in details:
        sentence = say("difference", "in_part", part=parts[details["part"]], sentence=sentence)
    if wrong.kind != "changed" and trial.outcome.changed:
        sentence += "\n" + say("difference", "changed_too", names=", ".join(trial.outcome.changed))
    if wrong.kind == "value" and "dtype" in details:
        sentence += "\n" + say("difference", _which_sentence("dtype", details), **details)
    if (
        wrong.kind == "value"
        and "dtype" not in details
        and _nearly(wrong.details["got"], wrong.details["want"])
    ):
        sentence += "\n" + say("difference", "nearly")
    if wrong.kind == "value" and exercise.get("window") and details["index"]:
        sentence += "\n" + window_text(trial, details["index"], exercise["window"])
    return sentence


def _kind_of_exercise(exercise: dict[str, Any], which: str) -> str:
    """Return how the key of a sentence ends where windows slide, or an answer is judged through a view."""
    if which == "raised_broadcast":
        return "_window" if exercise.get("window") else ""
    seen_through = "through" in exercise and which in ("value", "shape", "kind_list")
    return f"_{exercise['through']}" if seen_through else ""


def explain_error(outcome: Outcome, limit: float) -> str:
    """Return the general message for a call that ended in an exception."""
    wrong = raised(outcome)
    return say("difference", _which_sentence(wrong.kind, wrong.details), limit=limit, **wrong.details)


# What Python and NumPy say when they stop, and the sentence that explains it.
STOPPED = {
    "read-only": "raised_read_only",
    "NoneType": "raised_none",
    "dtype('O')": "raised_none",
    "truth value of an array": "raised_truth",
    "Cannot cast": "raised_casting",
    "is not defined": "raised_name",
    "mismatch in its core dimension": "raised_matmul",
    "bitwise_xor": "raised_power",
    "could not be broadcast": "raised_broadcast",
}


def _which_sentence(kind: str, details: dict[str, Any]) -> str:
    if kind == "raised" and details["error"] == "NotImplementedError":
        return "raised_elsewhere"
    if kind == "raised":
        known = (sentence for words, sentence in STOPPED.items() if words in details["message"])
        return next(known, "raised_at" if details["line"] else "raised")
    if kind == "kind" and details["got"] == "a list or tuple" and details["want"].startswith("an array"):
        return "kind_list"
    if kind == "dtype" and details["dtype"] == "bool":
        return "dtype_bool"
    if kind == "dtype" and details["dtype"].startswith("complex"):
        return "dtype_complex"
    if kind == "dtype" and details["least"] == "int":
        return "dtype_int"
    if kind == "value" and not details["index"]:
        return "value_single"
    return kind


def _nearly(got: float | str, want: float | str) -> bool:
    """Is a result wrong by so little that single precision is the likely cause?"""
    if isinstance(got, str) or isinstance(want, str):
        return False
    return abs(got - want) <= 1e-6 * max(1.0, abs(want))


def _written(value: Any) -> Any:
    """Write a float so that small differences show and whole numbers look whole."""
    return f"{value:.10g}" if isinstance(value, float) else value


def window_text(trial: Trial, index: tuple[int, ...], about: Any = True) -> str:
    """Show the part of x that the output at ``index`` is made from, with padding, stride and dilation.

    ``about`` is the exercise's option ``window``: true for a picture ``x`` and a kernel ``k``,
    ``{"conv": 2}`` where the last two axes of ``w`` are the window and that of ``x`` takes all channels,
    ``{"pool": 2}`` where ``k`` is the size of a window on one channel.
    """
    arguments = trial.case.arguments()
    kind, axes = next(iter(about.items())) if isinstance(about, dict) else ("plain", np.ndim(arguments["k"]))
    size = {"conv": lambda: np.shape(arguments["w"])[-axes:], "pool": lambda: arguments["k"]}
    sizes = np.broadcast_to(size[kind](), axes) if kind in size else np.shape(arguments["k"])
    x = _source(np.asarray(arguments["x"]), index, axes, channel=kind == "pool")
    stride, padding, dilation = (
        np.broadcast_to(arguments.get(name) or default, axes)
        for name, default in (("stride", 1), ("padding", 0), ("dilation", 1))
    )
    border = [(0, 0)] * (x.ndim - axes) + [(p, p) for p in padding]
    numbers = zip(index[-axes:], stride, dilation, sizes, strict=True)
    cuts: tuple[Any, ...] = (..., *(slice(i * s, i * s + d * (k - 1) + 1, d) for i, s, d, k in numbers))
    window = np.pad(x, border)[cuts]
    shown = "\n".join("    " + line for line in np.array2string(window, max_line_width=90).splitlines())
    return say("difference", "window_padded" if any(padding) else "window", window=shown)


def _source(x: Any, index: tuple[int, ...], axes: int, channel: bool) -> Any:
    """Return the image of the batch that an output comes from, and of it the channel if it has its own."""
    leading = x.ndim - axes
    if leading == 2:
        x, leading = x[index[0]], 1
    return x[index[-axes - 1]] if channel and leading else x
