"""Terraform itself says what the text of templates is, how operators group, and what is valid."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from tests.oracles import require_oracle, terraform_json
from tf_kms_guard.terraform.calls import ConstantScope
from tf_kms_guard.terraform.evaluate import Evaluator
from tf_kms_guard.terraform.syntax import parse_expression, parse_file
from tf_kms_guard.terraform.values import Value
from tf_kms_guard.values.text import known

pytestmark = pytest.mark.oracle


def evaluated(text: str) -> object:
    return plain(Evaluator(ConstantScope("a test"), {}).evaluate(parse_expression(text, "test")))


def plain(value: Value) -> object:
    characters = known(value)
    if characters is not None:
        return str(characters)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def assert_same(cases: Sequence[str], directory: Path) -> None:
    answers = terraform_json(cases, directory)
    wrong = []
    for case, answer in zip(cases, answers, strict=True):
        assert answer is not None
        if answer == "ERROR":
            continue
        expected = json.loads(answer, parse_int=Decimal, parse_float=Decimal)
        found = evaluated(case)
        if found != expected or type(found) is not type(expected):
            wrong.append((case, expected, found))
    assert wrong == []
    assert answers.count("ERROR") < len(answers) / 4


def accepted(texts: Sequence[str], directory: Path) -> list[str]:
    """The files that Terraform can parse: ``terraform fmt`` names all those of a directory that are wrong."""
    for number, text in enumerate(texts):
        (directory / f"f{number}.tf").write_bytes(text.encode())
    done = subprocess.run(
        [require_oracle("terraform"), "fmt", "-list=false", "-write=false", "-no-color"],
        cwd=directory,
        env=os.environ | {"TF_CLI_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    wrong = {int(number) for number in re.findall(r"on f(\d+)\.tf", done.stderr)}
    return [text for number, text in enumerate(texts) if number not in wrong]


class Templates:
    """Random templates of all kinds; nothing in them depends on a name."""

    expressions = (
        '"x"',
        "1",
        '"  y "',
        "true",
        '"${"q"}"',
        "{ a = 1 }.a",
        ' "z" ',
        "[1, 2][0]",
        '"}"',
        "/* c */ 2",
    )
    common = (
        " ",
        "  ",
        "a",
        "$",
        "%",
        "{",
        "}",
        "~",
        "$$",
        "$${",
        "%%{",
        "#",
        "//",
        "/*",
        "é",
        "$$$",
        "|",
        "'",
    )
    quoted = ("\\n", "\\t", '\\"', "\\\\", "\\u00e9", "\\U0001F600")
    lines = ("\n", "\n", "\n   ", "\n  ", "\n     ", "\\n", '"', "\t", "\\", "\n\n", "\nEOTx", "\n EO")

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def template(self) -> str:
        if self.random.random() < 0.4:
            return '"' + self.body(self.common + self.quoted) + '"'
        opener = self.random.choice(["<<", "<<-"])
        indent = self.random.choice(["", "  ", "\t"])
        return f"{opener}EOT\n{self.body(self.common + self.lines)}\n{indent}EOT\n"

    def body(self, words: tuple[str, ...], depth: int = 0) -> str:
        return "".join(self.part(words, depth) for _ in range(self.random.randint(0, 4)))

    def part(self, words: tuple[str, ...], depth: int) -> str:
        kind = self.random.random()
        if kind < 0.5:
            return "".join(self.random.choice(words) for _ in range(self.random.randint(0, 6)))
        if kind < 0.8 or depth > 1:
            return self.sequence("$", self.random.choice(self.expressions))
        inside = self.body(words, depth + 1)
        if kind < 0.9:
            other = self.sequence("%", "else") + self.body(words, depth + 1) if self.random.random() < 0.5 else ""
            condition = self.random.choice(["true", "false", "!true"])
            return self.sequence("%", f"if {condition}") + inside + other + self.sequence("%", "endif")
        head = self.random.choice(["for i in", "for k, i in"])
        collection = self.random.choice(['["a", "b"]', "{ a = 1 }", "[]"])
        return self.sequence("%", f"{head} {collection}") + inside + "${i}" + self.sequence("%", "endfor")

    def sequence(self, opener: str, inside: str) -> str:
        before, after = self.random.choice(["", "~", "~ ", " "]), self.random.choice(["", "~", " ~", " "])
        return opener + "{" + before + inside + after + "}"


@pytest.mark.parametrize("seed", [1, 2])
def test_templates_have_the_text_that_terraform_gives_them(seed: int, tmp_path: Path) -> None:
    templates = Templates(seed)
    parsed, applied = tmp_path / "parsed", tmp_path / "applied"
    parsed.mkdir()
    applied.mkdir()
    files = accepted([f"x = {templates.template()}\n" for _ in range(300)], parsed)
    assert len(files) > 250
    assert_same([file.removeprefix("x = ").removesuffix("\n") for file in files], applied)


def test_operators_conditionals_and_traversals_group_as_in_terraform(tmp_path: Path) -> None:
    things = "[{ x = 1, y = [{ z = 1 }, { z = 2 }] }, { x = 3, y = [{ z = 5 }] }]"
    assert_same(
        [
            "1 + 2 * 3 - 8 / 4 % 3",
            "2 - 3 - 4",
            "12 / 2 / 3",
            "-1 - -1",
            "-2 * 3 + 1e2",
            "1 < 2 == true",
            "1 < 2 && 2 > 3 || true",
            "true || false && false",
            "!true == false",
            "!(1 == 2) && !!true",
            "false ? 1 : true ? 2 : 3",
            "true ? false ? 1 : 2 : 3",
            "true ? 1 : false ? 2 : 3",
            "1 == 1 ? 2 > 1 : false",
            f"{things}[*].x",
            f"{things}.*.x",
            f"{things}[*].y[0]",
            f"{things}[*].y[*].z",
            f"{things}.*.y[0]",
            f"{things}.*.y.0",
            f"{things}[*].y.0.z",
            f"{things}[*].y.*.z",
            f"{things}.0.y.1.z",
            "{ a = 1 }[*].a",
            "null[*]",
            '{ a = 1, "b" = 2, ("${"c"}!") = 3, true = 4, 5 = 6, "k${1}" = 7 }',
            '{\n a = true\n ("${"c"}!") = 3\n}',
            "[for v in [3, 1, 2] : v * 2 if v != 1]",
            '{ for k, v in { a = 1, b = 2 } : v => "${k}!" if v > 1 }',
            '{ for v in ["a", "b", "a"] : v => 1... }',
            "1.50",
            "0.1 + 0.2",
            '"\\u00e9\\U0001F600$${x}%%{y}$$${z}"',
            '"${1}"',
            '"${1} "',
            '"e\u0301"',
        ],
        tmp_path,
    )


def test_what_terraform_accepts_is_no_syntax_error(tmp_path: Path) -> None:
    """``terraform fmt`` parses every file of a directory and names those that are wrong."""
    texts = [
        "a = {\n b = c\n (d) = 3\n}\n",
        "a = {\n b = c.d\n # e\n\n (f.g) : 3\n}\n",
        "a = {\n b = c[0]\n(d) = 3\n}\n",
        'a = {\n b = c\n (upper("x")) = 3\n (lower(upper("y"))) = 4\n}\n',
        "a = [\n b,\n (c) == d,\n (e)\n]\n",
        "a = f(\n b ?\n (c) : d,\n (e) == f\n)\n",
        "a = 1e3\nb = -1e+3\nc = 1.5E-3\nd = x1e3\n",
        "a = x[ * ].y\nb = x.*.y[0]\nc = x . y [ 0 ]\n",
        "a = !!x\nb = - - x\nc = !x[0].y\n",
        'a = "$" # "\nb = "%"\nc = "$$"\nd = "100%"\ne = "$${"\nf = "%%{"\n',
        "a = <<A\nA\nb = <<A\n\nA\nc = <<A-b\nx\nA-b\nd = <<A_b\nA_bc\nA_b\n",
        "a = [<<A\nx\nA\n, 1]\nb = f(<<A\nx\nA\n)\n",
        'a = <<A\n\\ "x" ${y}"z" $ % $x\nA\n',
        "a = <<A\n${<<B\nx\nB\n}\nA\n",
        "a = <<A\n%{ for k, v in x ~}\n%{ if k == 1 ~}\n${v}\n%{ endif ~}\n%{ endfor ~}\nA\n",
        'a = "%{ if x }a%{ else }b%{ endif }"\nb = "%{~for x in y~}%{endfor}"\n',
        'a = "${ /* c */ x }"\nb = "${\n x # c\n}"\nc = "${"}"}"\nd = "a{b}"\n',
        "\ufeffa = 1\n",
        "a = 1\r\nb = <<A\r\nx ${y}\r\nA\r\n",
        "a = 1 # c\n// x\n/* y */ b = 2\n/* z\n */\n",
        'x "y" {}\nx y z {}\nx "y" { a = 1 }\nx {\n# c\n}\nx { # c\n}\n',
        "a = provider::x::y(1)\nb = core::f(1)\nc = provider::a-b::c_d(1)\n",
        "a-b = 1\né = 1\na = é.ü\n",
        "a = {\n# c\na = 1 # d\n# f\n}\nb = { a = 1, b = 2, }\nc = { a : 1 }\n",
        "a = [for x\nin y : x]\nb = [ for x in y\n:\nx ]\n",
        "a = (x ?\ny :\nz)\nb = (\n1 +\n2)\nc = f (x)\n",
        "a = x.if.in\nfor = 1\nif = 1\ntrue = 1\nnull {}\n",
        'a = [1].b\nb = { x = 1 }.x\nc = f(x)[0].y\nd = "x"[0]\n',
        "",
        "# only a comment",
    ]
    assert accepted(texts, tmp_path) == texts
    for text in texts:
        parsed = parse_file("f.tf", text.encode())
        assert parsed.diagnostics == (), text
        for block in parsed.blocks:
            block.block()
