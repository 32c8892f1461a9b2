"""Protocol Buffers, as far as the plan inside a plan file needs them.

The encoding is described at https://protobuf.dev/programming-guides/encoding. A message is read into a dict from
field number to the contents of that field in order: ``int`` for numbers, for strings and messages a view of the bytes.
"""

from __future__ import annotations

from typing import Final

_LONGEST_VARINT: Final = 10
_FIXED: Final = {1: 8, 5: 4}
_EMPTY: Final = memoryview(b"")

Message = dict[int, list[int | memoryview]]


class WireError(Exception):
    """Bytes that are no message."""


def read_message(content: bytes | memoryview) -> Message:
    """The fields of a message.

    Raises:
        WireError: it is none.
    """
    fields: Message = {}
    data = memoryview(content)
    at, end = 0, len(data)
    while at < end:
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        value: int | memoryview
        if kind == 0:
            value, at = _varint(data, at)
        elif kind == 2:
            length, at = _varint(data, at)
            value = data[at : at + length]
            at += length
        elif kind in _FIXED:
            value = data[at : at + _FIXED[kind]]
            at += _FIXED[kind]
        else:
            raise WireError(f"wire type {kind}")
        if at > end or number == 0:
            raise WireError("a field that is cut off")
        fields.setdefault(number, []).append(value)
    return fields


def number(message: Message, field: int) -> int:
    """A number; 0 where it is not set. Of several the last counts."""
    content = message.get(field, (0,))[-1]
    if not isinstance(content, int):
        raise WireError(f"field {field} is no number")
    return content


def text(message: Message, field: int) -> str:
    """A string; empty where it is not set."""
    try:
        return data(message, field).decode()
    except UnicodeDecodeError as error:
        raise WireError(f"field {field} is no text") from error


def data(message: Message, field: int) -> bytes:
    """Bytes; empty where they are not set."""
    content = message.get(field, (_EMPTY,))[-1]
    if not isinstance(content, memoryview):
        raise WireError(f"field {field} is no text or message")
    return bytes(content)


def messages(message: Message, field: int) -> list[Message]:
    """The messages of a repeated field."""
    read: list[Message] = []
    for content in message.get(field, ()):
        if not isinstance(content, memoryview):
            raise WireError(f"field {field} is no message")
        read.append(read_message(content))
    return read


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(data[at : at + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, at + index + 1
    raise WireError("a number that does not end")
