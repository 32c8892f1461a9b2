"""Terraform's JSON syntax: ``.tf.json`` and ``.tfvars.json``.

Inside a block, JSON does not tell nested blocks from arguments; only a provider's schema could. So everything
there is an ``Attribute``: an object is ``ObjectItems``, an array ``TupleItems``. Whoever asks a body for the
blocks of a type looks at the attribute of that name too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tf_kms_guard.terraform.diagnostics import Diagnostic, DiagnosticKind, EvaluationError
from tf_kms_guard.terraform.json_reader import JsonReader
from tf_kms_guard.terraform.syntax import parse_expression, parse_template
from tf_kms_guard.terraform.syntax.json_bodies import attributes_of, is_set_twice
from tf_kms_guard.terraform.syntax.nodes import (
    Block,
    Body,
    Expression,
    Literal,
    ObjectItems,
    Template,
    TupleItems,
)
from tf_kms_guard.terraform.syntax.parsed import ParsedFile, TopBlock
from tf_kms_guard.terraform.syntax.remarks import Remark, may_hold_remarks, remarks_in_text
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located, TextLike, known

_LABELS: Final = {
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "provider": 1,
    "variable": 1,
    "output": 1,
    "module": 1,
    "check": 1,
    "locals": 0,
    "terraform": 0,
    "moved": 0,
    "removed": 0,
    "import": 0,
}
"""How many labels the block types of a configuration file have."""

_REFERENCES: Final[dict[str, frozenset[str]]] = {
    "resource": frozenset(("provider", "depends_on")),
    "data": frozenset(("provider", "depends_on")),
    "ephemeral": frozenset(("provider", "depends_on")),
    "module": frozenset(("providers", "depends_on")),
    "output": frozenset(("depends_on",)),
    "variable": frozenset(("type",)),
    "moved": frozenset(("from", "to")),
    "removed": frozenset(("from",)),
    "import": frozenset(("to", "provider")),
}
"""Arguments whose strings are not templates but references (or types) in quotes."""

_LITERAL: Final[dict[str, frozenset[str]]] = {
    "variable": frozenset(("default", "description")),
    "output": frozenset(("description",)),
    "module": frozenset(("source", "version")),
    "terraform": frozenset(("required_version", "required_providers", "backend", "cloud")),
}
"""Arguments that Terraform takes literally."""

_BLOCKS: Final[dict[str, frozenset[str]]] = {
    "locals": frozenset(),
    "module": frozenset(("lifecycle",)),
    "output": frozenset(("precondition",)),
    "variable": frozenset(("validation",)),
}
"""What may be nested in the blocks of which Terraform itself knows the arguments."""

_COMMENT: Final = "//"


class _Ready(Struct, frozen=True):
    """A block that is already parsed."""

    parsed: Block

    def block(self) -> Block:
        return self.parsed


def parse_json_file(path: str, data: bytes) -> ParsedFile:
    """Read a configuration file (``.tf.json``, ``.tofu.json``) or else a file of variables. Never raises.

    In a file of variables all strings are literal.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _failed(path, "this file is not written in UTF-8", Span(path, 1, 1, 1, 1))
    lines = text.count("\n")
    end = Span(path, 1, 1, lines + 1, len(text) - (text.rfind("\n") + 1) + 1)
    try:
        root = JsonReader(Located(text, end), _Nodes(), end).read()
        if path.endswith((".tf.json", ".tofu.json")):
            blocks = tuple(_top_blocks(root))
            remarks = tuple(_remarks(root, blocks)) if may_hold_remarks(data) else ()
            return ParsedFile(path, blocks, {}, tuple(_repeated_in_blocks(root)), remarks)
        members = tuple(_members(root))
        return ParsedFile(path, (), attributes_of(members), tuple(_repeated(members, frozenset())))
    except EvaluationError as error:
        return _failed(path, error.message, error.span or end)


def _failed(path: str, message: str, span: Span) -> ParsedFile:
    at = Span(path, span.line, span.column, span.line, span.column)
    return ParsedFile(path, (), {}, (Diagnostic(DiagnosticKind.SYNTAX, message, at, path),))


def _top_blocks(root: Expression) -> Iterator[TopBlock]:
    for words, content in _all_blocks(root):
        block = _block(words, content)
        yield TopBlock(block.type, block.labels, words[-1].span, block.span, _Ready(block))


def _remarks(root: Expression, blocks: Iterable[TopBlock]) -> Iterator[Remark]:
    """What the comments say: members named ``//``, whose value is a string or a list of strings."""
    todo: list[tuple[Expression, Span]] = [(root, root.span)]
    while todo:
        value, whole = todo.pop()
        if isinstance(value, TupleItems):
            todo += [(item, item.span) for item in value.items]
        if not isinstance(value, ObjectItems):
            continue
        inside = next((one.span for one in blocks if one.span <= whole <= _end(one.span)), None)
        for name, inner in value.items:
            if isinstance(name, Literal) and name.value == _COMMENT:
                for line in inner.items if isinstance(inner, TupleItems) else (inner,):
                    if isinstance(line, Literal) and isinstance(line.value, str):
                        yield from remarks_in_text(line.value, line.span, inside and whole, inside)
            else:
                todo.append((inner, name.span.to(inner.span)))


def _end(span: Span) -> Span:
    return Span(span.file, span.end_line, span.end_column, span.end_line, span.end_column)


def _all_blocks(root: Expression) -> Iterator[tuple[tuple[Literal, ...], ObjectItems]]:
    for kind, value in _members(root):
        labels = _LABELS.get(_word(kind))
        if labels is not None:
            yield from _blocks(value, (kind,), labels)


def _repeated_in_blocks(root: Expression) -> Iterator[Diagnostic]:
    for words, content in _all_blocks(root):
        yield from _repeated(tuple(_members(content)), _BLOCKS.get(_word(words[0])))


def _repeated(members: Iterable[tuple[Literal, Expression]], blocks: frozenset[str] | None) -> Iterator[Diagnostic]:
    """Arguments that are set twice. ``blocks`` may be there more than once; ``None``: only a provider knows which."""
    seen: dict[str, Expression] = {}
    for name, value in members:
        word = _word(name)
        if word in seen and (is_set_twice(seen[word], value) or (blocks is not None and word not in blocks)):
            message = f"{word} is set twice"
            yield Diagnostic(DiagnosticKind.SYNTAX, message, name.span, name.span.file)
        seen.setdefault(word, value)


def _blocks(
    value: Expression, words: tuple[Literal, ...], labels: int
) -> Iterator[tuple[tuple[Literal, ...], ObjectItems]]:
    """The blocks in a value that has ``labels`` more levels of names; an array holds several."""
    if isinstance(value, TupleItems):
        for item in value.items:
            yield from _blocks(item, words, labels)
    elif isinstance(value, ObjectItems):
        if labels == 0:
            yield words, value
            return
        for name, inner in _members(value):
            yield from _blocks(inner, (*words, name), labels - 1)
    elif not (isinstance(value, Literal) and value.value is None):
        raise EvaluationError(f"expected an object for the block {_word(words[0])}", value.span)


def _block(words: tuple[Literal, ...], content: ObjectItems) -> Block:
    kind = _word(words[0])
    references = _REFERENCES.get(kind, frozenset())
    literal = _LITERAL.get(kind, frozenset())
    members: list[tuple[Literal, Expression]] = []
    for name, value in _members(content):
        word = _word(name)
        if word in references:
            value = _as_references(value)
        elif word == "lifecycle":
            value = _as_lifecycle(value)
        elif word not in literal:
            value = _as_templates(value)
        members.append((name, value))
    header = words[-1].span
    body = Body(attributes_of(members), (), content.span)
    return Block(kind, tuple(_word(word) for word in words[1:]), body, header.to(content.span), header)


def _members(value: Expression) -> Iterator[tuple[Literal, Expression]]:
    """The members of an object, or of an array of objects, without comments."""
    if isinstance(value, TupleItems):
        for item in value.items:
            yield from _members(item)
    elif isinstance(value, ObjectItems):
        for name, inner in value.items:
            if isinstance(name, Literal) and name.value != _COMMENT:
                yield name, inner
    else:
        raise EvaluationError("expected an object", value.span)


def _word(name: Literal) -> str:
    return name.value if isinstance(name.value, str) else ""


# --- strings -----------------------------------------------------------------------------------------------


def _as_templates(value: Expression) -> Expression:
    """A value whose strings are templates."""
    if isinstance(value, Literal):
        return _template(value)
    if isinstance(value, TupleItems):
        return TupleItems(tuple(_as_templates(item) for item in value.items), value.span)
    if isinstance(value, ObjectItems):
        items = ((_as_templates(name), _as_templates(inner)) for name, inner in value.items)
        return ObjectItems(tuple(items), value.span)
    return value


def _template(value: Literal) -> Expression:
    text = value.value
    if not isinstance(text, str) or ("${" not in text and "%{" not in text):
        return value
    span = value.span
    inside = Span(span.file, span.line, span.column + 1, span.end_line, span.end_column)
    template = parse_template(text, span.file, inside)
    return replace(template, span=span) if isinstance(template, (Literal, Template)) else template


def _as_references(value: Expression) -> Expression:
    """A value whose strings are expressions in quotes."""
    if isinstance(value, Literal) and isinstance(value.value, str):
        text = value.value.strip()
        if text.startswith("${") and text.endswith("}"):
            text = text[2:-1]
        return parse_expression(text, value.span.file, value.span.line, value.span.column + 1)
    if isinstance(value, TupleItems):
        return TupleItems(tuple(_as_references(item) for item in value.items), value.span)
    if isinstance(value, ObjectItems):
        return ObjectItems(tuple((name, _as_references(inner)) for name, inner in value.items), value.span)
    return value


def _as_lifecycle(value: Expression) -> Expression:
    """``ignore_changes`` and ``replace_triggered_by`` hold references, the conditions are templates."""
    if isinstance(value, TupleItems):
        return TupleItems(tuple(_as_lifecycle(item) for item in value.items), value.span)
    if not isinstance(value, ObjectItems):
        return value
    items = tuple(
        (
            name,
            inner if isinstance(name, Literal) and name.value == "ignore_changes" else _as_templates(inner),
        )
        for name, inner in value.items
    )
    return ObjectItems(items, value.span)


class _Nodes:
    """Builds syntax nodes. A configuration file has no holes."""

    places_strings = True

    def string(self, value: TextLike, place: Span | None) -> Expression:
        """A string, as yet literal."""
        return Literal(str(known(value) or ""), _given(place))

    def scalar(self, value: None | bool | int | Decimal, place: Span | None) -> Expression:
        """A number, truth value or null."""
        return Literal(value, _given(place))

    def hole(self, value: TextLike, place: Span | None) -> Expression:
        """Never called."""
        raise EvaluationError("a configuration file has no holes", place)

    def array(self, items: list[Expression], place: Span | None) -> Expression:
        """An array."""
        return TupleItems(tuple(items), _given(place))

    def object(self, items: list[tuple[TextLike, Span | None, Expression]], place: Span | None) -> Expression:
        """An object."""
        members = ((Literal(str(known(name) or ""), _given(span)), value) for name, span, value in items)
        return ObjectItems(tuple(members), _given(place))


def _given(place: Span | None) -> Span:
    assert place is not None  # the text is located
    return place
