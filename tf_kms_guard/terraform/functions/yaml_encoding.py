"""``yamlencode``: a text that keeps the places and the holes of the value.

Terraform writes what libyaml makes of strings in double quotes, or as a block where they have several lines:
lines are folded after 80 characters, keys sorted, lists in a mapping not indented.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal, TypeAlias

from tf_kms_guard.terraform.convert import is_text, number_text
from tf_kms_guard.terraform.functions.elements import key_text
from tf_kms_guard.terraform.functions.registry import MOST_CHARACTERS, Kind, NotKnown, Parameter, function, refuse_huge
from tf_kms_guard.terraform.functions.searching import same_place
from tf_kms_guard.terraform.values import Object, SetValue, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located, Piece, Text, TextLike, holes_of, join_text, known, pieces_of
from tf_kms_guard.values.unknown import Unknown

_WIDTH: Final = 80
_LONGEST_KEY: Final = 128
_MOST_NESTED: Final = 200
_BREAKS: Final = frozenset("\r\n\x85\u2028\u2029")
_ESCAPES: Final = dict(zip('\0\a\b\t\n\v\f\r\x1b"\\\x85\u2028\u2029', '0abtnvfre"\\NLP', strict=True))


_Context: TypeAlias = Literal["root", "item", "value"]


@function("yamlencode", Kind.STRUCTURAL, Parameter.NULLABLE, deep=True)
def yamlencode(value: Value) -> TextLike:
    """The value as YAML, spelled as Terraform does. An unknown string is a hole in its place."""
    writer = _Writer()
    writer.write(value, -1, "root")
    if value is None or isinstance(value, (bool, int, Decimal)):
        writer.put("...\n")
    return writer.text()


class _Writer:
    """Writes values one after the other; each ends its line."""

    def __init__(self) -> None:
        self.parts: list[Piece] = []
        self.plain: list[str] = []
        self.size = 0
        self.column = 0

    def text(self) -> TextLike:
        """What is written."""
        return join_text([*self.parts, "".join(self.plain)])

    def put(self, piece: Piece) -> None:
        """Append a piece."""
        if isinstance(piece, (Unknown, Located)):
            self.parts += ("".join(self.plain), piece)
            self.plain.clear()
        else:
            self.plain.append(piece)
        self.size += len(piece) if isinstance(piece, str) else 1
        refuse_huge(self.size, MOST_CHARACTERS)
        if isinstance(piece, str):
            line = piece.rfind("\n")
            self.column = self.column + len(piece) if line < 0 else len(piece) - line - 1

    def write(self, value: Value, indent: int, context: _Context) -> None:
        """Write a value of a collection that is indented by ``indent``; ``context``: where in it the value stands."""
        if indent > 2 * _MOST_NESTED:
            raise NotKnown("the value is nested too deeply")
        if isinstance(value, (list, SetValue)):
            self._sequence(list(value), indent, context)
        elif isinstance(value, dict):
            self._mapping(value, indent, context)
        elif isinstance(value, (str, Text)) or (isinstance(value, Unknown) and is_text(value)):
            self.put(" " if context == "value" else "")
            self._string(value, max(indent, 0) + 2)
            self.put("\n" if self.column else "")
        else:
            self.put(f"{' ' if context == 'value' else ''}{_plain(value)}\n")

    def _sequence(self, items: list[Value], indent: int, context: _Context) -> None:
        if not items:
            self.put(" []\n" if context == "value" else "[]\n")
            return
        inner = 0 if indent < 0 else indent if context == "value" else indent + 2
        self.put("\n" if context == "value" else "")
        for place, item in enumerate(items):
            self.put("- " if not place and context != "value" else " " * inner + "- ")
            self.write(item, inner, "item")

    def _mapping(self, value: dict[str, Value], indent: int, context: _Context) -> None:
        if not value:
            self.put(" {}\n" if context == "value" else "{}\n")
            return
        inner = 0 if indent < 0 else indent + 2
        self.put("\n" if context == "value" else "")
        for place, key in enumerate(sorted(value)):
            self.put("" if not place and context != "value" else " " * inner)
            self._key(key_text(key), value.origin if not place and isinstance(value, Object) else None)
            self.put(":")
            self.write(value[key], inner, "value")

    def _key(self, key: TextLike, origin: Span | None) -> None:
        """A key, always in quotes; the quote of the first one is located where the mapping was written."""
        for piece in pieces_of(key):
            if isinstance(piece, str) and (not _BREAKS.isdisjoint(piece) or len(piece.encode()) > _LONGEST_KEY):
                raise NotKnown("a key of several lines, or a long one, is not modelled")
        self.put('"' if origin is None else Located('"', origin))
        for piece in pieces_of(key):
            self.put(piece if isinstance(piece, Unknown) else same_place(_escaped(piece), piece))
        self.put('"')

    def _string(self, value: TextLike, indent: int) -> None:
        characters = known(value)
        lines = "".join(piece if isinstance(piece, str) else "x" for piece in pieces_of(value))
        if "\n" in lines and _may_be_block(lines):
            self._block(value, lines, indent)
            return
        if (characters or "").startswith("\ufeff"):
            raise NotKnown("a string that begins with a byte order mark is not modelled")
        self.put('"')
        for piece in pieces_of(value):
            if isinstance(piece, Unknown):
                self.put(piece)
            elif holes_of(value) or self.column + len(piece) < _WIDTH:
                self.put(same_place(_escaped(piece), piece))
            else:
                self._folded(piece, indent)
        self.put('"')

    def _folded(self, piece: str, indent: int) -> None:
        """A string in quotes, broken at a space where the line is too long."""
        after_space = False
        column, written = self.column, []
        for place, character in enumerate(piece):
            if character == " " and not after_space and column > _WIDTH and 0 < place < len(piece) - 1:
                following = "\\" if piece[place + 1] == " " else ""
                written.append("\n" + " " * indent + following)
                column = indent + len(following)
            else:
                written.append(character if character == " " else _escaped(character))
                column += len(written[-1])
            after_space = character == " "
        self.put(same_place("".join(written), piece))

    def _block(self, value: TextLike, plain: str, indent: int) -> None:
        """A string of several lines: ``|``, how it begins and ends, and its lines."""
        head = "|2" if plain[0] in _BREAKS or plain[0] == " " else "|"
        if plain[-1] not in _BREAKS:
            head += "-"
        elif len(plain) == 1 or plain[-2] in _BREAKS:
            head += "+"
        self.put(f"{head}\n")
        begins = True
        for piece in pieces_of(value):
            if isinstance(piece, Unknown):
                self.put(" " * indent if begins else "")
                self.put(piece)
                begins = False
                continue
            written = []
            for character in piece:
                if character in _BREAKS:
                    begins = True
                elif begins:
                    written.append(" " * indent)
                    begins = False
                written.append(character)
            self.put(same_place("".join(written), piece))
        if plain[-1] in _BREAKS and plain[-1] != "\n":
            self.put("\n")


def _plain(value: Value) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, Decimal)):
        return number_text(value)
    raise NotKnown(value)


def _may_be_block(text: str) -> bool:
    """Whether libyaml writes a string of several lines as a block."""
    if text.endswith(" ") or any(text[at - 1] == " " for at, one in enumerate(text) if at and one in _BREAKS):
        return False
    return all(character == "\n" or _is_printable(character) for character in text)


def _is_printable(character: str) -> bool:
    if character == "\ufeff":
        return False
    return " " <= character <= "~" or "\xa0" <= character <= "\ud7ff" or "\ue000" <= character <= "\ufffd"


def _escaped(text: str) -> str:
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return "".join(map(_escape, text))


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return f"\\{_ESCAPES[character]}"
    if _is_printable(character):
        return character
    code = ord(character)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
