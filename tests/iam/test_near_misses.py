"""What is said of a statement that does not match: in which respect, what it has, and what the request has.

Every sentence is written by hand: they are what a finding prints after "nearest".
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.iam.cases import BUCKET, KEY, OBJECT, READER, A, B, C, allow, caller, deny, kms_request, policy, s3_request
from tests.iam.test_properties import statements
from tf_kms_guard.iam.decide import Decision, PolicyKind, Request, decide
from tf_kms_guard.iam.document import Effect
from tf_kms_guard.values.truth import Truth

ME = {"AWS": READER}
OTHER_KEY = KEY.replace("1234abcd", "9999abcd")
ID = KEY.rsplit("/", 1)[1]


def role(name: str, account: str = B) -> dict[str, str]:
    return {"AWS": f"arn:aws:iam::{account}:role/{name}"}


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    return allow(ME, Condition={operator: {key: list(values)}})


NOBODY = [
    ("another-account", allow({"AWS": A}), f"names account {A} only"),
    ("two-other-accounts", allow({"AWS": [A, C]}), f"names account {A} and account {C} only"),
    ("path-missing", allow(role("data/reader")), "names role/data/reader, the caller is role/reader"),
    (
        "namesake-elsewhere",
        allow(role("reader", C)),
        f"names role/reader in {C}, the caller is role/reader in {B}",
    ),
    (
        "namesake-among-others",
        allow({"AWS": [f"arn:aws:iam::{B}:role/x", f"arn:aws:iam::{B}:role/team/reader"]}),
        "names role/team/reader, the caller is role/reader",
    ),
    (
        "another-partition",
        allow({"AWS": f"arn:aws-cn:iam::{B}:role/reader"}),
        f"names arn:aws-cn:iam::{B}:role/reader, the caller is {READER}",
    ),
    ("another-role", allow(role("writer")), f"names role/writer in {B} only"),
    ("a-user-of-that-name", allow({"AWS": f"arn:aws:iam::{B}:user/reader"}), f"names user/reader in {B} only"),
    (
        "many-others",
        allow({"AWS": [f"arn:aws:iam::{B}:role/r{n}" for n in range(5)]}),
        f"names role/r0 in {B}, role/r1 in {B}, role/r2 in {B} and 2 more only",
    ),
    (
        "a-session-of-another-role",
        allow({"AWS": f"arn:aws:sts::{B}:assumed-role/writer/job"}),
        f"names assumed-role/writer/job in {B} only",
    ),
    (
        "partial-wildcard",
        allow(role("*")),
        f"names arn:aws:iam::{B}:role/*, which AWS takes for no principal",
    ),
    (
        "group",
        allow({"AWS": f"arn:aws:iam::{B}:group/readers"}),
        f"names arn:aws:iam::{B}:group/readers, which AWS takes for no principal",
    ),
    ("name-without-ARN", allow({"AWS": "reader"}), "names reader, which AWS takes for no principal"),
    ("a-service", allow({"Service": "s3.amazonaws.com"}), "names service s3.amazonaws.com only"),
    ("a-web-identity", allow({"Federated": "graph.facebook.com"}), "names graph.facebook.com only"),
]
OTHERWISE = [
    ("another-action", allow(ME, "kms:Encrypt"), "allows kms:Encrypt, not kms:Decrypt"),
    (
        "two-other-actions",
        allow(ME, ["kms:Encrypt", "kms:DescribeKey"]),
        "allows kms:Encrypt and kms:DescribeKey, not kms:Decrypt",
    ),
    (
        "many-other-actions",
        allow(ME, ["kms:Encrypt", "kms:ReEncrypt*", "kms:List*", "kms:Get*", "kms:DescribeKey"]),
        "allows kms:Encrypt, kms:ReEncrypt*, kms:List* and 2 more, not kms:Decrypt",
    ),
    ("another-service", allow(ME, "s3:*"), "allows s3:*, not kms:Decrypt"),
    (
        "NotAction",
        {"Effect": "Allow", "Principal": ME, "NotAction": "kms:*", "Resource": "*"},
        "allows everything but kms:*",
    ),
    ("another-key", allow(ME, resource=OTHER_KEY), f"covers {OTHER_KEY}, not {KEY}"),
    (
        "another-Region",
        allow(ME, resource=KEY.replace("eu-west-1", "us-east-1")),
        f"covers {KEY.replace('eu-west-1', 'us-east-1')}, not {KEY}",
    ),
    (
        "alias-ARN",
        allow(ME, resource=f"arn:aws:kms:eu-west-1:{A}:alias/data"),
        f"covers arn:aws:kms:eu-west-1:{A}:alias/data, not {KEY}",
    ),
    ("alias-name", allow(ME, resource="alias/data"), f"covers alias/data, not {KEY}"),
    ("key-id", allow(ME, resource=ID), f"covers {ID}, not {KEY}"),
    (
        "NotResource",
        {"Effect": "Allow", "Principal": ME, "Action": "*", "NotResource": KEY},
        f"covers everything but {KEY}",
    ),
    (
        "no-Resource",
        {"Effect": "Allow", "Principal": ME, "Action": "kms:*"},
        "has no Resource: KMS accepts such a statement and it has no effect",
    ),
    (
        "no-Action",
        {"Effect": "Allow", "Principal": ME, "Resource": "*"},
        "has no Action: KMS accepts such a statement and it has no effect",
    ),
    (
        "ViaService-of-another-Region",
        when("StringEquals", "kms:ViaService", "s3.us-east-1.amazonaws.com"),
        "has the condition kms:ViaService must equal s3.us-east-1.amazonaws.com, "
        "the request has s3.eu-west-1.amazonaws.com",
    ),
    (
        "CallerAccount",
        when("StringEquals", "kms:CallerAccount", A),
        f"has the condition kms:CallerAccount must equal {A}, the request has {B}",
    ),
    (
        "CallerAccount-of-several",
        when("StringEquals", "kms:CallerAccount", A, C),
        f"has the condition kms:CallerAccount must equal {A} or {C}, the request has {B}",
    ),
    (
        "not-CallerAccount",
        when("StringNotEquals", "kms:CallerAccount", B),
        f"has the condition kms:CallerAccount must not equal {B}, the request has {B}",
    ),
    (
        "SourceAccount",
        when("StringEquals", "aws:SourceAccount", A),
        f"has the condition aws:SourceAccount must equal {A}, the request does not have it",
    ),
    (
        "SourceArn",
        when("ArnLike", "aws:SourceArn", BUCKET),
        f"has the condition aws:SourceArn must be like {BUCKET}, the request does not have it",
    ),
    (
        "context-with-a-literal-star",
        when("StringEquals", "kms:EncryptionContext:aws:s3:arn", f"{BUCKET}/*"),
        f"has the condition kms:EncryptionContext:aws:s3:arn must equal {BUCKET}/*, the request has {OBJECT} "
        "(StringEquals takes * and ? literally)",
    ),
    (
        "context-of-the-bucket",
        when("StringEquals", "kms:EncryptionContext:aws:s3:arn", BUCKET),
        f"has the condition kms:EncryptionContext:aws:s3:arn must equal {BUCKET}, the request has {OBJECT}",
    ),
    (
        "must-be-absent",
        when("Null", "kms:ViaService", "true"),
        "has the condition kms:ViaService must be absent, the request has it",
    ),
    (
        "must-be-present",
        when("Null", "aws:SourceAccount", "false"),
        "has the condition aws:SourceAccount must be present, the request does not have it",
    ),
    (
        "PrincipalArn-with-a-path",
        when("ArnEquals", "aws:PrincipalArn", f"arn:aws:iam::{B}:role/data/reader"),
        f"has the condition aws:PrincipalArn must be like arn:aws:iam::{B}:role/data/reader, the request has {READER}",
    ),
    (
        "services-only",
        when("Bool", "aws:PrincipalIsAWSService", "true"),
        "has the condition aws:PrincipalIsAWSService must be true, the request has false",
    ),
    (
        "two-conditions",
        allow(ME, Condition={"StringEquals": {"kms:CallerAccount": A, "aws:SourceAccount": A}}),
        f"has the condition kms:CallerAccount must equal {A}, the request has {B}; "
        f"condition aws:SourceAccount must equal {A}, the request does not have it",
    ),
    (
        "everything",
        allow({"AWS": C}, "kms:Encrypt", OTHER_KEY),
        f"names account {C} only; allows kms:Encrypt, not kms:Decrypt; covers {OTHER_KEY}, not {KEY}",
    ),
]


def only(statement: dict[str, Any], request: Request, kind: PolicyKind = PolicyKind.KEY) -> Decision:
    return decide(kind, [policy({"Sid": "AllowReader", **statement})], request)


@pytest.mark.parametrize(
    ("statement", "words"), [pytest.param(*case, id=name) for name, *case in (*NOBODY, *OTHERWISE)]
)
def test_a_key_policy_statement_says_what_keeps_it_from_matching(statement: dict[str, Any], words: str) -> None:
    (match,) = only(statement, kms_request()).statements
    assert match.truth is Truth.NO
    assert match.words == f'statement "AllowReader" {words}'


@pytest.mark.parametrize(
    ("statement", "request_", "words"),
    [
        pytest.param(
            allow(ME, "s3:GetObject", BUCKET), s3_request(), f"covers {BUCKET}, not {OBJECT}", id="bucket-not-objects"
        ),
        pytest.param(
            allow(ME, "s3:GetObject", f"{BUCKET}/private/*"),
            s3_request(),
            f"covers {BUCKET}/private/*, not {OBJECT}",
            id="another-prefix",
        ),
        pytest.param(
            allow(ME, "s3:GetObject*", f"{BUCKET}/*"),
            s3_request(action="s3:PutObject"),
            "allows s3:GetObject*, not s3:PutObject",
            id="read-only",
        ),
        pytest.param(
            allow(ME, "s3:*", "*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a"}}),
            s3_request(organization="o-b"),
            "has the condition aws:PrincipalOrgID must equal o-a, the request has o-b",
            id="another-organization",
        ),
        pytest.param(
            allow(ME, "s3:*", "*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
            s3_request(),
            "has the condition aws:SecureTransport must be false, the request has true",
            id="without-TLS",
        ),
    ],
)
def test_a_bucket_policy_statement_says_so_too(statement: dict[str, Any], request_: Request, words: str) -> None:
    (match,) = only(statement, request_, PolicyKind.RESOURCE).near_misses
    assert match.words == f'statement "AllowReader" {words}'


@pytest.mark.parametrize(("statement", "part"), [(case[1], "principal") for case in NOBODY])
def test_whom_it_names_is_the_one_thing_that_is_wrong(statement: dict[str, Any], part: str) -> None:
    assert only(statement, kms_request()).near_misses[0].misses == (part,)


def test_a_statement_that_matches_says_why() -> None:
    (match,) = only(allow(ME), kms_request()).matched
    assert match.reasons[0] == f"names role/reader in {B}"
    (match,) = only(deny("*", "kms:*"), kms_request()).matched
    assert match.words == 'statement "AllowReader" names everyone (*); denies kms:*; covers *'


def test_what_may_match_says_what_is_not_known() -> None:
    by_organization = when("StringEquals", "aws:PrincipalOrgID", "o-a")
    (match,) = only(by_organization, kms_request()).matched
    assert match.truth is Truth.UNKNOWN
    assert match.words == (
        'statement "AllowReader" has the condition aws:PrincipalOrgID must equal o-a, '
        "the request's aws:PrincipalOrgID is not known before it is made"
    )


def test_near_misses_are_ordered_and_leave_out_what_is_far_off() -> None:
    document = policy(
        allow({"AWS": C}, "kms:Encrypt", Sid="FarOff"),
        allow({"AWS": A}, Sid="OtherAccount"),
        allow(role("data/reader"), Sid="OtherPath"),
        allow(ME, "kms:Encrypt", Sid="OtherAction"),
        deny(ME, "kms:Encrypt", Sid="Deny"),
    )
    decision = decide(PolicyKind.KEY, [document], kms_request())
    assert [match.statement.sid for match in decision.near_misses] == ["OtherAction", "OtherPath", "OtherAccount"]
    assert decision.nearest is decision.near_misses[0]
    assert decision.matched == ()
    assert [match.name for match in only({**allow(ME), "Sid": None}, kms_request()).statements] == [
        "a statement without a Sid"
    ]


@settings(max_examples=300, deadline=None)
@given(st.lists(statements(), min_size=1, max_size=6))
def test_no_statement_is_nearer_than_the_nearest(made: list[dict[str, Any]]) -> None:
    """The short cut by which the nearest is found, against looking at every statement."""
    decision = decide(PolicyKind.KEY, [policy(*made)], kms_request(caller()))
    allowing = [match for match in decision.statements if match.statement.effect is Effect.ALLOW]
    related = [match for match in allowing if match.misses[:2] != ("principal", "action")]
    nearest = decide(PolicyKind.KEY, [policy(*made)], kms_request(caller())).nearest
    if nearest is None:
        assert related == []
        return
    best = max(match.truth.value for match in allowing)
    assert nearest.truth.value == best
    misses = (len(match.misses) for match in related if match.truth.value == best)
    assert len(nearest.misses) <= min(misses, default=4)
