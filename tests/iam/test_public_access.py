"""Block Public Access, object ownership and access points: what S3 asks beside its policies.

S3 User Guide, "Blocking public access to your Amazon S3 storage" (its section "The meaning of 'public'"),
"Controlling ownership of objects", "Configuring IAM policies for using access points".
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.iam.cases import BUCKET, FREE, OBJECT, READER, A, B, C, allow, caller, deny, policy
from tests.iam.situations import (
    ADMIN,
    ALLOWED,
    DENIED,
    EVERYTHING,
    OBJECTS,
    UNDETERMINED,
    at_bucket,
    bucket_side,
    named,
    side,
    verdicts,
)
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.iam.document import opaque_document
from tf_kms_guard.iam.layers import AccessPoint, CallerSide, LayerKind
from tf_kms_guard.iam.public_access import is_public
from tf_kms_guard.values.text import join_text
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
VPC = "vpc-91237329"


def everyone(operator: str, key: str, *values: Any) -> dict[str, Any]:
    return allow("*", "s3:PutObject", Condition={operator: {key: list(values)}})


# The guide's own examples first.
PUBLIC = [
    pytest.param(allow({"Federated": "graph.facebook.com"}, "s3:PutObject"), YES, id="guide-federated"),
    pytest.param(allow("*", "s3:PutObject"), YES, id="guide-everyone"),
    pytest.param(everyone("StringLike", "aws:SourceVpc", "vpc-*"), YES, id="guide-SourceVpc-with-a-wildcard"),
    pytest.param(everyone("StringEquals", "aws:SourceVpc", VPC), NO, id="guide-SourceVpc-fixed"),
    pytest.param(everyone("IpAddress", "aws:SourceIp", "0.0.0.0/1"), YES, id="guide-SourceIp-0.0.0.0/1"),
    pytest.param(
        everyone("ArnLike", "s3:DataAccessPointArn", "arn:aws:s3:us-west-2:123456789012:accesspoint/*"),
        NO,
        id="guide-DataAccessPointArn-with-any-name",
    ),
    # a fixed principal
    pytest.param(allow({"AWS": B}, "s3:*"), NO, id="account"),
    pytest.param(allow({"AWS": READER}, "s3:*"), NO, id="role"),
    pytest.param(allow({"Service": "cloudtrail.amazonaws.com"}, "s3:*"), NO, id="service"),
    pytest.param(allow({"AWS": [B, "*"]}, "s3:*"), YES, id="account-and-everyone"),
    pytest.param({"Effect": "Allow", "NotPrincipal": {"AWS": B}, "Action": "s3:*", "Resource": "*"}, YES, id="but-one"),
    pytest.param(deny("*", "s3:*"), NO, id="a-Deny-is-never-public"),
    # every key that the definition lists, with a fixed value
    pytest.param(everyone("StringEquals", "aws:PrincipalOrgID", "o-abc"), NO, id="PrincipalOrgID"),
    pytest.param(everyone("IpAddress", "aws:SourceIp", "203.0.113.0/24"), NO, id="SourceIp"),
    pytest.param(everyone("ArnLike", "aws:SourceArn", f"arn:aws:sns:eu-west-1:{A}:topic"), NO, id="SourceArn"),
    pytest.param(everyone("StringEquals", "aws:SourceVpce", "vpce-1a2b3c4d"), NO, id="SourceVpce"),
    pytest.param(everyone("StringEquals", "aws:SourceOwner", A), NO, id="SourceOwner"),
    pytest.param(everyone("StringEquals", "aws:SourceAccount", A), NO, id="SourceAccount"),
    pytest.param(
        everyone("StringEquals", "s3:x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:x"), NO, id="kms-key-id"
    ),
    pytest.param(everyone("StringEquals", "aws:userid", "AIDAEXAMPLEEXAMPLE123"), NO, id="userid"),
    pytest.param(everyone("StringEquals", "s3:DataAccessPointAccount", A), NO, id="DataAccessPointAccount"),
    pytest.param(everyone("StringEquals", "AWS:sourceVPC", VPC), NO, id="keys-in-any-case"),
    # ranges
    pytest.param(everyone("IpAddress", "aws:SourceIp", "13.0.0.0/8"), NO, id="IPv4-/8"),
    pytest.param(everyone("IpAddress", "aws:SourceIp", "12.0.0.0/7"), YES, id="IPv4-broader-than-/8"),
    pytest.param(everyone("IpAddress", "aws:SourceIp", "2001:db8::/32"), NO, id="IPv6-/32"),
    pytest.param(everyone("IpAddress", "aws:SourceIp", "10.0.0.0/7"), YES, id="more-than-a-private-range"),
    pytest.param(everyone("IpAddress", "aws:SourceIp", "192.168.0.0/1"), YES, id="half-of-all-addresses"),
    pytest.param(everyone("IpAddress", "aws:SourceIp", "172.16.0.0/12"), NO, id="private"),
    pytest.param(everyone("IpAddress", "aws:SourceIp", "10.0.0.999"), UNKNOWN, id="no-address"),
    pytest.param(everyone("IpAddress", "aws:SourceIp", "2001::/16"), YES, id="IPv6-broader-than-/32"),
    pytest.param(everyone("IpAddress", "aws:SourceIp", "10.0.0.0/8", "198.51.100.7"), NO, id="private-and-single"),
    pytest.param(everyone("IpAddress", "aws:SourceIp", "203.0.113.0/24", "0.0.0.0/0"), YES, id="one-too-broad"),
    # values that are not fixed
    pytest.param(everyone("StringLike", "aws:SourceAccount", "1111*"), YES, id="account-with-a-wildcard"),
    pytest.param(everyone("StringEquals", "aws:SourceVpc", "${aws:PrincipalTag/vpc}"), YES, id="a-policy-variable"),
    pytest.param(everyone("StringEquals", "aws:SourceVpc", VPC, "vpc-*"), YES, id="one-of-two-fixed"),
    pytest.param(everyone("StringLike", "aws:userid", "AROAEXAMPLEEXAMPLE123:*"), UNKNOWN, id="userid-of-a-role"),
    pytest.param(everyone("StringEquals", "aws:SourceVpc", FREE), UNKNOWN, id="value-not-known"),
    # what the definition does not speak of
    pytest.param(everyone("ArnLike", "aws:PrincipalArn", READER), UNKNOWN, id="PrincipalArn"),
    pytest.param(everyone("StringEquals", "aws:PrincipalAccount", B), UNKNOWN, id="PrincipalAccount"),
    pytest.param(everyone("StringEquals", "aws:PrincipalTag/team", "red"), UNKNOWN, id="PrincipalTag"),
    pytest.param(everyone("StringNotEquals", "aws:SourceVpc", VPC), UNKNOWN, id="negated"),
    pytest.param(everyone("StringEqualsIfExists", "aws:SourceVpc", VPC), UNKNOWN, id="IfExists"),
    pytest.param(allow(FREE, "s3:*"), UNKNOWN, id="principal-not-known"),
    pytest.param(FREE, UNKNOWN, id="statement-not-known"),
]


@pytest.mark.parametrize(("statement", "truth"), PUBLIC)
def test_what_s3_calls_public(statement: Any, truth: Truth) -> None:
    judged = is_public([policy(statement)])
    assert judged.truth is truth
    assert (len(judged.unknowns) > 0) is (truth is UNKNOWN)


def test_an_account_of_this_configuration_is_a_fixed_value() -> None:
    """AWS makes account ids: there is no wildcard in one, whatever it is."""
    from tf_kms_guard.iam.shapes import ACCOUNT_ID

    own = Unknown("account of aws", "not known", ACCOUNT_ID, minted=True)
    assert is_public([policy(everyone("StringEquals", "aws:SourceAccount", own))]).truth is NO
    topic = join_text(("arn:aws:sns:eu-west-1:", own, ":topic"))
    assert is_public([policy(everyone("ArnLike", "aws:SourceArn", topic))]).truth is NO


def test_conditions_narrow_together() -> None:
    statement = allow(
        "*", "s3:*", Condition={"StringLike": {"aws:SourceVpc": "vpc-*"}, "StringEquals": {"aws:SourceAccount": A}}
    )
    assert is_public([policy(statement)]).truth is NO


def test_the_reason_names_the_statement() -> None:
    open_door = {**allow("*", "s3:GetObject"), "Sid": "Website"}
    assert is_public([policy(allow({"AWS": B}), open_door)]).reason == 'statement "Website" allows everyone'
    by_tag = {**everyone("StringEquals", "aws:PrincipalTag/team", "red"), "Sid": "Team"}
    assert is_public([policy(by_tag)]).reason == (
        'statement "Team" allows everyone, and S3 does not say whether aws:PrincipalTag/team narrows it enough'
    )
    by_vpc = everyone("StringLike", "aws:SourceVpc", "vpc-*")
    assert is_public([policy(by_vpc)]).reason == (
        "a statement without a Sid allows everyone; aws:SourceVpc has no fixed value"
    )


def test_an_access_point_policy_is_judged_a_little_differently() -> None:
    statement = everyone("ArnLike", "s3:DataAccessPointArn", f"arn:aws:s3:eu-west-1:{A}:accesspoint/*")
    assert is_public([policy(statement)]).truth is NO
    assert is_public([policy(statement)], access_point=True).truth is YES


# ---- RestrictPublicBuckets

CLOUDTRAIL = allow({"Service": "cloudtrail.amazonaws.com"}, "s3:*")
ACCOUNT_2 = named(f"arn:aws:iam::{B}:root")
EVERYONE = allow("*", "s3:GetObject")


@pytest.mark.parametrize(
    ("who", "statements", "verdict"),
    [
        pytest.param(READER, [CLOUDTRAIL, ACCOUNT_2, EVERYONE], DENIED, id="account-2-beside-a-public-statement"),
        pytest.param(READER, [CLOUDTRAIL, ACCOUNT_2], ALLOWED, id="account-2-without-it"),
        pytest.param("*", [CLOUDTRAIL, ACCOUNT_2, EVERYONE], DENIED, id="the-public"),
        pytest.param(f"arn:aws:iam::{A}:role/own", [EVERYONE], ALLOWED, id="the-buckets-own-account"),
    ],
)
def test_the_guides_example_of_a_policy_with_public_and_other_grants(
    who: str, statements: list[Any], verdict: Verdict
) -> None:
    bucket = bucket_side(*statements, restrict_public_buckets=YES)
    assert at_bucket(who, bucket).verdict is verdict
    assert at_bucket(who, bucket_side(*statements)).verdict is ALLOWED


def test_services_keep_their_access_to_a_bucket_with_a_public_policy() -> None:
    bucket = bucket_side(CLOUDTRAIL, ACCOUNT_2, EVERYONE, restrict_public_buckets=YES)
    assert at_bucket(caller("cloudtrail.amazonaws.com", "Service"), bucket, CallerSide()).verdict is ALLOWED


def test_whether_the_policy_counts_as_public_may_be_open() -> None:
    by_arn = allow("*", "s3:*", Condition={"ArnLike": {"aws:PrincipalArn": READER}})
    evaluation = at_bucket(READER, bucket_side(by_arn, restrict_public_buckets=YES))
    assert verdicts(evaluation) == {
        "bucket policy": "allowed",
        "Block Public Access": "undetermined",
        "identity policies": "allowed",
    }
    assert at_bucket(READER, bucket_side(EVERYONE, restrict_public_buckets=UNKNOWN)).verdict is UNDETERMINED


# ---- ownership


@pytest.mark.parametrize(
    ("who", "statement", "owns", "acl", "verdict"),
    [
        pytest.param(READER, ACCOUNT_2, YES, NO, ALLOWED, id="owned"),
        pytest.param(READER, ACCOUNT_2, NO, NO, DENIED, id="Allow-does-not-reach-anothers-object"),
        pytest.param(READER, ACCOUNT_2, UNKNOWN, NO, UNDETERMINED, id="owner-not-known"),
        pytest.param(READER, ACCOUNT_2, NO, YES, ALLOWED, id="an-ACL-lets-in"),
        pytest.param(READER, deny("*", "s3:*"), NO, YES, DENIED, id="Deny-reaches-every-object"),
        pytest.param(f"arn:aws:iam::{A}:role/own", ACCOUNT_2, NO, NO, DENIED, id="not-even-the-bucket-owner"),
    ],
)
def test_a_bucket_policy_allows_only_for_objects_of_the_bucket_owner(
    who: str, statement: Any, owns: Truth, acl: Truth, verdict: Verdict
) -> None:
    assert at_bucket(who, bucket_side(statement, owns_object=owns, acl=acl)).verdict is verdict


# ---- access points

POINT_ARN = f"arn:aws:s3:eu-west-1:{A}:accesspoint/shared"
POINT_OBJECTS = f"{POINT_ARN}/object/*"
DELEGATION = allow("*", "*", [BUCKET, OBJECTS], Condition={"StringEquals": {"s3:DataAccessPointAccount": A}})


def point(*statements: Any, account: str = A, **more: Any) -> AccessPoint:
    arn = POINT_ARN.replace(A, account)
    key = OBJECT.removeprefix(f"{BUCKET}/")
    return AccessPoint(arn, account, f"{arn}/object/{key}", (policy(*statements),), **more)


AT_POINT = named(READER, resource=POINT_OBJECTS)
IDENTITY = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": POINT_OBJECTS}


@pytest.mark.parametrize(
    ("bucket", "at_point", "verdict"),
    [
        pytest.param(DELEGATION, AT_POINT, ALLOWED, id="delegation-and-access-point-policy"),
        pytest.param(named(READER, resource=OBJECTS), AT_POINT, ALLOWED, id="same-permissions-in-both"),
        pytest.param(DELEGATION, named(f"arn:aws:iam::{B}:role/other"), DENIED, id="access-point-policy-lacks-it"),
        pytest.param(named(f"arn:aws:iam::{C}:root"), AT_POINT, DENIED, id="bucket-policy-lacks-it"),
        pytest.param(DELEGATION, named(READER, resource=OBJECTS), DENIED, id="the-buckets-ARN-at-the-access-point"),
    ],
)
def test_access_point_and_bucket_must_both_allow(bucket: Any, at_point: Any, verdict: Verdict) -> None:
    side_of_a = bucket_side(bucket, access_point=point(at_point))
    assert at_bucket(READER, side_of_a, side(IDENTITY)).verdict is verdict


@pytest.mark.parametrize(
    ("key", "value", "verdict"),
    [
        ("s3:DataAccessPointAccount", A, ALLOWED),
        ("s3:DataAccessPointAccount", C, DENIED),
        ("s3:DataAccessPointArn", POINT_ARN, ALLOWED),
        ("s3:DataAccessPointArn", f"{POINT_ARN}-2", DENIED),
        ("s3:AccessPointNetworkOrigin", "VPC", UNDETERMINED),
    ],
)
def test_keys_of_access_points(key: str, value: str, verdict: Verdict) -> None:
    bucket = allow("*", "*", [BUCKET, OBJECTS], Condition={"StringEquals": {key: value}})
    side_of_a = bucket_side(bucket, access_point=point(AT_POINT))
    assert at_bucket(READER, side_of_a, side(IDENTITY)).verdict is verdict


def test_identity_policies_name_the_access_point() -> None:
    side_of_a = bucket_side(DELEGATION, access_point=point(AT_POINT))
    assert at_bucket(READER, side_of_a, side()).verdict is DENIED
    by_bucket = {**IDENTITY, "Resource": OBJECTS}
    evaluation = at_bucket(READER, side_of_a, side(by_bucket))
    assert evaluation.verdict is UNDETERMINED
    identity = evaluation.layer(LayerKind.IDENTITY_POLICY)
    assert identity is not None
    assert identity.reason == (
        "whether a policy that names the bucket counts for a request to an access point is not documented"
    )
    assert at_bucket(READER, side_of_a, side(IDENTITY, {**by_bucket, "Effect": "Deny"})).verdict is UNDETERMINED


def test_jane_of_the_buckets_own_account() -> None:
    """The guide's first example: the access point's policy and the bucket's name her."""
    jane = f"arn:aws:iam::{A}:user/Jane"
    at_point, at_the_bucket = named(jane, resource=POINT_OBJECTS), named(jane, resource=OBJECTS)
    assert at_bucket(jane, bucket_side(at_the_bucket, access_point=point(at_point)), side()).verdict is ALLOWED
    assert at_bucket(jane, bucket_side(access_point=point(at_point)), side()).verdict is DENIED
    assert at_bucket(jane, bucket_side(at_the_bucket, access_point=point()), side()).verdict is DENIED
    assert at_bucket(jane, bucket_side(access_point=point()), side(EVERYTHING)).verdict is ALLOWED


def test_an_access_point_of_the_callers_account_still_needs_the_bucket_owner() -> None:
    """S3 User Guide, "Creating access points", on access points of other accounts."""
    theirs = point(account=B)
    identity = side({**IDENTITY, "Resource": POINT_OBJECTS.replace(A, B)})
    assert at_bucket(READER, bucket_side(access_point=theirs), identity).verdict is DENIED
    delegation = {**DELEGATION, "Condition": {"StringEquals": {"s3:DataAccessPointAccount": B}}}
    assert at_bucket(READER, bucket_side(delegation, access_point=theirs), identity).verdict is ALLOWED


def test_a_public_access_point_policy_is_restricted_unless_it_is_in_a_vpc() -> None:
    open_point = point(named("*", resource=POINT_OBJECTS))
    restricted = bucket_side(DELEGATION, access_point=open_point, restrict_public_buckets=YES)
    assert at_bucket(READER, restricted, ADMIN).verdict is DENIED
    in_vpc = point(named("*", resource=POINT_OBJECTS), in_vpc=YES)
    spared = bucket_side(DELEGATION, access_point=in_vpc, restrict_public_buckets=YES)
    assert at_bucket(READER, spared, ADMIN).verdict is ALLOWED


def test_services_and_the_public_pass_access_points_by_policies_alone() -> None:
    anyone = point(named("*", resource=POINT_OBJECTS))
    assert at_bucket("*", bucket_side(DELEGATION, access_point=anyone), CallerSide()).verdict is ALLOWED
    assert at_bucket("*", bucket_side(DELEGATION, access_point=point(AT_POINT)), CallerSide()).verdict is DENIED


def test_a_bucket_policy_that_is_not_visible_may_be_public() -> None:
    judged = is_public([opaque_document(FREE)])
    assert judged.truth is UNKNOWN
    assert judged.unknowns[0].is_same(FREE)
