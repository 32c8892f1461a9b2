"""Terraform's JSON syntax becomes the nodes of native syntax."""

from __future__ import annotations

import pytest

from tf_kms_guard.terraform.diagnostics import DiagnosticKind
from tf_kms_guard.terraform.syntax.json_files import parse_json_file
from tf_kms_guard.terraform.syntax.nodes import (
    Call,
    Expression,
    GetAttribute,
    Literal,
    Name,
    ObjectItems,
    Template,
    TupleItems,
)
from tf_kms_guard.terraform.syntax.parsed import ParsedFile
from tf_kms_guard.values.span import Span

EXAMPLE = """{
  "//": "a comment",
  "resource": {
    "aws_s3_bucket": {
      "one": {
        "bucket": "x-${var.y}",
        "provider": "aws.b",
        "depends_on": ["a.b"]
      },
      "many": [{"bucket": "m1"}, {"bucket": "m2"}]
    }
  },
  "variable": {"y": {"type": "list(string)", "default": ["${literal}"]}},
  "locals": [{"z": "${[1]}"}, {"w": "%{ if true }a%{ endif }"}],
  "unheard_of": {}
}
"""


def attributes(parsed: ParsedFile, number: int) -> dict[str, Expression]:
    body = parsed.blocks[number].block().body
    return {name: attribute.expression for name, attribute in body.attributes.items()}


def read(text: str, path: str = "main.tf.json") -> ParsedFile:
    parsed = parse_json_file(path, text.encode())
    assert parsed.diagnostics == ()
    return parsed


def test_blocks_have_the_labels_of_their_type() -> None:
    parsed = read(EXAMPLE)
    assert [(block.type, block.labels) for block in parsed.blocks] == [
        ("resource", ("aws_s3_bucket", "one")),
        ("resource", ("aws_s3_bucket", "many")),
        ("resource", ("aws_s3_bucket", "many")),
        ("variable", ("y",)),
        ("locals", ()),
        ("locals", ()),
    ]


def test_strings_are_templates_references_or_literal_as_terraform_takes_them() -> None:
    parsed = read(EXAMPLE)
    bucket = attributes(parsed, 0)
    assert isinstance(bucket["bucket"], Template)
    assert isinstance(bucket["provider"], GetAttribute)
    assert isinstance(bucket["depends_on"], TupleItems)
    assert isinstance(bucket["depends_on"].items[0], GetAttribute)
    variable = attributes(parsed, 3)
    assert isinstance(variable["type"], Call)
    assert isinstance(variable["default"], TupleItems)
    assert isinstance(variable["default"].items[0], Literal)
    assert variable["default"].items[0].value == "${literal}"
    whole = attributes(parsed, 4)["z"]
    assert isinstance(whole, Template)
    assert whole.bare


def test_everything_has_its_place() -> None:
    parsed = read(EXAMPLE)
    block = parsed.blocks[0].block()
    assert block.header == Span("main.tf.json", 5, 7, 5, 12)
    assert block.span == Span("main.tf.json", 5, 7, 9, 8)
    bucket = block.body.attributes["bucket"]
    assert bucket.name_span == Span("main.tf.json", 6, 9, 6, 17)
    assert bucket.span == Span("main.tf.json", 6, 9, 6, 31)
    assert isinstance(bucket.expression, Template)
    reference = bucket.expression.parts[1]
    assert isinstance(reference, GetAttribute)
    assert reference.source == Name("var", Span("main.tf.json", 6, 24, 6, 27))


def test_a_nested_block_is_an_attribute_with_an_object() -> None:
    parsed = read('{"resource": {"a": {"b": {"rule": [{"x": 1}], "timeouts": {"create": "1m"}}}}}')
    found = attributes(parsed, 0)
    assert isinstance(found["rule"], TupleItems)
    assert isinstance(found["rule"].items[0], ObjectItems)
    assert isinstance(found["timeouts"], ObjectItems)


def test_labels_and_the_root_may_be_spread_over_arrays() -> None:
    parsed = read('[{"resource": [{"a": {"b": {}}}, {"a": [{"c": {}}]}]}, {"output": {"o": {"value": 1}}}]')
    assert [block.labels for block in parsed.blocks] == [("a", "b"), ("a", "c"), ("o",)]


def test_comments_are_no_arguments() -> None:
    parsed = read('{"resource": {"a": {"b": {"//": "why", "c": 1}}}}')
    assert list(attributes(parsed, 0)) == ["c"]


@pytest.mark.parametrize("path", ["terraform.tfvars.json", "prod.json", "x.auto.tfvars.json"])
def test_a_file_of_variables_has_attributes_and_literal_strings(path: str) -> None:
    parsed = read('\ufeff{"a": "${b}", "c": {"d": [1, null]}}', path)
    assert parsed.blocks == ()
    assert isinstance(parsed.attributes["a"].expression, Literal)
    assert parsed.attributes["a"].expression.value == "${b}"
    assert isinstance(parsed.attributes["c"].expression, ObjectItems)


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b'{\n  "resource": \n', 3, "expected a value"),
        (b'{\n  "resource": {"a": 1}\n}', 2, "expected an object"),
        (b'{"locals": {\n  "a": "${"}}', 2, "syntax error"),
        (b"[1]", 1, "expected an object"),
        (b'{"a": "\xff"}', 1, "UTF-8"),
        (b"[" * 10_000, 1, "nested too deeply"),
        (b"", 1, "expected a value"),
    ],
)
def test_an_error_is_a_diagnostic_with_its_place(data: bytes, line: int, message: str) -> None:
    parsed = parse_json_file("main.tf.json", data)
    [found] = parsed.diagnostics
    assert found.kind is DiagnosticKind.SYNTAX
    assert found.span is not None
    assert found.span.line == line
    assert message in found.message
    assert parsed.blocks == ()


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ('{"locals": {"a": 1, "a": 2}}', 21),
        ('{"locals": {"a": {"x": 1}, "a": {"y": 1}}}', 28),
        ('{"output": {"o": {"value": 1, "value": 2}}}', 31),
        ('{"variable": {"v": {"default": {}, "default": {}}}}', 36),
        ('{"module": {"m": {"source": "./m", "x": {}, "x": {}}}}', 45),
        ('{"resource": {"a": {"b": {"c": "1", "c": "2"}}}}', 37),
        ('{"resource": {"a": {"b": {"c": {}, "c": "2"}}}}', 36),
    ],
)
def test_an_argument_must_not_be_set_twice(text: str, column: int) -> None:
    [found] = parse_json_file("main.tf.json", text.encode()).diagnostics
    assert found.span is not None
    assert (found.kind, found.span.line, found.span.column) == (DiagnosticKind.SYNTAX, 1, column)
    assert found.message.endswith("is set twice")


def test_a_variable_must_not_be_given_twice() -> None:
    [found] = parse_json_file("terraform.tfvars.json", b'{"a": 1, "a": {"b": 1}}').diagnostics
    assert found.message == "a is set twice"


def test_blocks_of_one_type_may_be_members_of_one_name() -> None:
    """Terraform refuses both preconditions of ``{"precondition": {…}, "precondition": {…}}`` when both are wrong."""
    parsed = read('{"data": {"p": {"d": {"statement": {"sid": "1"}, "statement": [{"sid": "2"}, {"sid": "3"}]}}}}')
    statements = attributes(parsed, 0)["statement"]
    assert isinstance(statements, TupleItems)
    assert len(statements.items) == 3
    read('{"output": {"o": {"precondition": {}, "precondition": {}}}}')
    read('{"variable": {"v": {"validation": {}, "validation": []}}}')
