"""Results as JUnit XML, which every CI server shows: one suite a submission, one case a check."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from cnnkit.classroom.grading.graded import Graded, clean, in_order
from cnnkit.classroom.grading.result import NOT_TRIED, RIGHT, WRONG, Check

KINDS = ("failure", "error", "skipped")


def write_junit(graded: Iterable[Graded], path: Path) -> None:
    """Write ``graded`` as JUnit XML. Not tried is skipped, wrong is a failure, stopped is an error."""
    root = Element("testsuites", name="cnnkit grade")
    for one in in_order(graded):
        root.append(_suite(one))
    _count(root)
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _suite(one: Graded) -> Element:
    result = one.result
    name = clean(f"{result.student}/{result.chapter}")
    suite = Element("testsuite", name=name, time=f"{result.seconds:.3f}")
    properties = SubElement(suite, "properties")
    for key, value in (("outcome", result.outcome), *(("flag", flag) for flag in result.flags)):
        SubElement(properties, "property", name=key, value=clean(value))
    for check in result.checks:
        case = SubElement(
            suite, "testcase", classname=name, name=clean(check.cell), time=f"{check.seconds:.3f}"
        )
        _say(case, check)
    if not result.checks:
        case = SubElement(suite, "testcase", classname=name, name="submission")
        SubElement(case, "error", type=result.outcome, message=clean(result.reason))
    _count(suite)
    return suite


def _say(case: Element, check: Check) -> None:
    message = clean(check.message)
    if check.outcome == NOT_TRIED:
        SubElement(case, "skipped", message="not tried")
    elif check.outcome != RIGHT:
        kind = "failure" if check.outcome == WRONG else "error"
        name = check.mistake or check.outcome
        SubElement(case, kind, type=clean(name), message=message.partition("\n")[0]).text = message


def _count(element: Element) -> None:
    element.set("tests", str(len(list(element.iter("testcase")))))
    for kind, name in zip(KINDS, ("failures", "errors", "skipped"), strict=True):
        element.set(name, str(len(list(element.iter(kind)))))
