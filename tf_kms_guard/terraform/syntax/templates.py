"""Templates: the text between interpolations, and what ``~`` and ``<<-`` leave of its white space.

A template is first a flat row of tokens, as Terraform's own scanner makes them: trimming looks at the
neighbouring *token* only, and the scanner ends a token at every line end of a heredoc.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from tf_kms_guard.terraform.syntax.nodes import Expression, Literal, Template, TemplateFor, TemplateIf
from tf_kms_guard.terraform.syntax.source import MOST_NESTED, Source, TooDeep

if TYPE_CHECKING:
    from tree_sitter import Node

# What Go's unicode.IsSpace accepts. Python's own idea of white space is a larger one.
_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
)

_QUOTED_TOKENS = re.compile(rb"\$\$\{~?|%%\{~?|[$%]|(?:\\.|[^$%\\]++)++|\\", re.DOTALL)
_LINE_TOKENS = re.compile(rb"\$\$\{~?|%%\{~?|(?<![$%])[$%]\r|[$%]|[^$%\n]+\n?|\n")
_ESCAPE = re.compile(r'\$\$\{|%%\{|\\(?:[nrt"\\]|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})')
_DOUBLED = re.compile(r"([$%])\1\{")
_SIMPLE_ESCAPES = {"\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"', "\\\\": "\\", "$${": "${", "%%{": "%{"}
_SEQUENCES = {
    "template_interpolation": "value",
    "template_for_start": "for",
    "template_for_end": "endfor",
    "template_if_intro": "if",
    "template_else_intro": "else",
    "template_if_end": "endif",
}


def decode_quoted(text: str) -> str:
    """The value of the inside of a quoted string, in the normal form C as Terraform keeps it."""
    if "\\" not in text and "{" not in text:
        return text
    decoded = _ESCAPE.sub(_escaped, text)
    return decoded if decoded.isascii() else unicodedata.normalize("NFC", decoded)


def _escaped(match: re.Match[str]) -> str:
    found = match[0]
    simple = _SIMPLE_ESCAPES.get(found)
    if simple is not None:
        return simple
    code = int(found[2:], 16)
    return "\ufffd" if code > 0x10FFFF or 0xD800 <= code < 0xE000 else chr(code)


def _decode_heredoc(text: str) -> str:
    return _DOUBLED.sub(r"\1{", text) if "{" in text else text


class _Text(Struct):
    """Literal text: its place in the source and what is left of its value."""

    start: int
    end: int
    value: str


class _Sequence(Struct):
    """``${ … }`` or ``%{ … }``."""

    kind: str
    start: int
    end: int
    node: Node


def read_template(
    source: Source,
    nodes: list[Node],
    start: int,
    end: int,
    *,
    quoted: bool,
    flush: bool,
    expression: Callable[[Node], Expression],
) -> tuple[tuple[Expression, ...], bool]:
    """The parts of a template whose inside stretches from ``start`` to ``end``, and whether it is bare.

    ``nodes`` are the template's children in the tree; ``flush`` is the rule of ``<<-``.
    """
    tokens = list(_tokens(source, nodes, start, end, quoted))
    bare = len(tokens) == 1 and isinstance(tokens[0], _Sequence) and tokens[0].kind == "value"
    _strip(source.data, tokens)
    if flush:
        _unindent(tokens)
    return _tree(source, _meld(tokens, source.data, quoted), expression), bare


def raw_sequence_at(source: Source, nodes: list[Node], start: int, end: int) -> bool:
    """Whether text that the tree takes for literal holds an opener of an interpolation or a directive."""
    sequences = list(_sequences(nodes))
    if b"{" not in source.data[start:end]:
        return False
    for first, last in _gaps(sequences, start, end):
        rest = re.sub(rb"\$\$+\{|%%+\{", b"", source.data[first:last])
        if b"${" in rest or b"%{" in rest:
            return True
    return False


def _sequences(nodes: list[Node]) -> Iterator[_Sequence]:
    todo = list(reversed(nodes))
    while todo:
        node = todo.pop()
        kind = _SEQUENCES.get(node.type)
        if kind is not None:
            yield _Sequence(kind, node.start_byte, node.end_byte, node)
        elif node.type in ("template_directive", "template_for", "template_if"):
            todo.extend(reversed(node.children))


def _gaps(sequences: list[_Sequence], start: int, end: int) -> Iterator[tuple[int, int]]:
    for sequence in sequences:
        yield start, sequence.start
        start = sequence.end
    yield start, end


def _tokens(source: Source, nodes: list[Node], start: int, end: int, quoted: bool) -> Iterator[_Text | _Sequence]:
    pattern, decode = (_QUOTED_TOKENS, decode_quoted) if quoted else (_LINE_TOKENS, _decode_heredoc)
    sequences = list(_sequences(nodes))
    for index, (first, last) in enumerate(_gaps(sequences, start, end)):
        for match in pattern.finditer(source.data, first, last):
            yield _Text(match.start(), match.end(), decode(source.text(*match.span())))
        if index < len(sequences):
            yield sequences[index]


def _strip(data: bytes, tokens: list[_Text | _Sequence]) -> None:
    """Apply the ``~`` markers."""
    for index, token in enumerate(tokens):
        if isinstance(token, _Text):
            continue
        before = tokens[index - 1] if index else None
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        if data[token.start + 2 : token.start + 3] == b"~" and isinstance(before, _Text):
            before.value = before.value.rstrip(_SPACE)
        if data[token.end - 2 : token.end - 1] == b"~" and isinstance(after, _Text):
            left = after.value.lstrip(_SPACE)
            after.start = min(after.start + len(after.value) - len(left), after.end)
            after.value = left


def _unindent(tokens: list[_Text | _Sequence]) -> None:
    """Take the indentation of the least indented line off every line, as ``<<-`` does.

    Lines are judged by their first token after trimming, so that what follows ``~}`` is no line of its own.
    """
    least: int | None = None
    line_starts: list[_Text] = []
    fresh = True
    for token in tokens:
        if fresh:
            fresh = False
            spaces: int | None = 0
            if isinstance(token, _Text):
                inside = token.value.lstrip(_SPACE)
                if not inside and token.value.endswith("\n"):
                    spaces = None
                else:
                    spaces = len(token.value) - len(inside)
                    line_starts.append(token)
            if spaces is not None and (least is None or spaces < least):
                least = spaces
        if isinstance(token, _Text) and token.value.endswith("\n"):
            fresh = True
    for token in line_starts:
        token.value = token.value[least:]
        token.start += least or 0


def _meld(tokens: list[_Text | _Sequence], data: bytes, quoted: bool) -> Iterator[_Text | _Sequence]:
    """Join neighbouring texts of one source line; drop what has become empty."""
    current: _Text | None = None
    for token in tokens:
        if isinstance(token, _Text):
            if not token.value:
                continue
            if current is not None and (quoted or not data.endswith(b"\n", current.start, current.end)):
                current = _Text(current.start, token.end, current.value + token.value)
                continue
        if current is not None:
            yield current
            current = None
        if isinstance(token, _Text):
            current = token
        else:
            yield token
    if current is not None:
        yield current


class _Open(Struct):
    """A directive that is not yet closed."""

    sequence: _Sequence
    parts: list[Expression]
    otherwise: list[Expression] | None = None

    @property
    def current(self) -> list[Expression]:
        return self.parts if self.otherwise is None else self.otherwise


def _tree(
    source: Source, tokens: Iterator[_Text | _Sequence], expression: Callable[[Node], Expression]
) -> tuple[Expression, ...]:
    root: list[Expression] = []
    stack: list[_Open] = []
    for token in tokens:
        parts = stack[-1].current if stack else root
        if isinstance(token, _Text):
            parts.append(_literal(source, token))
        elif token.kind == "value":
            inside = _expression_of(token.node)
            if inside is not None:
                parts.append(expression(inside))
        elif token.kind in ("if", "for"):
            if len(stack) >= MOST_NESTED:
                raise TooDeep
            stack.append(_Open(token, []))
        elif token.kind == "else":
            stack[-1].otherwise = []
        else:
            opened = stack.pop()
            (stack[-1].current if stack else root).append(_directive(source, opened, token.end, expression))
    return tuple(root)


def _literal(source: Source, text: _Text) -> Literal:
    end = text.end
    if source.data.endswith(b"\n", text.start, end):
        end -= 1
        if source.data.endswith(b"\r", text.start, end):
            end -= 1
    return Literal(text.value, source.span(text.start, max(end, text.start)))


def _directive(
    source: Source, opened: _Open, end: int, expression: Callable[[Node], Expression]
) -> TemplateIf | TemplateFor:
    node = opened.sequence.node
    subject = _expression_of(node)
    assert subject is not None  # the grammar has no such directive without an expression
    span = source.span(opened.sequence.start, end)
    if opened.sequence.kind == "if":
        return TemplateIf(expression(subject), tuple(opened.parts), tuple(opened.otherwise or ()), span)
    names = [source.text(c.start_byte, c.end_byte) for c in node.children if c.type == "identifier"]
    key = names[0] if len(names) > 1 else None
    return TemplateFor(key, names[-1], expression(subject), tuple(opened.parts), span)


def _expression_of(node: Node) -> Node | None:
    return next((child for child in node.children if child.type == "expression"), None)


def as_expression(source: Source, parts: tuple[Expression, ...], bare: bool, start: int, end: int) -> Expression:
    """The node of a heredoc or template file: text of one line is a ``Literal`` with that text's place."""
    span = source.span(start, end)
    if not parts:
        return Literal("", span)
    if len(parts) == 1 and not bare and isinstance(parts[0], Literal) and isinstance(parts[0].value, str):
        return parts[0]
    return Template(parts, bare, span)
