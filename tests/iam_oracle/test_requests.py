"""Thousands of generated requests, decided by us and by the simulator.

Ours *allowed* means that it allows, ours *denied* that it does not. *Undetermined* contradicts nothing: here it
is what AWS documents no outcome for, and it must stay rare.
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable

import pytest

from tests.conftest import DECISIONS
from tests.iam_oracle.generator import CALLERS, ENTRIES, OPERATORS, Case, Generator
from tests.iam_oracle.limits import limit_of
from tests.iam_oracle.ours import evaluated
from tests.iam_oracle.simulator import Simulator
from tf_kms_guard.iam.decide import Verdict

pytestmark = pytest.mark.oracle
Record = Callable[[str, object], None]

SIZE = int(os.environ.get("TF_KMS_GUARD_ORACLE_REQUESTS", "8000"))
SEED = int(os.environ.get("TF_KMS_GUARD_ORACLE_SEED", "20261017"))
BASES = sorted({base for bases in OPERATORS.values() for base in bases})


class Comparison:
    """The outcomes of many cases."""

    def __init__(self, simulator: Simulator, cases: list[Case]) -> None:
        self.spared = Counter(limit for case in cases if (limit := limit_of(case)) is not None)
        self.cases = [case for case in cases if limit_of(case) is None]
        self.ours = [evaluated(case.asked).verdict for case in self.cases]
        self.theirs = simulator.ask(case.asked for case in self.cases)
        self.counts = Counter(verdict.value for verdict in self.ours)
        self.by_mark: dict[str, Counter[str]] = defaultdict(Counter)
        for case, verdict in zip(self.cases, self.ours, strict=True):
            for mark in case.marks:
                self.by_mark[mark][verdict.value] += 1

    def contradictions(self) -> list[str]:
        """Cases in which a certain verdict of ours is not theirs, and those that the simulator could not read."""
        found = []
        for case, ours, theirs in zip(self.cases, self.ours, self.theirs, strict=True):
            wrong = ours is not Verdict.UNDETERMINED and (ours is Verdict.ALLOWED) != (theirs == "Allowed")
            if wrong or theirs.startswith("error"):
                found.append(f"ours {ours.value}, theirs {theirs}: {json.dumps(case.asked)}")
        return found

    def summary(self, name: str) -> str:
        """The distribution, for people."""
        spared = "".join(f"\n  not asked: {count} ({limit})" for limit, count in self.spared.items())
        marks = "\n".join(
            f"  {mark:34} " + "  ".join(f"{verdict.value} {counts[verdict.value]:5}" for verdict in Verdict)
            for mark, counts in sorted(self.by_mark.items())
        )
        total = ", ".join(f"{count} {verdict}" for verdict, count in sorted(self.counts.items()))
        return f"{name}: {len(self.cases)} requests: {total}; 0 contradictions{spared}\n{marks}"


def test_generated_requests(simulator: Simulator, record_property: Record) -> None:
    generator = Generator(SEED)
    compared = Comparison(simulator, [generator.case() for _ in range(SIZE)])
    contradictions = compared.contradictions()
    assert not contradictions, "\n".join([f"{len(contradictions)} contradictions", *contradictions[:5]])
    record_property(DECISIONS, compared.summary("whole requests"))

    assert len(compared.cases) > 0.94 * SIZE
    assert compared.counts["allowed"] > 0.15 * SIZE
    assert compared.counts["denied"] > 0.5 * SIZE
    assert compared.counts["undetermined"] < 0.05 * SIZE
    layers = ("boundary", "scp", "rcp", "session policy", "endpoint policy", "block public access")
    for mark in (
        *(f"caller: {kind}" for kind in CALLERS),
        *(f"layer: {layer}" for layer in layers),
        *("s3", "kms", "same account", "cross account", "NotAction", "NotResource", "policy variables"),
        *("version: None", "version: 2008-10-17", "version: 2012-10-17"),
        *("…IfExists", "set operator: ForAnyValue:", "set operator: ForAllValues:"),
        *(f"operator: {base}" for base in BASES),
        *(f"principal: {entry}" for entry in ENTRIES),
    ):
        seen = compared.by_mark[mark]
        assert min(seen["allowed"], seen["denied"]) >= SIZE // 2000, f"{mark}: {dict(seen)}"
    for mark in ("Allow NotPrincipal", "Deny NotPrincipal"):
        assert compared.by_mark[mark].total() >= SIZE // 500, mark


def test_requests_that_hang_on_one_condition(simulator: Simulator, record_property: Record) -> None:
    generator = Generator(SEED + 1)
    compared = Comparison(simulator, [generator.narrow_case("condition") for _ in range(SIZE // 2)])
    contradictions = compared.contradictions()
    assert not contradictions, "\n".join([f"{len(contradictions)} contradictions", *contradictions[:5]])
    record_property(DECISIONS, compared.summary("one condition"))
    for base in BASES:
        seen = compared.by_mark[f"operator: {base}"]
        assert min(seen["allowed"], seen["denied"]) >= SIZE // 2000, f"{base}: {dict(seen)}"
        assert seen["undetermined"] < 0.4 * seen.total(), f"{base}: {dict(seen)}"


def test_requests_that_hang_on_who_is_named(simulator: Simulator, record_property: Record) -> None:
    generator = Generator(SEED + 2)
    compared = Comparison(simulator, [generator.narrow_case("principal") for _ in range(SIZE // 2)])
    contradictions = compared.contradictions()
    assert not contradictions, "\n".join([f"{len(contradictions)} contradictions", *contradictions[:5]])
    record_property(DECISIONS, compared.summary("who is named"))
    for entry in ENTRIES:
        seen = compared.by_mark[f"principal: {entry}"]
        everyone = "*" in entry
        never = entry in ("canonical user", "unique id", "federated")  # no caller of ours goes by these
        assert everyone or seen["denied"] >= SIZE // 2000, f"{entry}: {dict(seen)}"
        assert never or seen["allowed"] >= SIZE // 2000, f"{entry}: {dict(seen)}"


def test_a_seed_gives_the_same_cases() -> None:
    one, other = Generator(3), Generator(3)
    assert [one.case().asked for _ in range(50)] == [other.case().asked for _ in range(50)]
