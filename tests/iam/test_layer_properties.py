"""What must hold for every request through all layers."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.iam.cases import FREE, A, B, C, caller, kms_request, policy
from tests.iam.situations import ALLOWED, DENIED, UNDETERMINED, full_access
from tests.iam.test_properties import statements
from tf_kms_guard.iam.decide import PolicyKind, Request, Verdict, decide
from tf_kms_guard.iam.document import Document, Effect, opaque_document
from tf_kms_guard.iam.evaluation import evaluate
from tf_kms_guard.iam.layers import CallerSide, Evaluation, LayerKind, ResourceSide
from tf_kms_guard.iam.principal import Principal, organization_principal
from tf_kms_guard.iam.shapes import ACCOUNT_ID
from tf_kms_guard.values.compare import World
from tf_kms_guard.values.text import join_text
from tf_kms_guard.values.truth import Truth, any_of
from tf_kms_guard.values.unknown import Unknown

ACCOUNT = Unknown("account of aws.other", "the account of aws.other is not known", ACCOUNT_ID)
SOMEBODY = caller(join_text(("arn:aws:iam::", ACCOUNT, ":role/reader")))


CALLERS = [
    SOMEBODY,
    caller(f"arn:aws:iam::{B}:role/reader"),
    caller(f"arn:aws:iam::{B}:role/data/reader"),
    caller(f"arn:aws:iam::{B}:user/ann"),
    caller(f"arn:aws:sts::{B}:assumed-role/reader/job"),
    caller(f"arn:aws:sts::{B}:federated-user/ann"),
    caller(B),
    caller("*"),
    caller(FREE),
    caller("s3.amazonaws.com", "Service"),
    caller(join_text((f"arn:aws:iam::{B}:role/", FREE))),
    organization_principal("o-a"),
]


def without_principal(made: list[dict[str, Any]]) -> Document:
    return policy(*({k: v for k, v in one.items() if k not in ("Principal", "NotPrincipal")} for one in made))


some = st.lists(statements(), max_size=3)
maybe = st.none() | some
Parts = dict[str, Any]
parts = st.fixed_dictionaries({"key": some, "identity": some, "boundary": maybe, "session": maybe, "scp": maybe})


def put(made: Parts, request: Request, world: World | None = None, **more: Document) -> Evaluation:
    """``more`` replaces a part."""

    def of_caller(name: str) -> Document | None:
        if name in more:
            return more[name]
        return None if made[name] is None else without_principal(made[name])

    identity, session, scp = of_caller("identity"), of_caller("session"), of_caller("scp")
    assert identity is not None
    me = CallerSide(
        (identity,),
        boundary=of_caller("boundary"),
        session_policies=None if session is None else (session,),
        service_control=() if scp is None else (full_access(), (scp,)),
    )
    key = ResourceSide(LayerKind.KEY_POLICY, A, (more.get("key") or policy(*made["key"]),))
    return evaluate(request, me, key, world or World())


def settled(verdict: Verdict) -> bool:
    return verdict is not UNDETERMINED


@settings(max_examples=100, deadline=None)
@given(parts)
def test_an_account_that_is_not_known_decides_nothing_that_it_would_decide_otherwise_when_known(made: Parts) -> None:
    open_request = kms_request(SOMEBODY)
    verdict = put(made, open_request).verdict
    if settled(verdict):
        for account in (A, B, C):
            assert put(made, open_request, World(bindings={ACCOUNT.identity: account})).verdict is verdict


@settings(max_examples=100, deadline=None)
@given(parts, st.sampled_from(["key", "identity", "boundary", "session", "scp"]))
def test_hiding_a_policy_never_turns_one_certain_verdict_into_the_other(made: Parts, part: str) -> None:
    request = kms_request()
    before = put(made, request).verdict
    after = put(made, request, **{part: opaque_document(FREE)}).verdict
    if made[part] is not None:
        assert after in (before, UNDETERMINED) or not settled(before)


@settings(max_examples=100, deadline=None)
@given(parts, statements("Allow"), st.sampled_from(["key", "identity"]))
def test_another_allow_never_takes_access_away(made: Parts, more: dict[str, Any], part: str) -> None:
    order = (DENIED, UNDETERMINED, ALLOWED)
    for who in (f"arn:aws:iam::{B}:role/reader", f"arn:aws:iam::{A}:role/reader"):
        request = kms_request(caller(who))
        before = put(made, request).verdict
        after = put({**made, part: [*made[part], more]}, request).verdict
        assert order.index(after) >= order.index(before)


@settings(max_examples=100, deadline=None)
@given(parts)
def test_the_outcome_is_the_weakest_layer_and_no_deny_is_lost(made: Parts) -> None:
    evaluation = put(made, kms_request())
    assert evaluation.verdict is Verdict.weakest(layer.verdict for layer in evaluation.layers)
    assert (evaluation.verdict is DENIED) is (len(evaluation.closed) > 0)
    if evaluation.explicit_denies:
        assert evaluation.verdict is DENIED
    if evaluation.verdict is UNDETERMINED:
        assert evaluation.unknowns


@settings(max_examples=100, deadline=None)
@given(parts)
def test_what_another_account_may_do_the_same_policies_allow_within_one(made: Parts) -> None:
    """One account asks for less: where both rules apply to the same statements, it is never the stricter."""
    request = kms_request(SOMEBODY)
    here = World(bindings={ACCOUNT.identity: A})
    assert put(made, request, here).foreign is Truth.NO
    assert put(made, request).foreign is Truth.UNKNOWN
    if put(made, request).verdict is ALLOWED:
        assert put(made, request, here).verdict is ALLOWED


@settings(max_examples=300, deadline=None)
@given(some, st.sampled_from(CALLERS))
def test_the_index_leaves_out_nothing_that_may_match(made: list[dict[str, Any]], who: Principal) -> None:
    decision = decide(PolicyKind.KEY, [policy(*made)], kms_request(who))
    every = decision.statements
    assert decision.allow is any_of(match.truth for match in every if match.statement.effect is Effect.ALLOW)
    assert decision.deny is any_of(match.truth for match in every if match.statement.effect is Effect.DENY)
