"""Native HCL syntax, read with tree-sitter.

A file is parsed once for its errors and for the byte ranges of its top-level blocks; that tree is dropped. A
block is parsed again, alone, when somebody asks for it: memory stays small, and most blocks are never asked
for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct

from tf_kms_guard.terraform.diagnostics import Diagnostic, DiagnosticKind, EvaluationError
from tf_kms_guard.terraform.syntax.expressions import Reader, children_of
from tf_kms_guard.terraform.syntax.nodes import Attribute, Block, Expression
from tf_kms_guard.terraform.syntax.parsed import ParsedFile, TopBlock
from tf_kms_guard.terraform.syntax.remarks import may_hold_remarks, remarks_in
from tf_kms_guard.terraform.syntax.source import MOST_NESTED, Source, TooDeep
from tf_kms_guard.terraform.syntax.tree import (
    is_deeper_than,
    parse,
    parse_exactly,
    parse_range,
    repeated_names,
    top_nodes,
)
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Text, known, origin_of

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["ParsedFile", "TopBlock", "parse_expression", "parse_file", "parse_template"]

_T = TypeVar("_T")

_BOM: Final = b"\xef\xbb\xbf"
_NESTING: Final = b"([{!?+*/%<>&|-."
_TOO_DEEP: Final = f"nested too deeply: more than {MOST_NESTED} levels"
_PIECE: Final = re.compile(rb'^[^\W\d][\w-]*(?:[ \t]+(?:"[^"\n]*"|[\w-]+))*[ \t]*(?:\{|=(?!=))', re.MULTILINE)
_ATTRIBUTE: Final = re.compile(rb"^[ \t]*([\w-]+)[ \t]*=(?!=)", re.MULTILINE)
_MOST_JOINS: Final = 200
_MOST_JOINED: Final = 8
"""How many pieces of a broken file may belong together (a heredoc may hold lines that look like blocks)."""


def parse_file(path: str, data: bytes) -> ParsedFile:
    """Read a ``.tf`` or ``.tfvars`` file; ``path`` is what the spans will name. Never raises."""
    return _File(Source(path, data.removeprefix(_BOM))).read()


def parse_expression(text: str, path: str, line: int = 1, column: int = 1) -> Expression:
    """Read one expression that starts at ``line`` and ``column`` of ``path``.

    Raises :class:`EvaluationError` when it is none.
    """
    head = b"x="
    source = Source(path, head + text.encode("utf-8", "replace") + b"\n", line, column, len(head))
    _, root = parse(source.data)
    nodes = list(top_nodes(root))
    if root.has_error or len(nodes) != 1 or nodes[0].type != "attribute":
        raise _no_expression(source, root, len(head))
    return _guarded(lambda: Reader(source, _template).attribute(nodes[0]).expression, source)


def parse_template(text: str | Text, path: str, origin: Span | None = None) -> Expression:
    """Read a whole text as a template, as ``templatefile`` does.

    ``origin`` is the place of the first character; without it the text's own, else ``path:1:1``. Text without
    interpolations gives a ``Literal``, or a ``Template`` of one ``Literal`` a line.
    Raises :class:`EvaluationError` when it is no template, or when ``text`` has holes.
    """
    characters = known(text)
    origin = origin or origin_of(text) or Span(path, 1, 1, 1, 1)
    if characters is None:
        raise EvaluationError("the text of a template is not wholly known", origin)
    return _template(characters.encode("utf-8", "replace"), False, origin.file, origin.line, origin.column)


def _template(body: bytes, flush: bool, path: str, line: int, column: int) -> Expression:
    """Read the inside of a template as that of a heredoc whose marker occurs nowhere in it."""
    number = 0
    while (mark := b"E%dT" % number) in body:
        number += 1
    head = b"x=<<" + mark + b"\n"
    source = Source(path, head + body + b"\n" + mark + b"\n", line, column, len(head))
    _, root = parse(source.data)
    nodes = list(top_nodes(root))
    node = _heredoc_in(nodes[0]) if len(nodes) == 1 and not root.has_error else None
    if node is None:
        raise _no_expression(source, root, len(head), len(head) + len(body))
    inside = [child for child in node.children if child.type.startswith("template_")]
    end = len(head) + len(body)
    return _guarded(lambda: Reader(source).template(inside, len(head), end, flush), source)


def _heredoc_in(node: Node) -> Node | None:
    """The heredoc that is the whole value of an attribute."""
    for kind in ("expression", "template_expr", "heredoc_template"):
        children = children_of(node)
        if not children or children[-1].type != kind:
            return None
        node = children[-1]
    return node


def _no_expression(source: Source, root: Node, start: int, end: int | None = None) -> EvaluationError:
    from tf_kms_guard.terraform.syntax.errors import first_error

    first, last, message = first_error(source, root, 0, len(source.data))
    return EvaluationError(f"syntax error: {message}", source.span(max(first, start), max(last, start)))


def _guarded(read: Callable[[], _T], source: Source) -> _T:
    """What ``read`` gives; an :class:`EvaluationError` when it is nested too deeply."""
    try:
        return read()
    except (TooDeep, RecursionError):
        raise EvaluationError(_TOO_DEEP, source.span(0, 0)) from None


class _Slice(Struct, frozen=True):
    """A block as a byte range of its file. ``parsed`` is what the parser is given for it."""

    path: str
    data: bytes
    parsed: bytes
    start: int
    end: int
    line: int
    column: int

    def block(self) -> Block:
        source = Source(self.path, self.data[self.start : self.end], self.line, self.column)
        root = parse_exactly(self.parsed[self.start : self.end])
        node = next((node for node in top_nodes(root) if node.type == "block"), None)
        if node is None or node.has_error:
            raise EvaluationError("this block cannot be read", source.span(0, len(source.data)))
        return _guarded(lambda: Reader(source, _template).block(node), source)


class _File:
    """One file on its way to a ``ParsedFile``."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._parsed = source.data
        self._blocks: list[TopBlock] = []
        self._attributes: dict[str, Attribute] = {}
        self._diagnostics: list[Diagnostic] = []
        self._reader = Reader(source, _template)

    def read(self) -> ParsedFile:
        self._parsed, root = parse(self._source.data)
        if root.has_error:
            self._keep_pieces(root)
        else:
            self._keep(root)
            for node in root.children:
                if node.type == "object":
                    self._report(node.start_byte, node.start_byte + 1, "expected a block or an attribute, not `{`")
        self._check_encoding(root)
        remarks = tuple(remarks_in(self._source, root)) if may_hold_remarks(self._source.data) else ()
        diagnostics = tuple(self._diagnostics[:1])
        return ParsedFile(self._source.path, tuple(self._blocks), self._attributes, diagnostics, remarks)

    def _keep(self, root: Node) -> None:
        for node in top_nodes(root):
            if node.type == "block":
                self._keep_block(node)
                continue
            try:
                attribute = _guarded(lambda node=node: self._reader.attribute(node), self._source)  # type: ignore[misc]
            except EvaluationError as error:
                self._report(node.start_byte, node.end_byte, error.message)
            else:
                if attribute.name in self._attributes:
                    self._report_repeated(node.start_byte, node.start_byte + len(attribute.name.encode()))
                self._attributes.setdefault(attribute.name, attribute)

    def _keep_block(self, node: Node) -> None:
        source = self._source
        start, end = node.start_byte, node.end_byte
        children = node.children
        labels, header_end = self._reader.labels(children)
        span = source.span(start, end)
        piece = _Slice(source.path, source.data, self._parsed, start, end, span.line, span.column)
        if _may_be_too_deep(source.data[start:end], node):
            try:
                piece.block()
            except EvaluationError as error:
                self._report(start, header_end, error.message)
                return
        names = _ATTRIBUTE.findall(source.data, start, end)
        if len(set(names)) < len(names):
            for name in repeated_names(node):
                self._report_repeated(name.start_byte, name.end_byte)
        kind = source.text(children[0].start_byte, children[0].end_byte)
        self._blocks.append(TopBlock(kind, labels, source.span(start, header_end), span, piece))

    def _keep_pieces(self, root: Node) -> None:
        """Read a broken file piece by piece, so that one error does not take the blocks after it along."""
        data = self._source.data
        starts = [match.start() for match in _PIECE.finditer(data)]
        if not starts or starts[0] > 0:
            starts.insert(0, 0)
        ends = [*starts[1:], len(data)]
        index = 0
        budget = _MOST_JOINS
        broken: tuple[Node, int, int] | None = None
        while index < len(starts):
            most = _MOST_JOINED if budget > 0 and b"<<" in data[starts[index] : ends[index]] else 1
            for last in range(index, min(index + most, len(starts))):
                part = parse_range(self._parsed, starts[index], ends[last])
                if not part.has_error:
                    self._keep(part)
                    index = last + 1
                    break
                broken = broken or (part, starts[index], ends[index])
            else:
                budget -= 1
                index += 1
        from tf_kms_guard.terraform.syntax.errors import first_error

        where, start, end = broken or (root, 0, len(data))
        self._report(*first_error(self._source, where, start, end), first=True)

    def _check_encoding(self, root: Node) -> None:
        """Terraform wants UTF-8, but looks into comments less closely."""
        data = self._source.data
        if data.isascii():
            return
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            node = root.descendant_for_byte_range(error.start, error.start + 1)
            if node is None or node.type != "comment":
                self._report(error.start, error.start + 1, "this file is not written in UTF-8")

    def _report_repeated(self, start: int, end: int) -> None:
        self._report(start, end, f"{self._source.text(start, end)} is set twice")

    def _report(self, start: int, end: int, message: str, first: bool = False) -> None:
        diagnostic = Diagnostic(DiagnosticKind.SYNTAX, message, self._source.span(start, end), self._source.path)
        self._diagnostics.insert(0 if first else len(self._diagnostics), diagnostic)


def _may_be_too_deep(text: bytes, node: Node) -> bool:
    """A cheap look: only text with many brackets and operators is walked through."""
    marks = len(text) - len(text.translate(None, _NESTING))
    return marks > MOST_NESTED and is_deeper_than(node, MOST_NESTED)
