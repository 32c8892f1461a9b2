"""The ``configuration`` of a plan's JSON: which block was written where, without its text.

The form is described at https://developer.hashicorp.com/terraform/internals/json-format#configuration-representation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct, field

from tf_kms_guard.terraform.plan.errors import UnreadableRecord
from tf_kms_guard.terraform.plan.model import ConfiguredCall, ConfiguredModule, ConfiguredResource

MOST_MODULES: Final = 100
"""Whatever walks the modules may do so by recursion."""

Members = dict[str, Any] | None


class ResourceJson(Struct):
    """A resource block or data block."""

    type: str
    name: str
    mode: str = "managed"
    provider_config_key: str = ""
    expressions: Members = None
    count_expression: Members = None
    for_each_expression: Members = None


class CallJson(Struct):
    """A module call."""

    source: str = ""
    expressions: Members = None
    count_expression: Members = None
    for_each_expression: Members = None
    module: ModuleJson | None = None


class ModuleJson(Struct):
    """A module."""

    resources: list[ResourceJson] | None = None
    variables: Members = None
    outputs: Members = None
    module_calls: dict[str, CallJson] | None = None


class ConfigurationJson(Struct):
    """The whole."""

    provider_config: Members = None
    root_module: ModuleJson = field(default_factory=ModuleJson)


def configured(module: ModuleJson, depth: int = 0) -> ConfiguredModule:
    """The records of a module and of what it calls.

    Raises:
        UnreadableRecord: modules call each other more than :data:`MOST_MODULES` deep.
    """
    if depth > MOST_MODULES:
        raise UnreadableRecord(f"it is nested too deeply: more than {MOST_MODULES} modules")
    return ConfiguredModule(
        tuple(_resource(resource) for resource in module.resources or ()),
        module.variables or {},
        module.outputs or {},
        {name: _call(call, depth) for name, call in (module.module_calls or {}).items()},
    )


def provider_keys(module: ConfiguredModule, path: str = "") -> Iterator[tuple[str, str]]:
    """For each block, its address without instance keys and the name of its provider configuration."""
    for resource in module.resources:
        data = "data." if resource.mode == "data" else ""
        yield f"{path}{data}{resource.type}.{resource.name}", resource.provider
    for name, call in module.calls.items():
        yield from provider_keys(call.module, f"{path}module.{name}.")


def _resource(resource: ResourceJson) -> ConfiguredResource:
    return ConfiguredResource(
        resource.mode,
        resource.type,
        resource.name,
        resource.provider_config_key,
        resource.expressions or {},
        resource.count_expression,
        resource.for_each_expression,
    )


def _call(call: CallJson, depth: int) -> ConfiguredCall:
    return ConfiguredCall(
        call.source,
        call.expressions or {},
        configured(call.module or ModuleJson(), depth + 1),
        call.count_expression,
        call.for_each_expression,
    )
