"""What AWS documents about S3 and KMS between accounts, one case or more for every fact; the id names the fact.

Each fact has its source beside it. S3: the Amazon S3 User Guide and API Reference; KMS: the AWS KMS Developer Guide and
API Reference; IAM: the IAM User Guide.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.iam.cases import (
    BUCKET,
    FREE,
    KEY,
    OBJECT,
    READER,
    REGION,
    A,
    B,
    C,
    allow,
    caller,
    deny,
    identity,
    key_policy,
    kms_request,
    s3_request,
)
from tests.iam.situations import (
    ADMIN,
    ALLOWED,
    DENIED,
    EVERYTHING,
    OBJECTS,
    OWN_ACCOUNT,
    UNDETERMINED,
    at_bucket,
    at_key,
    bucket_side,
    key_side,
    named,
    side,
)
from tf_kms_guard.iam.actions import NEEDS, Intent
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.iam.principal import parse_principal, same_principal
from tf_kms_guard.values.truth import Truth

ME = {"AWS": READER}
ROOT = f"arn:aws:iam::{B}:root"
ALIAS = f"arn:aws:kms:{REGION}:{A}:alias/data"
ID = KEY.rsplit("/", 1)[1]


def fact(name: str, *values: Any) -> Any:
    return pytest.param(*values, id=name)


# ---- what an operation needs of the key, at either gate: (action, what the policy allows, verdict)
# S3, "Using server-side encryption with AWS KMS keys" unless another source is named

NEEDED = [
    fact("GetObject-needs-Decrypt", "kms:Decrypt", ["kms:Decrypt"], ALLOWED),
    fact("GetObject-is-not-served-by-GenerateDataKey", "kms:Decrypt", ["kms:GenerateDataKey*"], DENIED),
    fact("GetObject-is-not-served-by-DescribeKey", "kms:Decrypt", ["kms:DescribeKey"], DENIED),
    fact("PutObject-needs-GenerateDataKey", "kms:GenerateDataKey", ["kms:GenerateDataKey"], ALLOWED),
    fact("PutObject-GenerateDataKey-star-matches", "kms:GenerateDataKey", ["kms:GenerateDataKey*"], ALLOWED),
    fact("PutObject-Encrypt-and-ReEncrypt-do-not", "kms:GenerateDataKey", ["kms:Encrypt", "kms:ReEncrypt*"], DENIED),
    fact("PutObject-Decrypt-does-not", "kms:GenerateDataKey", ["kms:Decrypt"], DENIED),
    fact("CreateMultipartUpload-needs-GenerateDataKey", "kms:GenerateDataKey", ["kms:GenerateDataKey"], ALLOWED),
    fact("UploadPart-needs-Decrypt", "kms:Decrypt", ["kms:GenerateDataKey"], DENIED),
    fact("CompleteMultipartUpload-needs-Decrypt", "kms:Decrypt", ["kms:GenerateDataKey", "kms:Decrypt"], ALLOWED),
    fact("UpdateObjectEncryption-needs-Encrypt", "kms:Encrypt", ["kms:GenerateDataKey", "kms:Decrypt"], DENIED),
    fact("UpdateObjectEncryption-needs-ReEncryptFrom", "kms:ReEncryptFrom", ["kms:ReEncrypt*"], ALLOWED),
    fact("Replication-needs-Encrypt-on-the-replica-key", "kms:Encrypt", ["kms:Encrypt"], ALLOWED),
    fact("Replication-is-not-served-by-GenerateDataKey", "kms:Encrypt", ["kms:GenerateDataKey*"], DENIED),
    fact("actions-match-in-any-case", "kms:Decrypt", ["KMS:decrypt"], ALLOWED),
    fact("actions-match-with-a-question-mark", "kms:Decrypt", ["kms:?ecrypt"], ALLOWED),
]


@pytest.mark.parametrize(("action", "allowed", "verdict"), NEEDED)
def test_what_an_operation_needs_of_the_key_at_both_gates(action: str, allowed: list[str], verdict: Verdict) -> None:
    assert at_key(READER, key_side(allow(ME, allowed)), ADMIN, action).verdict is verdict
    mine = side({"Effect": "Allow", "Action": allowed, "Resource": KEY})
    assert at_key(READER, key_side(named(READER)), mine, action).verdict is verdict


@pytest.mark.parametrize(
    ("intent", "s3_action", "always", "sometimes"),
    [
        fact("GetObject", Intent.READ, "s3:GetObject", ("kms:Decrypt",), ()),
        fact("PutObject-and-multipart", Intent.WRITE, "s3:PutObject", ("kms:GenerateDataKey",), ("kms:Decrypt",)),
        fact(
            "Replication-role",
            Intent.REPLICATE,
            "s3:ReplicateObject",
            ("kms:Encrypt",),
            ("kms:Decrypt", "kms:GenerateDataKey"),
        ),
        fact("Inventory-report", Intent.DELIVER, "s3:PutObject", ("kms:GenerateDataKey",), ("kms:Decrypt",)),
    ],
)
def test_the_actions_of_an_intent(intent: Intent, s3_action: str, always: Any, sometimes: Any) -> None:
    """Large uploads and bucket keys need kms:Decrypt too: S3, "Multipart upload and permissions"."""
    need = NEEDS[intent]
    assert (need.s3_action, need.kms_actions, need.sometimes) == (s3_action, always, sometimes)


# S3 operations without a KMS action of their own still pass S3's gates by their own action
S3_ACTIONS = [
    fact("GetObject-with-versionId", "s3:GetObjectVersion", ["s3:GetObject"], DENIED),
    fact("GetObject-star-covers-versions", "s3:GetObjectVersion", ["s3:GetObject*"], ALLOWED),
    fact("HeadObject-is-GetObject", "s3:GetObject", ["s3:GetObject"], ALLOWED),
    fact("GetObjectAttributes", "s3:GetObjectAttributes", ["s3:GetObject"], DENIED),
    fact("PutObject", "s3:PutObject", ["s3:GetObject"], DENIED),
    fact("replication-reads-versions-by-its-own-action", "s3:GetObjectVersionForReplication", ["s3:GetObject"], DENIED),
    fact("UpdateObjectEncryption", "s3:UpdateObjectEncryption", ["s3:PutObject"], DENIED),
    fact("DeleteObject", "s3:DeleteObject", ["s3:PutObject"], DENIED),
]


@pytest.mark.parametrize(("action", "allowed", "verdict"), S3_ACTIONS)
def test_s3_actions_at_both_gates(action: str, allowed: list[str], verdict: Verdict) -> None:
    """Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"."""
    assert at_bucket(READER, bucket_side(allow(ME, allowed, OBJECTS)), ADMIN, action).verdict is verdict
    mine = side({"Effect": "Allow", "Action": allowed, "Resource": OBJECTS})
    assert at_bucket(READER, bucket_side(named(READER)), mine, action).verdict is verdict


def test_services_deliver_under_a_key_policy_that_names_them() -> None:
    """S3, "Configuring Amazon S3 Inventory" and "Setting permissions to use a KMS key for Storage Lens exports"."""
    for service in ("s3.amazonaws.com", "storage-lens.s3.amazonaws.com"):
        who = caller(service, "Service")
        statement = allow(
            {"Service": service}, "kms:GenerateDataKey", Condition={"StringEquals": {"aws:SourceAccount": A}}
        )
        asked = {"action": "kms:GenerateDataKey"}
        assert at_key(who, key_side(statement), **asked, source_account=A).verdict is ALLOWED
        assert at_key(who, key_side(statement), **asked, source_account=C).verdict is DENIED
        assert at_key(who, key_side(OWN_ACCOUNT), **asked, source_account=A).verdict is DENIED


# ---- how a policy refers to a key

KEY_REFERENCES = [
    fact("key-ARN", KEY, ALLOWED),
    fact("any-key", "*", ALLOWED),
    fact("any-key-of-the-account", f"arn:aws:kms:*:{A}:key/*", ALLOWED),
    fact("alias-ARN-is-the-alias-itself", ALIAS, DENIED),
    fact("alias-name", "alias/data", DENIED),
    fact("bare-key-id", ID, DENIED),
    fact("alias-ARN-aws-s3", f"arn:aws:kms:{REGION}:{A}:alias/aws/s3", DENIED),
    fact("key-of-the-callers-account", f"arn:aws:kms:{REGION}:{B}:key/*", DENIED),
]


@pytest.mark.parametrize(("resource", "verdict"), KEY_REFERENCES)
def test_an_identity_policy_refers_to_a_key_by_its_arn(resource: str, verdict: Verdict) -> None:
    """KMS, "Specifying KMS keys in IAM policy statements"."""
    mine = side({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": resource})
    assert at_key(READER, key_side(named(READER)), mine).verdict is verdict


@pytest.mark.parametrize("element", ["Action", "Resource"])
def test_a_key_policy_statement_without_an_element_has_no_effect(element: str) -> None:
    """KMS, PutKeyPolicy."""
    statement = allow(ME)
    del statement[element]
    assert at_key(READER, key_side(statement)).verdict is DENIED
    assert at_key(READER, key_side(named(READER), {**statement, "Effect": "Deny"})).verdict is ALLOWED


# ---- principals: IAM, "AWS JSON policy elements: Principal"

PRINCIPALS = [
    fact("account-id", B, READER, ALLOWED),
    fact("root-ARN", ROOT, READER, ALLOWED),
    fact("root-ARN-is-not-the-root-user-alone", ROOT, f"arn:aws:iam::{B}:user/ann", ALLOWED),
    fact("root-ARN-covers-sessions", ROOT, f"arn:aws:sts::{B}:assumed-role/reader/job", ALLOWED),
    fact("role-covers-all-its-sessions", READER, f"arn:aws:sts::{B}:assumed-role/reader/job", ALLOWED),
    fact(
        "session-is-exactly-one",
        f"arn:aws:sts::{B}:assumed-role/reader/job",
        f"arn:aws:sts::{B}:assumed-role/reader/other",
        DENIED,
    ),
    fact(
        "session-without-wildcards",
        f"arn:aws:sts::{B}:assumed-role/reader/*",
        f"arn:aws:sts::{B}:assumed-role/reader/job",
        DENIED,
    ),
    fact("no-partial-wildcards", f"arn:aws:iam::{B}:role/*", READER, DENIED),
    fact("no-groups", f"arn:aws:iam::{B}:group/readers", f"arn:aws:iam::{B}:user/ann", DENIED),
    fact("path-is-needed", READER, f"arn:aws:iam::{B}:role/data/reader", DENIED),
    fact("path-of-a-user-is-needed", f"arn:aws:iam::{B}:user/ann", f"arn:aws:iam::{B}:user/team/ann", DENIED),
    fact("unique-id-of-a-deleted-role", "AROAEXAMPLEEXAMPLE123", READER, UNDETERMINED),
    fact("unique-id-of-a-deleted-user-names-no-role", "AIDAEXAMPLEEXAMPLE123", READER, DENIED),
    fact("everyone", "*", READER, ALLOWED),
]


@pytest.mark.parametrize(("whom", "who", "verdict"), PRINCIPALS)
def test_whom_a_principal_covers(whom: str, who: str, verdict: Verdict) -> None:
    assert at_key(who, key_side(named(whom))).verdict is verdict
    assert at_bucket(who, bucket_side(named(whom))).verdict is verdict


def test_the_two_ways_to_write_an_account_are_one() -> None:
    assert same_principal(parse_principal("AWS", B), parse_principal("AWS", ROOT)) is Truth.YES


def test_a_canonical_user_is_an_account_that_cannot_be_told() -> None:
    """S3, "Specifying a principal": the id stands for an account."""
    statement = allow({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}, "s3:*")
    assert at_bucket(READER, bucket_side(statement)).verdict is UNDETERMINED


# ---- who decides

GATES = [
    fact("default-key-policy-lets-in-nobody-of-B", [OWN_ACCOUNT], [EVERYTHING], DENIED),
    fact("delegation-to-B-needs-Bs-identity-policy", [named(ROOT)], [], DENIED),
    fact("delegation-to-B-with-Bs-identity-policy", [named(ROOT)], [EVERYTHING], ALLOWED),
    fact(
        "an-administrator-of-B-passes-the-identity-gate-only", [named(f"arn:aws:iam::{C}:root")], [EVERYTHING], DENIED
    ),
    fact("a-named-role-needs-its-identity-policy-too", [named(READER)], [], DENIED),
    fact("everyone-still-needs-an-identity-policy", [named("*")], [], DENIED),
    fact(
        "CallerAccount-with-everyone-is-every-identity-of-B",
        [named("*", Condition={"StringEquals": {"kms:CallerAccount": B}})],
        [EVERYTHING],
        ALLOWED,
    ),
    fact("key-policy-Deny-wins", [named(READER), deny(ME)], [EVERYTHING], DENIED),
    fact("identity-Deny-wins", [named(READER)], [EVERYTHING, deny(None, "kms:*")], DENIED),
    fact(
        "a-Deny-that-may-match-is-open",
        [named(READER), deny("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a"}})],
        [EVERYTHING],
        UNDETERMINED,
    ),
]


@pytest.mark.parametrize(("key", "mine", "verdict"), GATES)
def test_who_decides_about_a_key(key: list[Any], mine: list[Any], verdict: Verdict) -> None:
    """KMS, "Allowing users in other accounts to use a KMS key"; IAM, "Cross-account policy evaluation logic"."""
    assert at_key(READER, key_side(*key), side(*mine)).verdict is verdict


# ---- conditions of a key policy: (operator, key, value, context, verdict of an Allow for the reader)

VIA = f"s3.{REGION}.amazonaws.com"
CONTEXT = "kms:EncryptionContext:aws:s3:arn"
WITH_KEY, WITHOUT_KEY = {"bucket_key": Truth.YES}, {"bucket_key": Truth.NO}
IN_ORGANIZATION: dict[str, Any] = {"organization": "o-a"}

CONDITIONS = [
    # KMS, "Condition keys for AWS KMS"
    fact("ViaService-is-that-of-the-buckets-Region", "StringEquals", "kms:ViaService", VIA, {}, ALLOWED),
    fact("ViaService-of-another-Region", "StringEquals", "kms:ViaService", "s3.us-east-1.amazonaws.com", {}, DENIED),
    fact("ViaService-by-pattern", "StringLike", "kms:ViaService", "s3.*.amazonaws.com", {}, ALLOWED),
    fact("ViaService-of-another-service", "StringEquals", "kms:ViaService", f"ec2.{REGION}.amazonaws.com", {}, DENIED),
    fact("CallerAccount-is-the-callers", "StringEquals", "kms:CallerAccount", B, {}, ALLOWED),
    fact("CallerAccount-is-not-the-owners", "StringEquals", "kms:CallerAccount", A, {}, DENIED),
    # IAM, "AWS global condition context keys"
    fact("PrincipalAccount-is-always-there", "StringEquals", "aws:PrincipalAccount", B, {}, ALLOWED),
    fact("PrincipalArn-is-the-role-not-the-session", "ArnEquals", "aws:PrincipalArn", READER, {}, ALLOWED),
    fact("PrincipalArn-is-never-a-session", "ArnLike", "aws:PrincipalArn", f"arn:aws:sts::{B}:*", {}, DENIED),
    fact("PrincipalOrgID-of-the-organization", "StringEquals", "aws:PrincipalOrgID", "o-a", IN_ORGANIZATION, ALLOWED),
    fact("PrincipalOrgID-of-another-one", "StringEquals", "aws:PrincipalOrgID", "o-b", IN_ORGANIZATION, DENIED),
    fact("PrincipalOrgID-not-known", "StringEquals", "aws:PrincipalOrgID", "o-a", {}, UNDETERMINED),
    fact("SourceAccount-is-for-service-calls", "StringEquals", "aws:SourceAccount", A, {}, DENIED),
    fact("SourceArn-is-for-service-calls", "ArnLike", "aws:SourceArn", "arn:aws:s3:::*", {}, DENIED),
    fact("SourceAccount-negated-is-true", "StringNotEquals", "aws:SourceAccount", A, {}, ALLOWED),
    fact("SourceAccount-IfExists-is-true", "StringEqualsIfExists", "aws:SourceAccount", A, {}, ALLOWED),
    fact("SourceArn-negated-IfExists-is-true", "ArnNotLikeIfExists", "aws:SourceArn", "arn:aws:s3:::*", {}, ALLOWED),
    # S3, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys"
    fact("context-is-the-object-without-a-bucket-key", "StringEquals", CONTEXT, OBJECT, WITHOUT_KEY, ALLOWED),
    fact("context-is-the-bucket-with-one", "StringEquals", CONTEXT, BUCKET, WITH_KEY, ALLOWED),
    fact("context-object-pattern-with-a-bucket-key", "StringLike", CONTEXT, OBJECTS, WITH_KEY, DENIED),
    fact("context-bucket-without-a-bucket-key", "StringEquals", CONTEXT, BUCKET, WITHOUT_KEY, DENIED),
    fact(
        "context-with-an-unknown-bucket-key",
        "StringEquals",
        CONTEXT,
        BUCKET,
        {"bucket_key": Truth.UNKNOWN},
        UNDETERMINED,
    ),
    fact("context-StringEquals-takes-a-star-literally", "StringEquals", CONTEXT, OBJECTS, WITHOUT_KEY, DENIED),
    fact("context-StringLike-does-not", "StringLike", CONTEXT, OBJECTS, WITHOUT_KEY, ALLOWED),
]


@pytest.mark.parametrize(("operator", "key", "value", "more", "verdict"), CONDITIONS)
def test_conditions_for_s3_calling_kms(
    operator: str, key: str, value: str, more: dict[str, Any], verdict: Verdict
) -> None:
    statement = allow(ME, Condition={operator: {key: value}})
    assert at_key(READER, key_side(statement), **more).verdict is verdict


def test_a_session_has_the_arn_of_its_role_as_principal_arn() -> None:
    """A session's ARN does not tell the path, so that a role without one is open; another name is certain."""
    session = f"arn:aws:sts::{B}:assumed-role/reader/job"
    by_arn = allow("*", Condition={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{B}:role/*"}})
    assert at_key(session, key_side(by_arn)).verdict is ALLOWED
    other = allow("*", Condition={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{B}:role/writer"}})
    assert at_key(session, key_side(other)).verdict is DENIED


def test_via_service_is_no_service_principal() -> None:
    """KMS, "kms:ViaService": S3 forwards the caller's own request."""
    assert at_key(READER, key_side(allow({"Service": VIA}))).verdict is DENIED
    assert at_key(READER, key_side(allow({"Service": "s3.amazonaws.com"}))).verdict is DENIED


# ---- NotPrincipal, NotAction, NotResource

CHAIN = [ROOT, READER, f"arn:aws:sts::{B}:assumed-role/reader/job"]
SESSION = CHAIN[2]
NOT_PRINCIPAL = [
    fact("the-whole-chain-of-the-session-is-spared", SESSION, CHAIN, ALLOWED),
    fact("role-alone-is-a-part", SESSION, [READER], UNDETERMINED),
    fact("account-alone-is-a-part", SESSION, [ROOT], UNDETERMINED),
    fact("session-alone-is-a-part", SESSION, [SESSION], UNDETERMINED),
    fact("somebody-elses-chain", SESSION, [f"arn:aws:iam::{C}:root", f"arn:aws:iam::{C}:role/reader"], DENIED),
    fact("user-and-its-account", f"arn:aws:iam::{B}:user/ann", [ROOT, f"arn:aws:iam::{B}:user/ann"], ALLOWED),
    fact("user-alone", f"arn:aws:iam::{B}:user/ann", [f"arn:aws:iam::{B}:user/ann"], UNDETERMINED),
]


@pytest.mark.parametrize(("who", "but", "verdict"), NOT_PRINCIPAL)
def test_deny_with_not_principal(who: str, but: list[str], verdict: Verdict) -> None:
    """IAM, "AWS JSON policy elements: NotPrincipal": the account must be listed too, and for a session its role."""
    statement = {"Effect": "Deny", "NotPrincipal": {"AWS": but}, "Action": "*", "Resource": "*"}
    assert at_bucket(who, bucket_side(named("*"), statement)).verdict is verdict


NEGATED = [
    fact("Allow-NotAction-iam-covers-kms", {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, ALLOWED),
    fact("Allow-NotAction-kms-does-not", {"Effect": "Allow", "NotAction": ["iam:*", "kms:*"], "Resource": "*"}, DENIED),
    fact("Allow-NotResource-another-key", {"Effect": "Allow", "Action": "*", "NotResource": f"{KEY}1"}, ALLOWED),
    fact("Allow-NotResource-this-key", {"Effect": "Allow", "Action": "*", "NotResource": KEY}, DENIED),
]


@pytest.mark.parametrize(("statement", "verdict"), NEGATED)
def test_negated_elements_of_an_allow(statement: dict[str, Any], verdict: Verdict) -> None:
    """IAM, "AWS JSON policy elements: NotAction" and "NotResource"."""
    assert at_key(READER, key_side(named(READER)), side(statement)).verdict is verdict


@pytest.mark.parametrize(
    ("action", "verdict"),
    [fact("Deny-NotAction-denies-the-rest", "kms:Encrypt", DENIED), fact("but-not-those", "kms:Decrypt", ALLOWED)],
)
def test_deny_with_not_action(action: str, verdict: Verdict) -> None:
    statement = {"Effect": "Deny", "NotAction": "kms:Decrypt", "Resource": "*"}
    assert at_key(READER, key_side(named(READER)), side(EVERYTHING, statement), action).verdict is verdict


# ---- single gates, by the words of the two policies

SEED = [
    fact(
        "bucket-policy-by-account-key-policy-by-role", [named(B, resource=OBJECTS)], [named(READER)], ALLOWED, ALLOWED
    ),
    fact("bucket-policy-missing", [], [named(READER)], DENIED, ALLOWED),
    fact("key-policy-missing", [named(B, resource=OBJECTS)], [OWN_ACCOUNT], ALLOWED, DENIED),
    fact("bucket-policy-names-the-bucket-only", [named(B, resource=BUCKET)], [named(READER)], DENIED, ALLOWED),
]


@pytest.mark.parametrize(("bucket", "key", "s3", "kms"), SEED)
def test_all_policies_of_both_accounts_are_needed(bucket: Any, key: Any, s3: Verdict, kms: Verdict) -> None:
    """AWS re:Post, "Why do I get an Access Denied error from Amazon S3 when I try to access a bucket of another
    account that uses an AWS KMS key?".
    """
    assert at_bucket(READER, bucket_side(*bucket)).verdict is s3
    assert at_key(READER, key_side(*key)).verdict is kms
    assert at_bucket(READER, bucket_side(*bucket), side()).verdict is DENIED
    assert at_key(READER, key_side(*key), side()).verdict is DENIED


def test_an_alias_in_a_key_policy_resource_is_no_key() -> None:
    """KMS, "Key policies": Resource is the key that the policy is attached to."""
    assert key_policy(allow(ME, resource=ALIAS)).verdict is DENIED
    assert key_policy(allow(ME, resource=KEY)).verdict is ALLOWED


def test_a_header_condition_on_a_write_depends_on_what_the_writer_sends() -> None:
    """IAM, "Condition operators": absent key, negated operator: true; with IfExists: true as well."""
    write = "s3:PutObject"
    for operator in ("StringNotEquals", "StringNotEqualsIfExists"):
        header = deny("*", write, Condition={operator: {"s3:x-amz-server-side-encryption": "aws:kms"}})
        bucket = bucket_side(named(READER), header)
        assert at_bucket(READER, bucket, action=write).verdict is UNDETERMINED
        absent: dict[str, Any] = {"s3:x-amz-server-side-encryption": ()}
        assert at_bucket(READER, bucket, action=write, context=absent).verdict is DENIED
        sent: dict[str, Any] = {"s3:x-amz-server-side-encryption": ("aws:kms",)}
        assert at_bucket(READER, bucket, action=write, context=sent).verdict is ALLOWED


def test_what_is_not_visible_is_neither_allowed_nor_denied() -> None:
    assert identity(FREE, request=s3_request()).verdict is UNDETERMINED
    assert key_policy(FREE).verdict is UNDETERMINED
    assert at_key(READER, key_side(FREE)).verdict is UNDETERMINED
    assert at_key(READER, key_side(OWN_ACCOUNT), side(FREE)).verdict is DENIED  # the other gate is closed
    assert kms_request().principal.kind.value == "role"
