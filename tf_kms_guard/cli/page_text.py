"""A page as plain text of 80 columns, for pipes and files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tf_kms_guard.cli.pages import prepared
from tf_kms_guard.reports.lines import Style, as_text, cells, hanging, shown, wrap

_WIDTH: Final = 80
_CODE: Final = "    "
_ITEM: Final = re.compile(r"^( {0,6})([-*]|\d{1,3}\.) +(.*)$")
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_RULE: Final = re.compile(r"^\|[\s:|-]+\|$")


def page_text(page: str) -> str:
    """The page with its paragraphs wrapped; code stays as it is, indented."""
    out: list[str] = []
    for block in _blocks(prepared(page).split("\n")):
        lines = list(_laid_out(block))
        if lines:
            out += [*lines, ""]
    return "\n".join(line.rstrip() for line in out).rstrip("\n") + "\n"


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    """Stretches of lines that are laid out together: a fenced block, or what no empty line divides."""
    block: list[str] = []
    fence: str | None = None
    for line in lines:
        opening = _FENCE.match(line)
        if fence is not None:
            block.append(line)
            if line.strip() == fence:
                yield block
                block, fence = [], None
        elif opening is not None:
            if block:
                yield block
            block, fence = [line], opening[1]
        elif line.strip():
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _laid_out(block: list[str]) -> Iterator[str]:
    first = block[0]
    if _FENCE.match(first):
        yield from (_CODE + shown(line) for line in block[1:-1])
    elif first.startswith("#"):
        title = _plain(first.lstrip("#").strip())
        level = len(first) - len(first.lstrip("#"))
        yield from wrap(title, _WIDTH)
        if level < 3:
            yield ("=" if level == 1 else "-") * min(cells(title), _WIDTH)
    elif first.startswith("|"):
        yield from _table(block)
    elif first.startswith(">"):
        words = " ".join(line.lstrip("> ").strip() for line in block)
        yield from _hanging("  | ", words, "  | ")
    else:
        yield from _prose(block)


def _prose(block: list[str]) -> Iterator[str]:
    """A paragraph, or the items of a list."""
    items: list[tuple[str, list[str]]] = []
    for line in block:
        found = _ITEM.match(line)
        if found is not None:
            items.append((f"{found[1]}{found[2]} ", [found[3]]))
        elif items:
            items[-1][1].append(line.strip())
        else:
            items.append(("", [line.strip()]))
    for head, words in items:
        yield from _hanging(head, " ".join(words))


def _hanging(head: str, words: str, next_head: str | None = None) -> Iterator[str]:
    text = _plain(words)
    if next_head is not None:
        yield from (next_head + line for line in wrap(text, _WIDTH - cells(next_head)))
        return
    yield from as_text(hanging([(head, Style.PLAIN)] if head else [], text, _WIDTH)).splitlines()


def _table(block: list[str]) -> Iterator[str]:
    rows = [
        [_plain(cell.strip()) for cell in line.strip().strip("|").split("|")] for line in block if not _RULE.match(line)
    ]
    rows = [row for row in rows if any(row)]
    widths = [
        max((cells(row[column]) for row in rows if column < len(row)), default=0) for column in range(len(rows[0]))
    ]
    if sum(widths) + 2 * len(widths) <= _WIDTH:
        for row in rows:
            yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        return
    for row in rows:
        head = row[0].ljust(min(widths[0], 24)) + "  "
        yield from as_text(hanging([(head, Style.PLAIN)], " · ".join(row[1:]), _WIDTH)).splitlines()


def _plain(text: str) -> str:
    """Words of Markdown without its escapes."""
    return shown(re.sub(r"\\([\\`*_{}\[\]<>()#+.!|-])", r"\1", text))
