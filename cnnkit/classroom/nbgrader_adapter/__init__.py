"""The one place that knows nbgrader's insides: its steps, its gradebook, and our preprocessors in them.

nbgrader's preprocessor lists and `resources` are no stable interface, so everything that touches them
stands here, and `nbgrader_config.py` is three lines.
"""

from cnnkit.classroom.nbgrader_adapter.gradebook import Scores, give_zero, scores_of
from cnnkit.classroom.nbgrader_adapter.steps import (
    StepFailed,
    autograde,
    build_release,
    configure,
    keep_log,
    write_feedback,
)

__all__ = [
    "Scores",
    "StepFailed",
    "autograde",
    "build_release",
    "configure",
    "give_zero",
    "keep_log",
    "scores_of",
    "write_feedback",
]
