"""The syntax tree: what a Terraform file says, with the place of every part.

Both syntaxes (native HCL and JSON) are read into these nodes; nothing above the readers knows which one a
file was written in.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, TypeAlias, Union, get_args

from msgspec import Struct

from tf_kms_guard.values.span import Span


class Literal(Struct, frozen=True):
    """A number, truth value, null, or a string without interpolation (escapes already decoded)."""

    value: None | bool | int | Decimal | str
    span: Span


class Template(Struct, frozen=True):
    """A quoted or heredoc string with interpolations or directives.

    ``parts`` are expressions whose values are concatenated; the text between interpolations is a
    ``Literal`` per line of source, so that each line keeps its own place. White space is already as
    Terraform leaves it: ``~`` markers and the indentation of ``<<-`` are applied. A quoted template that is
    one interpolation and nothing else stands for that interpolation's value: ``bare``.
    """

    parts: tuple[Expression, ...]
    bare: bool
    span: Span


class TemplateIf(Struct, frozen=True):
    """``%{ if }`` … ``%{ else }`` … ``%{ endif }`` inside a template."""

    condition: Expression
    then: tuple[Expression, ...]
    otherwise: tuple[Expression, ...]
    span: Span


class TemplateFor(Struct, frozen=True):
    """``%{ for k, v in c }`` … ``%{ endfor }`` inside a template."""

    key: str | None
    value: str
    collection: Expression
    body: tuple[Expression, ...]
    span: Span


class Name(Struct, frozen=True):
    """The root of a reference: ``var``, ``local``, ``aws_kms_key``, a ``for`` variable …"""

    name: str
    span: Span


class GetAttribute(Struct, frozen=True):
    """``source.name``."""

    source: Expression
    name: str
    span: Span


class Index(Struct, frozen=True):
    """``source[key]``; the legacy ``source.0`` is an index with a literal key."""

    source: Expression
    key: Expression
    span: Span


class Splat(Struct, frozen=True):
    """``source[*]…`` (``full``) or ``source.*…``.

    ``each`` is the expression applied to every element; in it the element is ``Name("*")``. An
    attribute-only splat ends at the first index; what follows stands outside this node.
    """

    source: Expression
    each: Expression
    full: bool
    span: Span


class Call(Struct, frozen=True):
    """A function call; ``expand`` when the last argument is followed by ``...``."""

    name: str
    arguments: tuple[Expression, ...]
    expand: bool
    span: Span


class Conditional(Struct, frozen=True):
    """``condition ? then : otherwise``."""

    condition: Expression
    then: Expression
    otherwise: Expression
    span: Span


class Unary(Struct, frozen=True):
    """``-x`` or ``!x``."""

    operator: str
    operand: Expression
    span: Span


class Binary(Struct, frozen=True):
    """``left operator right`` with one of ``* / % + - < <= > >= == != && ||``."""

    operator: str
    left: Expression
    right: Expression
    span: Span


class TupleItems(Struct, frozen=True):
    """``[a, b]``."""

    items: tuple[Expression, ...]
    span: Span


class ObjectItems(Struct, frozen=True):
    """``{ key = value }``. A bare identifier as key is already the ``Literal`` of its name."""

    items: tuple[tuple[Expression, Expression], ...]
    span: Span


class For(Struct, frozen=True):
    """``[for …]`` (``key_expression`` is ``None``) or ``{for … => …}``; ``grouped`` with ``...``."""

    key: str | None
    value: str
    collection: Expression
    key_expression: Expression | None
    value_expression: Expression
    condition: Expression | None
    grouped: bool
    span: Span


Expression: TypeAlias = Union[
    Literal,
    Template,
    TemplateIf,
    TemplateFor,
    Name,
    GetAttribute,
    Index,
    Splat,
    Call,
    Conditional,
    Unary,
    Binary,
    TupleItems,
    ObjectItems,
    For,
]


NODES: Final = get_args(Expression)
"""The types of all nodes."""


class Attribute(Struct, frozen=True):
    """``name = expression``; ``span`` covers the whole, ``name_span`` the name."""

    name: str
    expression: Expression
    span: Span
    name_span: Span


class Block(Struct, frozen=True):
    """``type "label" … { body }``; ``span`` covers the whole block, ``header`` its first line's words."""

    type: str
    labels: tuple[str, ...]
    body: Body
    span: Span
    header: Span


class Body(Struct, frozen=True):
    """The inside of a block or file."""

    attributes: Mapping[str, Attribute]
    blocks: tuple[Block, ...]
    span: Span

    def blocks_of(self, kind: str) -> tuple[Block, ...]:
        """The blocks of one type, in order."""
        return tuple(block for block in self.blocks if block.type == kind)
