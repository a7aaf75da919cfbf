"""Outputs of a student's cells, rebuilt from what was sent: plain text in known places, and not too much."""

from __future__ import annotations

from typing import Any

MOST = 200  # outputs a cell
LINES = 40  # of a traceback
STREAMS = ("stdout", "stderr")
Output = dict[str, Any]


def rebuilt(sent: Any, most_bytes: int) -> list[Output]:
    """Return the outputs in ``sent`` that are what outputs can be, in at most ``most_bytes`` characters.

    >>> rebuilt([{"output_type": "stream", "name": "stdout", "text": "hi", "more": {}}, "odd"], 100)
    [{'output_type': 'stream', 'name': 'stdout', 'text': 'hi'}]
    """
    kept: list[Output] = []
    left = 2 * most_bytes
    for output in sent[:MOST] if type(sent) is list else []:
        made = _output(output, left) if type(output) is dict else None
        if made and left > 0:
            kept.append(made)
            left -= sum(len(text) for text in _texts(made))
    return kept


def plain(text: Any, longest: int = 10_000) -> str:
    """Return text as it can be written anywhere; what is no text is left out.

    >>> plain("half a character: \\ud800"), plain(7)
    ('half a character: ?', '')
    """
    return text[:longest].encode("utf-8", "replace").decode() if type(text) is str else ""


def _output(sent: Output, longest: int) -> Output | None:
    kind = sent.get("output_type")
    if kind == "stream" and sent.get("name") in STREAMS:
        return {"output_type": kind, "name": sent["name"], "text": plain(sent.get("text"), longest)}
    if kind == "error":
        lines = sent.get("traceback")
        told = [plain(line, 2000) for line in lines[:LINES]] if type(lines) is list else []
        name, message = plain(sent.get("ename"), 100), plain(sent.get("evalue"), 2000)
        return {"output_type": kind, "ename": name, "evalue": message, "traceback": told}
    data = sent.get("data")
    if kind not in ("display_data", "execute_result") or type(data) is not dict:
        return None
    shown = {
        plain(key, 100): plain(value, longest) for key, value in list(data.items())[:10] if type(key) is str
    }
    number = {"execution_count": None} if kind == "execute_result" else {}
    return {"output_type": kind, **number, "data": shown, "metadata": {}}


def _texts(made: Output) -> list[str]:
    parts = [
        made.get("text", ""),
        made.get("evalue", ""),
        *made.get("traceback", []),
        *made.get("data", {}).values(),
    ]
    return [part for part in parts if isinstance(part, str)]
