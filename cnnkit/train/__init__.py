"""Training and measuring classifiers."""

from cnnkit.train.history import History
from cnnkit.train.loop import evaluate, fit, predict

__all__ = ["History", "evaluate", "fit", "predict"]
