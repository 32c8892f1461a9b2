"""Functions on maps, on the size of anything, and conversions between kinds of collections."""

from __future__ import annotations

from msgspec.structs import replace

from tf_kms_guard.terraform.choices import choose
from tf_kms_guard.terraform.conversion import as_type, of_one_type
from tf_kms_guard.terraform.convert import describe
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions.elements import (
    key_text,
    like_first,
    list_elements,
    map_like_first,
    set_of,
    text_key,
)
from tf_kms_guard.terraform.functions.registry import (
    Kind,
    NotKnown,
    Parameter,
    elements,
    fields,
    function,
    ordered,
    string,
    text,
)
from tf_kms_guard.terraform.functions.text import characters_of
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.unification import (
    can_convert,
    collection_of,
    element_type,
    type_of,
)
from tf_kms_guard.terraform.values import MOST_ALTERNATIVES, Outcome, Referred, SetValue, UnknownKey, Value
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.text import Text, TextLike, known, pieces_of
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

_ANY, _NULLABLE, _TEXT = Parameter.ANY, Parameter.NULLABLE, Parameter.TEXT


@function("merge", Kind.STRUCTURAL, rest=_NULLABLE)
def merge(*maps: Value) -> Value:
    """All entries; of those with the same key the last. Null arguments are left out."""
    merged: dict[str, Value] = {}
    for value in maps:
        if value is not None:
            merged.update(fields(value))
    if _may_coincide(merged):
        raise NotKnown(merged)
    return map_like_first(merged, *maps)


def _may_coincide(entries: dict[str, Value]) -> bool:
    """Whether two keys of a map may turn out to be one."""
    unknown = [key for key in entries if isinstance(key, UnknownKey)]
    return any(
        key != other and equal(key.text, key_text(other)) is not Truth.NO for key in unknown for other in entries
    )


@function("keys", Kind.STRUCTURAL, _ANY)
def keys(value: Value) -> Value:
    """The keys of a map, sorted."""
    return [key_text(key) for key in sorted(fields(value))]


@function("values", Kind.STRUCTURAL, _ANY)
def values(value: Value) -> Value:
    """The values of a map in the order of its keys."""
    entries = fields(value)
    return like_first((entries[key] for key in sorted(entries)), value)


@function("lookup", Kind.COMPARING, _ANY, _TEXT, rest=_NULLABLE, most=1)
def lookup(value: Value, key: TextLike, *default: Value) -> Value:
    """The entry at ``key``, else ``default``. A key that is not known gives a choice of the entries."""
    if isinstance(value, Referred):
        return _attribute(value, key)
    entries = fields(value)
    if default and collection_of(value):
        default = (_as_element(default[0], entries),)
    name = known(key)
    if name is not None:
        if name in entries:
            return entries[name]
        if any(isinstance(other, UnknownKey) and equal(other.text, name) is not Truth.NO for other in entries):
            raise NotKnown(value)
        if not default:
            return _missing(key, name)
        return default[0]
    return _picked(entries, key, *default)


def _as_element(default: Value, entries: dict[str, Value]) -> Value:
    """The default as it is for a map: of the type of its elements, also where it is not needed."""
    wanted = element_type(entries)
    if not can_convert(type_of(default), wanted):
        raise EvaluationError("the default value must have the same type as the map's elements")
    return as_type(default, wanted)


def _missing(key: TextLike, name: str) -> Value:
    from tf_kms_guard.terraform.traversal import DefaultWorkspace

    if isinstance(key, DefaultWorkspace):
        because = "a look-up by terraform.workspace finds nothing for the workspace default"
        raise NotKnown(Unknown("terraform.workspace", because, settle="--workspace NAME"))
    raise EvaluationError(f'there is no key "{name}" and no default')


def _attribute(value: Referred, key: TextLike) -> Value:
    name = known(key)
    if name is None or name not in set(value.to.names()):
        raise NotKnown(value)
    return value.to.read(name)


def _picked(entries: dict[str, Value], key: TextLike, *default: Value) -> Value:
    """A choice by an unknown key; the default hangs on another condition: that the key is there."""
    if not isinstance(key, str) and UnknownKey(key) in entries:
        return entries[UnknownKey(key)]
    if any(isinstance(name, UnknownKey) for name in entries):
        raise NotKnown(entries)
    cases: list[tuple[Outcome, Value]] = [
        (name, item) for name, item in entries.items() if equal(key, name) is not Truth.NO
    ]
    if len(cases) >= MOST_ALTERNATIVES:
        raise NotKnown(key)
    hole = next(piece for piece in pieces_of(key) if isinstance(piece, Unknown))
    condition = replace(hole, identity=identity_of(key))
    if not default:
        if not cases:
            raise EvaluationError("no key of the map can be this one, and there is no default")
        return choose(condition, cases)
    if not cases:
        return default[0]
    names = ", ".join(f'"{name}"' for name, _ in cases)
    present = replace(hole, identity=f"contains([{names}], {condition.identity})")
    return choose(present, [(True, choose(condition, cases)), (False, default[0])])


@function("zipmap", Kind.STRUCTURAL, _ANY, _ANY)
def zipmap(keys: Value, values: Value) -> Value:
    """The map of ``keys`` to ``values``, place by place."""
    names, items = ordered(keys), list_elements(values)
    if len(names) != len(items):
        raise EvaluationError("keys and values must be of one length")
    entries = {text_key(text(name)): item for name, item in zip(names, items, strict=True)}
    if _may_coincide(entries):
        raise NotKnown(keys)
    return entries


@function("transpose", Kind.STRUCTURAL, _ANY)
def transpose(value: Value) -> Value:
    """The map of lists of strings the other way round."""
    turned: dict[str, list[Value]] = {}
    for key, items in sorted(fields(value).items()):
        for item in elements(items):
            turned.setdefault(string(item), []).append(key)
    return {key: turned[key] for key in sorted(turned)}


@function("length", Kind.WHOLE, _ANY, partial=True)
def length(value: Value) -> Value:
    """The number of elements, or of characters."""
    if isinstance(value, dict) and _may_coincide(value):
        raise NotKnown(value)
    if isinstance(value, (list, dict)):
        return len(value)
    if isinstance(value, SetValue):
        if not value.exact:
            raise NotKnown(value)
        return len(value.elements)
    characters = known(value)
    if characters is not None:
        return len(characters_of(characters))
    if isinstance(value, Text) or (isinstance(value, Unknown) and value.shape.alphabet is not None):
        return _width(value)
    if isinstance(value, (Unknown, Referred)):
        raise NotKnown(value)
    raise EvaluationError(f"{describe(value)} has no length")


def _width(value: TextLike) -> int:
    """The length of a text whose holes are all of fixed width."""
    width = 0
    for piece in pieces_of(value):
        if isinstance(piece, str):
            width += len(characters_of(piece))
        elif piece.shape.alphabet is not None and piece.shape.minimum == piece.shape.maximum:
            width += piece.shape.minimum
        else:
            raise NotKnown(value)
    return width


@function("tolist", Kind.STRUCTURAL, _NULLABLE)
def tolist(value: Value) -> Value:
    """The collection as list, its elements of one type."""
    return None if value is None else like_first(of_one_type(elements(value)), value)


@function("toset", Kind.COMPARING, _NULLABLE)
def toset(value: Value) -> Value:
    """The collection as set; elements that only may be equal are kept."""
    if value is None or isinstance(value, SetValue):
        return value
    return set_of(elements(value))


@function("tomap", Kind.STRUCTURAL, _NULLABLE)
def tomap(value: Value) -> Value:
    """The object as map, its values of one type."""
    if value is None:
        return None
    entries = fields(value)
    return map_like_first(dict(zip(entries, of_one_type(list(entries.values()), in_map=True), strict=True)), value)
