"""KMS grants. KMS Developer Guide, "Grants in AWS KMS"; KMS API Reference, CreateGrant, GrantConstraints."""

from __future__ import annotations

from typing import Any

import pytest

from tests.iam.cases import BUCKET, FREE, KEY, OBJECT, READER, A, B, C, caller, deny, kms_request, policy
from tests.iam.situations import (
    ADMIN,
    ALLOWED,
    DENIED,
    OWN_ACCOUNT,
    SILENT,
    UNDETERMINED,
    at_key,
    key_side,
    side,
    verdicts,
)
from tf_kms_guard.iam.context import ABSENT
from tf_kms_guard.iam.decide import Request, Verdict
from tf_kms_guard.iam.grants import Constraint, KeyGrant, judge_grant, judge_grants
from tf_kms_guard.iam.layers import CallerSide, LayerKind
from tf_kms_guard.values.compare import PLAIN
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
KEY_ID = KEY.rsplit("/", 1)[1]
SESSION = f"arn:aws:sts::{B}:assumed-role/reader/job"


def grant(grantee: Any = READER, operations: Any = ("Decrypt",), key: Any = KEY, **more: Any) -> KeyGrant:
    return KeyGrant("aws_kms_grant.g", key, grantee, operations, **more)


def with_context(action: str = "kms:Decrypt", **pairs: str) -> Request:
    """A request whose encryption context is exactly this."""
    request = kms_request(caller(), action)
    context: dict[str, Any] = {"kms:EncryptionContextKeys": tuple(pairs) if pairs else ABSENT}
    context |= {f"kms:EncryptionContext:{key}": (value,) for key, value in pairs.items()}
    if "aws:s3:arn" not in pairs:
        context["kms:EncryptionContext:aws:s3:arn"] = ABSENT
    return Request(request.principal, action, KEY, request.context.with_values(context))


@pytest.mark.parametrize(
    ("one", "truth", "reason"),
    [
        (grant(), YES, "grant aws_kms_grant.g covers it"),
        (grant(key=KEY_ID), YES, "grant aws_kms_grant.g covers it"),
        (grant(operations=("Encrypt", "Decrypt")), YES, "grant aws_kms_grant.g covers it"),
        (grant(operations=("Encrypt",)), NO, "grant aws_kms_grant.g allows Encrypt, not Decrypt"),
        (grant(operations=()), NO, "grant aws_kms_grant.g allows nothing, not Decrypt"),
        (grant(operations=("decrypt",)), NO, "grant aws_kms_grant.g allows decrypt, not Decrypt"),
        (
            grant(f"arn:aws:iam::{B}:role/other"),
            NO,
            f"grant aws_kms_grant.g is for role/other in {B}",
        ),
        (grant(f"arn:aws:iam::{C}:role/reader"), NO, f"grant aws_kms_grant.g is for role/reader in {C}"),
        (grant(f"arn:aws:iam::{B}:root"), UNKNOWN, f"grant aws_kms_grant.g is for account {B}"),
        (grant(SESSION), UNKNOWN, f"grant aws_kms_grant.g is for assumed-role/reader/job in {B}"),
        (grant(FREE), UNKNOWN, "grant aws_kms_grant.g is for ${var.x}"),
        (grant(operations=FREE), UNKNOWN, "grant aws_kms_grant.g allows operations that are not known"),
        (
            grant(key=KEY.replace("1234abcd", "9999abcd")),
            NO,
            f"grant aws_kms_grant.g is for key {KEY.replace('1234abcd', '9999abcd')}",
        ),
        (grant(presence=UNKNOWN), UNKNOWN, "grant aws_kms_grant.g whether it is there is not known"),
        (grant(constraint=FREE), UNKNOWN, "grant aws_kms_grant.g has a constraint that is not known"),
    ],
)
def test_whom_a_grant_lets_do_what(one: KeyGrant, truth: Truth, reason: str) -> None:
    judged = judge_grant(one, kms_request(), PLAIN)
    assert (judged.truth, judged.reason) == (truth, reason)
    assert (len(judged.unknowns) > 0) is (truth is UNKNOWN)


S3 = {"aws:s3:arn": OBJECT}


@pytest.mark.parametrize(
    ("exact", "pairs", "given", "truth"),
    [
        pytest.param(True, S3, S3, YES, id="Equals-the-same"),
        pytest.param(True, S3, {**S3, "team": "red"}, NO, id="Equals-more-in-the-request"),
        pytest.param(True, {**S3, "team": "red"}, S3, NO, id="Equals-more-in-the-grant"),
        pytest.param(True, {"aws:s3:arn": BUCKET}, S3, NO, id="Equals-another-value"),
        pytest.param(True, S3, {}, NO, id="Equals-no-context"),
        pytest.param(True, {}, {}, YES, id="Equals-nothing-and-no-context"),
        pytest.param(False, S3, S3, YES, id="Subset-the-same"),
        pytest.param(False, S3, {**S3, "team": "red"}, YES, id="Subset-more-in-the-request"),
        pytest.param(False, {**S3, "team": "red"}, S3, NO, id="Subset-key-that-is-not-there"),
        pytest.param(False, {"aws:s3:arn": OBJECT.upper()}, S3, NO, id="values-are-case-sensitive"),
        pytest.param(False, {"aws:s3:arn": f"{BUCKET}/*"}, S3, NO, id="no-wildcards"),
        pytest.param(False, {"aws:s3:arn": FREE}, S3, UNKNOWN, id="value-not-known"),
    ],
)
def test_constraints_on_the_encryption_context(exact: bool, pairs: Any, given: Any, truth: Truth) -> None:
    judged = judge_grant(grant(constraint=Constraint(pairs, exact)), with_context(**given), PLAIN)
    assert judged.truth is truth


def test_a_constraint_binds_only_operations_that_take_a_context() -> None:
    one = grant(operations=("DescribeKey", "Decrypt"), constraint=Constraint({"aws:s3:arn": BUCKET}, True))
    assert judge_grant(one, with_context("kms:DescribeKey"), PLAIN).truth is YES
    assert judge_grant(one, with_context("kms:Decrypt"), PLAIN).truth is NO


@pytest.mark.parametrize(
    ("bucket_key", "wanted", "truth"),
    [
        (Truth.NO, OBJECT, YES),
        (Truth.NO, BUCKET, NO),
        (Truth.YES, BUCKET, YES),
        (Truth.YES, OBJECT, NO),
        (Truth.UNKNOWN, BUCKET, UNKNOWN),
    ],
)
def test_the_context_that_s3_sends_depends_on_the_bucket_key(bucket_key: Truth, wanted: str, truth: Truth) -> None:
    """S3 User Guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys"."""
    one = grant(constraint=Constraint({"aws:s3:arn": wanted}, False))
    assert judge_grant(one, kms_request(bucket_key=bucket_key), PLAIN).truth is truth


def test_a_writer_may_add_to_the_context_so_that_equals_stays_open() -> None:
    one = grant(constraint=Constraint({"aws:s3:arn": OBJECT}, True))
    assert judge_grant(one, kms_request(), PLAIN).truth is UNKNOWN
    assert judge_grant(grant(constraint=Constraint({"aws:s3:arn": BUCKET}, True)), kms_request(), PLAIN).truth is NO


def test_one_grant_is_enough() -> None:
    none = grant(operations=("Encrypt",))
    assert judge_grants([none, grant()], kms_request(), PLAIN).truth is YES
    assert judge_grants([none], kms_request(), PLAIN).truth is NO
    assert judge_grants([], kms_request(), PLAIN).reason == "there is no grant"


# grantee, identity policies allow, outcome; the key policy speaks of nobody but its own account
@pytest.mark.parametrize(
    ("who", "me", "verdict"),
    [
        pytest.param(READER, ADMIN, ALLOWED, id="foreign-grantee-with-identity-Allow"),
        pytest.param(READER, side(), UNDETERMINED, id="foreign-grantee-without-identity-Allow"),
        pytest.param(READER, side(deny(None, "kms:*")), DENIED, id="foreign-grantee-with-identity-Deny"),
        pytest.param(READER, CallerSide((), boundary=SILENT), UNDETERMINED, id="foreign-grantee-within-a-boundary"),
        pytest.param(f"arn:aws:iam::{A}:role/own", side(), ALLOWED, id="own-grantee-without-identity-Allow"),
    ],
)
def test_what_a_grant_is_worth(who: str, me: CallerSide, verdict: Verdict) -> None:
    """KMS Developer Guide, "Allowing users in other accounts to use a KMS key": whether a foreign grantee needs the
    permission of an IAM policy too is not stated clearly.
    """
    key = key_side(OWN_ACCOUNT, grants=(grant(who),))
    assert at_key(who, key, me).verdict is verdict


def test_a_deny_of_the_key_policy_outweighs_a_grant() -> None:
    key = key_side(OWN_ACCOUNT, deny("*", "kms:Decrypt"), grants=(grant(),))
    assert at_key(READER, key).verdict is DENIED


def test_grants_are_a_layer_of_evidence() -> None:
    evaluation = at_key(READER, key_side(OWN_ACCOUNT, grants=(grant(),)), side())
    assert verdicts(evaluation) == {
        "key policy": "allowed",
        "grants": "allowed",
        "identity policies": "undetermined",
    }
    grants = evaluation.layer(LayerKind.GRANTS)
    assert grants is not None
    assert grants.reason == "grant aws_kms_grant.g covers it"
    identity = evaluation.layer(LayerKind.IDENTITY_POLICY)
    assert identity is not None
    assert identity.reason == ("a grant covers it, and whether a grantee needs the permission too is not documented")


def test_a_grant_that_may_be_there_leaves_it_open() -> None:
    key = key_side(OWN_ACCOUNT, grants=(grant(presence=UNKNOWN),))
    assert at_key(READER, key).verdict is UNDETERMINED
    assert at_key(READER, key_side(OWN_ACCOUNT, grants=(grant(operations=("Encrypt",)),))).verdict is DENIED


def test_what_cannot_be_seen_of_the_key_policy_matters_beside_a_grant() -> None:
    hidden = key_side(grants=(grant(),))
    hidden = type(hidden)(LayerKind.KEY_POLICY, A, (policy(Unknown("x", "not visible")),), grants=hidden.grants)
    assert at_key(READER, hidden).verdict is UNDETERMINED
