"""The one place that knows nbgrader's insides: its steps, its gradebook, and our preprocessors in them.

nbgrader's preprocessor lists and ``resources`` are no stable interface, so everything that touches them
stands here, and ``nbgrader_config.py`` only calls `configure`.
"""

from importlib.util import find_spec

from cnnkit.errors import UsageError

if find_spec("nbgrader") is None:
    raise UsageError("this needs nbgrader. Install it with: pip install 'cnnkit[grade]'")

from cnnkit.classroom.nbgrader_adapter.configuration import SETTINGS, configure
from cnnkit.classroom.nbgrader_adapter.feedback import feedback_page, write_feedback
from cnnkit.classroom.nbgrader_adapter.gradebook import (
    GradebookError,
    Scores,
    open_gradebook,
    scores_of,
)
from cnnkit.classroom.nbgrader_adapter.log import keep_log
from cnnkit.classroom.nbgrader_adapter.release import build_release, source_with_tests
from cnnkit.classroom.nbgrader_adapter.running import StepFailed
from cnnkit.classroom.nbgrader_adapter.staging import is_time, put_in
from cnnkit.classroom.nbgrader_adapter.writer import apply, writer

__all__ = [
    "SETTINGS",
    "GradebookError",
    "Scores",
    "StepFailed",
    "apply",
    "build_release",
    "configure",
    "feedback_page",
    "is_time",
    "keep_log",
    "open_gradebook",
    "put_in",
    "scores_of",
    "source_with_tests",
    "write_feedback",
    "writer",
]
