"""The training cockpit: a recorded training, epoch by epoch, with its curves and its first kernels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnkit.errors import ShapeError, UsageError
from cnnkit.train.history import History
from cnnkit.viz.controls import Control, Slider, State
from cnnkit.viz.demo import Demo, Picture
from cnnkit.viz.learning.cockpit_drawing import drawing_of

Array = npt.NDArray[Any]
MOST_FILTERS = 16


def cockpit(history: History, filters: Sequence[Array] | None = None, *, epoch: int | None = None) -> Demo:
    """Replay a training: loss and accuracy by epoch, and kernels before and after.

    Parameters
    ----------
    history : what `cnnkit.train.fit` returned, at least one epoch, with validation or without
    filters : arrays (F, KH, KW), kernels of the first layer before the training and after each epoch; the
        first 16 are drawn
    epoch : int, where to begin; the last by default

    Returns
    -------
    Demo

    >>> run = History(train_loss=[2.0, 1.0], train_accuracy=[0.3, 0.7], validation_loss=[1.9, 1.4],
    ...               validation_accuracy=[0.3, 0.5])
    >>> facts = cockpit(run).facts()
    >>> facts["validation_loss"], facts["best_epoch"], round(facts["gap"], 3)
    (1.4, 2, 0.2)
    """
    epochs = len(history.train_loss)
    if not epochs or len(history.train_accuracy) != epochs:
        raise UsageError("cockpit: the history has no complete epoch. Train for at least one.")
    if len(history.validation_loss) not in (0, epochs):
        raise UsageError("cockpit: validation must be measured in every epoch or in none.")
    kernels = None if filters is None else _kernels(filters, epochs)
    slider = Slider("epoch", "epoch", "how far the training has gone", 1, epochs, timeline=True)
    controls: list[Control] = [slider]
    state = {"epoch": epochs if epoch is None else epoch}
    caption = "A training replayed: solid lines are training examples, broken ones held-out examples."
    return Demo("cockpit", partial(_draw, history=history, filters=kernels), controls, state, caption)


def _kernels(filters: Sequence[Array], epochs: int) -> Array:
    """Return the kernels as one array (epochs + 1, F, KH, KW)."""
    alike = len({np.shape(taken) for taken in filters}) == 1
    kernels = np.array(filters, dtype=float) if alike else np.zeros(0)
    if kernels.ndim != 4 or len(kernels) != epochs + 1:
        raise ShapeError(
            f"cockpit: filters must hold {epochs + 1} arrays (F, KH, KW) of one shape, "
            "one before the training and one after each epoch."
        )
    return kernels[:, :MOST_FILTERS]


def _draw(state: State, history: History, filters: Array | None) -> Picture:
    epoch = state["epoch"]
    facts = _facts(history, filters, epoch)
    drawing = drawing_of(history, filters, epoch)
    return Picture(drawing, facts, _alt(facts), _status(facts), _code(epoch, facts))


def _facts(history: History, filters: Array | None, epoch: int) -> dict[str, Any]:
    facts: dict[str, Any] = {"epoch": epoch, "epochs": len(history.train_loss)}
    names = ["train_loss", "train_accuracy"]
    if history.validation_loss:
        names += ["validation_loss", "validation_accuracy"]
        losses = [value if isfinite(value) else np.inf for value in history.validation_loss]
        facts["best_epoch"] = 1 + int(np.argmin(losses))
    facts |= {name: getattr(history, name)[epoch - 1] for name in names}
    if history.validation_loss:
        facts["gap"] = facts["train_accuracy"] - facts["validation_accuracy"]
    if filters is not None:
        change = np.linalg.norm(filters[epoch] - filters[0])
        facts["filter_change"] = float(change / np.linalg.norm(filters[0]))
    return facts


def _status(facts: dict[str, Any]) -> str:
    said = (
        f"Epoch {facts['epoch']} of {facts['epochs']}: training loss {facts['train_loss']:.3f}, "
        f"accuracy {_percent(facts['train_accuracy'])}"
    )
    if "gap" in facts:
        said += (
            f"; held-out loss {facts['validation_loss']:.3f}, "
            f"accuracy {_percent(facts['validation_accuracy'])}; "
            f"the held-out loss is lowest in epoch {facts['best_epoch']}"
        )
    if "filter_change" in facts:
        said += f"; the kernels have moved by {_percent(facts['filter_change'])} of their first length"
    return said + "."


def _alt(facts: dict[str, Any]) -> str:
    held = f" and {facts['validation_loss']:.2f} on held-out ones" if "gap" in facts else ""
    kernels = " Below, the first layer's kernels before training and now." if "filter_change" in facts else ""
    return (
        f"Curves of loss and accuracy over {facts['epochs']} epochs, marked at epoch {facts['epoch']}, "
        f"where the loss is {facts['train_loss']:.2f} on training examples{held}.{kernels}"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _code(epoch: int, facts: dict[str, Any]) -> str:
    names = ("train_loss", "train_accuracy")
    lines = [f"{name} = history.{name}[{epoch - 1}]" for name in names]
    if "gap" in facts:
        lines += [
            f"validation_loss = history.validation_loss[{epoch - 1}]",
            f"gap = train_accuracy - history.validation_accuracy[{epoch - 1}]",
            "best_epoch = 1 + int(np.nanargmin(history.validation_loss))",
        ]
    if "filter_change" in facts:
        lines += [
            f"start, now = filters[0], filters[{epoch}]",
            "filter_change = np.linalg.norm(now - start) / np.linalg.norm(start)",
        ]
    return "import numpy as np\n\n# history is what fit returned\n" + "\n".join(lines) + "\n"
