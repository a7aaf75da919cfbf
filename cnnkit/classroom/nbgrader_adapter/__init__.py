"""The one place that knows nbgrader's insides: its steps, its gradebook, and our preprocessors in them.

nbgrader's preprocessor lists and ``resources`` are no stable interface, so everything that touches them
stands here, and ``nbgrader_config.py`` only calls `configure`.
"""

from importlib.util import find_spec

from cnnkit.errors import UsageError

if find_spec("nbgrader") is None:
    raise UsageError("this needs nbgrader. Install it with: pip install 'cnnkit[grade]'")

from cnnkit.classroom.nbgrader_adapter.gradebook import (
    GradebookError,
    Scores,
    give_zero,
    open_gradebook,
    scores_of,
)
from cnnkit.classroom.nbgrader_adapter.log import keep_log
from cnnkit.classroom.nbgrader_adapter.steps import (
    SECONDS_A_CELL,
    SETTINGS,
    StepFailed,
    autograde,
    build_release,
    configure,
    is_time,
    write_feedback,
)

__all__ = [
    "SECONDS_A_CELL",
    "SETTINGS",
    "GradebookError",
    "Scores",
    "StepFailed",
    "autograde",
    "build_release",
    "configure",
    "give_zero",
    "is_time",
    "keep_log",
    "open_gradebook",
    "scores_of",
    "write_feedback",
]
