"""A line of source code with its place underlined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from tf_kms_guard.reports.lines import TAB, Line, Style, cells, shown, shown_character, wrap
from tf_kms_guard.values.span import Span

_ELLIPSIS: Final = "…"
_CONTEXT: Final = 8
_ROOM_BESIDE: Final = 30


class Gutter(Struct, frozen=True):
    """The left edge of a finding: room for the line numbers, and the width of the whole."""

    digits: int
    width: int

    @property
    def room(self) -> int:
        """Columns to the right of the edge."""
        return self.width - self.digits - len(" | ")

    def bar(self) -> Line:
        """``   |``."""
        return [(" " * self.digits + " |", Style.FRAME)]

    def row(self, number: int | None = None) -> Line:
        """The beginning of a row of code or remarks."""
        shown_number = "" if number is None else str(number)
        return [(f"{shown_number:>{self.digits}} | ", Style.FRAME)]


class _Crop(Struct, frozen=True):
    """What is to be seen of a line, and the columns in it that are to be underlined."""

    text: str
    start: int
    length: int


def excerpt(
    gutter: Gutter, span: Span | None, source: Sequence[str], label: str, mark: str, style: Style
) -> list[Line]:
    """The first line of ``span`` with ``mark`` under it and ``label`` beside or below.

    Without source only the label is shown.
    """
    label = shown(label)
    if span is None or not source:
        rows = wrap(label, gutter.room) if label else []
        remarks: list[Line] = [[*gutter.row(), (row, style)] for row in rows]
        return [gutter.bar(), *remarks, gutter.bar()] if remarks else [gutter.bar()]
    crop = _crop(source[0], span, gutter.room)
    lines = [gutter.bar(), [*gutter.row(span.line), (crop.text, Style.PLAIN)]]
    lines += _underlined(gutter, crop, label, mark, style)
    return [*lines, gutter.bar()]


def _underlined(gutter: Gutter, crop: _Crop, label: str, mark: str, style: Style) -> list[Line]:
    under = " " * crop.start + mark * crop.length
    column = crop.start + crop.length + 1
    beside = gutter.room - column
    if cells(label) <= beside or beside >= _ROOM_BESIDE:
        first, *rest = wrap(label, beside)
        return [
            [*gutter.row(), (f"{under} {first}".rstrip(), style)],
            *([*gutter.row(), (" " * column + row, style)] for row in rest),
        ]
    column = min(crop.start, max(0, gutter.room - _ROOM_BESIDE))
    rows = wrap(label, gutter.room - column)
    return [[*gutter.row(), (under, style)], *([*gutter.row(), (" " * column + row, style)] for row in rows)]


def _crop(source: str, span: Span, room: int) -> _Crop:
    """The part of a source line that fits and has the beginning of the span in it."""
    skipped = max(0, span.column - 1 - 2 * room) if len(source) > 6 * room else 0
    piece = source[skipped : skipped + 6 * room].rstrip()
    more = len(source.rstrip()) > skipped + len(piece)
    drawn, starts = _drawn(piece)
    total = starts[-1]
    begin = starts[min(max(span.column - 1 - skipped, 0), len(piece))]
    if span.end_line > span.line:
        end = total
    else:
        end = starts[min(max(span.end_column - 1 - skipped, 0), len(piece))]
    end = max(end, begin + 1)
    left, right = _window(begin, end, total, room, skipped > 0, more)
    text = _between(drawn, starts, left, right)
    before, after = left > 0 or skipped > 0, right < total or more
    shift = left - (1 if before else 0)
    text = (_ELLIPSIS if before else "") + text + (_ELLIPSIS if after else "")
    begin, end = max(begin, left), max(min(end, max(right, begin + 1)), begin + 1)
    return _Crop(text.rstrip(), begin - shift, end - begin)


def _window(begin: int, end: int, total: int, room: int, skipped: bool, more: bool) -> tuple[int, int]:
    """The columns to show, with room left for an ellipsis on each side that is cut."""
    if not skipped and not more and max(total, begin + 1) <= room:
        return 0, total
    if not skipped and end <= room - 1:
        return 0, min(total, room - 1)
    left = max(0, begin - _CONTEXT)
    if not skipped and not more:
        left = max(0, min(left, total + 2 - room))
    before = 1 if left > 0 or skipped else 0
    space = room - before
    if total - left <= space and not more:
        return left, total
    return left, left + space - 1


def _drawn(source: str) -> tuple[list[str], list[int]]:
    """How each character is drawn, and the column at which it and what follows the last one begin."""
    drawn: list[str] = []
    starts = [0]
    for character in source:
        column = starts[-1]
        text = " " * (TAB - column % TAB) if character == "\t" else shown_character(character)
        drawn.append(text)
        starts.append(column + cells(text))
    return drawn, starts


def _between(drawn: Sequence[str], starts: Sequence[int], left: int, right: int) -> str:
    """The columns from ``left`` to ``right``; a character that is cut through becomes spaces."""
    pieces = []
    for text, start, end in zip(drawn, starts, starts[1:], strict=False):
        if start >= left and end <= right:
            pieces.append(text)
        elif start < right and end > left:
            pieces.append(" " * (min(end, right) - max(start, left)))
    return "".join(pieces)
