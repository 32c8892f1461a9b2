"""Something that is not known, with the parts of it that the user assumes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from tf_kms_guard.terraform.derived import part
from tf_kms_guard.terraform.values import Referred, Value
from tf_kms_guard.values.unknown import Unknown


class Assumable(Struct, frozen=True, eq=False):
    """Something of which nothing is known but what the user assumes for its parts."""

    address: str
    unknown: Unknown
    assumed: Mapping[str, Value]

    def read(self, attribute: str) -> Value:
        """The assumed value of a part, else a part of the unknown."""
        return self.part(f".{attribute}")

    def part(self, step: str) -> Value:
        """The same for ``.attribute``, or for ``[0]`` and ``["key"]`` as they stand in addresses."""
        where = self.address + step
        if where in self.assumed:
            return self.assumed[where]
        return assumable(where, part(self.unknown, step), self.assumed)

    def names(self) -> Iterable[str]:
        """The parts that the user assumes something of."""
        prefix = f"{self.address}."
        return sorted({name.removeprefix(prefix).split(".")[0] for name in self.assumed if name.startswith(prefix)})


def assumable(address: str, unknown: Unknown, assumed: Mapping[str, Value]) -> Value:
    """``unknown``, the value of ``address``, with the parts of it that the user assumes."""
    if any(name.startswith((f"{address}.", f"{address}[")) for name in assumed):
        return Referred(Assumable(address, unknown, assumed))
    return unknown
