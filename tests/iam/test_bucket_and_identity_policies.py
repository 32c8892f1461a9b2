"""Bucket policies and identity policies for S3 and KMS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.iam.cases import (
    BUCKET,
    FREE,
    KEY,
    OBJECT,
    READER,
    A,
    B,
    allow,
    bucket_policy,
    caller,
    deny,
    identity,
    kms_request,
    s3_request,
)
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.values.text import join_text
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

ALLOWED, DENIED, UNDETERMINED = Verdict.ALLOWED, Verdict.DENIED, Verdict.UNDETERMINED


@pytest.mark.parametrize(
    ("action", "resource", "verdict"),
    [
        ("s3:GetObject", f"{BUCKET}/*", ALLOWED),
        ("s3:GetObject*", f"{BUCKET}/*", ALLOWED),
        ("s3:*", [BUCKET, f"{BUCKET}/*"], ALLOWED),
        ("s3:GetObject", BUCKET, DENIED),
        ("s3:GetObject", f"{BUCKET}/reports/*", ALLOWED),
        ("s3:GetObject", f"{BUCKET}/other/*", DENIED),
        ("s3:GetObject", "arn:aws:s3:::*", ALLOWED),
        ("s3:GetObjectVersion", f"{BUCKET}/*", DENIED),
        ("s3:PutObject", f"{BUCKET}/*", DENIED),
        ("s3:GetObject", join_text((FREE, "/*")), UNDETERMINED),
    ],
)
def test_reading_an_object(action: Any, resource: Any, verdict: Verdict) -> None:
    """S3 User Guide, "Policy actions for Amazon S3": object actions take the object's ARN."""
    assert bucket_policy(allow({"AWS": B}, action, resource)).verdict is verdict


def test_a_bucket_that_is_not_known_matches_its_own_arn() -> None:
    bucket = Unknown("aws_s3_bucket.data.arn", "known after apply", minted=True)
    request = s3_request(resource=join_text((bucket, "/object")))
    assert (
        bucket_policy(allow({"AWS": B}, "s3:GetObject", join_text((bucket, "/*"))), request=request).verdict is ALLOWED
    )
    assert bucket_policy(allow({"AWS": B}, "s3:ListBucket", bucket), request=request).verdict is DENIED


def test_deny_with_not_principal_and_only_a_role_is_open() -> None:
    """IAM User Guide, "AWS JSON policy elements: NotPrincipal"."""
    statement = deny(action="s3:*", resource=[BUCKET, f"{BUCKET}/*"])
    statement["NotPrincipal"] = {"AWS": READER}
    assert bucket_policy(allow({"AWS": B}, "s3:*", f"{BUCKET}/*"), statement).verdict is UNDETERMINED


def test_deny_without_tls_does_not_hit_objects_under_a_kms_key() -> None:
    """S3 API Reference, GetObject: requests for such objects must use TLS."""
    insecure = deny("*", "s3:*", [BUCKET, f"{BUCKET}/*"], Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert bucket_policy(allow({"AWS": B}, "s3:GetObject", f"{BUCKET}/*"), insecure).verdict is ALLOWED


@pytest.mark.parametrize(
    "condition",
    [
        {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
        {"Null": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "true"}},
    ],
)
def test_what_headers_a_writer_sends_is_not_known(condition: Any) -> None:
    """S3 User Guide, "Using server-side encryption with AWS KMS keys"."""
    request = s3_request(action="s3:PutObject")
    unless = deny("*", "s3:PutObject", f"{BUCKET}/*", Condition=condition)
    assert (
        bucket_policy(allow({"AWS": B}, "s3:PutObject", f"{BUCKET}/*"), unless, request=request).verdict is UNDETERMINED
    )


def test_the_buckets_region_and_account_can_be_told() -> None:
    where = {"StringEquals": {"aws:RequestedRegion": "eu-west-1", "aws:ResourceAccount": A}}
    statement = allow({"AWS": B}, "s3:GetObject", f"{BUCKET}/*", Condition=where)
    assert bucket_policy(statement).verdict is UNDETERMINED
    request = s3_request(region="eu-west-1", bucket_account=A)
    assert bucket_policy(statement, request=request).verdict is ALLOWED


def test_a_public_bucket_policy_lets_everyone_in() -> None:
    public = caller("*")
    assert bucket_policy(allow("*", "s3:GetObject", f"{BUCKET}/*"), request=s3_request(public)).verdict is ALLOWED
    assert bucket_policy(allow({"AWS": B}, "s3:GetObject", f"{BUCKET}/*"), request=s3_request(public)).verdict is DENIED
    named = allow("*", "s3:GetObject", f"{BUCKET}/*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-abc"}})
    assert bucket_policy(named, request=s3_request(public)).verdict is DENIED


def test_user_names_fill_in_variables_of_resources() -> None:
    """IAM User Guide, "IAM policy elements: Variables and tags"."""
    home = allow({"AWS": B}, "s3:GetObject", f"{BUCKET}/${{aws:username}}/*")
    ann = caller(f"arn:aws:iam::{B}:user/ann")
    assert bucket_policy(home, request=s3_request(ann, resource=f"{BUCKET}/ann/x")).verdict is ALLOWED
    assert bucket_policy(home, request=s3_request(ann, resource=f"{BUCKET}/bob/x")).verdict is DENIED
    assert bucket_policy(home, request=s3_request(resource=f"{BUCKET}/ann/x")).verdict is DENIED  # roles have none


def test_an_access_point_is_not_known_of() -> None:
    delegated = allow("*", "*", [BUCKET, f"{BUCKET}/*"], Condition={"StringEquals": {"s3:DataAccessPointAccount": A}})
    assert bucket_policy(delegated).verdict is UNDETERMINED


@pytest.mark.parametrize(
    ("resource", "verdict"),
    [
        (KEY, ALLOWED),
        ("*", ALLOWED),
        (f"arn:aws:kms:*:{A}:key/*", ALLOWED),
        (f"arn:aws:kms:eu-west-1:{B}:key/*", DENIED),
        (f"arn:aws:kms:us-west-2:{A}:key/*", DENIED),
        (f"arn:aws:kms:eu-west-1:{A}:alias/data", DENIED),
        ("alias/data", DENIED),
        ("1234abcd-12ab-34cd-56ef-1234567890ab", DENIED),
        (FREE, UNDETERMINED),
    ],
)
def test_an_identity_policy_must_name_the_key_by_its_arn(resource: Any, verdict: Verdict) -> None:
    """KMS Developer Guide, "Specifying KMS keys in IAM policy statements"."""
    assert identity(allow(resource=resource)).verdict is verdict


def test_an_administrator_passes_the_identity_gate_only() -> None:
    """The AWS managed policy AdministratorAccess: ``*`` on ``*``."""
    assert identity(allow(action="*")).verdict is ALLOWED
    assert bucket_policy(allow({"AWS": A}, "s3:*", f"{BUCKET}/*")).verdict is DENIED


def test_an_identity_policy_with_a_principal_decides_nothing() -> None:
    assert identity(allow("*")).verdict is UNDETERMINED


def test_an_identity_policy_without_resource_is_not_accepted() -> None:
    statement = allow()
    del statement["Resource"]
    assert identity(statement).verdict is UNDETERMINED


def test_one_of_several_identity_policies_is_enough_and_one_deny_too_many() -> None:
    assert identity(allow(action="s3:*"), allow()).verdict is ALLOWED
    assert identity(allow(action="s3:*"), allow(), deny(resource=KEY)).verdict is DENIED


def test_reasons_name_the_resource_that_is_covered() -> None:
    decision = identity(allow(resource=f"arn:aws:kms:eu-west-1:{B}:key/*"))
    assert decision.nearest is not None
    assert decision.nearest.reasons == (f"covers arn:aws:kms:eu-west-1:{B}:key/*, not {KEY}",)
    assert decision.nearest.action is Truth.YES


def test_both_gates_of_another_account_must_allow() -> None:
    """IAM User Guide, "Cross-account policy evaluation logic"."""
    gates = [
        identity(allow()),
        bucket_policy(allow({"AWS": B}, "s3:GetObject", OBJECT)),
        identity(allow(action="s3:*")),
    ]
    verdicts = [gate.verdict for gate in gates]
    assert verdicts == [ALLOWED, ALLOWED, DENIED]
    assert Verdict.weakest(verdicts) is DENIED
    assert Verdict.weakest(verdicts[:2]) is ALLOWED
    assert Verdict.weakest([ALLOWED, UNDETERMINED]) is UNDETERMINED
    assert Verdict.weakest([DENIED, UNDETERMINED]) is DENIED
    assert Verdict.strongest([DENIED, UNDETERMINED]) is UNDETERMINED
    assert Verdict.strongest([ALLOWED, UNDETERMINED]) is ALLOWED
    assert Verdict.weakest([]) is ALLOWED
    assert Verdict.strongest([]) is DENIED


def test_kms_actions_of_an_identity_policy_without_conditions_work_via_s3() -> None:
    only_s3 = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
    assert identity(allow(Condition=only_s3)).verdict is ALLOWED
    assert identity(allow(Condition=only_s3), request=kms_request(region="us-east-1")).verdict is DENIED
