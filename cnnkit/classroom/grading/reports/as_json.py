"""Everything that grading found out, for programs: ``report.json``, described in docs/report.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cnnkit.classroom.grading.graded import Graded
from cnnkit.classroom.grading.reports.class_view import ClassView, Exercise, is_worth_a_look

SCHEMA = 1
Plain = dict[str, Any]


def write_json(views: Sequence[ClassView], titles: Mapping[str, str], path: Path) -> None:
    """Write the report of all chapters; the same results give the same bytes."""
    report = {
        "schema": SCHEMA,
        "chapters": [_chapter(view, titles.get(view.chapter, view.chapter)) for view in views],
        "submissions": [_submission(one) for view in views for one in view.submissions],
    }
    text = json.dumps(report, ensure_ascii=False, indent=1) + "\n"
    path.write_text(text, encoding="utf-8", errors="replace")


def _chapter(view: ClassView, title: str) -> Plain:
    return {
        "chapter": view.chapter,
        "title": title,
        "submissions": len(view.submissions),
        "outcomes": view.outcomes,
        "max_score": view.max_score,
        "mean": view.mean,
        "median": view.median,
        "histogram": view.histogram,
        "exercises": [_exercise(exercise) for exercise in view.exercises],
        "slowest_cells": [vars(cell) for cell in view.slowest],
    }


def _exercise(exercise: Exercise) -> Plain:
    return {
        "exercise": exercise.name,
        "points": exercise.points,
        "mean": exercise.mean,
        "right": exercise.right,
        "wrong": exercise.wrong,
        "not_tried": exercise.not_tried,
        "stopped": exercise.stopped,
        "pass_rate": exercise.pass_rate,
        "reteach": is_worth_a_look(exercise),
        "mistakes": [
            {"mistake": mistake.name, "message": mistake.message, "students": list(mistake.students)}
            for mistake in exercise.mistakes
        ],
    }


def _submission(one: Graded) -> Plain:
    result, scores = one.result, one.scores
    return {
        "student": result.student,
        "chapter": result.chapter,
        "outcome": result.outcome,
        "reason": result.reason,
        "flags": list(result.flags),
        "score": scores.score,
        "max_score": scores.max_score,
        "late_penalty": scores.late_penalty,
        "cells": {cell: {"score": score, "max_score": most} for cell, (score, most) in scores.cells.items()},
        "checks": [vars(check) for check in result.checks],
        "isolation": result.isolation,
        "seconds": result.seconds,
        "peak_mb": result.peak_mb,
        "grader": result.grader,
        "fingerprint": result.fingerprint,
    }
