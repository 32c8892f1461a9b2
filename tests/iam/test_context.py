"""The request context.

Sources: IAM User Guide, "AWS global condition context keys"; KMS Developer Guide, "Condition keys".
"""

from __future__ import annotations

import pytest

from tests.iam.cases import BUCKET, OBJECT, REGION, B, caller
from tf_kms_guard.iam.conditions import evaluate
from tf_kms_guard.iam.context import ABSENT, Context, OneOf, kms_via_s3_context, s3_context
from tf_kms_guard.iam.document import Condition
from tf_kms_guard.values.compare import PLAIN, matches
from tf_kms_guard.values.text import TextLike
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

SESSION = f"arn:aws:sts::{B}:assumed-role/reader/job"


def only(context: Context, key: str) -> TextLike:
    value = context.get(key)
    assert isinstance(value, tuple)
    (one,) = value
    return one


def kms(value: str, kind: str = "AWS", region: str = REGION, bucket: str = BUCKET) -> Context:
    return kms_via_s3_context(caller(value, kind), region, bucket, OBJECT, Truth.NO)


def test_keys_are_found_in_any_case() -> None:
    assert kms(B).get("KMS:calleraccount") == (B,)


def test_a_key_that_is_not_modelled_is_not_known() -> None:
    assert isinstance(kms(B).get("aws:SourceIp"), Unknown)


def test_with_values_leaves_the_original_alone() -> None:
    one = s3_context(caller())
    other = one.with_values({"s3:DataAccessPointAccount": ABSENT})
    assert other.get("s3:dataaccesspointaccount") is ABSENT
    assert isinstance(one.get("s3:dataaccesspointaccount"), Unknown)


@pytest.mark.parametrize(
    "key",
    [
        "aws:SourceAccount",
        "aws:SourceArn",
        "aws:SourceOrgID",
        "aws:SourceOrgPaths",
        "aws:PrincipalServiceName",
    ],
)
def test_service_keys_are_absent_for_identities(key: str) -> None:
    for who in (B, SESSION, f"arn:aws:iam::{B}:role/reader", "*"):
        assert s3_context(caller(who)).get(key) is ABSENT
        assert kms(who).get(key) is ABSENT


def test_the_arn_of_a_session_is_that_of_its_role_whatever_its_path() -> None:
    arn = only(s3_context(caller(SESSION)), "aws:PrincipalArn")
    assert matches(f"arn:aws:iam::{B}:role/*", arn) is Truth.YES
    assert matches(f"arn:aws:iam::{B}:role/*/reader", arn) is Truth.UNKNOWN
    assert matches(f"arn:aws:iam::{B}:role/writer", arn) is Truth.NO
    assert matches("arn:aws:sts::*", arn) is Truth.NO


def test_an_account_as_caller_is_some_identity_of_it() -> None:
    arn = only(s3_context(caller(B)), "aws:PrincipalArn")
    assert matches(f"arn:aws:iam::{B}:*", arn) is Truth.YES
    assert matches(f"arn:aws:iam::{B}:role/reader", arn) is Truth.UNKNOWN
    assert matches("arn:aws:iam::111122223333:*", arn) is Truth.NO


def test_types_and_names_of_principals() -> None:
    assert only(s3_context(caller()), "aws:PrincipalType") == "AssumedRole"
    assert only(s3_context(caller(SESSION)), "aws:PrincipalType") == "AssumedRole"
    assert s3_context(caller()).get("aws:username") is ABSENT
    ann = s3_context(caller(f"arn:aws:iam::{B}:user/team/ann"))
    assert only(ann, "aws:PrincipalType") == "User"
    assert only(ann, "aws:username") == "ann"
    assert only(s3_context(caller("*")), "aws:PrincipalType") == "Anonymous"


def test_nothing_is_known_of_a_caller_that_is_not_known() -> None:
    context = s3_context(caller(Unknown("var.x", "no value")))
    for key in ("aws:PrincipalArn", "aws:PrincipalAccount", "aws:SourceAccount", "aws:PrincipalOrgID"):
        assert isinstance(context.get(key), Unknown)


def test_a_service_acts_for_somebody() -> None:
    service = caller("config.amazonaws.com", "Service")
    context = s3_context(service, source_account=B, source_arn="arn:aws:config:x")
    assert only(context, "aws:SourceAccount") == B
    assert only(context, "aws:SourceArn") == "arn:aws:config:x"
    assert only(context, "aws:PrincipalIsAWSService") == "true"
    assert isinstance(s3_context(service).get("aws:SourceAccount"), Unknown)
    assert isinstance(kms("config.amazonaws.com", "Service").get("kms:CallerAccount"), Unknown)


def test_the_name_of_s3_in_china_is_left_open() -> None:
    value = kms(B, region="cn-north-1").get("kms:ViaService")
    assert isinstance(value, OneOf)
    assert value.options == (("s3.cn-north-1.amazonaws.com",), ("s3.cn-north-1.amazonaws.com.cn",))
    assert only(kms(B), "kms:ViaService") == f"s3.{REGION}.amazonaws.com"


def test_global_keys_that_s3_may_or_may_not_forward_are_left_open() -> None:
    assert only(s3_context(caller()), "aws:SecureTransport") == "true"
    for key in ("aws:SecureTransport", "aws:SourceVpce", "aws:SourceIp", "aws:ViaAWSService"):
        assert isinstance(kms(B).get(key), Unknown)


def test_the_keys_of_the_encryption_context_may_be_more_than_one() -> None:
    condition = Condition("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", ("aws:s3:arn",))
    assert evaluate(condition, kms(B), PLAIN, Truth.YES).truth is Truth.YES
    other = Condition("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", ("department",))
    assert evaluate(other, kms(B), PLAIN, Truth.YES).truth is Truth.UNKNOWN


FEDERATED = f"arn:aws:sts::{B}:federated-user/ann"


def test_unique_ids_are_known_in_part() -> None:
    role, session, user = (s3_context(caller(one)) for one in (f"arn:aws:iam::{B}:role/r", SESSION, USER))
    for one in (role, session):
        assert matches("AROA*:*", only(one, "aws:userid")) is Truth.YES
        assert matches("AIDA*", only(one, "aws:userid")) is Truth.NO
        assert matches(B, only(one, "aws:userid")) is Truth.NO
        assert matches("AROAEXAMPLEEXAMPLE123:*", only(one, "aws:userid")) is Truth.UNKNOWN
    assert matches("*:job", only(session, "aws:userid")) is Truth.YES
    assert matches("*:other", only(session, "aws:userid")) is Truth.NO
    assert matches("AIDA*", only(user, "aws:userid")) is Truth.YES
    assert matches("AROA*", only(user, "aws:userid")) is Truth.NO


USER = f"arn:aws:iam::{B}:user/team/ann"


def test_a_federated_user_goes_by_its_own_arn() -> None:
    context = s3_context(caller(FEDERATED))
    assert only(context, "aws:PrincipalArn") == FEDERATED
    assert only(context, "aws:PrincipalType") == "FederatedUser"
    assert only(context, "aws:userid") == f"{B}:ann"
    assert context.get("aws:username") is ABSENT


def test_what_an_anonymous_request_has() -> None:
    context = s3_context(caller("*"))
    assert only(context, "aws:PrincipalAccount") == "anonymous"
    for key in ("aws:PrincipalArn", "aws:PrincipalOrgID", "aws:PrincipalIsAWSService", "aws:username"):
        assert context.get(key) is ABSENT


def test_only_a_role_has_surely_a_token() -> None:
    asks = Condition("Null", "aws:TokenIssueTime", ("false",))
    assert evaluate(asks, s3_context(caller()), PLAIN, Truth.YES).truth is Truth.YES
    assert evaluate(asks, s3_context(caller(USER)), PLAIN, Truth.YES).truth is Truth.UNKNOWN


@pytest.mark.parametrize(
    ("action", "absent", "open_"),
    [
        ("s3:GetObject", "s3:x-amz-server-side-encryption", "s3:signatureAge"),
        ("s3:GetObject", "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:TlsVersion"),
        ("s3:GetObject", "s3:x-amz-acl", "s3:ExistingObjectTag/team"),
        ("s3:GetObject", "s3:prefix", "s3:DataAccessPointAccount"),
        ("s3:GetObjectVersion", "s3:x-amz-acl", "s3:VersionId"),
        ("s3:PutObject", "s3:prefix", "s3:x-amz-server-side-encryption"),
        ("s3:PutObject", "s3:max-keys", "s3:x-amz-server-side-encryption-aws-kms-key-id"),
        ("s3:PutObject", "s3:VersionId", "s3:x-amz-acl"),
    ],
)
def test_keys_of_other_actions_are_absent(action: str, absent: str, open_: str) -> None:
    context = s3_context(caller(), action=action)
    assert context.get(absent) is ABSENT
    assert isinstance(context.get(open_), Unknown)
    assert isinstance(s3_context(caller(), action="s3:ListBucket").get(absent), Unknown)


def test_what_the_call_to_kms_has_and_what_only_other_calls_have() -> None:
    context = kms(B)
    for key in ("kms:GrantIsForAWSResource", "kms:GranteePrincipal", "kms:GrantOperations", "kms:RetiringPrincipal"):
        assert context.get(key) is ABSENT
    for key in ("kms:KeySpec", "kms:CustomerMasterKeySpec", "kms:EncryptionAlgorithm"):
        assert only(context, key) == "SYMMETRIC_DEFAULT"
    assert only(context, "kms:KeyUsage") == "ENCRYPT_DECRYPT"
    for key in ("kms:KeyOrigin", "kms:MultiRegion", "kms:ResourceAliases", "kms:RequestAlias", "aws:CalledVia"):
        assert isinstance(context.get(key), Unknown)
