"""Terraform's values in Python.

Known values are plain Python: ``None``, ``bool``, ``int`` or ``Decimal``, ``str``, ``list``, ``dict``. The
subclasses :class:`Object` and :class:`Tuple` also know where they were written. What is not known is
``Text`` (a string with holes), ``Unknown`` (any type) or :class:`Choice` (one of several, by a condition
that is not known). :class:`Marked` is a value that must not be shown (decision 0008). A ``Reference`` is a
declared thing whose attributes are read on demand.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final, Protocol, TypeAlias, Union

from msgspec import Struct

from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Text, spell
from tf_kms_guard.values.unknown import Unknown, refuse

MOST_ALTERNATIVES: Final = 64
"""A choice of more alternatives than this is given up: it becomes a free value."""


Collected: TypeAlias = Union[bool, str, None]


class Object(dict[str, "Value"]):
    """A map or object value that knows where it was written.

    ``collection``: whether it is a map (else an object), as far as that is known; of a map whose elements are of a
    primitive type, the name of that type.
    """

    __slots__ = ("collection", "origin")

    def __init__(
        self,
        items: Mapping[str, Value] | Iterable[tuple[str, Value]] = (),
        origin: Span | None = None,
        collection: Collected = None,
    ) -> None:
        super().__init__(items)
        self.origin = origin
        self.collection = collection


class Tuple(list["Value"]):
    """A list or tuple value that knows where it was written.

    ``collection``: whether it is a list (else a tuple), as far as that is known; of a list whose elements are of a
    primitive type, the name of that type.
    """

    __slots__ = ("collection", "origin")

    def __init__(self, items: Iterable[Value] = (), origin: Span | None = None, collection: Collected = None) -> None:
        super().__init__(items)
        self.origin = origin
        self.collection = collection


class SetValue(Struct, frozen=True, eq=False):
    """A set: elements without duplicates, in Terraform's order (strings sort by their characters).

    Elements that are not wholly known may turn out equal: ``exact`` is false then, and the set may have
    fewer elements than it shows.
    """

    elements: tuple[Value, ...]
    exact: bool = True

    def __iter__(self) -> Iterator[Value]:
        return iter(self.elements)

    __eq__ = refuse
    __ne__ = refuse
    __hash__ = refuse
    __bool__ = refuse
    __contains__ = refuse


Outcome: TypeAlias = Union[bool, str]
"""How a condition may turn out: true or false, or the key by which something is picked."""


class Wrapped(Struct, frozen=True, eq=False):
    """Values of which something more is to be said. Functions are applied to what is inside, by ``choices.py``."""

    __eq__ = refuse
    __ne__ = refuse
    __hash__ = refuse
    __bool__ = refuse
    __iter__ = refuse
    __contains__ = refuse


class Choice(Wrapped, frozen=True, eq=False):
    """One of several values, by a condition that is not known.

    Choices that hang on one condition are picked together (see ``choices.py``). ``inside`` remembers, once
    asked for, the identities of the conditions that occur in the alternatives.
    """

    condition: Unknown
    alternatives: tuple[tuple[Outcome, Value], ...]
    inside: frozenset[str] | None = None


class Mark(enum.IntFlag):
    """Why a value must not be shown.

    ``UNSHOWN`` is what ``sensitive = true`` makes of a module's output: in Terraform 1.11 such a value
    is not printed, but neither ``issensitive`` nor ``for_each`` takes it for sensitive.
    """

    SENSITIVE = enum.auto()
    EPHEMERAL = enum.auto()
    UNSHOWN = enum.auto()


class Marked(Wrapped, frozen=True, eq=False):
    """A value that must not be shown; make one with ``with_marks`` of ``marks.py``.

    ``whole``: all of it is secret. Else it is put together of texts of which some are secret, each noted by itself.
    """

    value: Value
    marks: Mark
    whole: bool = True


class Reference(Protocol):
    """Something declared (a resource instance, a module instance) whose attributes are read on demand."""

    @property
    def address(self) -> str:
        """The Terraform address, with module path and instance keys."""

    def read(self, attribute: str) -> Value:
        """The value of one attribute or output."""

    def names(self) -> Iterable[str]:
        """The attributes or outputs that are known to exist."""


class Referred(Struct, frozen=True, eq=False):
    """A reference as a value."""

    to: Reference

    __eq__ = refuse
    __ne__ = refuse
    __hash__ = refuse


class UnknownKey(str):
    """A map key with holes. It equals only a key with the same pieces; ``text`` is what is known of it.

    A look-up that does not find its key in a map which has such keys is not known to fail.
    """

    __slots__ = ("text",)
    text: Text | Unknown

    def __new__(cls, text: Text | Unknown) -> UnknownKey:  # noqa: D102
        self = super().__new__(cls, spell(text))
        self.text = text
        return self

    def __getnewargs__(self) -> tuple[Text | Unknown]:  # type: ignore[override]
        return (self.text,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnknownKey) and str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((UnknownKey, str.__str__(self)))


class Failed(Struct, frozen=True, eq=False):
    """An alternative of a choice that Terraform would refuse to evaluate: it cannot be the one that holds.

    It lives inside a :class:`Choice` only, so that ``try`` can replace it; elsewhere it is dropped.
    """

    message: str
    span: Span | None = None


Value: TypeAlias = Union[
    None,
    bool,
    int,
    Decimal,
    str,
    Text,
    Unknown,
    Choice,
    Marked,
    Failed,
    SetValue,
    Referred,
    list["Value"],
    dict[str, "Value"],
]
