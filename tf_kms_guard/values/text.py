"""Text that may have holes.

A string whose every character is known is a plain ``str`` (or :class:`Located`, which also knows where it
was written). Everything else is a :class:`Text`: literal pieces and holes. ``Text`` is no ``str``, and the
operators that would silently give a wrong answer on a hole raise instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias, Union

from msgspec.structs import replace

from tf_kms_guard.values.span import Span
from tf_kms_guard.values.unknown import Shape, Unknown, refuse


class Located(str):
    """A known string with the place where it was written."""

    __slots__ = ("origin",)
    origin: Span

    def __new__(cls, text: str, origin: Span) -> Located:
        """``text``, written at ``origin``."""
        self = str.__new__(cls, text)
        self.origin = origin
        return self

    def __getnewargs__(self) -> tuple[str, Span]:  # type: ignore[override]
        return str(self), self.origin


Piece: TypeAlias = Union[str, Unknown]


class Text:
    """Literal pieces and holes, in order. Make one with :func:`join_text`, never directly.

    Neighbouring pieces are kept apart when they were written in different places, so that a part of a
    document can be traced to its source. A ``Text`` without holes is a known string that has more than
    one place of origin; :func:`known` gives its characters.
    """

    __slots__ = ("pieces",)

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        self.pieces = pieces

    __eq__ = refuse
    __ne__ = refuse
    __lt__ = refuse
    __le__ = refuse
    __gt__ = refuse
    __ge__ = refuse
    __hash__ = refuse
    __bool__ = refuse
    __len__ = refuse
    __iter__ = refuse
    __contains__ = refuse
    __add__ = refuse
    __mod__ = refuse

    @property
    def holes(self) -> Iterator[Unknown]:
        """The unknown parts, in order."""
        return (piece for piece in self.pieces if isinstance(piece, Unknown))

    __str__ = refuse  # an f-string would turn holes into characters: spell() does it on purpose

    def __repr__(self) -> str:
        return f"Text({spell(self)!r})"


TextLike: TypeAlias = Union[str, Text, Unknown]
"""A string as far as it is known: ``str``, ``Text`` or a single unknown."""


def join_text(parts: Iterable[TextLike]) -> TextLike:
    """Concatenate: the simplest value that holds all ``parts`` (``str``, one ``Unknown``, or ``Text``)."""
    pieces: list[Piece] = []
    empty = ""
    for part in parts:
        for piece in pieces_of(part):
            kind = type(piece)
            if kind is str and pieces and type(pieces[-1]) is str:
                pieces[-1] += piece  # type: ignore[operator]
            elif kind is Located and not piece:
                empty = piece
            elif kind is not str or piece:
                pieces.append(piece)
    if not pieces:
        return empty
    if len(pieces) == 1:
        return pieces[0]
    if not any(isinstance(piece, (Located, Unknown)) for piece in pieces):
        return "".join(pieces)  # type: ignore[arg-type]
    return Text(tuple(pieces))


def known(value: object) -> str | None:
    """The characters of a string that has no holes; ``None`` for anything else."""
    if isinstance(value, str):
        return value
    if not isinstance(value, Text):
        return None
    for piece in value.pieces:
        if isinstance(piece, Unknown):
            return None
    return "".join(value.pieces)  # type: ignore[arg-type]


def pieces_of(value: TextLike) -> tuple[Piece, ...]:
    """The pieces of any text."""
    if isinstance(value, Text):
        return value.pieces
    return (value,)


def holes_of(value: TextLike) -> tuple[Unknown, ...]:
    """The holes of any text, in order."""
    return tuple(piece for piece in pieces_of(value) if isinstance(piece, Unknown))


def leading(value: TextLike) -> str:
    """The known characters before the first hole."""
    known_pieces: list[str] = []
    for piece in pieces_of(value):
        if isinstance(piece, Unknown):
            break
        known_pieces.append(piece)
    return "".join(known_pieces)


def origin_of(value: object) -> Span | None:
    """Where a value was written, if it knows: for a ``Text`` the place of its first located characters."""
    if isinstance(value, Text):
        located = [piece for piece in value.pieces if isinstance(piece, Located)]
        first = next(filter(None, located), located[0] if located else None)
        return None if first is None else first.origin
    origin = getattr(value, "origin", None)
    return origin if isinstance(origin, Span) else None


def split_text(
    value: TextLike, separator: str, limit: int = -1, *, closed_holes: bool = False
) -> list[TextLike] | None:
    """Split at a one-character ``separator``, at most ``limit`` times (-1: everywhere).

    Returns ``None`` when a hole that counts may itself contain the separator, unless ``closed_holes`` says
    that none does.
    """
    if isinstance(value, str):
        return [_same_place(part, value) for part in value.split(separator, limit)]
    fields: list[list[TextLike]] = [[]]
    for piece in pieces_of(value):
        if isinstance(piece, Unknown):
            done = limit >= 0 and len(fields) > limit
            if not done and not closed_holes and (piece.shape.alphabet is None or separator in piece.shape.alphabet):
                return None
            fields[-1].append(piece)
            continue
        left = -1 if limit < 0 else limit - (len(fields) - 1)
        head, *rest = piece.split(separator, left)
        fields[-1].append(piece if not rest else _same_place(head, piece))
        fields.extend([_same_place(part, piece)] for part in rest)
    return [field[0] if len(field) == 1 else join_text(field) for field in fields]


def shaped(value: TextLike, shape: Shape) -> TextLike:
    """``value``, where AWS accepts nothing but texts of ``shape``: holes of which nothing is known get its alphabet.

    The identities stay, so the result is surely equal to ``value``.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Unknown):
        return value if value.shape.alphabet is not None else replace(value, shape=shape)
    part = Shape(f"part of a {shape.name}", shape.alphabet, 0, shape.maximum)
    return Text(
        tuple(
            replace(piece, shape=part) if isinstance(piece, Unknown) and piece.shape.alphabet is None else piece
            for piece in value.pieces
        )
    )


def _same_place(part: str, whole: str) -> str:
    return Located(part, whole.origin) if part and isinstance(whole, Located) else part


def spell(value: TextLike) -> str:
    """The text for people: known characters as they are, a hole as ``${what it is called}``."""
    return "".join(
        piece if isinstance(piece, str) else "${" + (piece.shown or piece.identity) + "}" for piece in pieces_of(value)
    )
