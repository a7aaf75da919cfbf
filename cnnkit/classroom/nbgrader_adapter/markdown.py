"""Markdown by whoever wrote it, as HTML that runs nothing, fetches nothing and shows formulas offline."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from html import unescape
from typing import Any

from latex2mathml.converter import convert
from markupsafe import escape
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from cnnkit.classroom.nbgrader_adapter.markup import harmless

LONG = 10_000  # characters; nobody writes so much in one cell, and rendering it may take long
PLACE = re.compile("\ue000(\\d{1,4})\ue001")  # where a formula goes, once all around it is harmless
HARMLESS_ADDRESS = re.compile(r"https?:|mailto:|[^:]*$", re.IGNORECASE)
PLAIN_TAG = re.compile(
    r"</?(b|i|u|s|em|strong|code|kbd|sub|sup|br|hr|pre|details|summary)\s*/?>", re.IGNORECASE
)
MATHML = """
    math menclose mfrac mi mn mo mover mpadded mphantom mroot mrow mspace msqrt mstyle msub msubsup msup
    mtable mtd mtext mtr munder munderover
"""
MATHML_TAG = re.compile(rf"""</?({"|".join(MATHML.split())})( (?!on|href)[a-z]+="[^"<>]*")*\s*/?>""")


@lru_cache(maxsize=256)
def rendered(markdown: str, attachments: str = "{}") -> str:
    """Return Markdown as harmless HTML; ``attachments`` are those of its cell, as JSON.

    >>> rendered("**Hello** [you](javascript:steal)")
    '<p><strong>Hello</strong> <a>you</a></p>'
    >>> "<mfrac>" in rendered(r"so $\\frac{1}{2}$")
    True
    """
    renderer = _Renderer(json.loads(attachments))
    try:
        markup = harmless(MarkdownWithMath(renderer=renderer).render(markdown[:LONG]))
    except Exception:  # an attachment that is not there, or a nesting that is too deep
        return plain_text(markdown[:LONG])
    return PLACE.sub(renderer.formula, markup).rstrip()


@lru_cache(maxsize=256)
def is_harmless(markdown: str, attachments: str = "{}") -> bool:
    """Tell whether Markdown can be given to others, who render it without cleaning it.

    >>> is_harmless("**Hello** $a<b$ <b>you</b>"), is_harmless("[you](java&#115;cript:steal)")
    (True, False)
    """
    watch = _Watch(json.loads(attachments))
    try:
        MarkdownWithMath(renderer=watch).render(markdown[:LONG])
    except Exception:  # as above
        return False
    return watch.is_harmless and len(markdown) <= LONG


def plain_text(text: str) -> str:
    """Return Markdown, and HTML, that shows a text as it stands, whatever is in it.

    >>> plain_text("<b>x</b>")
    '<pre>&lt;b&gt;x&lt;/b&gt;</pre>'
    """
    return f"<pre>{escape(text)}</pre>"


class _Renderer(IPythonRenderer):  # type: ignore[misc]
    """Keep formulas aside, as MathML, so that cleaning does not touch them."""

    def __init__(self, attachments: dict[str, Any]) -> None:
        super().__init__(escape=False, exclude_anchor_links=True, attachments=attachments)
        self.formulas: list[str] = []

    def block_math(self, body: str) -> str:
        return f"<p>{self._place(body, 'block')}</p>"

    def inline_math(self, body: str) -> str:
        return self._place(body, "inline")

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    def formula(self, place: re.Match[str]) -> str:
        """Return the formula of a place; a student may have written what looks like one."""
        number = int(place[1])
        return self.formulas[number] if number < len(self.formulas) else ""

    def _place(self, tex: str, display: str) -> str:
        self.formulas.append(_mathml(tex, display))
        return f"\ue000{len(self.formulas) - 1}\ue001"


class _Watch(_Renderer):
    """Look out for HTML beyond plain tags, and for addresses that run something or are fetched unasked."""

    is_harmless = True

    def inline_html(self, html: str) -> str:
        return self.block_html(html)

    def block_html(self, html: str) -> str:
        self.is_harmless &= "<" not in PLAIN_TAG.sub("", html)
        return html

    def block_mermaidjs(self, code: str) -> str:
        self.is_harmless = False
        return ""

    def link(self, text: str, url: str, title: str | None = None) -> str:
        self.is_harmless &= bool(HARMLESS_ADDRESS.match(unescape(url)))
        return text

    def image(self, text: str, url: str, title: str | None = None) -> str:
        self.is_harmless &= url.startswith(("data:image/", "attachment:"))
        return str(super().image(text, url, title))


@lru_cache(maxsize=1024)
def _mathml(tex: str, display: str) -> str:
    """Return a formula as MathML, or as it was typed where it is none."""
    try:
        made = str(convert(tex, display=display))
    except Exception:
        made = ""
    return made if made and "<" not in MATHML_TAG.sub("", made) else f"<code>{escape(tex)}</code>"
