"""What a student's notebook imports: ``check, hint = lesson("02")``.

A check runs a function on a handful of cases, compares what comes out with what should, and, when it does
not fit, looks the wrong results up in a bank of known mistakes before it says anything general.
"""

from cnnkit.classroom.exercises.lesson import Lesson, lesson
from cnnkit.classroom.exercises.verdict import CheckFailed, NotRight, NotTriedYet

__all__ = ["CheckFailed", "Lesson", "NotRight", "NotTriedYet", "lesson"]
