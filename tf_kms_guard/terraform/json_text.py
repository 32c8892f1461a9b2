"""JSON over text that may have holes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Literal, TypeAlias

from tf_kms_guard.terraform.json_reader import JsonReader
from tf_kms_guard.terraform.values import Object, Tuple, UnknownKey, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located, Piece, Text, TextLike, holes_of, known, origin_of, pieces_of, spell
from tf_kms_guard.values.unknown import Unknown

Layout: TypeAlias = Literal["sorted", "compact", "indented"]
"""How JSON is laid out: keys sorted and no white space, keys in their own order, or that on lines of their own."""


class EncodedUnknown(Unknown, frozen=True, eq=False):
    """The text ``jsonencode(value)`` of a value that is not known."""

    value: Unknown | None = None


class JsonText(Text):
    """JSON that encoding a value made, with the value that reading it gives back: most policies are written so."""

    __slots__ = ("_read_back", "layout")

    def __init__(self, pieces: tuple[Piece, ...], read_back: Callable[[], Value], layout: Layout = "sorted") -> None:
        super().__init__(pieces)
        self._read_back = read_back
        self.layout: Layout = layout

    def __reduce__(self) -> tuple[type[Text], tuple[tuple[Piece, ...]]]:
        """Another process gets the text alone."""
        return Text, (self.pieces,)

    def value(self) -> Value:
        """What :func:`decode_json` would read in the text."""
        return self._read_back()


class LaterJsonText(JsonText):
    """The same, spelled out when somebody asks for the characters: most such texts are read back, and nothing else."""

    __slots__ = ("_pieces", "_spell")

    def __init__(self, spell: Callable[[], TextLike], read_back: Callable[[], Value], layout: Layout) -> None:
        self._spell = spell
        self._pieces: tuple[Piece, ...] | None = None
        super().__init__((), read_back, layout)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The characters and holes."""
        if self._pieces is None:
            self._pieces = pieces_of(self._spell())
        return self._pieces

    @pieces.setter
    def pieces(self, _: tuple[Piece, ...]) -> None:
        """There are none before they are asked for."""


def decode_json(text: TextLike, origin: Span | None = None) -> Value:
    """Read JSON.

    Objects and arrays come as ``Object`` and ``Tuple`` whose ``origin`` is the place where they are
    written (``origin`` for text that knows no place). A hole inside quotes is a hole of that string; a
    hole outside of quotes is the value. A member's name that has a hole is an ``UnknownKey``.
    Raises :class:`EvaluationError` when it is no JSON.
    """
    if isinstance(text, Unknown) and not isinstance(text, EncodedUnknown):
        return _decoded(text)
    if isinstance(text, JsonText):
        return text.value()
    return JsonReader(text, _Values(), origin).read()


def quoted_hole(unknown: Unknown) -> Unknown:
    """The text ``jsonencode(X)`` of an unknown value X, to be put into JSON outside of quotes."""
    return EncodedUnknown(
        f"jsonencode({unknown.identity})",
        unknown.because,
        settle=unknown.settle,
        origin=unknown.origin,
        value=unknown,
    )


def unquoted_hole(unknown: Unknown) -> Unknown:
    """The value that a hole outside of quotes stands for: X for ``jsonencode(X)``, else the hole itself."""
    if isinstance(unknown, EncodedUnknown) and unknown.value is not None:
        return unknown.value
    return unknown


def _decoded(text: TextLike) -> Unknown:
    """What ``jsondecode`` would give for text that is not known."""
    hole = holes_of(text)[0]
    identity = f"jsondecode({hole.identity})" if hole is text else f'jsondecode("{spell(text)}")'
    return Unknown(identity, hole.because, settle=hole.settle, origin=hole.origin)


class _Values:
    """Builds Terraform values."""

    places_strings = False

    def string(self, value: TextLike, place: Span | None) -> Value:
        """A string: known characters of several places are one string with the place of the first."""
        return one_string(value)

    def scalar(self, value: None | bool | int | Decimal, place: Span | None) -> Value:
        """A number, truth value or null."""
        return value

    def hole(self, value: TextLike, place: Span | None) -> Value:
        """A single hole is the value that it stands for; a hole among other characters could be anything."""
        return unquoted_hole(value) if isinstance(value, Unknown) else _decoded(value)

    def array(self, items: list[Value], place: Span | None) -> Value:
        """A tuple."""
        return Tuple(items, place, False)

    def object(self, items: list[tuple[TextLike, Span | None, Value]], place: Span | None) -> Value:
        """An object: of members with one name the last counts."""
        return Object({_name(name): value for name, _, value in items}, place, False)


def one_string(value: TextLike) -> TextLike:
    """Text whose characters are all known as one string, with the place of its first piece."""
    characters = known(value)
    if characters is None or isinstance(value, str):
        return value
    first = origin_of(value)
    return characters if first is None else Located(characters, first)


def _name(name: TextLike) -> str:
    characters = known(name)
    return UnknownKey(name) if isinstance(name, (Text, Unknown)) and characters is None else str(characters)
