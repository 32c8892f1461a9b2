"""A reader of JSON over text that may have holes, and that knows where its characters are written.

What it makes of objects, arrays and strings is up to a builder: values for a document (``json_text``), syntax
nodes for a configuration file (``json_syntax``).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from decimal import Decimal
from typing import Final, Generic, Protocol, TypeVar

from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.syntax.source import exact_number
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located, TextLike, join_text, pieces_of
from tf_kms_guard.values.unknown import Unknown

MOST_NESTED: Final = 200

_PLACEHOLDER: Final = "\ufffc"
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_STRING: Final = re.compile(r'"((?:[^"\\\x00-\x1f]++|\\.)*+)"')
_BARE: Final = re.compile(r"[^\s\[\]{},:\"]+")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_ESCAPE: Final = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)")
_ESCAPED: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: Final[dict[str, None | bool]] = {"true": True, "false": False, "null": None}
_SHOWN: Final = 30

V = TypeVar("V")


class Builder(Protocol[V]):
    """Makes something of the parts of JSON. ``place`` is where a part is written, if known.

    ``places_strings``: whether it wants to know where strings and names in objects are written.
    """

    places_strings: bool

    def string(self, value: TextLike, place: Span | None) -> V:
        """A string with its escapes decoded."""

    def scalar(self, value: None | bool | int | Decimal, place: Span | None) -> V:
        """A number, truth value or null."""

    def hole(self, value: TextLike, place: Span | None) -> V:
        """Text with holes outside of quotes, in the place of a value."""

    def array(self, items: list[V], place: Span | None) -> V:
        """An array."""

    def object(self, items: list[tuple[TextLike, Span | None, V]], place: Span | None) -> V:
        """An object: names with their places, in order and with duplicates."""


class JsonReader(Generic[V]):
    """Reads one text. Raises :class:`EvaluationError` where it is no JSON."""

    def __init__(self, text: TextLike, builder: Builder[V], origin: Span | None = None) -> None:
        self._builder = builder
        self._origin = origin
        self._pieces = [piece for piece in pieces_of(text) if isinstance(piece, Unknown) or piece]
        self._starts: list[int] = []
        flat: list[str] = []
        offset = 0
        for piece in self._pieces:
            self._starts.append(offset)
            shown = _PLACEHOLDER if isinstance(piece, Unknown) else piece
            flat.append(shown)
            offset += len(shown)
        self._text = "".join(flat)
        self._located = any(isinstance(piece, Located) for piece in self._pieces)
        self._holes = [start for start, p in zip(self._starts, self._pieces, strict=True) if isinstance(p, Unknown)]
        self._lines: list[int] | None = None

    def read(self) -> V:
        """The one value that the text is."""
        try:
            value, at = self._value(self._skip(0), 0)
        except RecursionError:
            raise EvaluationError("this JSON is nested too deeply", self._origin) from None
        at = self._skip(at)
        if at < len(self._text):
            raise self._error(at, "the end of the text")
        return value

    # --- grammar ---------------------------------------------------------------------------------------

    def _value(self, at: int, depth: int) -> tuple[V, int]:
        if depth > MOST_NESTED:
            raise EvaluationError(f"this JSON is nested too deeply: more than {MOST_NESTED} levels", self._at(at))
        match self._text[at : at + 1]:
            case "{":
                return self._object(at, depth)
            case "[":
                return self._array(at, depth)
            case '"':
                value, end = self._string(at)
                place = self.place(at, end) if self._builder.places_strings else None
                return self._builder.string(value, place), end
            case _:
                return self._bare(at)

    def _object(self, start: int, depth: int) -> tuple[V, int]:
        text, places_strings = self._text, self._builder.places_strings
        items: list[tuple[TextLike, Span | None, V]] = []
        at = self._skip(start + 1)
        while not (text.startswith("}", at) and not items):
            if not text.startswith('"', at):
                raise self._error(at, "a name in quotes" if items else "a name in quotes or `}`")
            name, end = self._string(at)
            place = self.place(at, end) if places_strings else None
            at = self._skip(end)
            if not text.startswith(":", at):
                raise self._error(at, "`:`")
            value, at = self._value(self._skip(at + 1), depth + 1)
            items.append((name, place, value))
            at = self._skip(at)
            if text.startswith("}", at):
                break
            if not text.startswith(",", at):
                raise self._error(at, "`,` or `}`")
            at = self._skip(at + 1)
        return self._builder.object(items, self.place(start, at + 1)), at + 1

    def _array(self, start: int, depth: int) -> tuple[V, int]:
        text = self._text
        items: list[V] = []
        at = self._skip(start + 1)
        while not (text.startswith("]", at) and not items):
            value, at = self._value(at, depth + 1)
            items.append(value)
            at = self._skip(at)
            if text.startswith("]", at):
                break
            if not text.startswith(",", at):
                raise self._error(at, "`,` or `]`")
            at = self._skip(at + 1)
        return self._builder.array(items, self.place(start, at + 1)), at + 1

    def _string(self, start: int) -> tuple[TextLike, int]:
        match = _STRING.match(self._text, start)
        if match is None:
            raise EvaluationError("this is no valid JSON: a string is not closed on its line", self._at(start))
        first, last = match.span(1)
        parts: list[TextLike] = []
        for hole in self._holes[bisect_left(self._holes, first) : bisect_left(self._holes, last)]:
            parts.append(self._characters(first, hole))
            parts.append(self._pieces[bisect_left(self._starts, hole)])
            first = hole + 1
        parts.append(self._characters(first, last))
        return join_text(parts), match.end()

    def _characters(self, start: int, end: int) -> str:
        """A stretch without holes of the inside of a string."""
        text = self._text[start:end]
        if not text:
            return ""
        if "\\" in text:
            text = _ESCAPE.sub(lambda match: self._unescape(match, start), text)
        elif self._located:
            index = bisect_right(self._starts, start) - 1
            piece = self._pieces[index]
            if isinstance(piece, Located) and self._starts[index] == start and len(piece) == end - start:
                return piece
        if not self._located:
            return text
        place = self.place(start, end)
        return text if place is None else Located(text, place)

    def _unescape(self, match: re.Match[str], start: int) -> str:
        letters = match[0][1:]
        if letters in _ESCAPED:
            return _ESCAPED[letters]
        if letters[0] != "u" or len(letters) == 1:
            raise self._error(start + match.start(), "a valid escape")
        code = int(letters[1:5], 16)
        if len(letters) > 5:
            return chr(0x10000 + ((code - 0xD800) << 10) + int(letters[7:], 16) - 0xDC00)
        return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)

    def _bare(self, at: int) -> tuple[V, int]:
        match = _BARE.match(self._text, at)
        if match is None:
            raise self._error(at, "a value")
        word, end = match[0], match.end()
        holes = self._holes[bisect_left(self._holes, at) : bisect_left(self._holes, end)]
        if holes:
            parts: list[TextLike] = []
            for hole in holes:
                parts += (self._text[at:hole], self._pieces[bisect_left(self._starts, hole)])
                at = hole + 1
            parts.append(self._text[at:end])
            return self._builder.hole(join_text(parts), self.place(match.start(), end)), end
        place = self.place(at, end)
        if word in _WORDS:
            return self._builder.scalar(_WORDS[word], place), end
        if _NUMBER.fullmatch(word) is None:
            raise self._error(at, "a value")
        try:
            return self._builder.scalar(exact_number(word), place), end
        except ValueError:
            raise EvaluationError("this is no valid JSON: a number is out of range", self._at(at)) from None

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match else at

    # --- places ----------------------------------------------------------------------------------------

    def place(self, start: int, end: int) -> Span | None:
        """Where the characters from ``start`` up to ``end`` are written, as far as their pieces know."""
        first, last = self._at(start), self._at(end - 1, after=True)
        if first is None or last is None or first.file != last.file:
            return first
        ends = (last.end_line, last.end_column)
        if ends < (first.line, first.column):
            return first
        return Span(first.file, first.line, first.column, *ends, first.calls)

    def _at(self, offset: int, after: bool = False) -> Span | None:
        """The place of the character at ``offset``; its end is exact with ``after``."""
        if not self._located or not self._starts:
            return self._origin
        index = max(bisect_right(self._starts, offset) - 1, 0)
        piece = self._pieces[index]
        if not isinstance(piece, Located):
            return piece.origin if isinstance(piece, Unknown) else self._origin
        origin, start = piece.origin, self._starts[index]
        line, column = self._advance(origin, start, offset)
        if not after:
            return Span(origin.file, line, column, origin.end_line, origin.end_column, origin.calls)
        end_line, end_column = min((line, column + 1), (origin.end_line, origin.end_column))
        return Span(origin.file, line, column, end_line, end_column, origin.calls)

    def _advance(self, origin: Span, start: int, offset: int) -> tuple[int, int]:
        if self._lines is None:
            self._lines = [match.start() for match in re.finditer("\n", self._text)]
        first = bisect_left(self._lines, start)
        last = bisect_left(self._lines, offset)
        if first == last:
            place = (origin.line, origin.column + offset - start)
        else:
            place = (origin.line + last - first, offset - self._lines[last - 1])
        return min(place, (origin.end_line, max(origin.end_column - 1, 1)))

    def _error(self, at: int, expected: str) -> EvaluationError:
        found = self._text[at : at + _SHOWN].split("\n", 1)[0].replace(_PLACEHOLDER, "${…}").strip()
        text = f"not `{found}`" if found else "not the end of the text"
        return EvaluationError(f"this is no valid JSON: expected {expected}, {text}", self._at(at))
