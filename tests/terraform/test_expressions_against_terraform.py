"""Generated expressions of the whole language: Terraform itself says what they give.

``TF_KMS_GUARD_EXPRESSIONS=20000`` asks for more of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.terraform.expressions import expressions, root_module
from tests.terraform.judging import NOT_KNOWN, REFUSED, generated, ours, terraforms, workspace

pytestmark = pytest.mark.oracle

COUNT = int(os.environ.get("TF_KMS_GUARD_EXPRESSIONS", "2500"))
BATCH = 5000
MOST_NOT_KNOWN = 0.005
"""The share that we may leave open although everything in them is known."""


def test_generated_expressions_give_what_terraform_gives(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    texts = generated(expressions(), COUNT)
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
    assert outcomes["equal"] > 0.6 * len(texts)
