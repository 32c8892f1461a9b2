"""Valid HCL that the grammar does not know, put into words that it does.

The tree is only asked for the structure; the text always comes from the original bytes. So a place that the
grammar stumbles over may be overwritten for the parser, as long as no byte moves.
"""

from __future__ import annotations

import re

_DOLLARS = re.compile(rb"\$+(?=\$\$\{)|%+(?=%%\{)")
_EXPONENT = re.compile(rb"(?<![\w.])\d+(?:\.\d+)?[eE][+-]?\d+")
_STAR = re.compile(rb"\[([ \t]+)\*([ \t]*)\]|\[\*([ \t]+)\]")
_COMPUTED_KEY = re.compile(
    rb"[ \t]\((?=(?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\)[ \t]*[=:](?![=>]))"
    rb"|\n\((?=[^\n]*\)[ \t]*[=:][^=>])"
)


def always(data: bytes) -> bytes:
    """What the grammar would take for something else: ``$$${`` is no interpolation, ``$${`` is escaped."""
    if b"$$$" not in data and b"%%%" not in data:
        return data
    return _DOLLARS.sub(lambda match: b"x" * len(match[0]), data)


def on_error(data: bytes) -> bytes:
    """What the grammar rejects: ``1e3``, ``[ * ]``, and a computed key after a line that ends with a name."""
    data = _EXPONENT.sub(lambda match: b"1" * len(match[0]), data)
    data = _STAR.sub(lambda match: b"[*]".ljust(len(match[0])), data)
    return _COMPUTED_KEY.sub(_with_comma, data)


def _with_comma(match: re.Match[bytes]) -> bytes:
    """Put a comma before a key in parentheses that starts a line below another item."""
    data, start = match.string, match.start()
    line_start = start + 1 if data[start] == 10 else data.rfind(b"\n", 0, start) + 1
    if data[line_start : start + 1].strip() not in (b"", b"("):
        return match[0]
    before = _last_code_byte(data, line_start)
    if before in b"{[(,=:?+-*/%<>&|!":
        return match[0]
    if data[start] == 10 and data[data.rfind(b"\n", 0, start) + 1 : start].find(b"#") >= 0:
        return match[0]
    return b",("


def _last_code_byte(data: bytes, line_start: int) -> bytes:
    """The last byte before a line that is neither white space nor in a comment that fills its line."""
    end = line_start
    while end > 0:
        start = data.rfind(b"\n", 0, end - 1) + 1
        line = data[start:end].strip()
        if line and not line.startswith((b"#", b"//")):
            return line[-1:]
        end = start
    return b"{"
