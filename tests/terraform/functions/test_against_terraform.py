"""Every function against the real Terraform: hundreds of calls, wrong ones among them, in one apply."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import FUNCTIONS
from tests.oracles import require_oracle
from tests.terraform.functions.agreement import COUNTS, UNLIKE, compared, counted, summary, written
from tf_kms_guard.terraform.functions import all_functions

pytestmark = [pytest.mark.oracle, pytest.mark.xdist_group("functions")]

Answers = dict[str, tuple[str | None, str | None]]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return compared(tmp_path_factory.mktemp("calls"))


@pytest.fixture(scope="module")
def signatures() -> dict[str, Any]:
    program = require_oracle("terraform")
    environment = os.environ | {"TF_CLI_CONFIG_FILE": os.devnull}
    done = subprocess.run([program, "metadata", "functions", "-json"], env=environment, capture_output=True, check=True)
    found = json.loads(done.stdout)["function_signatures"]
    return {name: signature for name, signature in found.items() if not name.startswith("core::")}


def test_what_is_known_is_what_terraform_says(answers: Answers) -> None:
    wrong = {
        text: (mine, real)
        for text, (mine, real) in answers.items()
        if mine is not None and mine != real and text not in UNLIKE
    }
    assert not wrong, "\n".join(f"{text}\n  ours   {a}\n  theirs {b}" for text, (a, b) in wrong.items())


def test_nearly_everything_is_known(answers: Answers) -> None:
    unknown = [text for text, (mine, real) in answers.items() if real is not None and mine is None]
    assert len(unknown) < len(answers) // 15, "\n".join(unknown)


def test_every_function_is_compared_and_the_counts_are_those_of_the_documentation(
    answers: Answers, record_property: Callable[[str, object], None]
) -> None:
    counts = counted(answers)
    record_property(FUNCTIONS, summary(counts))
    assert [name for name, entry in counts.items() if entry["calls"] < 2] == []
    if os.environ.get("TF_KMS_GUARD_WRITE_AGREEMENT") == "1":
        COUNTS.write_text(written(counts), encoding="utf-8")
    assert COUNTS.read_text(encoding="utf-8") == written(counts), (
        f"{COUNTS.name} is stale: run this test with TF_KMS_GUARD_WRITE_AGREEMENT=1, then make docs"
    )


def test_every_function_of_terraform_is_evaluated(signatures: dict[str, Any]) -> None:
    ours = {name for name in (*all_functions(), "try", "can") if not name.startswith("provider::")}
    assert ours - signatures.keys() == set()
    assert len(ours) == 118, "as many as Terraform 1.11 has; later versions may have more"
    if len(signatures) == len(ours):
        assert signatures.keys() == ours


def test_every_function_takes_the_same_number_of_arguments(signatures: dict[str, Any]) -> None:
    least = {"coalesce": 0, "coalescelist": 0, "concat": 0, "max": 0, "min": 0, "range": 0, "setproduct": 0}
    more = {"join": 1}
    for name, function in all_functions().items():
        if name.startswith("provider::"):
            continue
        signature = signatures[name]
        declared = (len(signature.get("parameters", [])), "variadic_parameter" in signature)
        count = len(function.parameters) - more.get(name, 0)
        assert declared == (least.get(name, count), function.rest is not None), name
