"""Caller and resource in two accounts, organizations, endpoints, services, and roles that are taken on.

IAM User Guide, "Cross-account policy evaluation logic"; KMS Developer Guide, "Allowing users in other accounts to use
a KMS key"; Organizations User Guide, "SCP evaluation", "RCP evaluation".
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.iam.cases import FREE, KEY, READER, A, B, C, caller, deny, kms_request, policy
from tests.iam.situations import (
    ADMIN,
    ADMINISTRATOR,
    ALLOWED,
    DENIED,
    EVERYTHING,
    OBJECTS,
    OWN_ACCOUNT,
    ROLE_OF_A,
    SILENT,
    UNDETERMINED,
    at_bucket,
    at_key,
    at_role,
    bucket_side,
    full_access,
    key_side,
    named,
    role_side,
    side,
    verdicts,
)
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.iam.document import opaque_document
from tf_kms_guard.iam.evaluation import evaluate
from tf_kms_guard.iam.layers import CallerSide, Levels
from tf_kms_guard.iam.routes import best_route, direct_route, route_by_role
from tf_kms_guard.values.compare import World
from tf_kms_guard.values.text import join_text
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

B_ROOT = f"arn:aws:iam::{B}:root"
B_USER = f"arn:aws:iam::{B}:user/carlos"
B_SESSION = f"arn:aws:sts::{B}:assumed-role/reader/job"
BOTH = [(True, True, ALLOWED), (True, False, DENIED), (False, True, DENIED), (False, False, DENIED)]


@pytest.mark.parametrize("who", [READER, B_USER, B_SESSION, B])
@pytest.mark.parametrize(("by_resource", "by_identity", "verdict"), BOTH)
def test_both_accounts_must_allow(who: str, by_resource: bool, by_identity: bool, verdict: Verdict) -> None:
    statements = [OWN_ACCOUNT, *([named(B_ROOT)] if by_resource else [])]
    me = side(*([EVERYTHING] if by_identity else []))
    for evaluation in (at_key(who, key_side(*statements), me), at_bucket(who, bucket_side(*statements), me)):
        assert evaluation.verdict is verdict
        assert evaluation.foreign is Truth.YES
        assert len(evaluation.closed) == 2 - by_resource - by_identity  # AWS would name one, here are all


def test_the_guides_example_of_carlos() -> None:
    """IAM User Guide, "Example cross-account policy evaluation": bucket policy and user policy allow, an SCP of B's account denies."""
    bucket = bucket_side(named(B_USER, action="s3:*Object", resource=OBJECTS))
    statement = {"Effect": "Allow", "Action": "s3:*Object", "Resource": OBJECTS}
    assert at_bucket(B_USER, bucket, side(statement)).verdict is ALLOWED
    assert at_bucket(B_USER, bucket, side({**statement, "Resource": "arn:aws:s3:::other/*"})).verdict is DENIED
    no_s3 = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    limited = side(statement, service_control=(full_access(no_s3),))
    assert at_bucket(B_USER, bucket, limited).verdict is DENIED
    assert verdicts(at_bucket(B_USER, bucket, limited)) == {
        "bucket policy": "allowed",
        "identity policies": "allowed",
        "service control policy": "denied",
    }


@pytest.mark.parametrize("whom", [READER, B_SESSION, B_ROOT, "*"])
@pytest.mark.parametrize("limit", ["boundary", "session", "identity"])
def test_a_foreign_policy_never_gets_past_what_limits_the_caller_at_home(whom: str, limit: str) -> None:
    me = CallerSide(
        () if limit == "identity" else ADMINISTRATOR,
        boundary=SILENT if limit == "boundary" else None,
        session_policies=(SILENT,) if limit == "session" else None,
    )
    assert at_key(B_SESSION, key_side(named(whom)), me).verdict is DENIED
    assert at_bucket(B_SESSION, bucket_side(named(whom)), me).verdict is DENIED


@pytest.mark.parametrize(
    ("action", "verdict"),
    [
        ("kms:Decrypt", ALLOWED),
        ("kms:GenerateDataKey", ALLOWED),
        ("kms:ReEncryptFrom", ALLOWED),
        ("kms:CreateGrant", ALLOWED),
        ("kms:DescribeKey", ALLOWED),
        ("kms:GetKeyRotationStatus", ALLOWED),
        ("kms:GetPublicKey", ALLOWED),
        ("kms:ListGrants", ALLOWED),
        ("kms:RetireGrant", ALLOWED),
        ("kms:RevokeGrant", ALLOWED),
        ("kms:PutKeyPolicy", DENIED),
        ("kms:ScheduleKeyDeletion", DENIED),
        ("kms:ListKeys", DENIED),
        ("kms:TagResource", DENIED),
    ],
)
def test_kms_actions_that_work_across_accounts(action: str, verdict: Verdict) -> None:
    """KMS Developer Guide, "Using KMS keys in other accounts": every other action has no effect there."""
    assert at_key(READER, key_side(named(READER, action="kms:*")), action=action).verdict is verdict
    own = f"arn:aws:iam::{A}:role/admin"
    assert at_key(own, key_side(OWN_ACCOUNT), action=action).verdict is ALLOWED


def test_the_policy_of_an_aws_managed_key_never_lets_another_account_in() -> None:
    """S3 User Guide, "Using SSE-KMS encryption for cross-account operations"."""
    statement = named("*", Condition={"StringEquals": {"kms:CallerAccount": A}})
    key = key_side(statement, aws_managed=Truth.YES)
    assert at_key(READER, key).verdict is DENIED
    assert at_key(f"arn:aws:iam::{A}:role/own", key, side()).verdict is ALLOWED
    wide_open = key_side(named("*"), aws_managed=Truth.YES)
    assert at_key(READER, wide_open).verdict is DENIED
    assert at_key(READER, key_side(named("*"), aws_managed=Truth.UNKNOWN)).verdict is UNDETERMINED


# ---- organizations

NO_KMS = {"Effect": "Deny", "Action": "kms:*", "Resource": "*"}
ONLY_S3 = (policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}),)
FULL = full_access()


@pytest.mark.parametrize(
    ("levels", "verdict"),
    [
        pytest.param((), ALLOWED, id="no-organization"),
        pytest.param((FULL, FULL, FULL), ALLOWED, id="FullAWSAccess-at-each-level"),
        pytest.param((FULL, ONLY_S3, FULL), DENIED, id="one-level-does-not-allow"),
        pytest.param((FULL, full_access(NO_KMS), FULL), DENIED, id="one-level-denies"),
        pytest.param((FULL, (*ONLY_S3, *FULL)), ALLOWED, id="several-of-one-level-add-up"),
        pytest.param((FULL, ()), UNDETERMINED, id="a-level-without-any-cannot-be-all-of-it"),
        pytest.param((FULL, (opaque_document(FREE),)), UNDETERMINED, id="a-level-that-is-not-visible"),
    ],
)
def test_service_control_policies_must_allow_at_each_level(levels: Levels, verdict: Verdict) -> None:
    """Organizations User Guide, "SCP evaluation"."""
    me = CallerSide(ADMINISTRATOR, service_control=levels)
    assert at_key(READER, key_side(named(READER)), me).verdict is verdict


@pytest.mark.parametrize(
    ("who", "manages", "verdict"),
    [
        pytest.param(READER, Truth.NO, DENIED, id="member-account"),
        pytest.param(READER, Truth.YES, ALLOWED, id="management-account"),
        pytest.param(READER, Truth.UNKNOWN, UNDETERMINED, id="perhaps-the-management-account"),
        pytest.param(
            f"arn:aws:iam::{B}:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup",
            Truth.NO,
            ALLOWED,
            id="service-linked-role",
        ),
        pytest.param(
            f"arn:aws:sts::{B}:assumed-role/AWSServiceRoleForBackup/x",
            Truth.NO,
            UNDETERMINED,
            id="a-session-does-not-tell-its-roles-path",
        ),
    ],
)
def test_whom_service_control_policies_bind(who: str, manages: Truth, verdict: Verdict) -> None:
    """Organizations User Guide, "Tasks and entities not restricted by SCPs"."""
    me = CallerSide(ADMINISTRATOR, service_control=(full_access(NO_KMS),), manages=manages)
    assert at_key(who, key_side(named(B_ROOT)), me).verdict is verdict


ONLY_OUR_ORGANIZATION = deny("*", "kms:*", Condition={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours"}})


@pytest.mark.parametrize(
    ("organization", "more", "verdict"),
    [
        pytest.param("o-ours", {}, ALLOWED, id="of-the-organization"),
        pytest.param("o-theirs", {}, DENIED, id="of-another-one"),
        pytest.param(None, {}, UNDETERMINED, id="not-known"),
        pytest.param("o-theirs", {"manages": Truth.YES}, ALLOWED, id="a-key-of-the-management-account"),
    ],
)
def test_resource_control_policies(organization: Any, more: dict[str, Any], verdict: Verdict) -> None:
    """KMS Developer Guide, "Resource control policies in AWS KMS"."""
    key = key_side(named(READER), resource_control=((policy(ONLY_OUR_ORGANIZATION),), ()), **more)
    assert at_key(READER, key, organization=organization).verdict is verdict


def test_resource_control_policies_do_not_bind_service_linked_roles_nor_aws_managed_keys() -> None:
    """Organizations User Guide, "Resources and entities not restricted by RCPs"."""
    levels = ((policy(ONLY_OUR_ORGANIZATION),),)
    linked = f"arn:aws:iam::{B}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
    assert at_key(linked, key_side(named(B_ROOT), resource_control=levels), organization="o-x").verdict is ALLOWED
    own = f"arn:aws:iam::{A}:role/own"
    managed = key_side(named("*"), resource_control=levels, aws_managed=Truth.YES)
    assert at_key(own, managed, side(), organization="o-x").verdict is ALLOWED
    assert at_key(own, key_side(named("*"), resource_control=levels), side(), organization="o-x").verdict is DENIED


def test_resource_control_policies_bind_services_that_act_as_themselves() -> None:
    levels = ((policy(deny("*", "kms:*", Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}})),),)
    service = caller("cloudtrail.amazonaws.com", "Service")
    statement = {**named(), "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    assert at_key(service, key_side(statement), CallerSide()).verdict is ALLOWED
    assert at_key(service, key_side(statement, resource_control=levels), CallerSide()).verdict is DENIED


# ---- endpoints, services, the public


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ({**EVERYTHING, "Principal": "*"}, ALLOWED),
        ({**EVERYTHING, "Principal": {"AWS": B}}, ALLOWED),
        ({**EVERYTHING, "Principal": {"AWS": C}}, DENIED),
        ({"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}, DENIED),
        (FREE, UNDETERMINED),
    ],
)
def test_an_endpoint_policy_must_allow(statement: Any, verdict: Verdict) -> None:
    """KMS Developer Guide, "Controlling access to a VPC endpoint"; the default policy allows all."""
    me = CallerSide(ADMINISTRATOR, endpoint_policy=policy(statement))
    assert at_key(READER, key_side(named(READER)), me).verdict is verdict


def test_a_service_is_let_in_by_the_resources_policy_alone() -> None:
    service = caller("cloudtrail.amazonaws.com", "Service")
    statement = {**named(), "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    assert verdicts(at_bucket(service, bucket_side(statement), CallerSide())) == {"bucket policy": "allowed"}
    assert at_bucket(service, bucket_side(named(B_ROOT)), CallerSide()).verdict is DENIED


def test_nobody_is_anonymous_at_kms() -> None:
    """KMS Developer Guide: every request is signed; S3 API Reference, GetObject: objects under KMS keys take SigV4."""
    anyone = caller("*")
    assert at_bucket(anyone, bucket_side(named("*")), CallerSide()).verdict is ALLOWED
    assert at_key(anyone, key_side(named("*")), CallerSide()).verdict is DENIED
    assert at_bucket(anyone, bucket_side(named(B_ROOT)), CallerSide()).verdict is DENIED


# ---- whether it is another account is not known

ACCOUNT = Unknown("account of aws.other", "the account of aws.other is not known")
SOMEBODY = caller(join_text(("arn:aws:iam::", ACCOUNT, ":role/reader")))


def test_where_the_accounts_may_be_one_both_rules_must_agree() -> None:
    """A key policy that names the role settles it in one account; in two its own policies must allow too."""
    arn = join_text(("arn:aws:iam::", ACCOUNT, ":role/reader"))
    statement = {**EVERYTHING, "Principal": {"AWS": [arn]}}
    assert at_key(SOMEBODY, key_side(statement), side()).verdict is UNDETERMINED
    assert at_key(SOMEBODY, key_side(statement), side()).foreign is Truth.UNKNOWN
    assert at_key(SOMEBODY, key_side(statement)).verdict is ALLOWED
    assert at_key(SOMEBODY, key_side(OWN_ACCOUNT), side()).verdict is DENIED
    assert at_key(SOMEBODY, key_side(OWN_ACCOUNT)).verdict is UNDETERMINED
    settled = World(bindings={ACCOUNT.identity: A})
    assert at_key(SOMEBODY, key_side(OWN_ACCOUNT), world=settled).verdict is ALLOWED
    assert any(unknown.is_same(ACCOUNT) for unknown in at_key(SOMEBODY, key_side(statement), side()).unknowns)


def test_the_callers_policies_may_be_read_in_a_world_of_their_own() -> None:
    """What is presumed of the owner's account is not presumed of the caller's."""
    request = kms_request(SOMEBODY)
    own = World(own=frozenset((ACCOUNT.identity,)))
    me = side({"Effect": "Allow", "Action": "kms:*", "Resource": KEY})
    statement = {**EVERYTHING, "Principal": {"AWS": A}}
    assert evaluate(request, me, key_side(statement), own).verdict is DENIED
    assert evaluate(request, me, key_side(statement), World(), callers_world=own).verdict is UNDETERMINED


# ---- by a role of the owner's account

TRUST = named(READER, action="sts:AssumeRole")
del TRUST["Resource"]


@pytest.mark.parametrize(
    ("trust", "by_identity", "verdict"),
    [(TRUST, True, ALLOWED), (TRUST, False, DENIED), ({**TRUST, "Principal": {"AWS": C}}, True, DENIED)],
)
def test_a_role_is_taken_on_with_both_accounts_leave(trust: Any, by_identity: bool, verdict: Verdict) -> None:
    """IAM User Guide, "Cross account resource access in IAM"."""
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE_OF_A}
    assert at_role(READER, role_side(trust), side(*([assume] if by_identity else []))).verdict is verdict


def test_a_role_of_the_owner_is_another_way_in() -> None:
    """From there on it is one account: the key policy's delegation to its own account is enough."""
    key = key_side(OWN_ACCOUNT)
    direct = direct_route(at_bucket(READER, bucket_side()), at_key(READER, key))
    assert direct.verdict is DENIED
    steps = (at_bucket(ROLE_OF_A, bucket_side()), at_key(ROLE_OF_A, key))
    by_role = route_by_role(caller(ROLE_OF_A), at_role(READER, role_side(TRUST)), *steps)
    best = best_route([direct, by_role])
    assert best is by_role
    assert best.verdict is ALLOWED
    assert best.role is not None
    untrusted = route_by_role(caller(ROLE_OF_A), at_role(f"arn:aws:iam::{B}:role/other", role_side(TRUST)), *steps)
    assert untrusted.verdict is DENIED
    assert best_route([direct, untrusted]) is direct
    assert best_route([]) is None


def test_a_role_of_the_owner_still_needs_the_key() -> None:
    elsewhere = key_side(named(f"arn:aws:iam::{A}:role/other"))
    step = at_key(ROLE_OF_A, elsewhere, ADMIN)
    assert route_by_role(caller(ROLE_OF_A), at_role(READER, role_side(TRUST)), step).verdict is DENIED
