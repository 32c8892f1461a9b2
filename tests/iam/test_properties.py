"""What must hold for every policy."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.iam.cases import KEY, A, B, C, caller, kms_request
from tf_kms_guard.iam.decide import Decision, Verdict, decide_identity_policies, decide_resource_policy
from tf_kms_guard.iam.document import parse_document
from tf_kms_guard.values.compare import World
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

ROLE = f"arn:aws:iam::{B}:role/reader"
FREE = Unknown("var.x", "var.x has no value")

one_principal = st.sampled_from(
    [
        A,
        B,
        C,
        "*",
        ROLE,
        f"arn:aws:iam::{B}:role/writer",
        f"arn:aws:iam::{B}:root",
        f"arn:aws:iam::{B}:user/ann",
        f"arn:aws:sts::{B}:assumed-role/reader/job",
        "AROAEXAMPLEEXAMPLE123",
        f"arn:aws:iam::{B}:role/*",
    ]
)
principals = st.one_of(st.just("*"), st.lists(one_principal, min_size=1, max_size=3).map(lambda one: {"AWS": one}))
actions = st.lists(
    st.sampled_from(["kms:Decrypt", "kms:*", "kms:Encrypt", "*", "KMS:DECRYPT", "kms:D*", "s3:*"]),
    min_size=1,
    max_size=2,
)
resources = st.lists(st.sampled_from(["*", KEY, f"arn:aws:kms:*:{B}:key/*", "alias/x"]), min_size=1, max_size=2)
keys = st.sampled_from(
    ["kms:CallerAccount", "kms:ViaService", "aws:PrincipalOrgID", "aws:SourceAccount", "aws:PrincipalArn"]
)
operators = st.sampled_from(
    [
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringEqualsIfExists",
        "ForAnyValue:StringEquals",
        "ArnLike",
        "StringNotEqualsIfExists",
        "ForAllValues:StringEquals",
        "ArnNotEquals",
    ]
)
values = st.lists(
    st.sampled_from(
        [A, B, "s3.eu-west-1.amazonaws.com", "s3.*.amazonaws.com", "o-abc", ROLE, "${aws:PrincipalAccount}"]
    ),
    min_size=1,
    max_size=2,
)
conditions = st.dictionaries(operators, st.dictionaries(keys, values, min_size=1, max_size=2), max_size=2)


@st.composite
def statements(draw: st.DrawFn, effect: str | None = None) -> dict[str, Any]:
    negated = {name: draw(st.integers(0, 9)) == 0 for name in ("Principal", "Action", "Resource")}
    statement: dict[str, Any] = {"Effect": effect or draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    for name, strategy in (("Principal", principals), ("Action", actions), ("Resource", resources)):
        statement[f"Not{name}" if negated[name] else name] = draw(strategy)
    condition = draw(conditions)
    if condition:
        statement["Condition"] = condition
    return statement


policies = st.lists(statements(), max_size=4)
callers = st.sampled_from([ROLE, B, f"arn:aws:iam::{B}:user/ann", f"arn:aws:sts::{B}:assumed-role/reader/job", A, "*"])


def decide(policy: list[Any], who: str = ROLE) -> Decision:
    document = parse_document({"Version": "2012-10-17", "Statement": policy})
    return decide_resource_policy([document], kms_request(caller(who)))


ORDER = [Verdict.DENIED, Verdict.UNDETERMINED, Verdict.ALLOWED]


@given(policies, statements("Allow"), callers, st.integers(0, 4))
def test_adding_an_allow_never_weakens_the_verdict(policy: list[Any], more: Any, who: str, at: int) -> None:
    before, after = decide(policy, who), decide([*policy[:at], more, *policy[at:]], who)
    assert ORDER.index(after.verdict) >= ORDER.index(before.verdict)


@given(policies, statements("Deny"), callers, st.integers(0, 4))
def test_adding_a_deny_never_strengthens_the_verdict(policy: list[Any], more: Any, who: str, at: int) -> None:
    before, after = decide(policy, who), decide([*policy[:at], more, *policy[at:]], who)
    assert ORDER.index(after.verdict) <= ORDER.index(before.verdict)


@given(policies, callers, st.randoms())
def test_the_order_of_statements_never_matters(policy: list[Any], who: str, random: Any) -> None:
    shuffled = list(policy)
    random.shuffle(shuffled)
    one, other = decide(policy, who), decide(shuffled, who)
    assert (one.verdict, one.allow, one.deny) == (other.verdict, other.allow, other.deny)


@given(policies, callers, st.integers(0, 4))
def test_several_documents_decide_like_one(policy: list[Any], who: str, at: int) -> None:
    documents = [parse_document({"Version": "2012-10-17", "Statement": part}) for part in (policy[:at], policy[at:])]
    assert decide_resource_policy(documents, kms_request(caller(who))).verdict is decide(policy, who).verdict


def paths(value: Any) -> list[list[Any]]:
    """The way to every value inside ``value``."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [[]] + [[key, *rest] for key, inner in items for rest in paths(inner)]


def replaced(value: Any, path: list[Any], by: object) -> Any:
    if not path:
        return by
    result = copy.copy(value)
    result[path[0]] = replaced(value[path[0]], path[1:], by)
    return result


@settings(max_examples=400)
@given(policies, callers, st.data())
def test_an_unknown_in_place_of_a_value_never_turns_a_certain_verdict_round(
    policy: list[Any], who: str, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(paths(policy)))
    before, after = decide(policy, who), decide(replaced(policy, path, FREE), who)
    assert {before.verdict, after.verdict} != {Verdict.ALLOWED, Verdict.DENIED}
    if after.verdict is Verdict.UNDETERMINED:
        assert after.unknowns


@settings(max_examples=200)
@given(policies, st.data())
def test_a_caller_that_is_not_known_never_turns_a_certain_verdict_round(policy: list[Any], data: st.DataObject) -> None:
    document = parse_document({"Version": "2012-10-17", "Statement": policy})
    who = data.draw(callers.filter(lambda one: one != "*"))
    hidden = decide_resource_policy([document], kms_request(caller(FREE)))
    assert {hidden.verdict, decide(policy, who).verdict} != {Verdict.ALLOWED, Verdict.DENIED}


@given(policies, callers)
def test_what_kept_it_from_being_certain_is_always_named(policy: list[Any], who: str) -> None:
    decision = decide(policy, who)
    assert (decision.verdict is Verdict.UNDETERMINED) == bool(decision.unknowns)
    for match in decision.statements:
        assert (match.truth is Truth.UNKNOWN) == bool(match.unknowns)


@given(policies, callers)
def test_the_short_cuts_agree_with_the_full_evidence(policy: list[Any], who: str) -> None:
    decision = decide(policy, who)
    allows = [match.truth for match in decision.statements if match.statement.effect is not None]
    strongest = max((truth.value for truth in allows), default=0)
    assert max(decision.allow.value, decision.deny.value) == strongest
    if decision.verdict is Verdict.DENIED and decision.deny is Truth.YES:
        assert decision.explicit_deny is not None


def spelled_as_account(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: spelled_as_account(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [spelled_as_account(inner) for inner in value]
    return B if value == f"arn:aws:iam::{B}:root" else value


@given(policies, callers)
def test_an_account_id_means_its_root_arn(policy: list[Any], who: str) -> None:
    assert decide(policy, who).verdict is decide(spelled_as_account(policy), who).verdict


@given(policies)
def test_settling_the_unknown_confirms_a_certain_verdict(policy: list[Any]) -> None:
    document = parse_document({"Version": "2012-10-17", "Statement": policy})
    before = decide_resource_policy([document], kms_request(caller(FREE)))
    world = World(bindings={FREE.identity: ROLE})
    after = decide_resource_policy([document], kms_request(caller(FREE)), world)
    assert {before.verdict, after.verdict} != {Verdict.ALLOWED, Verdict.DENIED}


json_like = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just(FREE)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Principal", "Action", "Resource", "Condition", "AWS", "x"]),
            inner,
        ),
    ),
    max_leaves=12,
)


@given(json_like)
def test_nothing_makes_reading_or_deciding_fail(value: object) -> None:
    document = parse_document(value)
    for decide_one in (decide_resource_policy, decide_identity_policies):
        decision = decide_one([document], kms_request())
        assert decision.verdict in Verdict
        assert len(decision.statements) == len(document.statements)
        assert decision.nearest is None or decision.nearest in decision.statements
