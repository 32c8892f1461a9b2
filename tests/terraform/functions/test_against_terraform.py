"""Every function against the real Terraform: hundreds of calls, wrong ones among them, in one apply."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.oracles import require_oracle, terraform_json
from tests.terraform.functions.support import evaluate
from tf_kms_guard.terraform.diagnostics import EvaluationError
from tf_kms_guard.terraform.functions import all_functions, call
from tf_kms_guard.values.text import known

CALLS = (Path(__file__).parent / "calls.txt").read_text(encoding="utf-8").splitlines()

pytestmark = pytest.mark.oracle

UNLIKE = {
    'tonumber("1p3")': "a power of two as exponent: nobody writes it",
    'tonumber("-0")': "negative zero",
    "tostring(-0.0)": "negative zero",
    'format("%d",-0)': "negative zero",
    'toset([["b"],["a"]])': "sets of collections have no order that Terraform promises",
    'lookup(tomap({a="x"}),"b",1)': "a map is not told from an object, so the default keeps its type",
    'lookup(tomap({a=1}),"b","z")': "likewise",
    "coalescelist(null,[1])": "a null that has a type is passed over, and our nulls have none",
    'tolist([{a=1},{b="x"}])': "objects with different attributes are not made one type",
}
"""Calls for which another answer is accepted, and why. Everything else is the same, or not known."""


def _ours(text: str) -> str | None:
    """Our answer as JSON; ``None`` when we do not know."""
    try:
        encoded = call("jsonencode", [evaluate(text)], None)  # type: ignore[arg-type]
    except EvaluationError:
        return "ERROR"
    return known(encoded)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    return dict(zip(CALLS, terraform_json(CALLS, tmp_path_factory.mktemp("calls")), strict=True))


def test_what_is_known_is_what_terraform_says(answers: dict[str, str | None]) -> None:
    wrong = {
        text: (ours, theirs)
        for text, theirs in answers.items()
        if (ours := _ours(text)) is not None and ours != theirs and text not in UNLIKE
    }
    assert not wrong, "\n".join(f"{text}\n  ours   {a}\n  theirs {b}" for text, (a, b) in wrong.items())


def test_nearly_everything_is_known(answers: dict[str, str | None]) -> None:
    unknown = [text for text, theirs in answers.items() if theirs is not None and _ours(text) is None]
    assert len(unknown) < len(CALLS) // 15, "\n".join(unknown)


def test_every_function_that_is_evaluated_exists_with_the_same_number_of_arguments() -> None:
    import os
    import subprocess

    program = require_oracle("terraform")
    environment = os.environ | {"TF_CLI_CONFIG_FILE": os.devnull}
    done = subprocess.run([program, "metadata", "functions", "-json"], env=environment, capture_output=True, check=True)
    signatures = json.loads(done.stdout)["function_signatures"]
    declared = {
        name: (len(signatures[name].get("parameters", [])), "variadic_parameter" in signatures[name])
        for name in all_functions()
    }
    least = {"coalesce": 0, "coalescelist": 0, "concat": 0, "max": 0, "min": 0, "range": 0, "setproduct": 0}
    more = {"join": 1}
    for name, function in all_functions().items():
        count = len(function.parameters) - more.get(name, 0)
        assert declared[name] == (least.get(name, count), function.rest is not None), name
