"""``count`` and ``for_each``: which instances there are, and on what the others depend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from msgspec import Struct

from tf_kms_guard.terraform.choices import alternatives, distribute
from tf_kms_guard.terraform.convert import describe, to_number, to_string
from tf_kms_guard.terraform.derived import derived, first_unknown
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.failures import without_failures
from tf_kms_guard.terraform.identity import identity_of
from tf_kms_guard.terraform.values import Choice, Failed, Referred, SetValue, UnknownKey, Value
from tf_kms_guard.values.text import Text, known
from tf_kms_guard.values.unknown import Unknown

MOST_INSTANCES: Final = 10_000


class Expanded(Struct, frozen=True, eq=False):
    """One instance: its key and value (``each.key``, ``each.value``, ``count.index``).

    ``presence`` is true for an instance that surely is there, else a truth value that is not known: an
    ``Unknown`` or a ``Choice``. An instance with an unknown key stands for any number of instances.
    """

    key: Value
    value: Value
    presence: Value = True


def expand(collection: Value, where: str, *, lists: bool = False) -> list[Expanded]:
    """The instances that ``for_each = collection`` makes; ``where`` names the place in identities.

    ``lists``: lists and sets of anything are accepted too, as ``dynamic`` blocks do.

    Raises:
        EvaluationError: it is no such collection.
    """
    if not isinstance(collection, Choice):
        return list(_plain(collection, where, lists))
    by_key: dict[str, Value] = {}
    made: dict[int, tuple[Value, dict[str, Expanded]]] = {}

    def instances(alternative: Value) -> dict[str, Expanded]:
        if id(alternative) not in made:
            found: dict[str, Expanded] = {}
            for instance in _plain(alternative, where, lists):
                found.setdefault(identity_of(instance.key), instance)
            made[id(alternative)] = alternative, found
        return made[id(alternative)][1]

    for _, alternative in alternatives(collection):
        for spelled, instance in instances(alternative).items():
            by_key.setdefault(spelled, instance.key)
    return [_in_some(collection, spelled, key, instances) for spelled, key in by_key.items()]


def _in_some(
    collection: Choice, spelled: str, key: Value, instances: Callable[[Value], dict[str, Expanded]]
) -> Expanded:
    """The instance of one key when only some alternatives of the collection may have it."""

    def entry(alternative: Value) -> Expanded | None:
        return instances(alternative).get(spelled)

    def value(alternative: Value) -> Value:
        found = entry(alternative)
        return Failed("this alternative has no such key") if found is None else found.value

    def presence(alternative: Value) -> Value:
        found = entry(alternative)
        return False if found is None else found.presence

    return Expanded(key, without_failures(distribute(value, collection)), distribute(presence, collection))


def count_instances(count: Value) -> list[Expanded]:
    """The instances that ``count`` makes. The key of each is its number.

    Raises:
        EvaluationError: it is no number, or too many.
    """
    if isinstance(count, Choice):
        most = max(len(count_instances(alternative)) for _, alternative in alternatives(count))
        return [Expanded(i, i, distribute(lambda n, i=i: _reaches(n, i), count)) for i in range(most)]
    number = to_number(count)
    if isinstance(number, Unknown):
        return [Expanded(0, 0, positive(number))]
    if (
        isinstance(number, bool)
        or not isinstance(number, (int, Decimal))
        or not 0 <= number <= MOST_INSTANCES
        or number != int(number)
    ):
        raise EvaluationError(f"count must be a whole number from 0 to {MOST_INSTANCES}, not {identity_of(count)}")
    return [Expanded(i, i) for i in range(int(number))]


def _reaches(count: Value, index: int) -> Value:
    instances = count_instances(count)
    return instances[index].presence if index < len(instances) else False


def positive(count: Unknown) -> Unknown:
    """The condition that a number that is not known is at least one."""
    return derived(f"({count.identity} > 0)", count)


def keys_of(collection: Value, where: str) -> frozenset[str]:
    """The keys, as an object would hold them, of the instances that ``for_each = collection`` makes."""
    return frozenset(object_key(entry.key) for entry in _plain(collection, where, lists=True))


def object_key(key: Value) -> str:
    """An instance's key as the key of an object."""
    return UnknownKey(key) if isinstance(key, (Text, Unknown)) else str(key)


def _plain(collection: Value, where: str, lists: bool) -> Iterator[Expanded]:
    if isinstance(collection, dict):
        for key in sorted(collection):
            yield Expanded(key.text if isinstance(key, UnknownKey) else key, collection[key])
    elif isinstance(collection, SetValue):
        for element in collection:
            yield _element(element, where, certain=collection.exact, anything=lists)
    elif isinstance(collection, list) and lists:
        for number, element in enumerate(collection):
            yield Expanded(number, element)
    elif isinstance(collection, list) and not collection:
        return  # ``var.x ? toset(["a"]) : []``: the conditional makes the empty list a set
    elif not isinstance(collection, (Unknown, Referred)):
        wanted = "a list, a map or a set" if lists else "a map or a set of strings"
        raise EvaluationError(f"for_each must be {wanted}, not {describe(collection)}")
    else:
        spelled = identity_of(collection)
        condition = derived(f"({spelled} has elements)", collection)
        each_key = derived(f"{spelled}.each.key", collection)
        yield Expanded(each_key, derived(f"{spelled}.each.value", collection), condition)


def _element(element: Value, where: str, *, certain: bool, anything: bool) -> Expanded:
    """An element of a set. In a set that is not exact, one that is not known may equal another.

    ``anything``: it need not be a string.
    """
    characters = known(element)
    if characters is not None:
        return Expanded(characters, element)
    if isinstance(element, (str, Text, Unknown)):
        unknown = first_unknown(element)
        apart = True if certain or unknown is None else derived(f"({identity_of(element)} is in {where})", element)
        return Expanded(element, element, apart)
    if isinstance(element, (bool, int, Decimal)):
        return Expanded(to_string(element), element)
    if anything and isinstance(element, (dict, list, SetValue)):
        apart = True if certain else derived(f"({identity_of(element)} is in {where})", element)
        return Expanded(element, element, apart)
    if not isinstance(element, (Choice, Failed)):
        raise EvaluationError(f"for_each must be a map or a set of strings, not a set with {describe(element)}")
    opaque = derived(f"{where}.{identity_of(element)}", element)
    return Expanded(opaque, element, opaque)
