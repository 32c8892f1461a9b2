"""Reading parts of values: ``value.name``, ``value[key]``, splats."""

from __future__ import annotations

from typing import Final

from tf_kms_guard.terraform.assumable import Assumable
from tf_kms_guard.terraform.choices import distribute
from tf_kms_guard.terraform.convert import to_number, to_string
from tf_kms_guard.terraform.derived import derived, part
from tf_kms_guard.terraform.diagnostics import EvaluationError, LookUpError
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.values import (
    MOST_ALTERNATIVES,
    Choice,
    Failed,
    Marked,
    Object,
    Referred,
    SetValue,
    Tuple,
    UnknownKey,
    Value,
    Wrapped,
)
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Text, holes_of, known
from tf_kms_guard.values.unknown import Unknown


class DefaultWorkspace(str):
    """``terraform.workspace`` when nobody named it: ``default``, but a look-up that fails by it proves nothing."""

    __slots__ = ()


def attribute_of(value: Value, name: str, span: Span) -> Value:
    """``value.name``.

    Raises:
        EvaluationError: the value surely has no such attribute.
    """
    if isinstance(value, Referred):
        return value.to.read(name)
    if isinstance(value, dict):
        return _entry(value, name, span)
    if isinstance(value, Unknown):
        return part(value, f".{name}")
    if isinstance(value, Wrapped):
        return distribute(lambda alternative: attribute_of(alternative, name, span), value)
    if isinstance(value, Failed):
        return value
    raise EvaluationError(f"{_kind(value)} has no attribute {name}", span)


def index_of(value: Value, key: Value, span: Span) -> Value:
    """``value[key]``.

    Raises:
        EvaluationError: there is surely no such element.
    """
    if isinstance(key, Marked) and isinstance(value, Object) and value.collection is False:
        key = key.value  # as in Terraform, the key of an object marks nothing
    if isinstance(value, Wrapped) or isinstance(key, Wrapped):
        return distribute(lambda a, b: index_of(a, b, span), value, key)
    for operand in (value, key):
        if isinstance(operand, Failed):
            return operand
    if isinstance(value, Unknown):
        return part(value, f"[{identity_of(key)}]")
    if isinstance(value, (dict, list)) and isinstance(key, (Unknown, Text)) and known(key) is None:
        return _pick(value, key)
    if isinstance(value, dict):
        name = known(to_string(key))
        if name is not None:
            return _entry(value, name, span, by=key)
    if isinstance(value, list):
        number = to_number(key)
        if isinstance(number, int) and 0 <= number < len(value):
            return value[number]
        raise LookUpError(f"there is no element {identity_of(key)} in a list of {len(value)}", span)
    if isinstance(value, Referred):
        name = None if isinstance(key, int) else known(to_string(key))
        if isinstance(value.to, Assumable):
            return value.to.part(f"[{identity_of(key)}]")
        if name is not None:
            return value.to.read(name)
        raise EvaluationError(f"{value.to.address} has no instance {identity_of(key)}: it has no count", span)
    raise EvaluationError(f"{_kind(value)} has no elements", span)


def _entry(value: dict[str, Value], name: str, span: Span, by: Value = None) -> Value:
    if name in value:
        return value[name]
    unclear = [key for key in value if isinstance(key, UnknownKey)]
    if unclear:
        return derived(f"{identity_of(value)}[{name}]", *holes_of(unclear[0].text))
    if isinstance(by, DefaultWorkspace):
        return Unknown(
            f"{identity_of(value)}[terraform.workspace]",
            "a look-up by terraform.workspace finds nothing for the workspace default",
            settle="--workspace NAME",
            origin=span,
        )
    raise LookUpError(f"this object has no element {name}", span)


def _pick(value: dict[str, Value] | list[Value], key: Unknown | Text) -> Value:
    """The element that an unknown key picks: the one under that very key, else any of them."""
    if isinstance(value, dict) and UnknownKey(key) in value:
        return value[UnknownKey(key)]
    entries = list(value.items()) if isinstance(value, dict) else [(str(i), item) for i, item in enumerate(value)]
    condition = key if isinstance(key, Unknown) else derived(identity_of(key), key)
    if not entries or len(entries) > MOST_ALTERNATIVES or any(isinstance(name, UnknownKey) for name, _ in entries):
        return derived(f"{identity_of(value)}[{condition.identity}]", condition)
    if len(entries) == 1:
        return entries[0][1]
    return Choice(condition, tuple((str(name), item) for name, item in entries))


def elements(value: Value, span: Span) -> Value:
    """The list that a splat runs over: a list as it is, null as empty, anything else as its one element."""
    if isinstance(value, (list, Unknown, Failed)):
        return value
    if isinstance(value, Referred) and isinstance(value.to, Assumable):
        return value.to.unknown
    if isinstance(value, SetValue):
        return (
            Tuple(value.elements, None, True)
            if value.exact
            else derived(f"{identity_of(value)}[*]", value, origin=span)
        )
    return Tuple((), None, False) if value is None else Tuple([value], None, False)


_KINDS: Final[tuple[tuple[type, str], ...]] = (
    (bool, "a truth value"),
    (str, "a string"),
    (Text, "a string"),
    (SetValue, "a set"),
    (Object, "an object"),
    (list, "a list"),
)


def _kind(value: Value) -> str:
    if value is None:
        return "null"
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "a number")
