"""Type constraints of variables and the conversion to them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.oracles import require_oracle
from tf_kms_guard.terraform.calls import ConstantScope
from tf_kms_guard.terraform.choices import alternatives
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.syntax import parse_expression
from tf_kms_guard.terraform.types import (
    ANY_TYPE,
    Collection,
    ObjectAttribute,
    ObjectType,
    Primitive,
    TupleType,
    Type,
    convert,
    parse_type,
)
from tf_kms_guard.terraform.values import Choice, Object, SetValue, Tuple, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import join_text, known
from tf_kms_guard.values.unknown import Unknown

STRING, NUMBER, BOOL = Primitive("string"), Primitive("number"), Primitive("bool")
FREE = Unknown("var.x", "no value was given")


def evaluated(text: str) -> Value:
    return Evaluator(ConstantScope("a test"), {}).evaluate(parse_expression(text, "test"))


def type_of(text: str) -> Type:
    return parse_type(parse_expression(text, "test"), Evaluator(ConstantScope("a test"), {}).evaluate)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("string", STRING),
        ("any", ANY_TYPE),
        ("list", Collection("list", ANY_TYPE)),
        ("map", Collection("map", ANY_TYPE)),
        ('"list"', Collection("list", ANY_TYPE)),
        ('"string"', STRING),
        ("set(list(number))", Collection("set", Collection("list", NUMBER))),
        ("tuple([string, bool])", TupleType((STRING, BOOL))),
        (
            "object({ a = string, b = optional(number), c = optional(bool, true) })",
            ObjectType(
                {
                    "a": ObjectAttribute(STRING),
                    "b": ObjectAttribute(NUMBER, True),
                    "c": ObjectAttribute(BOOL, True, True),
                }
            ),
        ),
    ],
)
def test_types_are_read_as_terraform_writes_them(text: str, expected: Type) -> None:
    assert type_of(text) == expected


@pytest.mark.parametrize(
    "text", ["text", "set", '"set"', "1", "list(string, string)", "object(string)", "optional(any)"]
)
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(EvaluationError, match="no type"):
        type_of(text)


@pytest.mark.parametrize(
    ("type_", "value", "message"),
    [
        (
            "object({ rules = list(object({ id = number })) })",
            '{ rules = [{ id = "x" }] }',
            ".rules[0].id: a number",
        ),
        ("object({ a = string })", "{}", 'the attribute "a" is required'),
        ("map(object({ a = string }))", "{ k = {} }", '["k"]: the attribute "a" is required'),
        ("list(string)", "{}", "a list is required, but this is a map"),
        ("map(string)", "[]", "a map is required"),
        ("tuple([string])", "[]", "a tuple of 1 is required, but this has 0"),
        ("string", "[]", "a string is required"),
        ("bool", '"yes"', "a bool is required"),
    ],
)
def test_what_cannot_be_converted_says_which_part(type_: str, value: str, message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        convert(evaluated(value), type_of(type_))
    assert message in caught.value.message


def test_what_is_not_known_stays_as_it_is() -> None:
    for type_ in ("string", "list(string)", "object({ a = string })", "any"):
        assert convert(FREE, type_of(type_)) is FREE
        assert convert(None, type_of(type_)) is None
    text = join_text(["a-", FREE])
    assert convert(text, STRING) is text
    converted = convert([FREE, 1], type_of("list(string)"))
    assert isinstance(converted, Tuple)
    assert converted[0] is FREE
    assert converted[1] == "1"


def test_a_choice_is_converted_alternative_by_alternative() -> None:
    value = Choice(FREE, ((True, [1]), (False, [])))
    converted = [found for _, found in alternatives(convert(value, type_of("set(string)")))]
    assert [found.elements for found in converted if isinstance(found, SetValue)] == [("1",), ()]


def test_a_set_with_elements_that_are_not_known_is_not_exact() -> None:
    converted = convert(["b", FREE, "a", "b", FREE], type_of("set(string)"))
    assert isinstance(converted, SetValue)
    assert not converted.exact
    assert [known(element) for element in converted] == ["a", "b", None]


def test_a_converted_object_keeps_its_place() -> None:
    place = Span("main.tf", 1, 2, 3, 4)
    converted = convert(Object({"a": 1}, place), type_of("object({ a = string })"))
    assert isinstance(converted, Object)
    assert converted.origin == place


class Resource:
    """A resource whose attributes are read on demand."""

    address = "aws_s3_bucket.b"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, attribute: str) -> Value:
        self.asked.append(attribute)
        return 1

    def names(self) -> Iterable[str]:
        return ("id", "arn")


def test_of_a_resource_only_the_declared_attributes_are_read() -> None:
    from tf_kms_guard.terraform.values import Referred

    resource = Resource()
    assert convert(Referred(resource), type_of("object({ id = string, tags = optional(map(string)) })")) == {
        "id": "1",
        "tags": None,
    }
    assert resource.asked == ["id"]


CASES = [
    ("string", "1.50"),
    ("string", "true"),
    ("number", '"0.5"'),
    ("bool", '"true"'),
    ("list(string)", '[1, true, "a"]'),
    ("list(any)", '[1, "a"]'),
    ("list(any)", "[1, 2]"),
    ("map(any)", '{ a = 1, b = "x" }'),
    ("set(string)", '["b", "a", "b", "10", "9"]'),
    ("set(number)", "[10, 9, 9]"),
    ("set(any)", '[1, "1"]'),
    ("map(string)", "{ a = 1, b = null }"),
    ("tuple([string, number])", '[1, "2"]'),
    ("object({ a = string })", "{ a = 1, dropped = 2 }"),
    ('object({ a = optional(string, "q"), b = optional(number) })', "{ a = null }"),
    ("list(object({ n = string, o = optional(object({ x = optional(number, 1) }), {}) }))", '[{ n = "a" }]'),
    ("object({ o = optional(object({ x = optional(number, 1) })) })", "{ o = { y = 2 } }"),
    ("map(list(set(string)))", '{ k = [["b", "a", "b"], []] }'),
    ("any", '[1, "a", { b = null }]'),
]


def plain(value: Value) -> object:
    if isinstance(value, SetValue):
        return [plain(item) for item in value]
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in sorted(value.items())}
    return value if value is None or isinstance(value, (bool, int, str)) else float(str(value))


@pytest.mark.oracle
def test_values_are_converted_as_terraform_converts_them(tmp_path: Path) -> None:
    program = require_oracle("terraform")
    lines = []
    for number, (type_, value) in enumerate(CASES):
        lines.append(f'variable "v{number}" {{\n  type = {type_}\n  default = {value}\n}}')
    names = ", ".join(f"jsonencode(var.v{number})" for number in range(len(CASES)))
    lines.append(f'output "all" {{\n  value = [{names}]\n}}')
    (tmp_path / "main.tf").write_text("\n".join(lines) + "\n")
    environment = os.environ | {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
    for arguments in (["apply", "-auto-approve", "-no-color"], ["output", "-json", "all"]):
        done = subprocess.run(
            [program, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    answers = [json.loads(answer) for answer in json.loads(done.stdout)]
    assert [plain(convert(evaluated(value), type_of(type_))) for type_, value in CASES] == answers
