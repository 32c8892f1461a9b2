"""The rules' pages: they come with the package, so that they can be read without a network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tf_kms_guard.cli.usage import UsageError

_PACKAGE: Final = Path(__file__).resolve().parent.parent
PAGES: Final = (_PACKAGE / "rules" / "pages", _PACKAGE.parent / "docs" / "rules")
"""Where the pages are: in an installed package, and in the source tree, from which the build takes them."""

_COMMENT: Final = re.compile(r"<!--.{0,400}?-->\n*", re.DOTALL)
_LINK: Final = re.compile(r"\[([^\[\]]{1,300})\]\(([^()\s]{1,500})\)")
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})")


def page_of(id_: str) -> str:
    """The page of a rule as Markdown.

    Raises:
        UsageError: it is not there.
    """
    for directory in PAGES:
        try:
            return (directory / f"{id_}.md").read_text(encoding="utf-8")
        except OSError:
            continue
    raise UsageError(f"the page of {id_} is missing in this installation")


def prepared(page: str) -> str:
    """A page for reading alone: no comments, and links to other pages are their words."""
    lines: list[str] = []
    fence: str | None = None
    for line in _COMMENT.sub("", page).splitlines():
        found = _FENCE.match(line)
        if found is not None and (fence is None or line.strip() == fence):
            fence = found[1] if fence is None else None
        lines.append(line if fence is not None else _LINK.sub(_link, line))
    return "\n".join(line for line in lines if not line.startswith("Which gates there are is told"))


def _link(found: re.Match[str]) -> str:
    words, target = found.groups()
    return f"{words} <{target}>" if target.startswith(("https:", "http:")) else words
