"""What key policies decide for another account. Sources: see each test."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.iam.cases import (
    BUCKET,
    FREE,
    KEY,
    OBJECT,
    REGION,
    A,
    B,
    C,
    allow,
    caller,
    deny,
    key_policy,
    kms_request,
    policy,
)
from tf_kms_guard.iam.context import ABSENT
from tf_kms_guard.iam.decide import Decision, Verdict, decide_resource_policy
from tf_kms_guard.iam.principal import account_principal, organization_principal
from tf_kms_guard.iam.shapes import ACCOUNT_ID
from tf_kms_guard.iam.shapes import REGION as REGION_SHAPE
from tf_kms_guard.values.compare import World
from tf_kms_guard.values.text import join_text
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

ALLOWED, DENIED, UNDETERMINED = Verdict.ALLOWED, Verdict.DENIED, Verdict.UNDETERMINED
READER = {"AWS": f"arn:aws:iam::{B}:role/reader"}
OWN = allow({"AWS": f"arn:aws:iam::{A}:root"}, "kms:*", Sid="Own")


def when(operator: str, key: str, *values: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: list(values)}}}


def reasons(decision: Decision) -> tuple[str, ...]:
    assert decision.nearest is not None
    return decision.nearest.reasons


def test_the_default_key_policy_lets_nobody_of_another_account_in() -> None:
    """KMS Developer Guide, "Default key policy"."""
    decision = key_policy(OWN)
    assert decision.verdict is DENIED
    assert (decision.allow, decision.deny) == (Truth.NO, Truth.NO)
    assert reasons(decision) == (f"names account {A} only",)
    assert decision.nearest is not None
    assert decision.nearest.statement.sid == "Own"


@pytest.mark.parametrize("named", [B, f"arn:aws:iam::{B}:root"])
def test_naming_the_account_delegates_to_every_identity_of_it(named: str) -> None:
    """KMS Developer Guide, "Allowing users in other accounts to use a KMS key"."""
    decision = key_policy(OWN, allow({"AWS": named}))
    assert decision.verdict is ALLOWED
    assert decision.nearest is not None
    assert decision.nearest.delegates
    for who in (f"arn:aws:iam::{B}:user/ann", f"arn:aws:sts::{B}:assumed-role/reader/job", B):
        assert key_policy(allow({"AWS": named}), request=kms_request(caller(who))).verdict is ALLOWED


def test_an_action_that_is_not_allowed_is_named() -> None:
    """S3 User Guide, "Using server-side encryption with AWS KMS keys": GetObject needs kms:Decrypt."""
    decision = key_policy(OWN, allow(READER, ["kms:Encrypt", "kms:DescribeKey"]))
    assert decision.verdict is DENIED
    assert reasons(decision) == ("allows kms:Encrypt and kms:DescribeKey, not kms:Decrypt",)


@pytest.mark.parametrize(
    ("action", "verdict"),
    [
        ("kms:GenerateDataKey", ALLOWED),
        ("kms:GenerateDataKey*", ALLOWED),
        ("KMS:generatedatakey", ALLOWED),
        ("kms:*", ALLOWED),
        ("*", ALLOWED),
        ("kms:Generate?ataKey", ALLOWED),
        (["kms:Encrypt", "kms:ReEncrypt*"], DENIED),
        ("kms:GenerateDataKeyPair", DENIED),
        ([], DENIED),
    ],
)
def test_an_upload_needs_exactly_generate_data_key(action: Any, verdict: Verdict) -> None:
    """S3 User Guide, "Using server-side encryption with AWS KMS keys"; actions match in any case."""
    assert key_policy(allow(READER, action), request=kms_request(action="kms:GenerateDataKey")).verdict is verdict


def test_the_role_needs_its_path() -> None:
    """IAM User Guide, "IAM role principals"."""
    request = kms_request(caller(f"arn:aws:iam::{B}:role/data/reader"))
    decision = key_policy(OWN, allow(READER), request=request)
    assert decision.verdict is DENIED
    assert reasons(decision) == ("names role/reader, the caller is role/data/reader",)


def test_a_role_of_the_same_name_in_another_account_is_another_role() -> None:
    decision = key_policy(allow({"AWS": f"arn:aws:iam::{C}:role/reader"}))
    assert decision.verdict is DENIED
    assert reasons(decision) == (f"names role/reader in {C}, the caller is role/reader in {B}",)


@pytest.mark.parametrize("element", ["Resource", "Action"])
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_a_statement_without_resource_or_action_has_no_effect(element: str, effect: str) -> None:
    """KMS API Reference, PutKeyPolicy."""
    statement = {**allow(READER), "Effect": effect}
    del statement[element]
    decision = key_policy(*([] if effect == "Allow" else [allow(READER)]), statement)
    assert decision.verdict is (DENIED if effect == "Allow" else ALLOWED)
    assert f"has no {element}: KMS accepts such a statement and it has no effect" in decision.statements[-1].reasons


@pytest.mark.parametrize(
    ("resource", "verdict"),
    [
        ("*", ALLOWED),
        (KEY, ALLOWED),
        (f"arn:aws:kms:*:{A}:key/*", ALLOWED),
        (f"arn:aws:kms:{REGION}:{A}:alias/data", DENIED),
        (f"arn:aws:kms:us-east-1:{A}:key/*", DENIED),
        (KEY.replace(A, B), DENIED),
        ("1234abcd-12ab-34cd-56ef-1234567890ab", DENIED),
        (FREE, UNDETERMINED),
    ],
)
def test_the_resource_is_the_key_itself(resource: Any, verdict: Verdict) -> None:
    """KMS Developer Guide, "Specifying KMS keys in IAM policy statements": an alias or id grants nothing."""
    assert key_policy(allow(READER, resource=resource)).verdict is verdict


def test_one_deny_outweighs_every_allow() -> None:
    """IAM User Guide, "Policy evaluation logic"."""
    decision = key_policy(allow("*", "*"), allow(READER), deny(READER))
    assert decision.verdict is DENIED
    assert decision.deny is Truth.YES
    assert decision.explicit_deny is not None
    assert decision.explicit_deny.statement is decision.statements[2].statement


def test_a_deny_that_may_match_leaves_it_undetermined() -> None:
    decision = key_policy(allow(READER), deny("*", **when("IpAddress", "aws:SourceIp", "10.0.0.0/8")))
    assert decision.verdict is UNDETERMINED
    assert decision.explicit_deny is None
    assert [unknown.identity for unknown in decision.unknowns] == ["request:aws:SourceIp"]


def test_without_an_allow_a_deny_that_may_match_changes_nothing() -> None:
    assert key_policy(OWN, deny("*", **when("StringEquals", "aws:PrincipalTag/x", "y"))).verdict is DENIED


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        (when("StringEquals", "kms:CallerAccount", B), ALLOWED),
        (when("StringEquals", "kms:CallerAccount", A, C), DENIED),
        (when("StringEquals", "kms:CallerAccount", FREE), UNDETERMINED),
        (when("StringEquals", "aws:PrincipalAccount", B), ALLOWED),
        (when("StringEquals", "aws:PrincipalAccount", A), DENIED),
        (when("StringNotEquals", "aws:PrincipalAccount", A), ALLOWED),
        (when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{B}:role/*"), ALLOWED),
        (when("StringLike", "aws:PrincipalArn", f"arn:aws:iam::{B}:role/*"), ALLOWED),
        (when("StringEquals", "aws:PrincipalArn", f"arn:aws:iam::{B}:role/*"), DENIED),
        (when("ArnEquals", "aws:PrincipalArn", f"arn:aws:iam::{C}:role/reader"), DENIED),
        (when("StringEquals", "aws:PrincipalOrgID", "o-abc1234567"), UNDETERMINED),
        (when("StringEquals", "aws:PrincipalType", "AssumedRole"), ALLOWED),
        (when("Bool", "aws:PrincipalIsAWSService", "true"), DENIED),
        (when("Bool", "aws:PrincipalIsAWSService", False), ALLOWED),
        (when("StringEquals", "kms:ViaService", f"s3.{REGION}.amazonaws.com"), ALLOWED),
        (when("StringEquals", "kms:ViaService", "s3.us-east-1.amazonaws.com"), DENIED),
        (when("StringEquals", "kms:ViaService", "s3.amazonaws.com"), DENIED),
        (when("StringEquals", "kms:ViaService", "s3.*.amazonaws.com"), DENIED),
        (when("StringLike", "kms:ViaService", "s3.*.amazonaws.com"), ALLOWED),
        (when("StringEquals", "kms:ViaService", f"sns.{REGION}.amazonaws.com"), DENIED),
        (when("Null", "kms:ViaService", "true"), DENIED),
        (when("StringEquals", "aws:SourceAccount", B), DENIED),
        (when("StringEqualsIfExists", "aws:SourceAccount", A), ALLOWED),
        (when("StringNotEquals", "aws:SourceAccount", A), ALLOWED),
        (when("ArnLike", "aws:SourceArn", f"arn:aws:s3:::{A}*"), DENIED),
        (when("StringEquals", "aws:SourceOrgID", "o-abc1234567"), DENIED),
        (when("Null", "aws:SourceAccount", "true"), ALLOWED),
        (when("StringEquals", "aws:SourceVpce", "vpce-1"), UNDETERMINED),
        (when("Bool", "aws:SecureTransport", "true"), UNDETERMINED),
        (when("Bool", "aws:ViaAWSService", "true"), UNDETERMINED),
    ],
)
def test_conditions_of_an_allow(condition: Any, verdict: Verdict) -> None:
    """KMS Developer Guide, "Condition keys for AWS KMS"; IAM User Guide, "Global condition keys"."""
    assert key_policy(allow({"AWS": "*"}, **condition)).verdict is verdict


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        (when("StringNotEquals", "kms:CallerAccount", A), DENIED),
        (when("StringNotEquals", "kms:CallerAccount", A, B), ALLOWED),
        (when("StringNotEquals", "kms:ViaService", "s3.us-east-1.amazonaws.com"), DENIED),
        (when("StringNotEquals", "kms:ViaService", f"s3.{REGION}.amazonaws.com"), ALLOWED),
        (when("StringNotEquals", "aws:PrincipalOrgID", "o-abc1234567"), UNDETERMINED),
        (when("ArnNotLike", "aws:PrincipalArn", f"arn:aws:iam::{B}:role/reader"), ALLOWED),
        (when("ArnNotLike", "aws:PrincipalArn", f"arn:aws:iam::{B}:role/writer"), DENIED),
        (when("BoolIfExists", "aws:PrincipalIsAWSService", "false"), DENIED),
    ],
)
def test_conditions_of_a_deny(condition: Any, verdict: Verdict) -> None:
    """KMS Developer Guide, "Determining access to AWS KMS keys"."""
    assert key_policy(allow(READER), deny("*", "kms:*", **condition)).verdict is verdict


@pytest.mark.parametrize(
    ("organization", "verdict"),
    [("o-abc1234567", ALLOWED), ("o-xyz1234567", DENIED), (ABSENT, DENIED), (None, UNDETERMINED)],
)
def test_the_organization_decides_when_it_is_declared(organization: Any, verdict: Verdict) -> None:
    """IAM User Guide, "AWS global condition context keys": absent when the account is in no organization."""
    statement = allow("*", **when("StringEquals", "aws:PrincipalOrgID", "o-abc1234567"))
    assert key_policy(statement, request=kms_request(organization=organization)).verdict is verdict


def test_an_organization_as_caller_passes_where_it_is_named() -> None:
    statement = allow("*", **when("StringEquals", "aws:PrincipalOrgID", "o-abc1234567"))
    inside = kms_request(organization_principal("o-abc1234567"))
    assert key_policy(statement, request=inside).verdict is ALLOWED
    assert key_policy(OWN, request=inside).verdict is UNDETERMINED
    assert key_policy(statement, request=kms_request(organization_principal("o-xyz1234567"))).verdict is DENIED
    unit = kms_request(organization_principal("o-abc1234567/r-ab12/ou-ab12-11111111/"))
    paths = allow("*", **when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-abc1234567/r-ab12/*"))
    assert key_policy(statement, request=unit).verdict is ALLOWED
    assert key_policy(paths, request=unit).verdict is ALLOWED


@pytest.mark.parametrize(
    ("values", "bucket_key", "verdict"),
    [
        ([f"{BUCKET}/*"], Truth.NO, ALLOWED),
        ([f"{BUCKET}/*"], Truth.YES, DENIED),
        ([f"{BUCKET}/*"], Truth.UNKNOWN, UNDETERMINED),
        ([BUCKET], Truth.NO, DENIED),
        ([BUCKET], Truth.YES, ALLOWED),
        ([BUCKET, f"{BUCKET}/*"], Truth.UNKNOWN, ALLOWED),
        ([f"{BUCKET}*"], Truth.UNKNOWN, ALLOWED),
        (["arn:aws:s3:::other/*", "arn:aws:s3:::other"], Truth.UNKNOWN, DENIED),
    ],
)
def test_the_encryption_context_depends_on_the_bucket_key(values: Any, bucket_key: Truth, verdict: Verdict) -> None:
    """S3 User Guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys"."""
    statement = allow(READER, **when("StringLike", "kms:EncryptionContext:aws:s3:arn", *values))
    assert key_policy(statement, request=kms_request(bucket_key=bucket_key)).verdict is verdict


def test_string_equals_does_not_expand_a_star_in_the_encryption_context() -> None:
    """IAM User Guide, "String condition operators"."""
    statement = allow(READER, **when("StringEquals", "kms:EncryptionContext:aws:s3:arn", f"{BUCKET}/*"))
    assert key_policy(statement).verdict is DENIED
    assert OBJECT.startswith(BUCKET)


def test_a_region_that_is_not_known_leaves_the_service_open() -> None:
    region = Unknown("region of aws", "no evidence", REGION_SHAPE)
    request = kms_request(region=region)
    like = allow(READER, **when("StringLike", "kms:ViaService", "s3.*.amazonaws.com"))
    exact = allow(READER, **when("StringEquals", "kms:ViaService", "s3.us-east-1.amazonaws.com"))
    other = allow(READER, **when("StringLike", "kms:ViaService", "sns.*.amazonaws.com"))
    assert key_policy(like, request=request).verdict is ALLOWED
    assert key_policy(exact, request=request).verdict is UNDETERMINED
    assert key_policy(other, request=request).verdict is DENIED


def test_a_role_named_by_its_session_stays_open_for_other_sessions() -> None:
    """IAM User Guide, "Role session principals"."""
    named = {"AWS": f"arn:aws:sts::{B}:assumed-role/reader/job"}
    assert key_policy(allow(named)).verdict is UNDETERMINED
    session = kms_request(caller(f"arn:aws:sts::{B}:assumed-role/reader/job"))
    assert key_policy(allow(named), request=session).verdict is ALLOWED
    assert key_policy(allow(READER), request=session).verdict is ALLOWED


@pytest.mark.parametrize("named", [f"arn:aws:iam::{B}:role/*", f"arn:aws:iam::{B}:group/team"])
def test_partial_wildcards_and_groups_name_nobody(named: str) -> None:
    """IAM User Guide, "AWS JSON policy elements: Principal"."""
    decision = key_policy(allow({"AWS": named}))
    assert decision.verdict is DENIED
    assert reasons(decision) == (f"names {named}, which AWS takes for no principal",)


def test_a_unique_id_may_be_anybodys() -> None:
    decision = key_policy(allow({"AWS": "AROAEXAMPLEEXAMPLE123"}))
    assert decision.verdict is UNDETERMINED
    assert "AROAEXAMPLEEXAMPLE123" in decision.unknowns[0].because


NOT_PRINCIPAL = [
    ([C], DENIED),
    ([f"arn:aws:iam::{B}:role/writer"], DENIED),
    ([f"arn:aws:iam::{B}:role/reader"], UNDETERMINED),
    ([B], UNDETERMINED),
    ([f"arn:aws:iam::{B}:role/reader", B], UNDETERMINED),
    ([FREE], UNDETERMINED),
]


@pytest.mark.parametrize(("left_out", "verdict"), NOT_PRINCIPAL)
def test_deny_with_not_principal(left_out: Any, verdict: Verdict) -> None:
    """IAM User Guide, "AWS JSON policy elements: NotPrincipal": a part of the chain is not enough."""
    statement = deny(action="kms:*")
    statement["NotPrincipal"] = {"AWS": left_out}
    assert key_policy(allow("*"), statement).verdict is verdict


def test_deny_with_not_principal_spares_the_one_whose_whole_chain_is_named() -> None:
    statement = deny(action="kms:*")
    job = f"arn:aws:sts::{B}:assumed-role/reader/job"
    statement["NotPrincipal"] = {"AWS": [B, f"arn:aws:iam::{B}:role/reader", job]}
    assert key_policy(allow("*"), statement, request=kms_request(caller(job))).verdict is ALLOWED
    statement["NotPrincipal"] = {"AWS": [B, f"arn:aws:iam::{B}:user/ann"]}
    assert (
        key_policy(allow("*"), statement, request=kms_request(caller(f"arn:aws:iam::{B}:user/ann"))).verdict is ALLOWED
    )


def test_allow_with_not_principal_lets_everybody_else_in() -> None:
    statement = allow()
    statement["NotPrincipal"] = {"AWS": C}
    assert key_policy(statement).verdict is ALLOWED
    assert key_policy(statement, request=kms_request(account_principal(C))).verdict is UNDETERMINED


def test_not_action_speaks_of_everything_else() -> None:
    """IAM User Guide, "IAM JSON policy elements: NotAction"."""
    statement = allow(READER)
    del statement["Action"]
    assert key_policy({**statement, "NotAction": "kms:Put*"}).verdict is ALLOWED
    assert key_policy({**statement, "NotAction": ["kms:Decrypt"]}).verdict is DENIED
    assert key_policy({**statement, "NotAction": FREE}).verdict is UNDETERMINED


def test_not_resource_speaks_of_every_other_resource() -> None:
    """IAM User Guide, "IAM JSON policy elements: NotResource"."""
    statement = allow(READER)
    del statement["Resource"]
    assert key_policy({**statement, "NotResource": KEY}).verdict is DENIED
    assert key_policy({**statement, "NotResource": f"arn:aws:kms:*:{B}:*"}).verdict is ALLOWED


def test_a_service_must_be_named_itself() -> None:
    """KMS Developer Guide, "Permissions for AWS services in key policies"."""
    service = kms_request(caller("cloudtrail.amazonaws.com", "Service"), "kms:GenerateDataKey", source_account=A)
    named = allow({"Service": "cloudtrail.amazonaws.com"}, "kms:GenerateDataKey*")
    assert key_policy(OWN, request=service).verdict is DENIED
    assert key_policy(named, request=service).verdict is ALLOWED
    assert key_policy({**named, **when("StringEquals", "aws:SourceAccount", A)}, request=service).verdict is ALLOWED
    assert key_policy({**named, **when("StringEquals", "aws:SourceAccount", B)}, request=service).verdict is DENIED
    assert key_policy({**named, **when("ArnLike", "aws:SourceArn", "arn:*")}, request=service).verdict is UNDETERMINED
    via = {**named, **when("StringEquals", "kms:ViaService", f"s3.{REGION}.amazonaws.com")}
    assert key_policy(via, request=service).verdict is UNDETERMINED
    assert key_policy(named).verdict is DENIED


def test_a_statement_that_may_exist_is_never_certain() -> None:
    document = policy(allow(READER), deny(READER))
    allowing, denying = document.statements
    count = Unknown("count of x", "count depends on var.enabled")
    maybe_allow = replace(document, statements=(replace(allowing, may_exist=True),))
    maybe_deny = replace(document, statements=(allowing, replace(denying, existence=count)))
    assert decide_resource_policy([maybe_allow], kms_request()).verdict is UNDETERMINED
    decision = decide_resource_policy([maybe_deny], kms_request())
    assert decision.verdict is UNDETERMINED
    assert decision.unknowns == (count,)
    assert decide_resource_policy([maybe_allow], kms_request(caller(C))).verdict is DENIED


def test_the_owners_account_that_is_not_known_is_presumed_not_to_be_the_literal_one() -> None:
    owner = Unknown("account of aws", "no evidence", ACCOUNT_ID, minted=True)
    statement = allow({"AWS": join_text(("arn:aws:iam::", owner, ":root"))}, "kms:*")
    world = World(own=frozenset({owner.identity}))
    assert key_policy(statement, world=world).verdict is DENIED
    assert key_policy(statement, world=world.certain()).verdict is UNDETERMINED
    assert key_policy(statement).unknowns[0].identity == owner.identity


def test_the_same_variable_on_both_sides_is_the_same_principal() -> None:
    assert key_policy(allow({"AWS": FREE}), request=kms_request(caller(FREE))).verdict is ALLOWED


def test_a_policy_variable_may_stand_in_the_last_part_of_an_arn_only() -> None:
    """IAM User Guide, "IAM policy elements: Variables", on the Resource element: after the fifth colon."""
    statement = allow("*", resource=f"arn:aws:kms:*:{A}:${{aws:PrincipalType, 'key'}}/*")
    assert key_policy(statement).verdict is DENIED
    assert key_policy(allow("*", resource="arn:aws:kms:*:${aws:PrincipalAccount}:key/*")).verdict is UNDETERMINED


def test_no_policy_allows_nothing() -> None:
    decision = decide_resource_policy([], kms_request())
    assert decision.verdict is DENIED
    assert decision.nearest is None
    assert decision.statements == ()


def test_the_nearest_statement_is_the_one_with_the_most_in_common() -> None:
    encrypt = allow(READER, "kms:Encrypt", Sid="Encrypt")
    wrong = allow(READER, Sid="Wrong", **when("StringEquals", "kms:ViaService", "s3.us-east-1.amazonaws.com"))
    nothing = allow({"AWS": C}, "kms:Put*")
    decision = key_policy(nothing, OWN, encrypt, wrong)
    assert decision.nearest is not None
    assert decision.nearest.statement.sid == "Wrong"
    assert decision.nearest.reasons == (
        "condition kms:ViaService must equal s3.us-east-1.amazonaws.com, the request has s3.eu-west-1.amazonaws.com",
    )
    assert key_policy(nothing).nearest is None
    assert [match.truth for match in decision.statements] == [Truth.NO] * 4
