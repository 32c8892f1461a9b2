"""Plan files made by hand, as small as they can be."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import msgspec

from tests.terraform_stub.values import UNKNOWN

Field = tuple[int, int | bytes | str]

STATE = {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}
MODULES = [{"Key": "", "Dir": "."}]


def message(*fields: Field) -> bytes:
    """A message of Protocol Buffers."""
    out = b""
    for number, content in fields:
        if isinstance(content, int):
            out += _varint(number << 3) + _varint(content)
        else:
            data = content.encode() if isinstance(content, str) else content
            out += _varint(number << 3 | 2) + _varint(len(data)) + data
    return out


def packed(value: Any) -> bytes:
    """A ``DynamicValue``."""
    return message((1, msgspec.msgpack.encode(value, enc_hook=_encode)))


def change(address: str, values: list[bytes], action: int = 1, deposed: str = "") -> bytes:
    """A ``ResourceInstanceChange``; each value is a ``DynamicValue``."""
    fields: list[Field] = [(13, address), (8, 'provider["registry.terraform.io/hashicorp/aws"]')]
    if deposed:
        fields.append((7, deposed))
    return message(*fields, (9, message((1, action), *((2, value) for value in values))))


def plan(*changes: bytes, version: int = 3) -> bytes:
    """A ``Plan``."""
    return message((1, version), (14, "1.11.4"), *((3, content) for content in changes), (25, 1), (26, 1))


def plan_file(tfplan: bytes, **others: bytes) -> bytes:
    """A plan file; ``others`` are more members, with ``__`` for ``/``."""
    members = {
        "tfplan": tfplan,
        "tfstate": json.dumps(STATE).encode(),
        "tfconfig/modules.json": json.dumps(MODULES).encode(),
        "tfconfig/m-/main.tf": b"# nothing\n",
    }
    members |= {name.replace("__", "/"): content for name, content in others.items()}
    return archive(members)


def archive(members: dict[str, bytes]) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return out.getvalue()


def _encode(value: Any) -> Any:
    if value is UNKNOWN:
        return msgspec.msgpack.Ext(0, b"\0")
    raise TypeError(type(value))


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
