"""Laying out the inventory's lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tf_kms_guard.reports.lines import Line as StyledLine
from tf_kms_guard.reports.lines import Style, as_text, cells, hanging, shown, unbroken, wrap

WIDTH: Final = 80
_INDENT: Final = 2
_LABEL: Final = 12


class Lines:
    """Collects lines of at most 80 columns; texts must be inert already."""

    def __init__(self) -> None:
        self._lines: list[StyledLine] = []

    def blank(self) -> None:
        """An empty line, except at the start."""
        if self._lines:
            self._lines.append([])

    def line(self, depth: int, text: str) -> None:
        """A line, its further lines indented once more."""
        indent = _INDENT * depth
        first = wrap(text, WIDTH - indent)[0]
        self._append(" " * indent + first)
        rest = text[len(first) :].lstrip(" ")
        deeper = indent + 2 * _INDENT
        for line in wrap(rest, WIDTH - deeper) if rest else ():
            self._append(" " * deeper + line)

    def located(self, depth: int, place: str, text: str) -> None:
        """``place`` and after it, or below it, ``text``; the place stays whole for editors to pick up."""
        line = " " * _INDENT * depth + place + text
        if cells(line) <= WIDTH or not place:
            self.line(depth, place + text)
            return
        self._append(" " * _INDENT * depth + place)
        self.line(depth + 1, text)

    def field(self, depth: int, label: str, text: str) -> None:
        """A label and what belongs to it, which stands below the label where a word of it is too long."""
        indent = " " * (_INDENT * depth)
        longest = max(map(cells, text.split(" ")))
        if WIDTH - len(indent) - _LABEL < longest <= WIDTH - len(indent) - 2 * _INDENT:
            self._append(indent + label)
            self._lines.extend(hanging([(indent + " " * 2 * _INDENT, Style.PLAIN)], text, WIDTH))
            return
        head = indent + label.ljust(_LABEL - 1) + " "
        self._lines.extend(hanging([(head, Style.PLAIN)], text, WIDTH))

    def item(self, depth: int, label: str, text: str) -> None:
        """One of a label's several points; its further lines stand under its first word."""
        head = " " * (_INDENT * depth) + label.ljust(_LABEL - 1) + " - "
        self._lines.extend(hanging([(head, Style.PLAIN)], text, WIDTH))

    def text(self) -> str:
        """Everything, each line with its line break."""
        return as_text(self._lines)

    def _append(self, text: str) -> None:
        self._lines.append([(text, Style.PLAIN)])


def inert(value: Any) -> Any:
    """JSON-like data with every string made inert."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, Mapping):
        return {name: inert(item) for name, item in value.items()}
    return [inert(item) for item in value] if isinstance(value, list) else value


def at(location: Mapping[str, Any] | None) -> str:
    """`` (bucket.tf:12)``, or nothing where there is no place."""
    return "" if location is None else f" ({unbroken(location['file'])}:{location['line']})"


def unknown_words(name: str | None, before: str = ", because of ") -> str:
    """The name of an unknown as it stands in texts."""
    return "" if name is None else f"{before}{unbroken('${' + name + '}')}"
