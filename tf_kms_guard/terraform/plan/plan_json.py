"""A plan as ``terraform show -json`` prints it: format versions 0.1 to 1.2, Terraform 0.12 to 1.14 and OpenTofu.

The form is described at https://developer.hashicorp.com/terraform/internals/json-format#plan-representation. What
is not needed is skipped, and attributes are decoded when somebody looks at them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct, field

from tf_kms_guard.terraform.diagnostics import Diagnostic, DiagnosticKind
from tf_kms_guard.terraform.plan.addresses import Address, parse_address, without_keys
from tf_kms_guard.terraform.plan.attributes import (
    NOT_READ,
    NOT_TOLD,
    UNREADABLE,
    Attributes,
    converted,
    decoded,
    marked_paths,
    planned,
    value_of,
)
from tf_kms_guard.terraform.plan.configuration import ConfigurationJson, configured, provider_keys
from tf_kms_guard.terraform.plan.errors import UnreadableRecord
from tf_kms_guard.terraform.plan.model import Origin, Record, Recorded
from tf_kms_guard.terraform.plan.state_json import StateJson, ValuesJson, instances
from tf_kms_guard.terraform.syntax.source import exact_number
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.unknown import Unknown

NULL: Final = Raw(b"null")
_NEWEST: Final = 1
"""The newest major format version. A minor one adds properties, which Terraform asks readers to ignore."""
_MOVED: Final = ("no-op",)
"""The actions of drift that is none: the instance has another address."""


class VariableJson(Struct):
    """A variable of the root module."""

    value: Raw = NULL


class ChangeJson(Struct):
    """What becomes of a resource instance or an output."""

    actions: tuple[str, ...] = ()
    before: Raw = NULL
    after: Raw = NULL
    after_unknown: Raw = NULL
    before_sensitive: Raw = NULL
    after_sensitive: Raw = NULL


class ResourceChangeJson(Struct):
    """A resource instance and what becomes of it."""

    address: str
    change: ChangeJson
    mode: str = "managed"
    type: str = ""
    name: str = ""
    index: str | int | None = None
    module_address: str = ""
    previous_address: str | None = None
    deposed: str | None = None


class DriftJson(Struct):
    """A resource instance that was changed outside of Terraform."""

    address: str = ""
    """Terraform 0.15 left it out."""
    change: ChangeJson = field(default_factory=ChangeJson)


class PlanJson(Struct):
    """The top of the file."""

    format_version: str
    terraform_version: str | None = None
    variables: dict[str, VariableJson] | None = None
    planned_values: Raw = NULL
    resource_changes: list[ResourceChangeJson] | None = None
    resource_drift: list[DriftJson] | None = None
    output_changes: dict[str, ChangeJson] | None = None
    prior_state: StateJson | None = None
    configuration: ConfigurationJson = field(default_factory=ConfigurationJson)
    complete: bool = True
    errored: bool = False
    timestamp: str | None = None


_DECODER: Final = msgspec.json.Decoder(PlanJson, float_hook=exact_number)


def read_plan_json(data: bytes, path: str) -> Record:
    """The record of a plan; ``data`` is UTF-8, ``path`` the name to show.

    Raises:
        UnreadableRecord: it says twice what becomes of an instance.
        msgspec.MsgspecError, ValueError, RecursionError: it has not the form of a plan.
    """
    plan = _DECODER.decode(data)
    module = configured(plan.configuration.root_module)
    providers = dict(provider_keys(module))
    drifts = plan.resource_drift or ()
    drifted = frozenset(drift.address for drift in drifts if drift.change.actions != _MOVED)
    resources: dict[str, Recorded] = {}
    gone: dict[str, Recorded] = {}
    for change in plan.resource_changes or ():
        recorded = _recorded(change, providers, change.address in drifted)
        where = gone if recorded.values is None else resources
        address = change.address if change.deposed is None else f"{change.address} (deposed {change.deposed})"
        if address in resources or address in gone:
            raise UnreadableRecord(f"it says twice what becomes of {address}: make it anew with `terraform show -json`")
        where[address] = recorded
    if plan.prior_state is not None and plan.prior_state.values is not None:
        for recorded in instances(plan.prior_state.values, providers):
            if recorded.address not in gone:
                resources.setdefault(recorded.address, recorded)
    if plan.resource_changes is None and plan.planned_values != NULL:
        values = msgspec.json.decode(plan.planned_values, type=ValuesJson)
        for recorded in instances(values, providers, gaps=NOT_TOLD):
            resources.setdefault(recorded.address, recorded)
    outputs = plan.output_changes or {}
    return Record(
        Origin.PLAN_JSON,
        path,
        plan.format_version,
        plan.terraform_version,
        {name: value_of(variable.value, f"var.{name}") for name, variable in (plan.variables or {}).items()},
        resources,
        gone,
        {name: _output(name, change) for name, change in outputs.items() if change.actions != ("delete",)},
        plan.configuration.provider_config or {},
        module,
        complete=plan.complete and not plan.errored,
        sensitive_variables=frozenset(_marked(module.variables)),
        sensitive_outputs=frozenset(name for name, change in outputs.items() if marked_paths(change.after_sensitive)),
        timestamp=plan.timestamp,
        diagnostics=tuple(_of_version(plan.format_version, path)),
    )


def _recorded(change: ResourceChangeJson, providers: Mapping[str, str], drifted: bool) -> Recorded:
    address, told = change.address, change.change
    at = Address(change.module_address, change.mode, change.type, change.name, change.index)
    if not at.type or not at.name:
        parsed = parse_address(address)
        if parsed is None:
            raise UnreadableRecord(f"`{address[:80]}` is no address: make it anew with `terraform show -json`")
        at = parsed
    before: Attributes | None = None
    after: Attributes | None = None
    if told.before != NULL:
        before = Attributes(address, partial(decoded, told.before))
    if told.after != NULL and not _ends(told.actions):
        after = Attributes(address, partial(planned, told.after, told.after_unknown))
    return Recorded(
        address,
        at.module,
        at.mode,
        at.type,
        at.name,
        at.key,
        after,
        before,
        told.actions,
        providers.get(without_keys(address)),
        marked_paths(told.before_sensitive) | marked_paths(told.after_sensitive),
        change.previous_address,
        drifted,
    )


def _ends(actions: tuple[str, ...]) -> bool:
    return actions in (("delete",), ("forget",))


def _output(name: str, change: ChangeJson) -> Value:
    where = f"output.{name}"
    try:
        return converted(planned(change.after, change.after_unknown), where)
    except NOT_READ:
        return Unknown(where, UNREADABLE)


def _marked(variables: Mapping[str, Any]) -> Iterable[str]:
    for name, variable in variables.items():
        if not isinstance(variable, dict) or variable.get("sensitive", False) is not False:
            yield name


def _of_version(version: str, path: str) -> Iterable[Diagnostic]:
    major = version.partition(".")[0]
    if not major.isdigit() or int(major[:9]) > _NEWEST:
        yield Diagnostic(
            DiagnosticKind.INPUT,
            f"format version {version[:20]!r} is newer than the {_NEWEST}.x known here: what is known of it was read",
            file=path,
        )
