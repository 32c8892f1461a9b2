"""The attributes of an instance as the evaluator's values, made when somebody looks at them.

A plan of 100 MB holds every resource three times; most are of types that nobody asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, cast

import msgspec

from tf_kms_guard.terraform.syntax.source import MOST_NESTED, exact_number
from tf_kms_guard.terraform.values import Object, Tuple, Value
from tf_kms_guard.values.unknown import Unknown

NOT_YET: Final = "it is known after apply"
NOT_TOLD: Final = "the plan does not say whether it is set"
UNREADABLE: Final = "what the plan or state says of it cannot be read"


class NotKnown:
    """The type of :data:`NOT_KNOWN`."""


NOT_KNOWN: Final = NotKnown()
"""Stands in a decoded tree for what is known after apply."""


class Unconvertible(Exception):
    """A tree that is no value of Terraform's."""


NOT_READ: Final = (Unconvertible, msgspec.MsgspecError, ValueError, TypeError, RecursionError, MemoryError)
"""How reading a tree can fail."""

Path = tuple[str | int, ...]


_SCALARS: Final = frozenset((type(None), bool, int, str, Decimal))


class Attributes(Mapping[str, Value]):
    """Attributes of the instance at ``address``; ``load`` gives the tree that they are made of, once.

    Where the tree cannot be read, every attribute is there and not known. ``gaps`` says why an attribute that
    the tree lacks is not known; without it such an attribute is not there.
    """

    __slots__ = ("_address", "_gaps", "_load", "_values")

    def __init__(self, address: str, load: Callable[[], object], gaps: str | None = None) -> None:
        self._address = address
        self._load: Callable[[], object] | None = load
        self._gaps = gaps
        self._values: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        values = self._read()
        if self._gaps is not None and name not in values:
            return Unknown(f"{self._address}.{name}", self._gaps)
        return values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def _read(self) -> dict[str, Value]:
        if self._load is not None:
            try:
                values = converted(self._load(), self._address)
                if not isinstance(values, dict):
                    raise Unconvertible("the attributes are no object")
                self._values = values
            except NOT_READ:
                self._gaps = UNREADABLE
            self._load = None
        return self._values


def converted(tree: object, where: str, depth: int = 0) -> Value:
    """A decoded tree as a value of the evaluator's; ``where`` is its address.

    Raises:
        Unconvertible: it is nested too deeply, or holds something else than JSON can.
    """
    if type(tree) in _SCALARS:
        return cast("Value", tree)
    if isinstance(tree, NotKnown):
        return Unknown(where, NOT_YET)
    if depth >= MOST_NESTED or not isinstance(tree, (dict, list)):
        raise Unconvertible(f"a {type(tree).__name__}, {depth} levels deep")
    depth += 1
    if isinstance(tree, dict):
        return Object(
            (name, item if type(item) in _SCALARS else converted(item, f"{where}.{name}", depth))
            for name, item in tree.items()
        )
    return Tuple(
        item if type(item) in _SCALARS else converted(item, f"{where}[{index}]", depth)
        for index, item in enumerate(tree)
    )


_JSON: Final = msgspec.json.Decoder(float_hook=exact_number)


def decoded(raw: msgspec.Raw) -> Any:
    """JSON as plain Python; numbers are exact."""
    return _JSON.decode(raw)


def planned(after: msgspec.Raw, unknown: msgspec.Raw) -> object:
    """The tree of ``after`` with what ``after_unknown`` marks put in: an attribute that is not known is missing
    in ``after``, an element of a list is null there.
    """
    tree = decoded(after)
    return with_marks(tree, decoded(unknown)) if b"true" in bytes(unknown) else tree


def with_marks(tree: object, marks: object) -> object:
    """``tree`` with :data:`NOT_KNOWN` wherever ``marks`` (of the same form) is true."""
    if marks is True:
        return NOT_KNOWN
    if isinstance(marks, dict) and (isinstance(tree, dict) or _holds_true(marks)):
        members = dict(tree) if isinstance(tree, dict) else {}
        for name, mark in marks.items():
            if name in members or _holds_true(mark):
                members[name] = with_marks(members.get(name), mark)
        return members
    if isinstance(marks, list) and (isinstance(tree, list) or _holds_true(marks)):
        items = list(tree) if isinstance(tree, list) else []
        items += [None] * (len(marks) - len(items))
        return [with_marks(item, mark) for item, mark in zip(items, marks, strict=False)] + items[len(marks) :]
    return tree


def value_of(raw: msgspec.Raw, where: str) -> Value:
    """A value on its own; not known where it cannot be read."""
    try:
        return converted(decoded(raw), where)
    except NOT_READ:
        return Unknown(where, UNREADABLE)


def marked_paths(marks: msgspec.Raw) -> frozenset[Path]:
    """The paths at which JSON of marks (``after_sensitive``, ``sensitive_values``) is true.

    Marks that cannot be read mark everything.
    """
    if b"true" not in bytes(marks):
        return frozenset()
    try:
        return frozenset(_true_paths(decoded(marks), ()))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return frozenset(((),))


def _holds_true(marks: object) -> bool:
    match marks:
        case dict():
            return any(_holds_true(mark) for mark in marks.values())
        case list():
            return any(_holds_true(mark) for mark in marks)
        case _:
            return marks is True


def _true_paths(marks: object, path: Path) -> Iterator[Path]:
    match marks:
        case True:
            yield path
        case dict():
            for name, mark in marks.items():
                yield from _true_paths(mark, (*path, name))
        case list():
            for index, mark in enumerate(marks):
                yield from _true_paths(mark, (*path, index))
