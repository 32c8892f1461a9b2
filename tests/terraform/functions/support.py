"""What the function tests share: a place to call from, and a reader for calls of literals."""

from __future__ import annotations

from dataclasses import dataclass, field

from tf_kms_guard.terraform.functions import call
from tf_kms_guard.terraform.syntax import nodes, parse_expression
from tf_kms_guard.terraform.values import Object, SetValue, Tuple, Value
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, known
from tf_kms_guard.values.unknown import ANY, Shape, Unknown

HERE = Span("main.tf", 1, 1, 1, 10)
DIGITS = frozenset("0123456789")
ACCOUNT = Shape("account", DIGITS, 12, 12)
NAME = Shape("name", frozenset("abcdefghijklmnopqrstuvwxyz0123456789-."), 3, 63)


@dataclass
class Site:
    """A call site with files that are made up."""

    span: Span = HERE
    files: dict[str, Value] = field(default_factory=dict)

    def read_file(self, path: TextLike) -> Value:
        return self.files.get(known(path) or "", Unknown("file", "there is no such file"))

    def file_exists(self, path: TextLike) -> Value:
        return (known(path) or "") in self.files

    def read_bytes(self, path: TextLike, function: str) -> bytes | Unknown:
        text = self.read_file(path)
        return text if isinstance(text, Unknown) else str(text).encode()

    def find_files(self, directory: TextLike, pattern: TextLike) -> Value:
        return SetValue(tuple(sorted(self.files)))

    def render_template(self, text: Value, variables: Value, name: str) -> Value:
        return Tuple([text, variables, name])


def run(name: str, *arguments: Value, site: Site | None = None) -> Value:
    return call(name, arguments, site or Site())


def free(identity: str, shape: Shape = ANY) -> Unknown:
    return Unknown(identity, f"{identity} has no value", shape, settle=f"--var {identity}=…")


def minted(identity: str, shape: Shape = ACCOUNT) -> Unknown:
    return Unknown(identity, f"{identity} is assigned at apply", shape, minted=True)


def at(line: int) -> Span:
    return Span("policy.tf", line, 3, line, 20)


def evaluate(text: str) -> Value:
    """The value of an expression of calls and literals."""
    return _value(parse_expression(text, "calls.txt"))


def _value(node: nodes.Expression) -> Value:
    match node:
        case nodes.Literal(value=value):
            return value
        case nodes.Template(parts=parts):
            return "".join(str(_value(part)) for part in parts)
        case nodes.Unary(operator="-", operand=operand):
            number = _value(operand)
            assert isinstance(number, (int, float)) or hasattr(number, "copy_negate")
            return -number
        case nodes.TupleItems(items=items):
            return Tuple(map(_value, items))
        case nodes.ObjectItems(items=pairs):
            return Object((str(_value(key)), _value(item)) for key, item in pairs)
        case nodes.Call(name=name, arguments=arguments):
            return run(name, *map(_value, arguments))
    raise AssertionError(f"no literal: {node}")
