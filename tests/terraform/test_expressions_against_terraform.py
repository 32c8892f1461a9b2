"""Generated expressions of the whole language: Terraform itself says what they give.

``TF_KMS_GUARD_EXPRESSIONS=20000`` asks for more of them, ``TF_KMS_GUARD_SEED=1000`` for others.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis.strategies import SearchStrategy

from tests.terraform.expressions import expressions, root_module
from tests.terraform.judging import NOT_KNOWN, REFUSED, generated, ours, terraforms, workspace
from tests.terraform.mixed_types import mixed

pytestmark = pytest.mark.oracle

COUNT = int(os.environ.get("TF_KMS_GUARD_EXPRESSIONS", "2500"))
FIRST_SEED = int(os.environ.get("TF_KMS_GUARD_SEED", "0"))
BATCH = 5000
MOST_NOT_KNOWN = 0.005
"""The share that we may leave open although everything in them is known."""


@pytest.mark.parametrize(
    ("strategy", "least_equal"), [(expressions(), 0.6), (mixed(), 0.4)], ids=["expressions", "mixed_types"]
)
def test_generated_expressions_give_what_terraform_gives(
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    strategy: SearchStrategy[str],
    least_equal: float,
) -> None:
    texts = generated(strategy, COUNT, FIRST_SEED)
    outcomes: Counter[str] = Counter()
    wrong: list[tuple[str, str, str]] = []
    for start in range(0, len(texts), BATCH):
        batch, directory = texts[start : start + BATCH], tmp_path / str(start)
        answers = terraforms(root_module(), batch, directory)
        for text, answer, found in zip(batch, answers, ours(workspace(directory), batch), strict=True):
            if answer is None:
                outcomes["not known to Terraform"] += 1
            elif found == answer:
                outcomes["both refuse" if answer == REFUSED else "equal"] += 1
            elif found == NOT_KNOWN:
                outcomes["not known to us"] += 1
            else:
                wrong.append((text, answer, found))
    record_property("expressions", dict(outcomes))
    print(dict(outcomes))
    assert sorted(wrong, key=lambda case: len(case[0])) == []
    assert outcomes["not known to us"] <= MOST_NOT_KNOWN * len(texts)
    assert outcomes["equal"] > least_equal * len(texts)
