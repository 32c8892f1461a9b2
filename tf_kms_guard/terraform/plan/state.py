"""States: as ``terraform show -json`` prints them, and as Terraform keeps them (``terraform.tfstate``, version 4).

Version 4 is described by Terraform's own reader and writer (internal/states/statefile/version4.go).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from tf_kms_guard.terraform.plan.addresses import Address, provider_name, spell_address
from tf_kms_guard.terraform.plan.attributes import UNREADABLE, Attributes, Path, Unconvertible, decoded, value_of
from tf_kms_guard.terraform.plan.errors import UnreadableRecord
from tf_kms_guard.terraform.plan.model import Origin, Record, Recorded
from tf_kms_guard.terraform.plan.state_json import OutputJson, StateJson, instances
from tf_kms_guard.terraform.syntax.source import exact_number

_NULL: Final = Raw(b"null")
_VERSION: Final = 4
_TYPED: Final = {"type", "value"}
_BUILTIN: Final = "terraform_data"
"""The type that Terraform brings with it, whose attributes are of any type."""


class StoredInstance(Struct):
    """An instance. ``attributes_flat`` is how Terraform 0.11 wrote attributes, kept until the next run."""

    index_key: str | int | None = None
    attributes: Raw = _NULL
    sensitive_attributes: list[Any] | None = None
    deposed: str | None = None


class StoredResource(Struct):
    """A resource with its instances."""

    type: str
    name: str
    mode: str = "managed"
    module: str = ""
    provider: str = ""
    instances: list[StoredInstance] | None = None


class StoredState(Struct):
    """The top of the file."""

    version: int
    terraform_version: str | None = None
    outputs: dict[str, OutputJson] | None = None
    resources: list[StoredResource] | None = None


_STORED: Final = msgspec.json.Decoder(StoredState, float_hook=exact_number)
_SHOWN: Final = msgspec.json.Decoder(StateJson, float_hook=exact_number)


def read_state_json(data: bytes, path: str) -> Record:
    """The record of a state as ``terraform show -json`` prints it.

    Raises:
        UnreadableRecord: it holds an instance twice.
        msgspec.MsgspecError, ValueError, RecursionError: it has not the form of a state.
    """
    state = _SHOWN.decode(data)
    resources: dict[str, Recorded] = {}
    outputs: dict[str, OutputJson] = {}
    if state.values is not None:
        resources = {recorded.address: recorded for recorded in instances(state.values, {})}
        outputs = state.values.outputs or {}
    return _record(path, state.format_version, state.terraform_version, resources, outputs)


def read_stored_state(data: bytes, path: str) -> Record:
    """The record of a ``terraform.tfstate``.

    Raises:
        UnreadableRecord: it is of another version, or holds an instance twice.
        msgspec.MsgspecError, ValueError, RecursionError: it has not the form of a state.
    """
    state = _STORED.decode(data)
    if state.version != _VERSION:
        old = state.version < _VERSION
        raise UnreadableRecord(
            f"it is a state of version {state.version}, which Terraform before 0.12 wrote: read it with a newer "
            "Terraform, and give what `terraform show -json` prints"
            if old
            else f"it is a state of version {state.version}, newer than the version {_VERSION} known here: give what "
            "`terraform show -json` prints"
        )
    resources: dict[str, Recorded] = {}
    for recorded in _stored(state):
        if recorded.address in resources:
            raise UnreadableRecord(f"it holds {recorded.address} twice: get it anew with `terraform state pull`")
        resources[recorded.address] = recorded
    return _record(path, str(state.version), state.terraform_version, resources, state.outputs or {})


def _record(
    path: str,
    format_version: str,
    terraform_version: str | None,
    resources: dict[str, Recorded],
    outputs: dict[str, OutputJson],
) -> Record:
    return Record(
        Origin.STATE,
        path,
        format_version,
        terraform_version,
        {},
        resources,
        outputs={name: value_of(output.value, f"output.{name}") for name, output in outputs.items()},
        sensitive_outputs=frozenset(name for name, output in outputs.items() if output.sensitive),
    )


def _stored(state: StoredState) -> Iterator[Recorded]:
    for resource in state.resources or ():
        provider = provider_name(resource.provider)
        for instance in resource.instances or ():
            if instance.deposed is not None:
                continue
            address = spell_address(
                Address(resource.module, resource.mode, resource.type, resource.name, instance.index_key)
            )
            yield Recorded(
                address,
                resource.module,
                resource.mode,
                resource.type,
                resource.name,
                instance.index_key,
                Attributes(address, partial(_attributes, instance.attributes, resource.type)),
                provider=provider,
                sensitive=frozenset(_path(steps) for steps in instance.sensitive_attributes or ()),
            )


def _attributes(attributes: Raw, type_: str) -> object:
    tree = decoded(attributes)
    if not isinstance(tree, dict):
        raise Unconvertible(UNREADABLE)
    builtin = type_ == _BUILTIN
    return {name: _typed(value) if builtin else _without_types(value) for name, value in tree.items()}


def _typed(value: object) -> object:
    """An attribute of any type is stored as an object of its type and its value."""
    return value["value"] if isinstance(value, dict) and value.keys() == _TYPED else value


def _without_types(value: object) -> object:
    """Likewise, for resources whose schema is not known here: an object that holds the name of a simple type as
    ``type`` stays, since it may be a block with these two arguments.
    """
    match value:
        case dict():
            if value.keys() == _TYPED and _is_type(value["type"]):
                return value["value"]
            return {name: _without_types(item) for name, item in value.items()}
        case list():
            return [_without_types(item) for item in value]
        case _:
            return value


def _is_type(spelled: object) -> bool:
    match spelled:
        case ["list" | "set" | "map", str() | list()] | ["tuple", list()] | ["object", dict()]:
            return True
        case _:
            return False


def _path(steps: object) -> Path:
    """The path that a list of steps spells; of one that cannot be read, as far as it can."""
    path: list[str | int] = []
    for step in steps if isinstance(steps, list) else ():
        value = step.get("value") if isinstance(step, dict) else None
        if isinstance(value, dict):
            value = value.get("value")
        if not isinstance(value, (str, int)):
            break
        path.append(value)
    return tuple(path)
