"""What cannot be evaluated becomes a free value with a diagnostic at its place, and the rest is evaluated."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import pytest

from tests.terraform.judging import workspace
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.functions.registry import unknown_in
from tf_kms_guard.terraform.syntax import parse_expression
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.terraform.workspace import Workspace
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import known
from tf_kms_guard.values.unknown import Unknown

NOWHERE = Span("test", 1, 1, 1, 1)


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root module inside a repository, beside which there is something to steal."""
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    monkeypatch.chdir(root)
    return root


def read(root: Path, text: str, **others: str) -> Workspace:
    """A workspace of ``main.tf`` and other files, whose names are spelled with ``__`` for ``/``."""
    (root / "main.tf").write_text(text, encoding="utf-8")
    for name, content in others.items():
        path = root / name.replace("__", "/")
        path = path.with_name(path.name + ".tf")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return workspace(root)


def value(where: Workspace, reference: str) -> Value:
    """What a reference from the root module gives."""
    return Evaluator(where.root, {}).settled(parse_expression(reference, "test"))


def said(where: Workspace) -> list[tuple[int | None, str]]:
    """Line and words of each diagnostic."""
    return [(None if d.span is None else d.span.line, d.message) for d in where.diagnostics]


# ---- one expression that is refused

REFUSED = [
    ("0 / 0", "division by zero"),
    ('"a" + 1', "number is required"),
    ("-[]", "number is required"),
    ("!5", "bool is required"),
    ("null + 1", "null"),
    ('"a${[]}"', "string is required"),
    ('"x" ? 1 : 2', "bool is required"),
    ("[1, 2][2]", "no element 2"),
    ('{ a = 1 }["b"]', "no element b"),
    ("{ a = 1 }.b", "no element b"),
    ("[for x in 5 : x]", "list, set, map or object"),
    ('{ for x in ["a", "a"] : x => 1 }', "key a"),
    ("true ? 1 : []", "type in common"),
    ("upper([])", "string is required"),
    ('upper("a", "b")', "too many arguments"),
    ('length("a", "b")', "too many arguments"),
    ("max([]...)", ""),
    ("can()", "one argument"),
    ("can(1, 2)", "one argument"),
    ("0x10", "number is required"),
    ("1e99999999999999999999", "number is required"),
    ('jsondecode("[1e99999999999999999999]")', "out of range"),
    ("jsondecode(\"{'a'}\")", ""),
    ('templatefile("missing.tftpl", {})', "missing.tftpl"),
    ("var.missing", "no variable missing"),
    ("local.missing", "no local value missing"),
    ("module.missing.x", "no module missing"),
    ("data.aws_x.missing.y", "nothing called"),
    ("missing.x.y", "nothing called"),
    ("each.key", "each means nothing here"),
    ("count.index", "count means nothing here"),
    ("self.x", "self means nothing here"),
]


@pytest.mark.parametrize(("expression", "words"), REFUSED)
def test_what_is_refused_is_said_at_its_line_and_the_rest_is_evaluated(
    repository: Path, expression: str, words: str
) -> None:
    where = read(repository, f'locals {{\n  good = "good"\n  bad =  {expression}\n  user = "${{local.good}}-x"\n}}\n')
    assert isinstance(value(where, "local.bad"), Unknown)
    ((line, message),) = said(where)
    assert line == 3
    assert words in message
    assert known(value(where, "local.user")) == "good-x"


def test_a_refused_part_leaves_the_others_of_its_module_alone(repository: Path) -> None:
    where = read(
        repository,
        'module "child" {\n  source = "./child"\n  broken = 0 / 0\n  fine   = "fine"\n}\n',
        child__main=(
            'variable "broken" {}\nvariable "fine" {}\noutput "broken" { value = var.broken }\n'
            'output "fine" { value = var.fine }\n'
        ),
    )
    assert known(value(where, "module.child.fine")) == "fine"
    assert isinstance(value(where, "module.child.broken"), Unknown)
    assert [line for line, _ in said(where)] == [3]


# ---- circles

CIRCLES = {
    "local to itself": "locals {\n  a = local.a\n  good = 1\n}\n",
    "locals": "locals {\n  a = local.b\n  b = [local.c]\n  c = local.a\n  good = 1\n}\n",
    "through a conditional": "locals {\n  a = local.good == 1 ? local.b : 2\n  b = local.a\n  good = 1\n}\n",
    "through two conditionals": (
        "locals {\n  a = local.good == 1 ? local.b : 2\n  b = local.good == 1 ? local.a : 3\n  good = 1\n}\n"
    ),
    "through try": "locals {\n  a = try(local.b, 1)\n  b = try(local.a, 2)\n  good = 1\n}\n",
    "through can": "locals {\n  a = can(local.b)\n  b = [local.a]\n  good = 1\n}\n",
    "through a for": "locals {\n  a = [for x in local.b : x]\n  b = { for y in local.a : y => y }\n  good = 1\n}\n",
    "through a template": 'locals {\n  a = "${local.b}"\n  b = "%{ if true }${local.a}%{ endif }"\n  good = 1\n}\n',
    "resources": (
        'resource "aws_x" "one" {\n  name = aws_x.two.name\n}\nresource "aws_x" "two" {\n  name = aws_x.one.name\n}\n'
        "locals {\n  a = aws_x.one.name\n  good = 1\n}\n"
    ),
    "count": (
        'resource "aws_x" "one" {\n  count = length(aws_x.one)\n}\nlocals {\n  a = aws_x.one[0].id\n  good = 1\n}\n'
    ),
    "for_each": (
        'resource "aws_x" "one" {\n  for_each = toset(keys(aws_x.one))\n}\n'
        'locals {\n  a = aws_x.one["k"].id\n  good = 1\n}\n'
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", CIRCLES.values(), ids=CIRCLES.keys())
def test_a_circle_is_named_and_the_rest_is_evaluated(repository: Path, text: str) -> None:
    where = read(repository, text)
    assert unknown_in(value(where, "local.a")) is not None
    messages = said(where)
    assert messages
    assert all(line is not None for line, _ in messages)
    assert any("refers to itself" in message for _, message in messages)
    assert value(where, "local.good") == 1


def test_a_circle_through_arguments_and_outputs_is_named(repository: Path) -> None:
    where = read(
        repository,
        'module "child" {\n  source = "./child"\n  one = module.child.two\n  other = "fine"\n}\n',
        child__main=(
            'variable "one" {}\nvariable "other" {}\noutput "two" { value = var.one }\n'
            'output "other" { value = var.other }\n'
        ),
    )
    assert isinstance(value(where, "module.child.two"), Unknown)
    assert any("refers to itself" in message for _, message in said(where))
    assert known(value(where, "module.child.other")) == "fine"


def test_modules_that_call_each_other_come_to_an_end(repository: Path) -> None:
    where = read(
        repository,
        'module "a" {\n  source = "./a"\n}\nlocals {\n  good = 1\n}\n',
        a__main='module "b" {\n  source = "../b"\n}\noutput "x" { value = module.b.x }\n',
        b__main='module "a" {\n  source = "../a"\n}\noutput "x" { value = module.a.x }\n',
    )
    assert isinstance(value(where, "module.a.x"), Unknown)
    assert said(where)
    assert value(where, "local.good") == 1


# ---- files


def refused_files(root: Path) -> list[str]:
    os.symlink(root.parent / "secret.txt", root / "link.txt")
    os.symlink(root.parent, root / "up")
    os.mkfifo(root / "pipe")
    return [
        "/etc/passwd",
        "../secret.txt",
        "../../outside",
        "link.txt",
        "up/secret.txt",
        "x/../../secret.txt",
        "/dev/zero",
        "/dev/stdin",
        "/proc/self/environ",
        "/proc/self/cwd/../secret.txt",
        "pipe",
        ".",
        "missing.txt",
        "a\\u0000b",
        "~/secret.txt",
    ]


@pytest.mark.parametrize("function", ["file", "filebase64", "filesha256", "templatefile"])
def test_files_outside_the_repository_are_refused_with_a_note(repository: Path, function: str) -> None:
    for number, name in enumerate(refused_files(repository)):
        rest = ", {}" if function == "templatefile" else ""
        where = read(repository, f'locals {{\n  good = "good"\n  bad = {function}("{name}"{rest})\n}}\n')
        started = time.monotonic()
        assert isinstance(value(where, "local.bad"), Unknown), (number, name)
        assert time.monotonic() - started < 5
        ((line, message),) = said(where)
        assert line == 3, name
        assert "secret" not in message.replace("secret.txt", ""), name
        assert known(value(where, "local.good")) == "good"


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret.txt", "link.txt"])
def test_whether_a_file_outside_is_there_is_not_told(repository: Path, name: str) -> None:
    refused_files(repository)
    where = read(repository, f'locals {{\n  bad = fileexists("{name}") ? "yes" : "no"\n}}\n')
    assert known(value(where, "local.bad")) is None
    assert [line for line, _ in said(where)] == [2]


def test_a_file_of_the_branch_that_does_not_hold_is_no_error(repository: Path) -> None:
    where = read(repository, 'locals {\n  a = fileexists("no.json") ? jsondecode(file("no.json")) : {}\n}\n')
    assert value(where, "local.a") == {}
    assert said(where) == []


def test_a_template_that_uses_what_it_is_not_given_is_said(repository: Path) -> None:
    (repository / "t.tftpl").write_text("a ${given} ${missing}", encoding="utf-8")
    where = read(repository, 'locals {\n  bad = templatefile("t.tftpl", { given = 1 })\n  good = 1\n}\n')
    assert isinstance(value(where, "local.bad"), Unknown)
    assert any("missing" in message for _, message in said(where))
    assert value(where, "local.good") == 1


# ---- depth and size

DEEP = {
    "lists": "[" * 10_000 + "]" * 10_000,
    "parentheses": "(" * 10_000 + "1" + ")" * 10_000,
    "objects": "{a=" * 10_000 + "1" + "}" * 10_000,
    "calls": "upper(" * 10_000 + '"x"' + ")" * 10_000,
    "not": "!" * 10_000 + "true",
    "sum": "1" + " + 1" * 10_000,
    "conditionals": "true ? 1 : " * 10_000 + "2",
    "index": "local.good" + "[0]" * 10_000,
    "interpolations": '"${' * 10_000 + "1" + '}"' * 10_000,
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP.keys())
def test_deep_nesting_is_one_diagnostic(repository: Path, text: str) -> None:
    where = read(repository, f"locals {{\n  bad = {text}\n}}\nlocals {{\n  good = 1\n}}\n")
    started = time.monotonic()
    assert value(where, "local.good") == 1
    with contextlib.suppress(EvaluationError):  # a block that cannot even be parsed declares nothing
        assert isinstance(value(where, "local.bad"), Unknown)
    assert time.monotonic() - started < 20
    assert said(where) or where.root.module.diagnostics


def test_nested_conditionals_take_no_exponential_time(repository: Path) -> None:
    chain = "".join(f"var.c{n % 5} ? {n} : " for n in range(60)) + '"x"'
    refused = "true ? [] : [0 / 0, " * 40 + "1" + "]" * 40
    inconsistent = "true ? 1 : (true ? [] : (" * 30 + "1" + "))" * 30
    mixed = "var.c0 ? [0 / 0] : [[][0], " * 30 + "1" + "]" * 30
    variables = "".join(f'variable "c{n}" {{ type = bool }}\n' for n in range(5))
    for text in (chain, refused, inconsistent, mixed):
        where = read(repository, f"{variables}locals {{\n  a = {text}\n}}\n")
        started = time.monotonic()
        value(where, "local.a")
        assert time.monotonic() - started < 5


def test_values_that_share_their_parts_take_no_exponential_time(repository: Path) -> None:
    lines = ['  l0 = ["x", 1]']
    lines += [f"  l{n + 1} = [local.l{n}, local.l{n}]" for n in range(60)]
    lines += [
        "  a = true ? local.l60 : local.l59",
        "  b = var.c ? local.l60 : local.l59",
        "  c = local.l60 == local.l59",
    ]
    where = read(repository, 'variable "c" {}\nlocals {\n' + "\n".join(lines) + "\n}\n")
    started = time.monotonic()
    for name in "abc":
        value(where, f"local.{name}")
    assert time.monotonic() - started < 5


def test_a_module_that_calls_itself_comes_to_an_end(repository: Path) -> None:
    where = read(
        repository,
        'module "a" {\n  source = "./a"\n}\nlocals {\n  good = 1\n}\n',
        a__main='module "a" {\n  source = "./."\n}\noutput "x" { value = module.a.x }\n',
    )
    assert isinstance(value(where, "module.a.x"), Unknown)
    assert value(where, "local.good") == 1
    assert said(where)


def test_a_range_or_product_that_is_huge_is_not_built(repository: Path) -> None:
    where = read(
        repository,
        "locals {\n  r = range(100000)\n  a = setproduct(local.r, local.r)\n  b = range(1000000000)\n"
        '  c = join("", [for x in local.r : join("", [for y in range(1000) : "xxxxxxxxxx"])])\n  good = 1\n}\n',
    )
    started = time.monotonic()
    assert isinstance(value(where, "local.a"), Unknown)
    assert isinstance(value(where, "local.b"), Unknown)
    assert time.monotonic() - started < 5
    assert value(where, "local.good") == 1


# ---- what is declared twice

TWICE = [
    'variable "a" {\n  default = 1\n}\n\nvariable "a" {}\n',
    'output "a" {\n  value = 1\n}\n\noutput "a" {\n  value = 2\n}\n',
    'resource "aws_x" "a" {\n  one = 1\n}\n\nresource "aws_x" "a" {}\n',
    'data "aws_x" "a" {\n  one = 1\n}\n\ndata "aws_x" "a" {}\n',
    'provider "aws" {\n  one = 1\n}\n\nprovider "aws" {}\n',
    'module "a" {\n  source = "./a"\n}\n\nmodule "a" {\n  source = "./a"\n}\n',
]


@pytest.mark.parametrize("text", TWICE)
def test_what_is_declared_twice_is_said_at_the_second_place(repository: Path, text: str) -> None:
    ((line, message),) = [(line, words) for line, words in said(read(repository, text)) if "./a" not in words]
    assert line == 5
    assert "declared twice: also in main.tf, line 1" in message


def test_a_local_value_that_is_declared_twice_is_said(repository: Path) -> None:
    where = read(repository, "locals {\n  a = 1\n}\n\nlocals {\n  a = 2\n}\n")
    value(where, "local.a")
    assert said(where) == [(6, "the local value a is declared twice")]


def test_an_override_is_no_second_declaration(repository: Path) -> None:
    override = 'variable "a" {\n  default = 2\n}\n\nlocals {\n  b = 3\n}\n'
    where = read(repository, 'variable "a" {}\n\nlocals {\n  b = 1\n}\n', override=override)
    assert value(where, "var.a") == 2
    assert value(where, "local.b") == 3
    assert said(where) == []
