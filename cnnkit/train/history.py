"""What happened during a training, step by step and epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from cnnkit.errors import UsageError


@dataclass
class History:
    """The record of a training: plain numbers in lists, ready for a figure or for JSON.

    Attributes
    ----------
    loss, gradient_norm, learning_rate : one number a step (a batch)
    step : the number of steps taken when each epoch ended; the other lists below have as many entries
    train_loss, train_accuracy : one number an epoch, means over its batches as they were trained on
    validation_loss, validation_accuracy : one number an epoch, measured behind it; empty without validation
    seconds : how long each epoch took

    >>> history = History(loss=[2.3, 0.7], step=[2], train_loss=[1.5])
    >>> History.from_dict(history.to_dict()) == history
    True
    """

    loss: list[float] = field(default_factory=list)
    gradient_norm: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    step: list[int] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def to_dict(self) -> dict[str, list[Any]]:
        """Return everything as a dictionary of lists, which JSON can keep."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, list[Any]]) -> History:
        """Return the history that `to_dict` has written."""
        known = {entry.name for entry in fields(cls)}
        if not set(record) <= known:
            strange = ", ".join(sorted(set(record) - known))
            raise UsageError(f"History: {strange} is unknown. A history has {', '.join(sorted(known))}.")
        return cls(**{name: list(values) for name, values in record.items()})

    def summary(self) -> str:
        """Return the last epoch in one line.

        >>> History(train_loss=[0.25], train_accuracy=[0.5], seconds=[2.0]).summary()
        'epoch 1: loss 0.250, accuracy 50.0 %, 2.0 s'
        """
        if not self.train_loss:
            return "no epoch yet"
        line = f"epoch {len(self.train_loss)}: loss {self.train_loss[-1]:.3f}, "
        line += f"accuracy {self.train_accuracy[-1]:.1%}, ".replace("%", " %")
        if self.validation_accuracy:
            line += f"validation loss {self.validation_loss[-1]:.3f}, "
            line += f"accuracy {self.validation_accuracy[-1]:.1%}, ".replace("%", " %")
        return line + f"{self.seconds[-1]:.1f} s"
