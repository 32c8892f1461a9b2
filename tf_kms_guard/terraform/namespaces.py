"""What a reference gives before its last step: ``var``, ``data.aws_x``, all instances of a resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

from tf_kms_guard.terraform.choices import choose, distribute
from tf_kms_guard.terraform.expansion import Expanded, keys_of, object_key, positive
from tf_kms_guard.terraform.resource import NOT_SET, NotSet
from tf_kms_guard.terraform.values import Object, Reference, Referred, Tuple, Value
from tf_kms_guard.values.unknown import Unknown

Declared = TypeVar("Declared", bound=Reference)


class Namespace(Struct, frozen=True, eq=False):
    """A name under which more names stand."""

    address: str
    look_up: Callable[[str], Value]

    def read(self, attribute: str) -> Value:
        """What ``attribute`` means here."""
        return self.look_up(attribute)

    def names(self) -> Iterable[str]:
        """Nothing is enumerated."""
        return ()


class Instances(Struct, Generic[Declared], frozen=True, eq=False):
    """All instances of a resource or module, and the ``count`` or ``for_each`` that made them."""

    shown: str
    all: Sequence[Declared]
    expanded: Sequence[Expanded]
    count: Value | NotSet = NOT_SET
    for_each: Value | NotSet = NOT_SET

    def value(self) -> Value:
        """What a reference to the name gives: the one instance, a list by number, or an object by key."""
        if not isinstance(self.count, NotSet):
            return distribute(self._numbered, self.count)
        if not isinstance(self.for_each, NotSet):
            named = [(object_key(entry.key), item) for entry, item in zip(self.expanded, self.all, strict=True)]
            return distribute(lambda collection: self._keyed(collection, named), self.for_each)
        return Referred(self.all[0])

    def _numbered(self, count: Value) -> Value:
        if isinstance(count, Unknown):
            return choose(positive(count), [(True, Tuple(map(Referred, self.all))), (False, Tuple())])
        by_number = {entry.key: item for entry, item in zip(self.expanded, self.all, strict=True)}
        return Tuple(Referred(by_number[number]) for number in range(_whole(count)) if number in by_number)

    def _keyed(self, collection: Value, named: Sequence[tuple[str, Declared]]) -> Value:
        wanted = keys_of(collection, self.shown)
        return Object((name, Referred(item)) for name, item in named if name in wanted)


def _whole(count: Value) -> int:
    from tf_kms_guard.terraform.convert import to_number

    number = to_number(count)
    return int(number) if isinstance(number, int) else 0
