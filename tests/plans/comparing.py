"""Records in a form that `==` compares."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from tf_kms_guard.terraform.plan.model import Record, Recorded
from tf_kms_guard.values.unknown import Unknown


def plain(value: Any) -> Any:
    """A value in which what is not known is a pair with its identity."""
    match value:
        case Unknown():
            return ("unknown", value.identity)
        case Mapping():
            return {name: plain(item) for name, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case _:
            return value


def described(recorded: Recorded) -> dict[str, Any]:
    """All that is said of an instance."""
    told = {name: getattr(recorded, name) for name in recorded.__struct_fields__}
    return {**told, "values": plain(recorded.values), "before": plain(recorded.before)}


def differences(ours: Mapping[str, Recorded], theirs: Mapping[str, Recorded], *passed_over: str) -> list[str]:
    """A line for each address or field in which two sets of instances differ."""
    lines = [f"only in one: {address}" for address in sorted(ours.keys() ^ theirs.keys())]
    for address in sorted(ours.keys() & theirs.keys()):
        one, other = described(ours[address]), described(theirs[address])
        lines += [
            f"{address} {field}: {one[field]} | {other[field]}"
            for field in one
            if field not in passed_over and one[field] != other[field]
        ]
    return lines


def count(records: list[Record]) -> tuple[int, int, int]:
    """Instances, their attributes, and the leaves below those that are not known."""
    instances = list(itertools.chain.from_iterable(record.resources.values() for record in records))
    attributes = [plain(recorded.values or {}) for recorded in instances]
    return len(instances), sum(map(len, attributes)), sum(map(_unknown, attributes))


def _unknown(value: Any) -> int:
    match value:
        case ("unknown", _):
            return 1
        case dict():
            return sum(map(_unknown, value.values()))
        case list():
            return sum(map(_unknown, value))
        case _:
            return 0
