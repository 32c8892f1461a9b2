"""What a native HCL file becomes: nodes, and the places of everything."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tf_kms_guard.terraform.diagnostics import DiagnosticKind, EvaluationError
from tf_kms_guard.terraform.syntax import parse_expression, parse_file, parse_template
from tf_kms_guard.terraform.syntax.nodes import (
    Binary,
    Block,
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
    TemplateFor,
    TemplateIf,
    TupleItems,
    Unary,
)
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import Located, join_text
from tf_kms_guard.values.unknown import Unknown


def read(text: str) -> list[Block]:
    parsed = parse_file("main.tf", text.encode())
    assert parsed.diagnostics == ()
    return [block.block() for block in parsed.blocks]


def value_of(text: str) -> Expression:
    [block] = read(f"locals {{\n  x = {text}\n}}\n")
    return block.body.attributes["x"].expression


def shown(node: Expression) -> str:
    """A node in brackets, without places."""
    match node:
        case Literal(value=value):
            return repr(value)
        case Name(name=name):
            return name
        case GetAttribute(source=source, name=name):
            return f"{shown(source)}.{name}"
        case Index(source=source, key=key):
            return f"{shown(source)}[{shown(key)}]"
        case Splat(source=source, each=each, full=full):
            return f"{shown(source)}{'[*]' if full else '.*'}({shown(each)})"
        case Unary(operator=operator, operand=operand):
            return f"({operator}{shown(operand)})"
        case Binary(operator=operator, left=left, right=right):
            return f"({shown(left)} {operator} {shown(right)})"
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            return f"({shown(condition)} ? {shown(then)} : {shown(otherwise)})"
        case Call(name=name, arguments=arguments, expand=expand):
            return f"{name}({', '.join(map(shown, arguments))}{'...' if expand else ''})"
        case TupleItems(items=items):
            return f"[{', '.join(map(shown, items))}]"
        case ObjectItems(items=pairs):
            return "{" + ", ".join(f"{shown(key)}={shown(value)}" for key, value in pairs) + "}"
        case Template(parts=parts, bare=bare):
            return ("bare" if bare else "") + "<" + ", ".join(map(shown, parts)) + ">"
        case TemplateIf(condition=condition, then=yes, otherwise=no):
            return f"if {shown(condition)} <{', '.join(map(shown, yes))}> <{', '.join(map(shown, no))}>"
        case TemplateFor(key=key_name, value=value_name, collection=collection, body=body):
            return f"for {key_name} {value_name} in {shown(collection)} <{', '.join(map(shown, body))}>"
        case For():
            result = shown(node.value_expression)
            if node.key_expression is not None:
                result = f"{shown(node.key_expression)} => {result}"
            condition = "" if node.condition is None else f" if {shown(node.condition)}"
            names = f"{node.key} {node.value} in {shown(node.collection)}"
            return f"for {names}: {result}{'...' if node.grouped else ''}{condition}"
    raise AssertionError(node)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", "1"),
        ("1.50", "Decimal('1.50')"),
        ("2.0", "2"),
        ("1e3", "1000"),
        ("1.5E-3", "Decimal('0.0015')"),
        ("-1e2 + 3", "((-100) + 3)"),
        ("true", "True"),
        ("null", "None"),
        ('"a\\n\\"b\\\\ \\u00e9\\U0001F600 $${x} %%{y}"', repr('a\n"b\\ é😀 ${x} %{y}')),
        ('"$$${x} 100% $5"', repr("$${x} 100% $5")),
        ('""', "''"),
        ("1 + 2 * 3 - 4", "((1 + (2 * 3)) - 4)"),
        ("a && b || c && d", "((a && b) || (c && d))"),
        ("a == b && c < d", "((a == b) && (c < d))"),
        ("!a == b", "((!a) == b)"),
        ("!!a.b[0]", "(!(!a.b[0]))"),
        ("-a * b", "((-a) * b)"),
        ("(1 + 2) * 3", "((1 + 2) * 3)"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("a ? b ? c : d : e", "(a ? (b ? c : d) : e)"),
        ("(a ? b : c) ? d : e", "((a ? b : c) ? d : e)"),
        ("a == 1 || b ? c + 1 : d", "(((a == 1) || b) ? (c + 1) : d)"),
        ("a.b.0.c[1]", "a.b[0].c[1]"),
        ('a["b"].c', "a['b'].c"),
        ("a[*].b[0].c", "a[*](*.b[0].c)"),
        ("a[*].b[*].c", "a[*](*.b[*](*.c))"),
        ("a.*.b.c", "a.*(*.b.c)"),
        ("a.*.b[0].c", "a.*(*.b)[0].c"),
        ("a.*.b.0.c", "a.*(*.b[0].c)"),
        ("a[ * ].b", "a[*](*.b)"),
        ("f(a, b...)", "f(a, b...)"),
        ("f(a,\n  b,\n)", "f(a, b)"),
        ("provider::aws::arn_parse(x).account", "provider::aws::arn_parse(x).account"),
        ("core::upper(x)", "core::upper(x)"),
        ("[1, 2,\n]", "[1, 2]"),
        (
            '{ a = 1, "b" : 2, (c) = 3, d.e = 4, true = 5, 6 = 7 }',
            "{'a'=1, 'b'=2, c=3, d.e=4, 'true'=5, 6=7}",
        ),
        ("{\n  a = b\n  (c) = 3\n}", "{'a'=b, c=3}"),
        ("{\n  a = b # (x) = y\n  (c.d) : 3\n}", "{'a'=b, c.d=3}"),
        ("{\n  a = b\n(key): 1\n}", "{'a'=b, key=1}"),
        ("{\n  a = b\n(f(x)) = 1\n}", "{'a'=b, f(x)=1}"),
        ("[for v in m : v if v > 1]", "for None v in m: v if (v > 1)"),
        ("{ for k, v in m : k => v... if true }", "for k v in m: k => v... if True"),
        ('"${a}"', "bare<a>"),
        ('"${a} "', "<a, ' '>"),
        ('"x  ${ a ~}  y ${b}"', "<'x  ', a, 'y ', b>"),
        ('"%{ if a }b%{ else }${c}%{ endif }"', "<if a <'b'> <c>>"),
        ('"%{ for k, v in m }${k}=%{ endfor }."', "<for k v in m <k, '='>, '.'>"),
        ('"${"nested ${"x"}"}"', "bare<<'nested ', 'x'>>"),
        ('"${ /* c */ a # d\n}"', "bare<a>"),
        ("a /* b */ + /* c */ d # e", "(a + d)"),
        ("(\n  a ?\n  b # c\n  : d\n)", "(a ? b : d)"),
    ],
)
def test_expressions_are_grouped_as_terraform_groups_them(text: str, expected: str) -> None:
    assert shown(value_of(text)) == expected


def test_numbers_are_exact() -> None:
    assert value_of("0.1") == Literal(Decimal("0.1"), Span("main.tf", 2, 7, 2, 10))
    huge = value_of("1e999999999")
    assert isinstance(huge, Literal)
    assert isinstance(huge.value, Decimal)


def test_escapes_make_strings_in_the_normal_form_that_terraform_keeps() -> None:
    literal = value_of(r'"e\u0301"')
    assert isinstance(literal, Literal)
    assert literal.value == "\u00e9"


def test_places_count_from_one_and_in_characters() -> None:
    [block] = read('resource "aws_s3_bucket" "ü" {\n  tags = { é = "ß", b = var.x }\n}\n')
    assert block.span == Span("main.tf", 1, 1, 3, 2)
    assert block.header == Span("main.tf", 1, 1, 1, 29)
    assert block.labels == ("aws_s3_bucket", "ü")
    tags = block.body.attributes["tags"]
    assert tags.span == Span("main.tf", 2, 3, 2, 32)
    assert tags.name_span == Span("main.tf", 2, 3, 2, 7)
    assert isinstance(tags.expression, ObjectItems)
    assert tags.expression.items[1][1].span == Span("main.tf", 2, 25, 2, 30)


def test_a_block_below_others_keeps_its_place() -> None:
    parsed = parse_file("a/b.tf", b'x {}\n\n  y "l" {\n    z {\n      a = 1\n    }\n  }\n')
    top = parsed.blocks[1]
    assert (top.type, top.labels) == ("y", ("l",))
    assert top.span == Span("a/b.tf", 3, 3, 7, 4)
    block = top.block()
    assert block.span == top.span
    [inner] = block.body.blocks_of("z")
    assert inner.span == Span("a/b.tf", 4, 5, 6, 6)
    assert inner.body.attributes["a"].span == Span("a/b.tf", 5, 7, 5, 12)


def test_each_line_of_a_heredoc_knows_its_place() -> None:
    policy = value_of('<<-EOT\n    {\n      "Resource": "${a.arn}/*"\n    }\n  EOT')
    assert isinstance(policy, Template)
    assert [(shown(part), part.span) for part in policy.parts] == [
        (repr("{\n"), Span("main.tf", 3, 5, 3, 6)),
        (repr('  "Resource": "'), Span("main.tf", 4, 5, 4, 20)),
        ("a.arn", Span("main.tf", 4, 22, 4, 27)),
        (repr('/*"\n'), Span("main.tf", 4, 28, 4, 31)),
        (repr("}\n"), Span("main.tf", 5, 5, 5, 6)),
    ]


def test_a_heredoc_line_may_start_like_the_marker() -> None:
    assert shown(value_of("<<EOT\nEOT${a}\nEOTx\n  EOT")) == "<'EOT', a, '\\n', 'EOTx\\n'>"


def test_files_may_have_a_byte_order_mark_and_dos_line_ends() -> None:
    parsed = parse_file("main.tf", b'\xef\xbb\xbfx {\r\n  a = "b"\r\n  c = <<E\r\nd\r\nE\r\n}\r\n')
    assert parsed.diagnostics == ()
    body = parsed.blocks[0].block().body
    assert body.attributes["a"].span == Span("main.tf", 2, 3, 2, 10)
    assert shown(body.attributes["c"].expression) == repr("d\r\n")


def test_variables_files_have_attributes_at_the_top() -> None:
    parsed = parse_file("terraform.tfvars", b'a = "b"\nc = [1, 2]\n')
    assert parsed.blocks == ()
    assert {name: shown(item.expression) for name, item in parsed.attributes.items()} == {
        "a": "'b'",
        "c": "[1, 2]",
    }


def test_blocks_fit_on_one_line_and_may_be_empty() -> None:
    [one, two] = read('x "a" { b = 1 }\ny {}\n')
    assert shown(one.body.attributes["b"].expression) == "1"
    assert two.body.attributes == {}


# --- expressions and templates on their own ----------------------------------------------------------------


def test_an_expression_stands_where_it_is_said_to_stand() -> None:
    node = parse_expression('{ a = "b" }', "--var x", 7, 5)
    assert node.span == Span("--var x", 7, 5, 7, 16)


@pytest.mark.parametrize("text", ["", "1 +", "a = 1", "1\nb = 2", "{", '"a'])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(EvaluationError, match="syntax error"):
        parse_expression(text, "--var x")


def test_a_template_file_is_one_template() -> None:
    node = parse_template('%{ for a in as ~}\n  "${a}"\n%{ endfor ~}\nend', "policy.tftpl")
    assert shown(node) == "<for None a in as <'  \"', a, '\"\\n'>, 'end'>"
    assert shown(parse_template("${a}", "t")) == "bare<a>"
    assert shown(parse_template("", "t")) == "''"
    assert shown(parse_template("E0T\nE0T", "t")) == "<'E0T\\n', 'E0T'>"


def test_a_template_keeps_the_place_of_its_text() -> None:
    node = parse_template(Located("x\n${y}", Span("f.json", 3, 9, 4, 5)), "elsewhere")
    assert isinstance(node, Template)
    assert [part.span for part in node.parts] == [Span("f.json", 3, 9, 3, 10), Span("f.json", 4, 3, 4, 4)]


def test_a_template_with_holes_is_refused() -> None:
    with pytest.raises(EvaluationError, match="not wholly known"):
        parse_template(join_text(["a", Unknown("x", "")]), "t")  # type: ignore[arg-type]


# --- errors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('a "b" {\n  x = "abc\n}\n', 2, "this string is not closed"),
        ('a "b" {\n  x = [1, 2\n}\n', 3, "expected a closing ] before this }"),
        ('a "b" {\n  x = 1\n', 1, "expected a closing } for this {"),
        ("a {\n}}\n", 2, "unexpected }: nothing is open here"),
        ("a {\n  x = <<EOT\nb\n}\n", 2, "this heredoc is not closed: expected a line with EOT alone"),
        ("a {\n  x = 'b'\n}\n", 2, "strings are written in double quotes"),
        ("a {\n  x = \n}\n", 2, "expected an expression on this line"),
        ('a {\n  x = {\n    y = "a" "b"\n  }\n}\n', 3, "expected `:` or `=`"),
        ("a {\n  x = 1;\n}\n", 2, "unexpected `;`"),
        ("/* a", 1, "this comment is not closed"),
        ('a {\n  "b" = 1\n}\n', 2, "the name of an argument has no quotes: expected `b =`"),
        ('a {\n  x = 1\n  "b" = 1\n}\n', 3, "the name of an argument has no quotes: expected `b =`"),
        ('a {\n  x = {\n    y = 1 2\n    "b" = 1\n  }\n}\n', 3, "expected `:` or `=`"),
        ('{ "a": 1 }', 1, "expected a block or an attribute"),
        ("a {\n  x = 1\n  y = 2\n  x = 3\n}\n", 4, "x is set twice"),
        ("a {\n  b {\n    x = 1\n    x = 1\n  }\n  x = 1\n}\n", 4, "x is set twice"),
    ],
)
def test_a_syntax_error_is_reported_once_with_its_place(text: str, line: int, message: str) -> None:
    [found] = parse_file("main.tf", text.encode()).diagnostics
    assert found.kind is DiagnosticKind.SYNTAX
    assert found.span is not None
    assert found.span.line == line
    assert message in found.message


def test_one_name_in_several_bodies_is_no_error() -> None:
    text = "a {\n  x = 1\n  b {\n    x = 1\n  }\n  b {\n    x = { x = 1\n    x = 2 }\n  }\n}\n"
    assert parse_file("main.tf", text.encode()).diagnostics == ()


def test_the_blocks_around_an_error_are_kept() -> None:
    text = 'a {\n  x = 1\n}\n\nb {\n  y = "open\n}\n\nc "d" {\n  z = "$${"\n}\n'
    parsed = parse_file("main.tf", text.encode())
    assert [block.type for block in parsed.blocks] == ["a", "c"]
    assert parsed.blocks[1].span == Span("main.tf", 9, 1, 11, 2)
    assert shown(parsed.blocks[1].block().body.attributes["z"].expression) == repr("${")


def test_bytes_that_are_no_utf8_are_an_error_but_not_in_comments() -> None:
    assert parse_file("a.tf", b'a {\n  b = "c" # \xff\n}\n').diagnostics == ()
    [found] = parse_file("a.tf", b'a {\n  b = "\xff"\n}\n').diagnostics
    assert found.message == "this file is not written in UTF-8"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10_000 + "]" * 10_000,
        "[" * 10_000,
        "(" * 10_000,
        "f(" * 10_000 + ")" * 10_000,
        "{a=" * 10_000 + "1" + "}" * 10_000,
        "!" * 10_000 + "a",
        "a + " * 10_000 + "a",
        "a ? b : " * 10_000 + "c",
        "a" + ".b" * 10_000,
        "a" + "[0]" * 10_000,
        "a" + "[*]" * 10_000,
        '"${' * 1_000 + "a" + '}"' * 1_000,
        '"' + "%{ if a }" * 10_000 + "b" + "%{ endif }" * 10_000 + '"',
    ],
)
def test_deep_nesting_is_a_diagnostic_and_no_crash(text: str) -> None:
    parsed = parse_file("main.tf", f"a {{\n  x = {text}\n}}\n\nb {{}}\n".encode())
    assert parsed.diagnostics
    assert [block.block().type for block in parsed.blocks] == ["b"]


def test_nesting_that_people_write_is_fine() -> None:
    depth = 60
    assert shown(value_of("[" * depth + "]" * depth)) == "[" * depth + "]" * depth
    assert value_of(" || ".join(["a"] * 150))


WORDS = ["{", "}", "[", "]", "(", ")", '"', "${", "%{", "a", "=", "x", "for", "in", "if", ":", "?", ",", "."]
WORDS += [
    "*",
    "#",
    "/*",
    "*/",
    "\\",
    "1",
    "e",
    "=>",
    "...",
    "~",
    "$",
    "%",
    "endif",
    "else",
    '"a"',
    "\xff",
    "\0",
]
LINES = ["<<A\n", "\nA\n", "\n", " ", "x {\n", " = ", "\r\n"]


@given(st.lists(st.sampled_from(WORDS + LINES), max_size=40).map("".join))
@settings(max_examples=300, deadline=None)
def test_no_text_makes_the_reader_crash(text: str) -> None:
    parsed = parse_file("main.tf", text.encode("latin-1"))
    for block in parsed.blocks:
        block.block()
    for parse in (parse_expression, parse_template):
        with contextlib.suppress(EvaluationError):
            parse(text, "x")


def test_importing_the_reader_loads_neither_parser() -> None:
    program = "import sys, tf_kms_guard.terraform.syntax\nprint(*{'hcl2', 'lark', 'tree_sitter'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
