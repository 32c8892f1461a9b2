"""Untrusted text inside Markdown and HTML, so that nothing in it is mark-up, a link, a mention or a picture.

Words of letters and numbers are written as they are. Everything else goes into code: GitHub makes neither links nor
mentions of what stands in code, and it reads well, for it is names and ARNs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tf_kms_guard.reports.lines import shown

MOST: Final = 600
"""Characters of one text that are shown; the JSON report has all of them."""

_BEFORE: Final = "(\"'"
_AFTER: Final = ")\"',;:."
_WORD: Final = re.compile(r"[A-Za-z]+(?:[-'][A-Za-z]+)*[0-9]?|[0-9]{1,12}|[·–…]")


def markdown(text: str) -> str:
    """A sentence as Markdown in one line, also inside a table."""
    return _sentence(text, code)


def html(text: str) -> str:
    """A sentence as HTML."""
    return _sentence(text, _html_code)


def code(text: str) -> str:
    """A text as Markdown code in one line. No backtick and no bar is left in it, so that neither code nor cell ends."""
    text = cropped(shown(text)).replace("`", "\\x60").replace("|", "\\x7c")
    return f"`{text}`" if text.strip() else "–"


def fenced(text: str, language: str) -> str:
    """Lines as a block of code, behind a fence that none of them can close."""
    lines = "\n".join(map(shown, text.split("\n")))
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", lines)), default=0))
    return f"{fence}{language}\n{lines}\n{fence}"


def cropped(text: str) -> str:
    """At most :data:`MOST` characters."""
    return text if len(text) <= MOST else f"{text[: MOST - 1]}…"


def _html_code(text: str) -> str:
    return f"<code>{_entities(text)}</code>"


def _entities(text: str) -> str:
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(character, entity)
    return text


def _sentence(text: str, as_code: Callable[[str], str]) -> str:
    """Word by word; neighbours that are code without punctuation between them are one piece of code."""
    pieces: list[str] = []
    open_code: list[str] = []

    def close() -> None:
        if open_code:
            pieces.append(as_code(" ".join(open_code)))
            open_code.clear()

    for word in cropped(shown(text)).strip().split(" "):
        before = word[: len(word) - len(word.lstrip(_BEFORE))]
        core = word[len(before) :].rstrip(_AFTER)
        after = word[len(before) + len(core) :]
        # A number that a line begins with would be that of a list.
        begins_list = core.isdigit() and after != "" and not pieces and not open_code
        if not core or (_WORD.fullmatch(core) and not begins_list):
            close()
            pieces.append(_entities(word))
        elif before or after:
            close()
            pieces.append(f"{_entities(before)}{as_code(core)}{_entities(after)}")
        else:
            open_code.append(core)
    close()
    return " ".join(pieces)
