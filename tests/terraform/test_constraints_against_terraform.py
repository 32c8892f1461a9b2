"""Generated type constraints, each with a value: Terraform itself says what the variable is, or that it is refused."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.oracles import require_oracle
from tests.terraform.constraints import SEPARATOR, constraints
from tests.terraform.judging import REFUSED, generated, workspace
from tf_kms_guard.terraform.functions import call
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import known

pytestmark = pytest.mark.oracle

COUNT = int(os.environ.get("TF_KMS_GUARD_CONSTRAINTS", "1000"))
FIRST_SEED = int(os.environ.get("TF_KMS_GUARD_SEED", "0"))
NOWHERE = Span("test", 1, 1, 1, 1)


def _declared(pairs: Sequence[str], left_out: frozenset[int] = frozenset()) -> str:
    blocks = []
    for number, pair in enumerate(pairs):
        type_, value = pair.split(SEPARATOR)
        if number not in left_out:
            nullable = "" if number % 5 else "\n  nullable = false"
            blocks.append(f'variable "v{number}" {{\n  type = {type_}\n  default = {value}{nullable}\n}}\n')
    return "".join(blocks)


def _variable_at(lines: Sequence[str], line: int) -> int:
    header = next(words for words in reversed(lines[:line]) if words.startswith("variable"))
    return int(re.findall(r"\d+", header)[0])


def _terraforms(pairs: Sequence[str], directory: Path) -> list[str]:
    program = require_oracle("terraform")
    environment = os.environ | {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [program, *arguments], cwd=directory, env=environment, capture_output=True, text=True, check=False
        )
        assert done.stdout, done.stderr[-4000:]
        return done.stdout

    directory.mkdir()
    text = _declared(pairs)
    (directory / "main.tf").write_text(text, encoding="utf-8")
    lines = text.splitlines()
    refused: set[int] = set()
    for diagnostic in json.loads(run("validate", "-json"))["diagnostics"]:
        refused.add(_variable_at(lines, diagnostic["range"]["start"]["line"]))
    left = [number for number in range(len(pairs)) if number not in refused]
    (directory / "main.tf").write_text(_declared(pairs, frozenset(refused)), encoding="utf-8")
    items = "".join(f"jsonencode(var.v{number}),\n" for number in left)
    (directory / "all.tf").write_text(f'output "all" {{\nvalue = [\n{items}]\n}}\n', encoding="utf-8")
    run("apply", "-auto-approve", "-no-color", "-compact-warnings")
    answers = dict(zip(left, json.loads(run("output", "-json", "all")), strict=True))
    return [answers.get(number, REFUSED) for number in range(len(pairs))]


def _ours(pairs: Sequence[str], directory: Path) -> list[str | None]:
    directory.mkdir()
    (directory / "main.tf").write_text(_declared(pairs), encoding="utf-8")
    where = workspace(directory)
    values = [where.root.variable(f"v{number}") for number in range(len(pairs))]
    lines = _declared(pairs).splitlines()
    refused = {_variable_at(lines, d.span.line) for d in where.diagnostics if d.span is not None}
    context = where.root.call_context(NOWHERE)
    return [
        REFUSED if number in refused else known(call("jsonencode", [value], context))
        for number, value in enumerate(values)
    ]


def test_variables_are_what_their_types_make_of_the_values(tmp_path: Path) -> None:
    pairs = generated(constraints(), COUNT, FIRST_SEED)
    answers, found = _terraforms(pairs, tmp_path / "theirs"), _ours(pairs, tmp_path / "ours")
    outcomes = Counter("refused" if answer == REFUSED else "converted" for answer in answers)
    print(dict(outcomes))
    wrong = [
        (len(pair), number, pair, answer, mine)
        for number, (pair, answer, mine) in enumerate(zip(pairs, answers, found, strict=True))
        if answer != mine
    ]
    assert sorted(wrong) == []
    assert outcomes["converted"] > COUNT / 2
