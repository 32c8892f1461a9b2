"""Lines of text for people: styled, wrapped, and inert whatever the strings hold."""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Iterable
from typing import Final, TextIO, TypeAlias

TAB: Final = 4
NARROWEST: Final = 40
"""The least number of columns that is laid out; a narrower stream has to wrap by itself."""
_LEAST_ROOM: Final = 16
_NO_BREAK: Final = "\0"
"""A space at which no line is broken; :func:`shown` lets no other NUL through."""
_BREAKS: Final = "/:.,-_=("


class Style(enum.Enum):
    """What a piece of a line is; the value is how it is drawn in colour."""

    PLAIN = ""
    STRONG = "bold"
    ERROR = "bold red"
    WARNING = "bold yellow"
    NOTE = "bold cyan"
    FRAME = "bold blue"
    RELATED = "cyan"
    ADDED = "green"


Line: TypeAlias = list[tuple[str, Style]]


def shown(text: str) -> str:
    """``text`` without anything that a terminal would act on: escapes are spelled out, tabs expanded."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(shown_character, text.replace("\t", " " * TAB)))


def shown_character(character: str) -> str:
    """One character, escaped unless it can be printed."""
    if character.isprintable():
        return character
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def unbroken(text: str) -> str:
    """``text`` to be kept on one line."""
    return text.replace(" ", _NO_BREAK)


def cells(text: str) -> int:
    """How many columns of a terminal ``text`` takes up."""
    return len(text) if text.isascii() else sum(map(_cells_of, text))


def _cells_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrap(text: str, room: int) -> list[str]:
    """The lines of ``text``, each at most ``room`` columns wide; only what is longer than a line is cut."""
    room = max(room, 2)
    lines: list[str] = []
    line: str | None = None
    for word in text.split(" "):
        if line is not None and cells(line) + 1 + cells(word) <= room:
            line = f"{line} {word}"
            continue
        if line is not None:
            lines.append(line)
        while cells(word) > room:
            head = _head(word, room)
            lines.append(head)
            word = word[len(head) :]
        line = word
    lines.append(line or "")
    return [one.replace(_NO_BREAK, " ") for one in lines]


def _head(word: str, room: int) -> str:
    """As much of a long word as fits, up to a separator if there is one in its second half."""
    end = used = 0
    for character in word:
        used += _cells_of(character)
        if used > room:
            break
        end += 1
    best = max((word.rfind(mark, 0, end) for mark in (*_BREAKS, _NO_BREAK)), default=-1) + 1
    return word[: best if best > end // 2 else max(end, 1)]


def hanging(head: Line, text: str, width: int, style: Style = Style.PLAIN) -> list[Line]:
    """``head`` and after it ``text``, wrapped with its further lines below its first one."""
    indent = sum(cells(piece) for piece, _ in head)
    if width - indent < _LEAST_ROOM:
        return [head, *([(" " * 4 + line, style)] for line in wrap(text, width - 4))]
    first, *rest = wrap(text, width - indent)
    return [[*head, (first, style)], *([(" " * indent + line, style)] for line in rest)]


def as_text(lines: Iterable[Line]) -> str:
    """The lines without colour."""
    return "".join("".join(piece for piece, _ in line).rstrip() + "\n" for line in lines)


def encodable(text: str, stream: TextIO) -> str:
    """``text`` with escapes for what the stream's encoding does not have."""
    encoding = getattr(stream, "encoding", None)
    if not isinstance(encoding, str) or text.isascii():
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        simple = text.replace("·", "-").replace("…", "~")
        return simple.encode(encoding, "backslashreplace").decode(encoding)
    return text
