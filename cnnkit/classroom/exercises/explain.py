"""Put a wrong result into words that help: what came, what was expected, and from which input window."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnkit.classroom.exercises.compare import raised
from cnnkit.classroom.exercises.judge import Trial
from cnnkit.classroom.exercises.outcome import Outcome
from cnnkit.classroom.exercises.texts import say


def explain(trial: Trial, exercise: dict[str, Any]) -> str:
    """Return the general message for a wrong trial of a visible case."""
    wrong = trial.wrong
    if wrong is None:
        raise ValueError("there is nothing to explain: this trial is right.")
    details = {name: _written(value) for name, value in wrong.details.items()} | {
        "limit": exercise.get("limit", 0)
    }
    sentence = say("difference", _which_sentence(wrong.kind, details), **details)
    if wrong.kind == "value" and "dtype" in details:
        sentence += "\n" + say("difference", "dtype", **details)
    if (
        wrong.kind == "value"
        and "dtype" not in details
        and _nearly(wrong.details["got"], wrong.details["want"])
    ):
        sentence += "\n" + say("difference", "nearly")
    if wrong.kind == "value" and exercise.get("window") and details["index"]:
        sentence += "\n" + window_text(trial, details["index"])
    return sentence


def explain_error(outcome: Outcome, limit: float) -> str:
    """Return the general message for a call that ended in an exception."""
    wrong = raised(outcome)
    return say("difference", _which_sentence(wrong.kind, wrong.details), limit=limit, **wrong.details)


def _which_sentence(kind: str, details: dict[str, Any]) -> str:
    if kind == "raised" and details["error"] == "NotImplementedError":
        return "raised_elsewhere"
    if kind == "raised" and "read-only" in details["message"]:
        return "raised_read_only"
    if kind == "raised" and "Cannot cast" in details["message"]:
        return "raised_casting"
    if kind == "raised" and "could not be broadcast" in details["message"]:
        return "raised_broadcast"
    if kind == "raised" and details["line"]:
        return "raised_at"
    if kind == "kind" and details["got"] == "a list or tuple" and details["want"].startswith("an array"):
        return "kind_list"
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


def window_text(trial: Trial, index: tuple[int, ...]) -> str:
    """Show the part of x that the output at ``index`` is made from, with padding, stride and dilation."""
    arguments = trial.case.arguments()
    x, k = np.asarray(arguments["x"]), arguments["k"]
    sizes = np.shape(k)
    stride, padding, dilation = (
        np.broadcast_to(arguments.get(name, default), len(sizes))
        for name, default in (("stride", 1), ("padding", 0), ("dilation", 1))
    )
    padded = np.pad(x, [(p, p) for p in padding])
    window = padded[
        tuple(
            slice(i * s, i * s + d * (size - 1) + 1, d)
            for i, s, d, size in zip(index, stride, dilation, sizes, strict=True)
        )
    ]
    shown = "\n".join("    " + line for line in np.array2string(window, max_line_width=90).splitlines())
    return say("difference", "window_padded" if any(padding) else "window", window=shown)
