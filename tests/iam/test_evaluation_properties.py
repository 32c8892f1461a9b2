"""What must hold for every request through all layers, whatever AWS decides.

The requests are those that the IAM simulator is asked about, drawn from a seed.
"""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.iam_oracle.generator import A, B, Case, Generator
from tests.iam_oracle.holes import filled, unfilled, with_holes
from tests.iam_oracle.ours import evaluated
from tf_kms_guard.iam.decide import Verdict

CERTAIN = {Verdict.ALLOWED, Verdict.DENIED}
RANK = (Verdict.DENIED, Verdict.UNDETERMINED, Verdict.ALLOWED)


def drawn(seed: int) -> tuple[Generator, Case]:
    """A generator and a case of it; every third hangs on one thing only."""
    generator = Generator(seed)
    kind = ("whole", "condition", "principal")[seed % 3]
    return generator, generator.case() if kind == "whole" else generator.narrow_case(kind)


cases = st.integers(0, 10**9).map(drawn)


def verdict(asked: dict[str, Any]) -> Verdict:
    return evaluated(asked).verdict


def statements(policy: Any) -> list[Any]:
    if policy is None:
        return []
    found = policy["Statement"]
    return list(found) if isinstance(found, list) else [found]


def with_statement(asked: dict[str, Any], where: str, statement: Any) -> dict[str, Any]:
    if where == "identity":
        return {**asked, "identity": [*asked["identity"], {"Version": "2012-10-17", "Statement": statement}]}
    version = {} if asked["policy"] is None else {k: v for k, v in asked["policy"].items() if k == "Version"}
    return {**asked, "policy": {**version, "Statement": [*statements(asked["policy"]), statement]}}


@settings(max_examples=400, deadline=None)
@given(cases, st.booleans(), st.booleans())
def test_adding_an_allow_never_turns_allowed_into_denied(
    drawn_case: tuple[Generator, Case], identity: bool, friendly: bool
) -> None:
    """But for Block Public Access: there an Allow to everybody closes the bucket to other accounts."""
    generator, case = drawn_case
    asked = {**case.asked, "blockPublicAccess": False}
    generator.variables = False
    if identity and generator.kind in ("service", "anonymous"):
        return
    more = generator.statement("identity" if identity else "resource", 0 if friendly else 1)
    more["Effect"] = "Allow"
    after = verdict(with_statement(asked, "identity" if identity else "policy", more))
    assert RANK.index(after) >= RANK.index(verdict(asked))


@settings(max_examples=400, deadline=None)
@given(cases, st.booleans(), st.booleans())
def test_adding_a_deny_never_turns_denied_into_allowed(
    drawn_case: tuple[Generator, Case], identity: bool, friendly: bool
) -> None:
    generator, case = drawn_case
    generator.variables = False
    if identity and generator.kind in ("service", "anonymous"):
        return
    more = generator.statement("identity" if identity else "resource", 0 if friendly else 1)
    more["Effect"] = "Deny"
    after = verdict(with_statement(case.asked, "identity" if identity else "policy", more))
    assert RANK.index(after) <= RANK.index(verdict(case.asked))


@settings(max_examples=600, deadline=None)
@given(cases, st.integers(0, 10**9))
def test_making_something_unknown_never_turns_a_verdict_round(drawn_case: tuple[Generator, Case], dice: int) -> None:
    asked, holes = with_holes(drawn_case[1].asked, random.Random(dice), most=3)
    hidden = evaluated(unfilled(asked))
    for one in filled(asked, holes):
        assert {hidden.verdict, verdict(one)} != CERTAIN
    assert (hidden.verdict is Verdict.UNDETERMINED) <= bool(hidden.unknowns)


def shuffled(policy: Any, dice: random.Random) -> Any:
    parts = statements(policy)
    dice.shuffle(parts)
    return {**policy, "Statement": parts}


def split(policy: Any) -> Any:
    """Every statement as several: one for each action, resource and principal that it lists."""
    found: list[Any] = statements(policy)
    for element in ("Action", "Resource"):
        found = [
            {**one, element: value}
            for one in found
            for value in (one[element] if isinstance(one.get(element), list) else [one.get(element)])
        ]
    found = [{key: value for key, value in one.items() if value is not None} for one in found]
    found = [{**one, **named} for one in found for named in _one_by_one(one.get("Principal"))]
    return {**policy, "Statement": found}


def _one_by_one(principal: Any) -> list[dict[str, Any]]:
    if not isinstance(principal, dict):
        return [{}]
    return [
        {"Principal": {kind: value}}
        for kind, values in principal.items()
        for value in (values if isinstance(values, list) else [values])
    ]


def changed(asked: dict[str, Any], change: Any) -> dict[str, Any]:
    """The case with every policy changed."""
    one = {name: None if asked[name] is None else change(asked[name]) for name in ("policy", "boundary", "session")}
    levels = {name: [[change(policy) for policy in level] for level in asked[name]] for name in ("scps", "rcps")}
    return {**asked, **one, **levels, "identity": [change(policy) for policy in asked["identity"]]}


@settings(max_examples=300, deadline=None)
@given(cases, st.randoms())
def test_the_order_of_statements_and_policies_never_matters(drawn_case: tuple[Generator, Case], dice: Any) -> None:
    asked = drawn_case[1].asked
    other = changed(asked, lambda policy: shuffled(policy, dice))
    other["identity"] = dice.sample(other["identity"], len(other["identity"]))
    assert verdict(other) is verdict(asked)


@settings(max_examples=300, deadline=None)
@given(cases)
def test_splitting_statements_never_matters(drawn_case: tuple[Generator, Case]) -> None:
    asked = drawn_case[1].asked
    assert verdict(changed(asked, split)) is verdict(asked)


def spelled_as_account(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: spelled_as_account(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [spelled_as_account(inner) for inner in value]
    return {f"arn:aws:iam::{account}:root": account for account in (A, B)}.get(value, value)


@settings(max_examples=300, deadline=None)
@given(cases)
def test_an_account_id_means_its_root_arn(drawn_case: tuple[Generator, Case]) -> None:
    asked = drawn_case[1].asked

    def change(policy: Any) -> Any:
        respelled = []
        for one in statements(policy):
            named = {key: spelled_as_account(one[key]) for key in ("Principal", "NotPrincipal") if key in one}
            respelled.append({**one, **named})
        return {**policy, "Statement": respelled}

    assert verdict(changed(asked, change)) is verdict(asked)
