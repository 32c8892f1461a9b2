"""Syntax errors: where, and in which words.

tree-sitter says where it stumbled. Two things it says badly, so a small scanner of our own looks for them
first: a string that is not closed on its line, and brackets that do not pair. For what is left, python-hcl2's
grammar says what it had expected, if it stumbles over the same line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tf_kms_guard.terraform.syntax.source import Source

if TYPE_CHECKING:
    from tree_sitter import Node

_LONGEST_FOR_WORDING: Final = 100_000
_LONGEST_TO_SCAN: Final = 2_000_000
_LONGEST_QUOTE: Final = 30
_PAIRS: Final = {b")": b"(", b"]": b"[", b"}": b"{"}
_MOST_CONTEXTS: Final = 120
"""The grammar gives up on templates in templates at about this depth."""
_FOREIGN: Final = frozenset((b"$", b"'", b";", b"`", b"@", b"^", b"\\"))
_CLOSERS: Final = {opener: closer for closer, opener in _PAIRS.items()}
_TOKEN = re.compile(
    rb"(?P<space>[ \t\r\n]+|#[^\n]*|//[^\n]*|/\*.*?\*/)"
    rb"|(?P<heredoc><<-?(?P<mark>[^\W\d][\w-]*)\r?\n)"
    rb'|(?P<quote>")'
    rb"|(?P<open>[\[({])"
    rb"|(?P<close>[\])}])"
    rb"|(?P<comment>/\*)"
    rb"|(?P<other>[\w.-]+|.)",
    re.DOTALL,
)
_STRING_PART = re.compile(rb'(?:\\[^\n]|\$\$+\{|%%+\{|\$(?!\{)|%(?!\{)|[^"\\$%\n]++)++')

_WORDS: Final = {
    "NAME": "a name",
    "DBLQUOTE": "a string",
    "NL_OR_COMMENT": "a new line",
    "EQ": "`=`",
    "COLON": "`:`",
    "COMMA": "`,`",
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "QMARK": "`?`",
    "IN": "`in`",
    "FOR": "`for`",
    "IF": "`if`",
    "FOR_OBJECT_ARROW": "`=>`",
}
_NODES: Final = {
    "identifier": "a name",
    "expression": "an expression",
    "quoted_template_end": 'a closing `"`',
    "template_literal": "text",
    "<<": "an expression",
    "<<-": "an expression",
    "for": "an expression",
    "numeric_lit": "an expression",
}
_EXPRESSION: Final = {"NAME", "INT_LITERAL", "DBLQUOTE", "LPAR"}
_STARTS_OF_EXPRESSIONS: Final = {*_EXPRESSION, "LBRACE", "LSQB", "NOT", "MINUS", "TRUE", "FALSE", "NULL"}
_OPERATORS: Final = {"DOT", "LSQB", "LPAR", "QMARK", "MINUS", "PLUS"}
_MOST_EXPECTED: Final = 3


_QUOTED_NAME = re.compile(rb'\{?\s*("([A-Za-z_][\w-]*)")[ \t]*=(?![=>])')
"""As Terraform allowed it before 0.12."""
_BEFORE_A_VALUE = re.compile(rb"=[ \t]*\Z")
"""Where the parser stumbles over a value, it is over what follows."""
_HEADER_WITHOUT_BRACE: Final = rb'[A-Za-z_][\w-]*(?:[ \t]+"[^"\n]*")+(?=[ \t]*(?:\r?\n|$))'


def first_error(source: Source, root: Node, start: int, end: int) -> tuple[int, int, str]:
    """Where the syntax error of a stretch of source stands (from, up to) and what it is."""
    found = _unpaired(source.data, start, end) if end - start < _LONGEST_TO_SCAN else None
    if found is not None:
        return found
    node = _first_error_node(root)
    if node is None:
        return start, start, "this is no valid HCL"
    place = node.start_byte
    if node.is_missing:
        word = _quoted(source.data[place : min(place + _LONGEST_QUOTE, end)])
        return (
            place,
            place,
            f"expected {_NODES.get(node.type, f'`{node.type}`')}" + (f" before {word}" if word else ""),
        )
    last = place + node.end_byte - node.start_byte
    expected = _expected(source, place, last, start, end)
    if expected is not None:
        return expected
    if b"\n" in source.data[place:last].strip():
        place = _after_what_was_read(node, source.data, last)
    unexpected = source.data[place:last]
    after_value = last if _BEFORE_A_VALUE.search(source.data[max(start, place - 20) : place]) else place
    name = _QUOTED_NAME.match(source.data, after_value, end)
    if name is not None:
        return name.start(1), name.end(1), f"the name of an argument has no quotes: expected `{name[2].decode()} =`"
    header = re.match(_HEADER_WITHOUT_BRACE, unexpected)
    if header is not None:
        return place + header.end(), last, f"expected {{ after {_quoted(header[0])}"
    return place, last, f"expected an argument, a block or a closing }}, not {_quoted(unexpected)}"


def _after_what_was_read(node: Node, data: bytes, last: int) -> int:
    """An ERROR over several lines: the parser has read its children, and stumbled behind the last of them."""
    read = [child.end_byte for child in node.children if child.end_byte > child.start_byte]
    at = read[-1] if read else node.start_byte
    while at < last and data[at : at + 1].isspace():
        at += 1
    return at if at < last else node.start_byte


def _first_error_node(root: Node) -> Node | None:
    """The first ERROR or MISSING node, and inside of an ERROR the first piece that was skipped."""
    node = root
    while True:
        if node.is_missing or (node.is_error and not any(c.has_error for c in node.children)):
            return node
        child = next((c for c in node.children if c.has_error or c.is_missing), None)
        if child is None:
            return node if node.is_error else None
        node = child


def _quoted(text: bytes) -> str:
    line = text.strip().split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    if len(line) > _LONGEST_QUOTE:
        line = line[: _LONGEST_QUOTE - 1] + "…"
    return f"`{line}`" if line else ""


# --- strings and brackets ----------------------------------------------------------------------------------


def _unpaired(data: bytes, at: int, end: int) -> tuple[int, int, str] | None:
    """The first string that is not closed, or bracket that has no partner."""
    stack: list[tuple[bytes, int]] = []
    deep: int | None = None
    while at < end:
        if deep is None and len(stack) > _MOST_CONTEXTS:
            deep = at
        mode = stack[-1][0] if stack else b""
        if mode == b'"' or mode.startswith(b"<"):
            at, problem = _step_in_text(data, at, end, stack)
        else:
            at, problem = _step_in_code(data, at, end, stack)
        if problem:
            return at, min(at + 1, end), problem
    if deep is not None:
        return deep, deep + 1, "nested too deeply"
    if not stack:
        return None
    kind, place = stack[-1]
    if kind.startswith(b"<"):
        return place, place + 2, f"this heredoc is not closed: expected a line with {kind[1:].decode()} alone"
    if kind == b'"':
        return place, place + 1, "this string is not closed"
    bracket = kind[-1:].decode()
    return place, place + len(kind), f"expected a closing {_CLOSERS[kind[-1:]].decode()} for this {bracket}"


def _step_in_code(data: bytes, at: int, end: int, stack: list[tuple[bytes, int]]) -> tuple[int, str | None]:
    match = _TOKEN.match(data, at, end)
    if match is None:
        return end, None
    if match["heredoc"]:
        stack.append((b"<" + match["mark"], at))
    elif match["quote"]:
        stack.append((b'"', at))
    elif match["open"]:
        stack.append((match[0], at))
    elif match["other"] in _FOREIGN:
        return at, "strings are written in double quotes" if match[0] == b"'" else f"unexpected {_quoted(match[0])}"
    elif match["comment"]:
        return at, "this comment is not closed"
    elif match["close"]:
        if not stack:
            return at, f"unexpected {match[0].decode()}: nothing is open here"
        opener = stack[-1][0][-1:]
        if opener != _PAIRS[match[0]]:
            return at, f"expected a closing {_CLOSERS[opener].decode()} before this {match[0].decode()}"
        stack.pop()
    return match.end(), None


def _step_in_text(data: bytes, at: int, end: int, stack: list[tuple[bytes, int]]) -> tuple[int, str | None]:
    mode, opened = stack[-1]
    if data.startswith((b"${", b"%{"), at):
        stack.append((data[at : at + 2], at))
        return at + 2, None
    if mode == b'"':
        if data.startswith(b'"', at):
            stack.pop()
            return at + 1, None
        if data.startswith(b"\n", at):
            return opened, "this string is not closed"
        match = _STRING_PART.match(data, at, end)
        return (match.end() if match else at + 1), None
    line_end = data.find(b"\n", at, end)
    line_end = end if line_end < 0 else line_end
    line_start = data.rfind(b"\n", 0, at) + 1
    if at == line_start and data[at:line_end].strip() == mode[1:]:
        stack.pop()
        return line_end, None
    for match in re.compile(rb"([$%])\1*\{").finditer(data, at, line_end):
        if match.end() - match.start() == len(b"${"):
            return match.start(), None
    return line_end + 1, None


# --- python-hcl2's words -----------------------------------------------------------------------------------


def _expected(source: Source, place: int, last: int, start: int, end: int) -> tuple[int, int, str] | None:
    """What python-hcl2's grammar had expected, if it fails on a line from ``place`` to ``last``."""
    if end - start > _LONGEST_FOR_WORDING:
        return None
    data = source.data
    try:
        import hcl2
        from lark.exceptions import UnexpectedInput
    except ImportError:
        return None
    try:
        hcl2.loads(data[start:end].decode("utf-8", "replace"))
    except UnexpectedInput as error:
        first_line = data.count(b"\n", start, place) + 1
        if not first_line <= error.line <= first_line + data.count(b"\n", place, last):
            return None
        words = _spoken(getattr(error, "expected", None) or getattr(error, "allowed", None))
        if not words:
            return None
        lines = data[start:end].decode("utf-8", "replace").split("\n")
        before = "\n".join([*lines[: error.line - 1], lines[error.line - 1][: error.column - 1]])
        at = start + len(before.encode("utf-8", "replace"))
        found = _quoted(data[at : data.find(b"\n", at) if b"\n" in data[at:end] else end])
        return at, at + 1, f"expected {words}" + (f", not {found}" if found else " on this line")
    except Exception:  # noqa: BLE001 - only the words depend on it, and it is somebody else's code
        return None
    return None


def _spoken(expected: object) -> str:
    """The names of a grammar's terminals as people say them; empty when there is nothing useful to say."""
    names = {str(name) for name in expected} if isinstance(expected, (set, frozenset, list, tuple)) else set()
    words = []
    if names >= _EXPRESSION:
        words.append("an expression")
        names -= _STARTS_OF_EXPRESSIONS
    if names & _OPERATORS:
        names -= _OPERATORS
    words += [_WORDS[name] for name in sorted(names) if name in _WORDS]
    return " or ".join(words) if len(words) <= _MOST_EXPECTED else ""
