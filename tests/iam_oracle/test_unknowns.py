"""Requests and policies of which parts are not known.

Ours *allowed* means that the simulator allows whatever the parts are, *denied* that it never does.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable

import pytest

from tests.conftest import DECISIONS
from tests.iam_oracle.generator import Generator
from tests.iam_oracle.holes import filled, unfilled, with_holes
from tests.iam_oracle.limits import limit_of
from tests.iam_oracle.ours import evaluated
from tests.iam_oracle.simulator import Simulator
from tf_kms_guard.iam.decide import Verdict

pytestmark = pytest.mark.oracle

SIZE = int(os.environ.get("TF_KMS_GUARD_ORACLE_UNKNOWNS", "3000"))
SEED = int(os.environ.get("TF_KMS_GUARD_ORACLE_SEED", "20261017"))


def test_a_certain_verdict_holds_for_every_filling(
    simulator: Simulator, record_property: Callable[[str, object], None]
) -> None:
    generator, dice = Generator(SEED), random.Random(SEED)
    verdicts, questions, spans = [], [], []
    for number in range(SIZE):
        case = generator.case() if number % 2 else generator.narrow_case(dice.choice(("condition", "principal")))
        if limit_of(case) is not None:
            continue
        asked, holes = with_holes(case.asked, dice)
        verdicts.append(evaluated(unfilled(asked)).verdict)
        start = len(questions)
        questions += filled(asked, holes)
        spans.append(range(start, len(questions)))
    answers = simulator.ask(questions)
    contradictions = []
    open_: Counter[str] = Counter()
    for verdict, span in zip(verdicts, spans, strict=True):
        allowed = [answers[n] == "Allowed" for n in span if not answers[n].startswith("error")]
        open_[f"{verdict.value}, {'one outcome' if len(set(allowed)) < 2 else 'several outcomes'}"] += 1
        wrong = (verdict is Verdict.ALLOWED and not all(allowed)) or (verdict is Verdict.DENIED and any(allowed))
        if wrong:
            bad = next(n for n in span if (answers[n] == "Allowed") is not (verdict is Verdict.ALLOWED))
            contradictions.append(f"ours {verdict.value}, theirs {answers[bad]}: {json.dumps(questions[bad])}")
    assert not contradictions, "\n".join([f"{len(contradictions)} contradictions", *contradictions[:5]])
    lines = "\n".join(f"  {name:34} {count:6}" for name, count in sorted(open_.items()))
    record_property(DECISIONS, f"with unknowns: {len(verdicts)} requests, {len(questions)} fillings\n{lines}")
    errors = sum(answer.startswith("error") for answer in answers)
    assert errors < 0.02 * len(answers)
    assert open_["undetermined, several outcomes"] >= SIZE // 20
    assert open_["allowed, one outcome"] >= SIZE // 20
    assert open_["denied, one outcome"] >= SIZE // 5
    assert open_["undetermined, one outcome"] < SIZE // 3
