"""The bytes of one file, or of a part of one, with the places of its characters."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from decimal import Decimal, InvalidOperation

from tf_kms_guard.values.span import Span

MOST_NESTED = 200
"""Deeper nesting than this is refused: whatever walks the nodes may do so by recursion."""

_LONGEST_INTEGER = 1000


class TooDeep(Exception):
    """An expression or block is nested deeper than :data:`MOST_NESTED`."""


class Source:
    """Bytes whose byte at ``head`` stands at ``line`` and ``column`` of ``path``."""

    __slots__ = ("_ascii", "_column", "_line", "_starts", "data", "path")

    def __init__(self, path: str, data: bytes, line: int = 1, column: int = 1, head: int = 0) -> None:
        self.path = path
        self.data = data
        self._line = line
        self._column = column
        self._ascii = data.isascii()
        starts = [head]
        end = data.find(b"\n", head)
        while end >= 0:
            starts.append(end + 1)
            end = data.find(b"\n", end + 1)
        self._starts = starts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1 and in characters, of the character at a byte offset."""
        row = max(bisect_right(self._starts, offset) - 1, 0)
        start = self._starts[row]
        if self._ascii:
            column = offset - start
        else:
            column = len(self.data[start:offset].decode("utf-8", "replace"))
        return self._line + row, column + (self._column if row == 0 else 1)

    def span(self, start: int, end: int) -> Span:
        """The place of the bytes from ``start`` up to ``end``."""
        starts = self._starts
        row = bisect_right(starts, start) - 1
        if not self._ascii or row <= 0 or (row + 1 < len(starts) and end >= starts[row + 1]):
            return Span(self.path, *self.position(start), *self.position(end))
        line, head = self._line + row, starts[row] - 1
        return Span(self.path, line, start - head, line, end - head)

    def text(self, start: int, end: int) -> str:
        """The characters from ``start`` up to ``end``, normalised as Terraform does."""
        raw = self.data[start:end]
        if self._ascii:
            return raw.decode("ascii")
        return unicodedata.normalize("NFC", raw.decode("utf-8", "replace"))

    def line_start(self, offset: int) -> int:
        """The offset at which the line of ``offset`` starts."""
        return self.data.rfind(b"\n", 0, offset) + 1


def exact_number(text: str) -> int | Decimal:
    """A decimal number: ``int`` when it is integral and not absurdly long, else ``Decimal``.

    Raises :class:`ValueError` when it is none.
    """
    if text.isdigit() and len(text) < _LONGEST_INTEGER:
        return int(text)
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not number.is_finite():
        raise ValueError(text)
    if number == 0 and number.is_signed():
        return number
    if -_LONGEST_INTEGER < number.adjusted() < _LONGEST_INTEGER and number == number.to_integral_value():
        return int(number)
    return number
