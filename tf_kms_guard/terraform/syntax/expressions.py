"""From tree-sitter's nodes to ours: expressions and bodies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from tf_kms_guard.terraform.syntax.nodes import (
    Attribute,
    Binary,
    Block,
    Body,
    Call,
    Conditional,
    Expression,
    For,
    GetAttribute,
    Index,
    Literal,
    Name,
    ObjectItems,
    Splat,
    Template,
    TupleItems,
    Unary,
)
from tf_kms_guard.terraform.syntax.source import MOST_NESTED, Source, TooDeep, exact_number
from tf_kms_guard.terraform.syntax.templates import (
    as_expression,
    decode_quoted,
    raw_sequence_at,
    read_template,
)
from tf_kms_guard.values.span import Span

if TYPE_CHECKING:
    from tree_sitter import Node

_STEPS: Final = frozenset(("get_attr", "index", "splat"))
_KEYWORDS: Final[dict[str, None | bool]] = {"true": True, "false": False, "null": None}

_Step: TypeAlias = "tuple[str, str | Expression, int]"
"""One step of a traversal: ``.`` a name, ``[`` or ``.0`` a key, ``.*`` or ``[*]`` nothing; and its end."""


Reread: TypeAlias = Callable[[bytes, bool, str, int, int], Expression]
"""Reads the inside of a template: its bytes, whether it is ``<<-``, its path, line and column."""


class Reader:
    """Reads one source. ``reread`` reads a heredoc's inside again when the tree has missed a part of it."""

    def __init__(self, source: Source, reread: Reread | None = None) -> None:
        self._source = source
        self._reread = reread
        self._depth = 0

    # --- bodies ----------------------------------------------------------------------------------------

    def block(self, node: Node) -> Block:
        """A whole block."""
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise TooDeep
        children = children_of(node)
        labels, end = self.labels(children)
        body = next((child for child in children if child.type == "body"), None)
        opened = next(child for child in children if child.type == "block_start")
        inside = self._source.span(opened.start_byte, node.end_byte)
        attributes, blocks = ({}, ()) if body is None else self.body(body)
        self._depth -= 1
        return Block(
            self._text(children[0]),
            labels,
            Body(attributes, blocks, inside),
            self._source.span(node.start_byte, node.end_byte),
            self._source.span(node.start_byte, end),
        )

    def labels(self, children: list[Node]) -> tuple[tuple[str, ...], int]:
        """The labels of a block, and where its header ends."""
        labels: list[str] = []
        end = children[0].end_byte
        for child in children[1:]:
            if child.type == "string_lit":
                labels.append(self._inside_quotes(child))
            elif child.type == "identifier":
                labels.append(self._text(child))
            else:
                break
            end = child.end_byte
        return tuple(labels), end

    def body(self, node: Node) -> tuple[dict[str, Attribute], tuple[Block, ...]]:
        """The attributes and blocks of a body; of an attribute given twice the first counts."""
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        for child in node.children:
            if child.type == "attribute":
                attribute = self.attribute(child)
                attributes.setdefault(attribute.name, attribute)
            elif child.type == "block":
                blocks.append(self.block(child))
        return attributes, tuple(blocks)

    def attribute(self, node: Node) -> Attribute:
        """``name = expression``."""
        children = children_of(node)
        name = children[0]
        return Attribute(
            self._text(name),
            self.expression(children[-1]),
            self._source.span(node.start_byte, node.end_byte),
            self._source.span(name.start_byte, name.end_byte),
        )

    # --- expressions -----------------------------------------------------------------------------------

    def expression(self, node: Node) -> Expression:
        """An ``expression`` node."""
        return self._operand(children_of(node), 0)[0]

    def _operand(self, nodes: list[Node], at: int) -> tuple[Expression, int]:
        """A term with the traversals behind it, and the index of the node after."""
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise TooDeep
        first = nodes[at]
        if first.type == "(":
            result = self.expression(nodes[at + 1])
            at += 3
        else:
            result = self._term(first)
            at += 1
        if at < len(nodes) and nodes[at].type in _STEPS:
            steps: list[_Step] = []
            while at < len(nodes) and nodes[at].type in _STEPS:
                self._collect_steps(nodes[at], steps)
                at += 1
            if self._depth + len(steps) > MOST_NESTED:
                raise TooDeep
            result = self._traverse(result, steps, first.start_byte)
        self._depth -= 1
        return result, at

    def _term(self, node: Node) -> Expression:
        kind = node.type
        while kind in _WRAPPERS:
            node = next(child for child in node.children if child.type != "comment")
            kind = node.type
        return _TERMS[kind](self, node)

    def _variable(self, node: Node) -> Expression:
        return Name(self._text(node), self._span(node))

    def _number(self, node: Node) -> Expression:
        text, span = self._text(node), self._span(node)
        try:
            return Literal(exact_number(text), span)
        except ValueError:  # 0x10, or an exponent beyond all bounds: refused where it is used
            return Call("tonumber", (Literal(text, span),), False, span)

    def _keyword(self, node: Node) -> Expression:
        return Literal(_KEYWORDS[self._text(node)], self._span(node))

    def _string(self, node: Node) -> Expression:
        return Literal(self._inside_quotes(node), self._span(node))

    def _quoted(self, node: Node) -> Expression:
        parts, bare = read_template(
            self._source,
            node.children,
            node.start_byte + 1,
            node.end_byte - 1,
            quoted=True,
            flush=False,
            expression=self.expression,
        )
        span = self._span(node)
        if not parts:
            return Literal("", span)
        if len(parts) == 1 and not bare and isinstance(parts[0], Literal) and isinstance(parts[0].value, str):
            return Literal(parts[0].value, span)
        return Template(parts, bare, span)

    def _heredoc(self, node: Node) -> Expression:
        children = node.children
        marks = [child for child in children if child.type == "heredoc_identifier"]
        flush = self._source.data[children[0].start_byte : children[0].end_byte] == b"<<-"
        start = self._source.data.index(b"\n", marks[0].end_byte) + 1
        end = max(self._source.line_start(marks[-1].start_byte), start)
        inside = [child for child in children if child.type.startswith("template_")]
        if self._reread is not None and raw_sequence_at(self._source, inside, start, end):
            return self._reread(self._source.data[start:end], flush, self._source.path, *self._source.position(start))
        return self.template(inside, start, end, flush)

    def template(self, nodes: list[Node], start: int, end: int, flush: bool) -> Expression:
        """The inside of a heredoc or of a template file."""
        parts, bare = read_template(
            self._source, nodes, start, end, quoted=False, flush=flush, expression=self.expression
        )
        return as_expression(self._source, parts, bare, start, end)

    def _tuple(self, node: Node) -> Expression:
        items = tuple(self.expression(child) for child in node.children if child.type == "expression")
        return TupleItems(items, self._span(node))

    def _object(self, node: Node) -> Expression:
        items: list[tuple[Expression, Expression]] = []
        for child in node.children:
            if child.type == "object_elem":
                pair = children_of(child)
                items.append((self._key(pair[0]), self.expression(pair[-1])))
        return ObjectItems(tuple(items), self._span(node))

    def _key(self, node: Node) -> Expression:
        """The key of an object's item: a bare word is a name, not a reference (nor a keyword)."""
        children = children_of(node)
        if len(children) == 1:
            only = children[0]
            if only.type == "variable_expr":
                return Literal(self._text(only), self._span(only))
            if only.type == "literal_value" and self._text(only) in _KEYWORDS:
                return Literal(self._text(only), self._span(only))
        return self.expression(node)

    def _for_tuple(self, node: Node) -> Expression:
        return self._for(node, None, grouped=False)

    def _for_object(self, node: Node) -> Expression:
        results = [child for child in node.children if child.type == "expression"]
        return self._for(node, results[0], grouped=any(child.type == "ellipsis" for child in node.children))

    def _for(self, node: Node, key_result: Node | None, grouped: bool) -> Expression:
        children = children_of(node)
        intro = children_of(children[1])
        names = [self._text(child) for child in intro if child.type == "identifier"]
        collection = next(child for child in intro if child.type == "expression")
        result = [child for child in children if child.type == "expression"][-1]
        condition = next((child for child in children if child.type == "for_cond"), None)
        return For(
            names[0] if len(names) > 1 else None,
            names[-1],
            self.expression(collection),
            None if key_result is None else self.expression(key_result),
            self.expression(result),
            None if condition is None else self.expression(children_of(condition)[-1]),
            grouped,
            self._span(node),
        )

    def _call(self, node: Node) -> Expression:
        children = children_of(node)
        arguments: tuple[Expression, ...] = ()
        expand = False
        for child in children:
            if child.type == "function_arguments":
                arguments = tuple(self.expression(part) for part in child.children if part.type == "expression")
                expand = any(part.type == "ellipsis" for part in child.children)
        return Call(self._text(children[0]), arguments, expand, self._span(node))

    def _unary(self, node: Node) -> Expression:
        children = children_of(node)
        return Unary(children[0].type, self._operand(children, 1)[0], self._span(node))

    def _binary(self, node: Node) -> Expression:
        children = children_of(node)
        left, at = self._operand(children, 0)
        right, _ = self._operand(children, at + 1)
        return Binary(children[at].type, left, right, self._span(node))

    def _conditional(self, node: Node) -> Expression:
        """``a ? b : c ? d : e``: the tree groups to the left what Terraform groups to the right."""
        parts: list[Node] = []
        current: Node | None = node
        while current is not None:
            condition, _, then, _, otherwise = children_of(current)
            parts += (otherwise, then)
            inner = children_of(condition)
            current = inner[0] if len(inner) == 1 and inner[0].type == "conditional" else None
            if current is None:
                parts.append(condition)
        if self._depth + len(parts) // 2 > MOST_NESTED:
            raise TooDeep
        result = self.expression(parts[0])
        end = parts[0].end_byte
        for then, condition in zip(parts[1::2], parts[2::2], strict=True):
            span = self._source.span(condition.start_byte, end)
            result = Conditional(self.expression(condition), self.expression(then), result, span)
        return result

    # --- traversals ------------------------------------------------------------------------------------

    def _collect_steps(self, node: Node, steps: list[_Step]) -> None:
        if node.type == "get_attr":
            steps.append((".", self._text(children_of(node)[-1]), node.end_byte))
        elif node.type == "index":
            inner = children_of(node)[0]
            if inner.type == "new_index":
                steps.append(("[", self.expression(children_of(inner)[1]), node.end_byte))
            else:
                digits = self._text(inner).lstrip(". \t\r\n")
                span = self._source.span(inner.end_byte - len(digits), inner.end_byte)
                steps.append((".0", Literal(exact_number(digits), span), node.end_byte))
        else:
            marker, *rest = children_of(children_of(node)[0])
            steps.append((marker.type, "", marker.end_byte))
            for step in rest:
                self._collect_steps(step, steps)

    def _traverse(self, result: Expression, steps: list[_Step], start: int) -> Expression:
        at = 0
        while at < len(steps):
            kind, what, end = steps[at]
            at += 1
            if kind in ("[*]", ".*"):
                full = kind == "[*]"
                after = at
                while after < len(steps) and (full or steps[after][0] in (".", ".0")):
                    after += 1
                end = steps[after - 1][2]
                marker = steps[at - 1][2]
                item = Name("*", self._source.span(marker - len(kind), marker))
                each = self._traverse(item, steps[at:after], marker - len(kind))
                result = Splat(result, each, full, self._source.span(start, end))
                at = after
            elif isinstance(what, str):
                result = GetAttribute(result, what, self._source.span(start, end))
            else:
                result = Index(result, what, self._source.span(start, end))
        return result

    # --- small things ----------------------------------------------------------------------------------

    def _inside_quotes(self, node: Node) -> str:
        return decode_quoted(self._source.text(node.start_byte + 1, node.end_byte - 1))

    def _text(self, node: Node) -> str:
        return self._source.text(node.start_byte, node.end_byte)

    def _span(self, node: Node) -> Span:
        return self._source.span(node.start_byte, node.end_byte)


def children_of(node: Node) -> list[Node]:
    """The children that are no comments."""
    return [child for child in node.children if child.type != "comment"]


_WRAPPERS: Final = frozenset(
    ("literal_value", "template_expr", "collection_value", "for_expr", "operation", "expression")
)

_TERMS: Final[dict[str, Callable[[Reader, Node], Expression]]] = {
    "variable_expr": Reader._variable,
    "numeric_lit": Reader._number,
    "bool_lit": Reader._keyword,
    "null_lit": Reader._keyword,
    "string_lit": Reader._string,
    "quoted_template": Reader._quoted,
    "heredoc_template": Reader._heredoc,
    "tuple": Reader._tuple,
    "object": Reader._object,
    "for_tuple_expr": Reader._for_tuple,
    "for_object_expr": Reader._for_object,
    "function_call": Reader._call,
    "unary_operation": Reader._unary,
    "binary_operation": Reader._binary,
    "conditional": Reader._conditional,
}
