"""Reads a printed statement back with the project's own reader, for comparison with what was to be said."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from tf_kms_guard.fixes.references import written_hole
from tf_kms_guard.terraform.syntax import parse_expression, parse_file, parse_template
from tf_kms_guard.terraform.syntax.nodes import (
    Block,
    Expression,
    GetAttribute,
    Index,
    Literal,
    Name,
    ObjectItems,
    Template,
    TupleItems,
    Unary,
)
from tf_kms_guard.values.text import Text, pieces_of
from tf_kms_guard.values.unknown import Unknown

OPEN, CLOSE = "\ue000", "\ue001"
"""Around a reference in a text that was read back; the strategies never make these characters."""


def said(value: Any, module: str = "") -> Any:
    """What a value of a statement must read back as: holes between marks, placeholders as text."""
    if isinstance(value, Mapping):
        return {text_said(str(key), module): said(inner, module) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [said(item, module) for item in value]
    if isinstance(value, (str, Text, Unknown)):
        return text_said(value, module)
    return value


def text_said(value: Any, module: str = "") -> str:
    text = ""
    for piece in pieces_of(value):
        if isinstance(piece, Unknown):
            hole = written_hole(piece.identity, module)
            text += f"{OPEN}{hole.text}{CLOSE}" if hole.is_reference else hole.text
        else:
            text += piece
    return clean(text)


def clean(text: str) -> str:
    """As every HCL string is: without lone surrogates, and in Unicode's normal form C."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", text)


def as_lists(statement: Mapping[str, Any]) -> dict[str, Any]:
    """The statement as a policy document says it: everything a list of strings."""
    result: dict[str, Any] = {"Effect": "Allow"}
    for key, value in statement.items():
        if key in ("Sid", "Effect"):
            result[key] = value
        elif key in ("Principal", "NotPrincipal"):
            result[key] = {k: _list(v) for k, v in value.items()} if isinstance(value, dict) else {"*": ["*"]}
        elif key == "Condition":
            tests = {t: {k: _list(v) for k, v in variables.items()} for t, variables in value.items()}
            result[key] = {test: variables for test, variables in tests.items() if variables}
        else:
            result[key] = _list(value)
    return {key: value for key, value in result.items() if value not in ({}, None)}


def _list(value: Any) -> list[Any]:
    items = value if isinstance(value, list) else [value]
    return [json.dumps(item) if not isinstance(item, str) else item for item in items]


def read_object(hcl: str) -> Any:
    return evaluate(parse_expression(hcl, "fix.tf"))


def read_json(text: str) -> Any:
    """JSON text as a heredoc holds it."""
    template = parse_template(text, "fix.json")
    parts = template.parts if isinstance(template, Template) else (template,)
    return _normal(json.loads("".join(_as_json(evaluate(part)) for part in parts)))


def read_block(hcl: str) -> dict[str, Any]:
    """A ``statement`` block, with ``&{`` as the provider reads it."""
    parsed = parse_file("fix.tf", f'data "aws_iam_policy_document" "x" {{\n{hcl}\n}}\n'.encode())
    assert not parsed.diagnostics, parsed.diagnostics
    (block,) = parsed.blocks[0].block().body.blocks
    assert block.type == "statement"
    values = _attributes(block)
    statement: dict[str, Any] = {"Effect": values.pop("effect", "Allow")}
    if "sid" in values:
        statement["Sid"] = values.pop("sid")
    for argument, key in _LISTS.items():
        if argument in values:
            items = values.pop(argument)
            statement[key] = [_policy(item) for item in items] if "esource" in key else items
    assert not values
    for inner in block.body.blocks:
        values = _attributes(inner)
        if inner.type == "condition":
            tests = statement.setdefault("Condition", {}).setdefault(values["test"], {})
            assert values["variable"] not in tests
            tests[values["variable"]] = [_policy(item) for item in values["values"]]
        else:
            key = {"principals": "Principal", "not_principals": "NotPrincipal"}[inner.type]
            identifiers = [_policy(item) for item in values["identifiers"]]
            statement.setdefault(key, {})[values["type"]] = identifiers
    return statement


_LISTS = {
    "actions": "Action",
    "not_actions": "NotAction",
    "resources": "Resource",
    "not_resources": "NotResource",
}


def _attributes(block: Block) -> dict[str, Any]:
    return {name: evaluate(attribute.expression) for name, attribute in block.body.attributes.items()}


def _policy(text: str) -> str:
    return text.replace("&{", "${")


def _as_json(text: str) -> str:
    """A reference with quotes in it stands between the quotes of a JSON string."""
    return text.replace('"', '\\"') if text.startswith(OPEN) else text


def _normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {clean(key): _normal(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_normal(item) for item in value]
    return clean(value) if isinstance(value, str) else value


def evaluate(node: Expression) -> Any:
    """The value of an expression that has nothing but literals, containers, templates and references."""
    if isinstance(node, Literal):
        return clean(node.value) if isinstance(node.value, str) else node.value
    if isinstance(node, Template):
        return clean("".join(str(evaluate(part)) for part in node.parts))
    if isinstance(node, TupleItems):
        return [evaluate(item) for item in node.items]
    if isinstance(node, ObjectItems):
        return {evaluate(key): evaluate(value) for key, value in node.items}
    if isinstance(node, Unary):
        return -evaluate(node.operand)
    return f"{OPEN}{_reference(node)}{CLOSE}"


def _reference(node: Expression) -> str:
    if isinstance(node, Name):
        return node.name
    if isinstance(node, GetAttribute):
        return f"{_reference(node.source)}.{node.name}"
    assert isinstance(node, Index)
    assert isinstance(node.key, Literal)
    return f"{_reference(node.source)}[{json.dumps(node.key.value, default=int)}]"
