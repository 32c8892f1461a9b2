"""The form that values have in ``terraform show -json``: of a state, and of the state inside a plan.

It is described at https://developer.hashicorp.com/terraform/internals/json-format#values-representation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

import msgspec
from msgspec import Raw, Struct, field

from tf_kms_guard.terraform.plan.addresses import Address, parse_address, spell_address, without_keys
from tf_kms_guard.terraform.plan.attributes import Attributes, decoded, marked_paths
from tf_kms_guard.terraform.plan.errors import UnreadableRecord
from tf_kms_guard.terraform.plan.model import Recorded

_NULL: Final = Raw(b"null")


class InstanceJson(Struct):
    """A resource instance."""

    address: str
    mode: str = "managed"
    type: str = ""
    name: str = ""
    index: str | int | None = None
    values: Raw = _NULL
    sensitive_values: Raw = _NULL
    deposed_key: str | None = None


class ModuleJson(Struct):
    """A module instance."""

    address: str = ""
    resources: list[InstanceJson] | None = None
    child_modules: list[ModuleJson] | None = None


class OutputJson(Struct):
    """An output of the root module."""

    value: Raw = _NULL
    sensitive: bool = False


class ValuesJson(Struct):
    """The values of one moment."""

    outputs: dict[str, OutputJson] | None = None
    root_module: ModuleJson = field(default_factory=ModuleJson)


class StateJson(Struct):
    """A state; an empty one has no values."""

    format_version: str = ""
    terraform_version: str | None = None
    values: ValuesJson | None = None


def instances(values: ValuesJson, providers: Mapping[str, str], gaps: str | None = None) -> Iterator[Recorded]:
    """Every instance that is there, data sources too; ``gaps`` as for :class:`Attributes`.

    Raises:
        UnreadableRecord: two instances have one address.
    """
    seen: set[str] = set()
    waiting = [values.root_module]
    while waiting:
        module = waiting.pop()
        waiting.extend(reversed(module.child_modules or ()))
        for instance in module.resources or ():
            if instance.deposed_key is not None:
                continue
            address = _address(instance, module.address)
            if address in seen:
                raise UnreadableRecord(f"it holds {address} twice: make it anew with `terraform show -json`")
            seen.add(address)
            parsed = parse_address(address)
            if parsed is None:
                raise UnreadableRecord(f"`{address[:80]}` is no address: make it anew with `terraform show -json`")
            yield Recorded(
                address,
                parsed.module,
                parsed.mode,
                parsed.type,
                parsed.name,
                parsed.key,
                Attributes(address, partial(_attributes, instance.values), gaps),
                provider=providers.get(without_keys(address)),
                sensitive=marked_paths(instance.sensitive_values),
            )


def _address(instance: InstanceJson, module: str) -> str:
    """The whole address: Terraform 0.12 leaves out the module, or the key, where the other fields tell it."""
    address, key = instance.address, instance.index
    whole = not module or address.startswith(f"{module}.")
    if not instance.type or (whole and (key is None or address.endswith("]"))):
        return address
    return spell_address(Address(module, instance.mode, instance.type, instance.name, key))


def _attributes(values: msgspec.Raw) -> object:
    tree = decoded(values)
    return {} if tree is None else tree
