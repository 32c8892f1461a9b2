"""Free values that follow from other values that are not known."""

from __future__ import annotations

from collections.abc import Iterable

from tf_kms_guard.terraform.values import Choice, Marked, Referred, SetValue, UnknownKey, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Text, holes_of
from tf_kms_guard.values.unknown import Unknown


def unknowns_in(value: Value) -> Iterable[Unknown]:
    """Every unknown inside a value, in order; conditions of choices included."""
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, Text):
        yield from value.holes
    elif isinstance(value, Marked):
        yield from unknowns_in(value.value)
    elif isinstance(value, Choice):
        yield value.condition
        for _, alternative in value.alternatives:
            yield from unknowns_in(alternative)
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(key, UnknownKey):
                yield from holes_of(key.text)
            yield from unknowns_in(item)
    elif isinstance(value, (list, SetValue)):
        for item in value:
            yield from unknowns_in(item)


def first_unknown(*values: Value) -> Unknown | None:
    """The first unknown inside the values."""
    for value in values:
        for unknown in unknowns_in(value):
            return unknown
    return None


def derived(identity: str, *sources: Value, because: str | None = None, origin: Span | None = None) -> Unknown:
    """A free value that depends on ``sources``: it is not known because the first unknown of them is not."""
    source = first_unknown(*sources)
    if source is not None:
        because = because or source.because
        return Unknown(identity, because, settle=source.settle, origin=source.origin or origin)
    if because is None:
        referred = next((value.to.address for value in sources if isinstance(value, Referred)), None)
        because = f"{referred or identity} is not known before apply"
    return Unknown(identity, because, origin=origin)


def part(whole: Unknown, step: str) -> Unknown:
    """An attribute or element of a value that is not known."""
    shown = None if whole.shown is None else whole.shown + step
    return Unknown(whole.identity + step, whole.because, settle=whole.settle, origin=whole.origin, shown=shown)
