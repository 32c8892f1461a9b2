"""A canonical spelling of any value: the key under which a value that depends on it is free.

Two values of one spelling are surely equal. Long spellings are hashed, so that identities of identities
stay short.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from tf_kms_guard.terraform.containers import CONTAINERS, Container, inner_first
from tf_kms_guard.terraform.convert import number_text
from tf_kms_guard.terraform.values import Choice, Failed, Marked, Referred, SetValue, UnknownKey, Value
from tf_kms_guard.values.text import Piece, Text, pieces_of
from tf_kms_guard.values.unknown import Unknown

_LONGEST: Final = 160
_HEAD: Final = 40


def identity_of(value: Value) -> str:
    """The canonical spelling of ``value``; deterministic between runs, blind to where it was written."""
    return _identity(value, {})


def call_identity(name: str, arguments: Iterable[Value]) -> str:
    """The identity of what the function ``name`` gives for ``arguments``."""
    arguments = list(arguments)
    seen: dict[int, str] = {}
    return _short(f"{name}({', '.join(_identity(argument, seen) for argument in arguments)})")


def same_identity(one: Value, other: Value) -> bool:
    """Whether :func:`identity_of` gives the same for both; found out as soon as they differ."""
    try:
        return _same(one, other, set())
    except RecursionError:
        return identity_of(one) == identity_of(other)


def _same(one: Value, other: Value, seen: set[tuple[int, int]]) -> bool:
    """``seen`` holds the pairs of containers that are the same as far as they have been looked at."""
    if one is other:
        return True
    if isinstance(one, Marked) or isinstance(other, Marked):
        return (
            isinstance(one, Marked)
            and isinstance(other, Marked)
            and (one.marks, one.whole) == (other.marks, other.whole)
            and _same(one.value, other.value, seen)
        )
    if isinstance(one, CONTAINERS) and isinstance(other, CONTAINERS):
        pair = (id(one), id(other))
        if pair in seen:
            return True
        seen.add(pair)
        if isinstance(one, dict):
            return (
                isinstance(other, dict)
                and one.keys() == other.keys()
                and all(_same(item, other[key], seen) for key, item in one.items())
            )
        if isinstance(one, list):
            return (
                isinstance(other, list)
                and len(one) == len(other)
                and all(_same(a, b, seen) for a, b in zip(one, other, strict=True))
            )
        if isinstance(one, SetValue):
            return (
                isinstance(other, SetValue)
                and len(one.elements) == len(other.elements)
                and identity_of(one) == identity_of(other)
            )
        return (
            isinstance(one, Choice)
            and isinstance(other, Choice)
            and one.condition.identity == other.condition.identity
            and [outcome for outcome, _ in one.alternatives] == [outcome for outcome, _ in other.alternatives]
            and all(_same(a, b, seen) for (_, a), (_, b) in zip(one.alternatives, other.alternatives, strict=True))
        )
    return identity_of(one) == identity_of(other)


def _identity(value: Value, seen: dict[int, str]) -> str:
    """``seen`` holds containers met before: values share parts, and must not be spelled once per path."""
    if isinstance(value, Unknown):
        return value.identity
    if isinstance(value, Text):
        return _short(_quoted(value.pieces))
    if isinstance(value, str):
        return _short(_quoted((value,)))
    if isinstance(value, Failed):
        return f"failed({value.message})"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return number_text(value)
    if isinstance(value, Referred):
        return value.to.address
    if id(value) not in seen:
        for inner in inner_first(value):
            if id(inner) not in seen:
                seen[id(inner)] = _short(_container(inner, seen))
    return seen[id(value)]


def _container(value: Container, seen: dict[int, str]) -> str:
    if isinstance(value, dict):
        entries = (f"{_key(key)}={_identity(value[key], seen)}" for key in sorted(value))
        return f"{{{', '.join(entries)}}}"
    if isinstance(value, list):
        return "[" + ", ".join(_identity(item, seen) for item in value) + "]"
    if isinstance(value, SetValue):
        items = ", ".join(sorted(_identity(item, seen) for item in value.elements))
        return f"set[{items}{'' if value.exact else ' at most'}]"
    if isinstance(value, Marked):
        return _identity(value.value, seen)
    cases = " : ".join(f"{outcome}=>{_identity(item, seen)}" for outcome, item in value.alternatives)
    return f"({value.condition.identity} ? {cases})"


def _key(key: str) -> str:
    return _quoted(pieces_of(key.text) if isinstance(key, UnknownKey) else (key,))


def _quoted(pieces: Iterable[Piece]) -> str:
    """A string in quotes; ``${`` is a hole, and ``$$`` a dollar sign of the string itself."""
    spelled = (
        "${" + piece.identity + "}"
        if isinstance(piece, Unknown)
        else piece.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
        for piece in pieces
    )
    return f'"{"".join(spelled)}"'


def _short(spelled: str) -> str:
    if len(spelled) <= _LONGEST:
        return spelled
    import hashlib

    digest = hashlib.sha256(spelled.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{spelled[:_HEAD]}…#{digest[:32]}"
