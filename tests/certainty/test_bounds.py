"""Code that would take for ever, or more memory than there is, ends all the same: a pull request may be hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.certainty.roots import OPEN_BUCKET, root
from tests.cli.support import program, write

GENEROUS = 60.0
"""Seconds after which it counts as hanging; no test says how fast it is."""


def locals_(first: str, following: str, count: int) -> str:
    """``count`` locals, each made of the one before it, which ``following`` calls @, with # for its number."""
    lines = (
        f"  l{number} = " + following.replace("@", f"local.l{number - 1}").replace("#", str(number))
        for number in range(1, count + 1)
    )
    return "\n".join(("locals {", f"  l0 = {first}", *lines, "}\n"))


BUCKETS = """
resource "aws_s3_bucket" "many" { count = 10000 }
resource "aws_s3_bucket_policy" "many" {
  count  = 10000
  bucket = aws_s3_bucket.many[count.index].id
  policy = "{}"
}
"""
A_BILLION = 'resource "aws_s3_bucket" "many" { count = 1000000000 }\n'
MANY_MODULES = 'module "many" {\n  source = "./part"\n  count  = 10000\n}\n'
PART = 'resource "aws_s3_bucket" "many" { count = 10000 }\n'


def fan(depth: int, width: int) -> dict[str, str]:
    """Modules that call the next one ``width`` times, ``depth`` deep; the last one has a key."""
    files = {}
    for level in range(depth):
        source = f"./m{level + 1}" if level == 0 else f"../m{level + 1}"
        calls = "".join(f'module "c{number}" {{\n  source = "{source}"\n}}\n' for number in range(width))
        files["more.tf" if level == 0 else f"m{level}/main.tf"] = calls
    files[f"m{depth}/main.tf"] = 'resource "aws_kms_key" "key" {}\n'
    return files


BOMBS: dict[str, dict[str, str]] = {
    "an_exponent_in_a_number": {"main.tf": root(key="jsonencode(1e1000000000)")},
    "an_exponent_as_text": {"main.tf": root(key="tostring(1e100000000)")},
    "an_exponent_rounded_down": {"main.tf": root(key="jsonencode(floor(1e100000000))")},
    "an_exponent_by_a_function": {"main.tf": root(key="jsonencode(pow(10, 1000000000))")},
    "three_loops_of_a_thousand": {
        "main.tf": root(
            key='join("", [for i in range(1000) : join("", [for j in range(1000) : join("", [for k in range(1000) : "x"])])])'
        )
    },
    "keys_of_a_large_map_a_thousand_times": {
        "main.tf": root(key='jsonencode([for i in range(1000) : keys({ for j in range(10000) : "k${j}" => j })])')
    },
    "text_that_doubles_26_times": {"main.tf": root(key="local.l26", more=locals_('"aaaaaaaaaa"', '"${@}${@}"', 26))},
    "unknown_text_that_doubles_26_times": {
        "main.tf": root(key="local.l26", more=locals_('"${var.text}a"', '"${@}${@}"', 26))
    },
    "lists_that_double_26_times": {
        "main.tf": root(key="jsonencode(local.l26)", more=locals_('["a"]', "concat(@, @)", 26))
    },
    "nested_conditionals_40_deep": {
        "main.tf": root(key="local.l40", more=locals_("var.text", '@ == "#" ? @ : "${@}x"', 40))
    },
    "conditionals_within_conditionals_40_deep": {
        "main.tf": root(key="jsonencode(" + 'var.text == "a" ? 1 : (' * 40 + "2" + ")" * 40 + ")")
    },
    "a_count_of_ten_thousand_of_two_resources": {"main.tf": root(more=BUCKETS)},
    "a_count_of_a_thousand_million": {"main.tf": root(more=A_BILLION)},
    "ten_thousand_modules_of_ten_thousand_buckets": {"main.tf": root(more=MANY_MODULES), "part/main.tf": PART},
    "ten_thousand_modules_of_ten_thousand_modules": {
        "main.tf": root(more=MANY_MODULES),
        "part/main.tf": MANY_MODULES.replace("./part", "../leaf"),
        "leaf/main.tf": 'resource "aws_kms_key" "key" {}\n',
    },
    "modules_that_fan_out_to_a_million": {"main.tf": root(), **fan(6, 10)},
}


@pytest.mark.parametrize("files", BOMBS.values(), ids=BOMBS)
def test_it_ends_with_a_report(files: dict[str, str], tmp_path: Path) -> None:
    ran = program("check", "--format", "json", write(tmp_path, files), timeout=GENEROUS)
    assert ran.code in (0, 1, 2)
    assert "Traceback" not in ran.err
    assert ran.json["schema_version"] == 1


@pytest.mark.parametrize("number", ["1e1000000000", "pow(10, 1000000000)"])
def test_a_policy_that_is_a_huge_number_is_never_called_open(number: str, tmp_path: Path) -> None:
    files = {"main.tf": root(key=f"jsonencode({number})", bucket_policy=OPEN_BUCKET)}
    report = program("check", "--format", "json", write(tmp_path, files), timeout=GENEROUS).json
    assert report["findings"] or report["undetermined"]
