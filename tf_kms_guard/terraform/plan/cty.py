"""Values as Terraform packs them: MessagePack, with an extension for what is not known.

The encoding is described at https://github.com/zclconf/go-cty/blob/main/docs/concepts.md and in that project's
package cty/msgpack: extension 0 is a value that is not known, 12 one of which something is known. A value whose type
is not fixed comes as a pair of its type (bytes of JSON) and itself. A number that neither fits an integer nor is
exact in floating point comes as a string of its digits, and is a string here unless the type is told.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

import msgspec

from tf_kms_guard.terraform.plan.attributes import NOT_KNOWN, Unconvertible
from tf_kms_guard.terraform.syntax.source import MOST_NESTED, exact_number

_NOT_KNOWN: Final = (0, 12)


def _extension(code: int, data: memoryview) -> object:
    if code not in _NOT_KNOWN:
        raise ValueError(f"extension {code}")
    return NOT_KNOWN


_DECODER: Final = msgspec.msgpack.Decoder(ext_hook=_extension)


_SKIPPER: Final = msgspec.msgpack.Decoder(msgspec.Raw)


def well_formed(data: bytes) -> bool:
    """Whether ``data`` is MessagePack, by its form: nothing is made of it."""
    try:
        _SKIPPER.decode(data)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


def unpacked(data: bytes) -> object:
    """The tree that was packed, in the form of decoded JSON, with ``NOT_KNOWN`` where it is not known.

    Raises:
        Unconvertible: it is nested too deeply, or no value of Terraform's.
        msgspec.MsgspecError, ValueError, TypeError, RecursionError, MemoryError: it is not MessagePack.
    """
    return _tree(_DECODER.decode(data), 0)


def _tree(value: object, depth: int, type_: object = None) -> object:
    """``type_`` is the type as cty spells it in JSON, where it is told."""
    if depth > MOST_NESTED:
        raise Unconvertible("nested too deeply")
    match value:
        case [bytes() as told, inner]:
            return _tree(inner, depth + 1, msgspec.json.decode(told))
        case list():
            return [_tree(item, depth + 1, _inside(type_, index)) for index, item in enumerate(value)]
        case dict():
            if not all(isinstance(name, str) for name in value):
                raise Unconvertible("an attribute without a name")
            return {name: _tree(item, depth + 1, _inside(type_, name)) for name, item in value.items()}
        case float():
            return _number(value)
        case str() if type_ == "number":
            return exact_number(value)
        case _:
            return value


def _inside(type_: object, key: str | int) -> object:
    """The type of an element, where it is told."""
    match type_, key:
        case ["list" | "set" | "map", inner], _:
            return inner
        case ["tuple", [*items]], int() if key < len(items):
            return items[key]
        case ["object", dict() as attributes, *_], str():
            return attributes.get(key)
        case _:
            return None


def _number(value: float) -> object:
    if not math.isfinite(value):
        raise Unconvertible("a number without end")
    return int(value) if value.is_integer() else Decimal(value)
