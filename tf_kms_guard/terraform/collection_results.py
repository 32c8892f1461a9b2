"""What is known of the results of functions: whether they are lists and maps, and of what, or tuples and objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tf_kms_guard.terraform.conversion import as_type
from tf_kms_guard.terraform.unification import (
    DYNAMIC,
    Inconsistent,
    collected,
    collection_of,
    element_type,
    is_huge,
    type_of,
    unify,
)
from tf_kms_guard.terraform.values import Collected, Object, Tuple, Value


def with_collection(function: str, arguments: Sequence[Value], result: Value) -> Value:
    """What ``function`` gave, with what is known of whether it is a list or map."""
    if not isinstance(result, (list, dict)):
        return result
    if function in _COLLECTIONS:
        collection: Collected = _COLLECTIONS[function]
        if collection is True and arguments:
            collection = _made_of(arguments[0], result)
    elif function == "keys":
        kind = collection_of(arguments[0])
        collection = "string" if kind else kind
    elif function in _TUPLES:
        collection = False
    elif function in _LIKE_AN_ARGUMENT:
        collection = collection_of(arguments[_LIKE_AN_ARGUMENT[function]])
    elif function == "concat":
        return _concatenated(arguments, result)
    elif function == "merge":
        collection = _merged(arguments)
    else:
        return result
    if collection is True and not is_huge(result):
        collection = collected(element_type(result))
    return _with_collection(result, collection)


def _made_of(source: Value, result: list[Value] | dict[str, Value]) -> Collected:
    """What is known of a collection that was made of ``source``: one of nothing has elements of no type."""
    collection = collection_of(source)
    return DYNAMIC if collection is False and not result else collection or True


def _with_collection(result: Value, collection: Collected) -> Value:
    if collection is None or not isinstance(result, (list, dict)) or collection_of(result) is collection:
        return result
    origin = result.origin if isinstance(result, (Object, Tuple)) else None
    return Object(result, origin, collection) if isinstance(result, dict) else Tuple(result, origin, collection)


def _concatenated(arguments: Sequence[Value], result: Value) -> Value:
    """Lists of types that agree make a list, anything else a tuple."""
    kinds = [collection_of(argument) for argument in arguments]
    if False in kinds:
        return _with_collection(result, False)
    if None in kinds:
        return result
    if is_huge(result):
        return _with_collection(result, True)
    try:
        return as_type(result, unify([type_of(argument) for argument in arguments]))
    except Inconsistent:
        return _with_collection(result, False)


def _merged(arguments: Sequence[Value]) -> Collected:
    """Maps of one type make a map of it, anything else an object."""
    kinds = [collection_of(argument) for argument in arguments]
    if False in kinds:
        return False
    if None in kinds:
        return None
    types = {collected(element_type(argument)) for argument in arguments if isinstance(argument, dict) and argument}
    return None if True in types else kinds[0] if len(set(kinds)) == 1 else False


_COLLECTIONS: Final[dict[str, Collected]] = {
    **dict.fromkeys(("split", "sort", "compact", "formatlist"), "string"),
    "range": "number",
    **dict.fromkeys(("distinct", "tolist", "tomap", "matchkeys", "transpose", "chunklist"), True),  # of what: below
}
_TUPLES: Final = frozenset(("flatten", "jsondecode"))
_LIKE_AN_ARGUMENT: Final = {"reverse": 0, "slice": 0, "values": 0, "zipmap": 1}
