"""From bytes to text in which messages can be found: escapes, colours and the marks of mail and logs are taken off.

Everything here takes time in proportion to the text: quantifiers are bounded, and nothing is tried twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

MOST_BYTES: Final = 64 * 1024 * 1024
SHORT: Final = 64 * 1024
"""A text up to this length may be a message that a terminal or mail has broken into lines."""

_HARD_WRAP: Final = 40
"""A line that was broken at the edge of a window is at least this long."""

_ESCAPE: Final = re.compile(r"(?<!\\)\\{1,8}(?:u([0-9a-fA-F]{4})|x1[bB]|033(?=\[)|([\"'/nrt]))")
_ENTITY: Final = re.compile(r"&(?:amp;){0,4}(quot|apos|lt|gt|amp|nbsp|#34|#39|#47|#x22|#x27|#x2[fF]|#x2[dD]);")
_COLOUR: Final = re.compile(r"(?:\x1b|\^\[)\[[0-?]{0,32}[ -/]{0,4}[@-~]|\x1b\][^\x07\x1b]{0,1024}(?:\x07|\x1b\\)?")
_PREFIX: Final = re.compile(
    r"^[ \t]{0,80}(?:"
    r"(?:[>|#*│┃╷╵][ \t]{0,8}){1,8}"  # mail, Markdown, the boxes of Terraform
    r"|[\w.-]{1,60}[ \t]{1,8}\|[ \t]"  # the name of a container
    r"|\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,]{0,12}(?:Z|[+-]\d\d:?\d\d)?\]?[ \t]{1,4}"  # a time
    r")?[ \t]{0,80}",
    re.MULTILINE,
)
_LETTERS: Final = {"n": "\n", "r": "\n", "t": "\t"}
_ENTITIES: Final = {"quot": '"', "#34": '"', "#x22": '"', "apos": "'", "#39": "'", "#x27": "'", "lt": "<", "gt": ">"}
_MORE_ENTITIES: Final = {"amp": "&", "nbsp": " ", "#47": "/", "#x2f": "/", "#x2d": "-"}
_ODD: Final = str.maketrans(
    {"\xa0": " ", "\u200b": None, "\u200e": None, "\xad": None, "\ufeff": None, "“": '"', "”": '"', "’": "'", "‘": "'"}
)


class NotText(Exception):
    """There is no text to read; the message says why."""


def decoded(data: bytes) -> str:
    """The text in ``data``.

    Raises:
        NotText: it is binary, compressed or too long.
    """
    if len(data) > MOST_BYTES:
        raise NotText(f"it is longer than {MOST_BYTES // 1024 // 1024} MiB: cut out the part with the error")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    elif data.startswith(b"\x1f\x8b"):
        raise NotText("it is compressed with gzip: unpack it first, as with gunzip -c FILE | tf-kms-guard diagnose -")
    elif b"\0" in data:
        raise NotText("it is binary, not text")
    else:
        text = data.decode("utf-8", "replace")
    strange = text.count("\ufffd")
    if strange > 8 and strange > len(text) // 20:
        raise NotText("it is binary, not text")
    return text.removeprefix("\ufeff")


def cleaned(text: str) -> str:
    """``text`` without colours, with the characters that JSON, HTML and XML spell out, and with plain line breaks."""
    if "\\" in text:
        text = _ESCAPE.sub(_unescaped, text)
    if "&" in text:
        text = _ENTITY.sub(_entity, text)
    if "\x1b" in text or "^[" in text:
        text = _COLOUR.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.isascii() else text.translate(_ODD)


def readings(text: str) -> Iterator[str]:
    """The ways in which a cleaned text may be meant: as it stands, then without what broke it into lines."""
    yield text
    if len(text) > SHORT or "\n" not in text.strip():
        return
    bare = _PREFIX.sub("", text)
    if bare != text:
        yield bare
    for one in dict.fromkeys((text, bare)):
        yield _rejoined(one)
    yield bare.replace("-\n", "-")
    yield bare.replace("\n", "")


def _rejoined(text: str) -> str:
    """``text`` with those lines joined that were broken at the edge of a window."""
    lines = text.split("\n")
    edge = max(map(len, lines))
    if edge < _HARD_WRAP:
        return text
    return "".join(line + ("" if len(line) == edge else "\n") for line in lines)


def _unescaped(found: re.Match[str]) -> str:
    code, letter = found.groups()
    if code is not None:
        character = chr(int(code, 16))
        return "\ufffd" if "\ud800" <= character <= "\udfff" else character
    return "\x1b" if letter is None else _LETTERS.get(letter, letter)


def _entity(found: re.Match[str]) -> str:
    name = found[1].lower()
    return _ENTITIES.get(name) or _MORE_ENTITIES[name]
