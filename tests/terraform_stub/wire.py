"""The messages of Terraform's plugin protocol, version 6, as far as the stub speaks it.

Messages are dicts. Each is described by its fields: name to (number, kind), where a kind is ``string``,
``bytes``, ``bool``, ``int``, the name of another message, or one of these behind ``*`` for a repeated field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Fields = Mapping[str, tuple[int, str]]

_DIAGNOSTICS: Final[Fields] = {"diagnostics": (2, "*Diagnostic")}

MESSAGES: Final[Mapping[str, Fields]] = {
    "DynamicValue": {"msgpack": (1, "bytes"), "json": (2, "bytes")},
    "Diagnostic": {"severity": (1, "int"), "summary": (2, "string"), "detail": (3, "string")},
    "AttributePath": {"steps": (1, "*AttributeStep")},
    "AttributeStep": {"attribute_name": (1, "string")},
    "RawState": {"json": (1, "bytes")},
    "Attribute": {
        "name": (1, "string"),
        "type": (2, "bytes"),
        "required": (4, "bool"),
        "optional": (5, "bool"),
        "computed": (6, "bool"),
        "write_only": (11, "bool"),
    },
    "NestedBlock": {"type_name": (1, "string"), "block": (2, "Block"), "nesting": (3, "int")},
    "Block": {"attributes": (2, "*Attribute"), "block_types": (3, "*NestedBlock")},
    "Schema": {"version": (1, "int"), "block": (2, "Block")},
    "SchemaEntry": {"key": (1, "string"), "value": (2, "Schema")},
    "ServerCapabilities": {"plan_destroy": (1, "bool"), "get_provider_schema_optional": (2, "bool")},
    "GetProviderSchema.Request": {},
    "GetProviderSchema.Response": {
        "provider": (1, "Schema"),
        "resource_schemas": (2, "*SchemaEntry"),
        "data_source_schemas": (3, "*SchemaEntry"),
        "server_capabilities": (6, "ServerCapabilities"),
    },
    "ValidateProviderConfig.Request": {"config": (1, "DynamicValue")},
    "ValidateProviderConfig.Response": _DIAGNOSTICS,
    "ValidateResourceConfig.Request": {"type_name": (1, "string"), "config": (2, "DynamicValue")},
    "ValidateResourceConfig.Response": {"diagnostics": (1, "*Diagnostic")},
    "ValidateDataResourceConfig.Request": {"type_name": (1, "string"), "config": (2, "DynamicValue")},
    "ValidateDataResourceConfig.Response": {"diagnostics": (1, "*Diagnostic")},
    "UpgradeResourceState.Request": {"type_name": (1, "string"), "version": (2, "int"), "raw_state": (3, "RawState")},
    "UpgradeResourceState.Response": {"upgraded_state": (1, "DynamicValue"), **_DIAGNOSTICS},
    "ConfigureProvider.Request": {"terraform_version": (1, "string"), "config": (2, "DynamicValue")},
    "ConfigureProvider.Response": {"diagnostics": (1, "*Diagnostic")},
    "ReadResource.Request": {"type_name": (1, "string"), "current_state": (2, "DynamicValue"), "private": (3, "bytes")},
    "ReadResource.Response": {"new_state": (1, "DynamicValue"), **_DIAGNOSTICS, "private": (3, "bytes")},
    "PlanResourceChange.Request": {
        "type_name": (1, "string"),
        "prior_state": (2, "DynamicValue"),
        "proposed_new_state": (3, "DynamicValue"),
        "config": (4, "DynamicValue"),
    },
    "PlanResourceChange.Response": {
        "planned_state": (1, "DynamicValue"),
        "requires_replace": (2, "*AttributePath"),
        "diagnostics": (4, "*Diagnostic"),
        "legacy_type_system": (5, "bool"),
    },
    "ApplyResourceChange.Request": {
        "type_name": (1, "string"),
        "prior_state": (2, "DynamicValue"),
        "planned_state": (3, "DynamicValue"),
        "config": (4, "DynamicValue"),
    },
    "ApplyResourceChange.Response": {
        "new_state": (1, "DynamicValue"),
        "diagnostics": (3, "*Diagnostic"),
        "legacy_type_system": (4, "bool"),
    },
    "ImportedResource": {"type_name": (1, "string"), "state": (2, "DynamicValue")},
    "ImportResourceState.Request": {"type_name": (1, "string"), "id": (2, "string")},
    "ImportResourceState.Response": {"imported_resources": (1, "*ImportedResource"), **_DIAGNOSTICS},
    "ReadDataSource.Request": {"type_name": (1, "string"), "config": (2, "DynamicValue")},
    "ReadDataSource.Response": {"state": (1, "DynamicValue"), **_DIAGNOSTICS},
    "StopProvider.Request": {},
    "StopProvider.Response": {"error": (1, "string")},
}


def encode(message: str, value: Mapping[str, Any]) -> bytes:
    """A message as bytes; fields that are missing, empty, false or zero are left out."""
    parts: list[bytes] = []
    for name, (number, kind) in MESSAGES[message].items():
        content = value.get(name)
        if kind.startswith("*"):
            parts.extend(_field(number, kind[1:], item) for item in content or ())
        elif content or (content is not None and kind in MESSAGES):
            parts.append(_field(number, kind, content))
    return b"".join(parts)


def decode(message: str, data: bytes) -> dict[str, Any]:
    """The fields of a message that are set and that this module knows."""
    by_number = {number: (name, kind) for name, (number, kind) in MESSAGES[message].items()}
    value: dict[str, Any] = {}
    for number, content in _fields(data):
        if number not in by_number:
            continue
        name, kind = by_number[number]
        if kind.startswith("*"):
            value.setdefault(name, []).append(_content(kind[1:], content))
        else:
            value[name] = _content(kind, content)
    return value


def _field(number: int, kind: str, content: Any) -> bytes:
    if kind in ("int", "bool"):
        return _varint(number << 3) + _varint(int(content))
    data = content if kind == "bytes" else content.encode() if kind == "string" else encode(kind, content)
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _content(kind: str, content: Any) -> Any:
    if kind == "int":
        return content
    if kind == "bool":
        return bool(content)
    if kind == "bytes":
        return content
    return content.decode() if kind == "string" else decode(kind, content)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0

    def varint() -> int:
        nonlocal at
        number = shift = 0
        while True:
            byte = data[at]
            at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return number

    while at < len(data):
        tag = varint()
        match tag & 7:
            case 0:
                yield tag >> 3, varint()
            case 2:
                length = varint()
                yield tag >> 3, data[at : at + length]
                at += length
            case 1 | 5:
                at += 8 if tag & 7 == 1 else 4
            case other:
                raise ValueError(f"unexpected wire type {other}")
