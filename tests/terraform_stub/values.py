"""Terraform's values on the wire: MessagePack, with an extension for what is not known yet."""

from __future__ import annotations

from typing import Any, Final

import msgspec


class Unknown:
    """The type of :data:`UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()
"""A value that is known after apply."""


def pack(value: Any) -> dict[str, bytes]:
    """A ``DynamicValue`` message."""
    return {"msgpack": msgspec.msgpack.encode(value, enc_hook=_encode)}


def unpack(message: dict[str, bytes] | None) -> Any:
    """What a ``DynamicValue`` message holds."""
    if not message:
        return None
    if "msgpack" in message:
        return msgspec.msgpack.decode(message["msgpack"], ext_hook=lambda code, data: UNKNOWN)
    return msgspec.json.decode(message["json"])


def _encode(value: Any) -> Any:
    if value is UNKNOWN:
        return msgspec.msgpack.Ext(0, b"\0")
    raise TypeError(type(value))
