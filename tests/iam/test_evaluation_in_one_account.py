"""Caller and resource in one account.

IAM User Guide, "Policy evaluation logic" (its table "Resource-based policies and implicit denies in other policy
types"), "Permissions boundaries for IAM entities", "Session policies"; KMS Developer Guide, "Default key policy".
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.iam.cases import FREE, KEY, A, deny, policy
from tests.iam.situations import (
    ADMIN,
    ALLOWED,
    DENIED,
    EVERYTHING,
    OBJECTS,
    OWN_ACCOUNT,
    SILENT,
    UNDETERMINED,
    at_bucket,
    at_key,
    at_role,
    bucket_side,
    key_side,
    named,
    role_side,
    side,
    verdicts,
)
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.iam.document import opaque_document
from tf_kms_guard.iam.layers import CallerSide, LayerKind
from tf_kms_guard.values.truth import Truth

ROLE = f"arn:aws:iam::{A}:role/examplerole"
SESSION = f"arn:aws:sts::{A}:assumed-role/examplerole/examplerolesessionname"
USER = f"arn:aws:iam::{A}:user/exampleuser"
FEDERATED = f"arn:aws:sts::{A}:federated-user/exampleuser"

# caller, whom the bucket policy names, boundary, session policy, outcome
IMPLICIT_DENIES = [
    pytest.param(SESSION, ROLE, True, False, DENIED, id="role-session/role-ARN/boundary"),
    pytest.param(SESSION, ROLE, False, True, DENIED, id="role-session/role-ARN/session-policy"),
    pytest.param(SESSION, ROLE, False, False, ALLOWED, id="role-session/role-ARN/identity-policies-only"),
    pytest.param(SESSION, SESSION, True, True, ALLOWED, id="role-session/session-ARN/all"),
    pytest.param(USER, USER, True, False, ALLOWED, id="user/user-ARN/boundary"),
    pytest.param(FEDERATED, FEDERATED, True, True, ALLOWED, id="federated-user/session-ARN/all"),
    pytest.param(ROLE, ROLE, True, False, DENIED, id="role/role-ARN/boundary"),
    pytest.param(ROLE, SESSION, True, True, UNDETERMINED, id="any-session-of-a-role/one-session-ARN/all"),
    pytest.param(ROLE, "*", True, True, UNDETERMINED, id="role/everyone-is-not-documented/all"),
    pytest.param(ROLE, f"arn:aws:iam::{A}:root", False, False, DENIED, id="role/own-account-delegates-only"),
]


@pytest.mark.parametrize(("who", "whom", "boundary", "session", "verdict"), IMPLICIT_DENIES)
def test_implicit_denies_beside_a_bucket_policy(
    who: str, whom: str, boundary: bool, session: bool, verdict: Verdict
) -> None:
    me = side(boundary=SILENT if boundary else None, session_policies=(SILENT,) if session else None)
    assert at_bucket(who, bucket_side(named(whom)), me).verdict is verdict


def test_a_federated_user_named_as_the_iam_user_is_limited_by_what_is_silent() -> None:
    """Who made the session is not in its ARN: it may be that user's or another's, but not past the boundary."""
    assert at_bucket(FEDERATED, bucket_side(named(USER)), side(boundary=SILENT)).verdict is DENIED


@pytest.mark.parametrize("kind", ["identity", "boundary", "session", "bucket", "scp", "rcp", "endpoint"])
def test_an_explicit_deny_counts_wherever_it_stands(kind: str) -> None:
    no = deny(None, "s3:GetObject")
    no_one = deny("*", "s3:GetObject")
    me = CallerSide(
        (policy(EVERYTHING, *([no] if kind == "identity" else [])),),
        boundary=policy(EVERYTHING, no) if kind == "boundary" else None,
        session_policies=(policy(EVERYTHING, no),) if kind == "session" else None,
        service_control=((policy(EVERYTHING, no),),) if kind == "scp" else (),
        endpoint_policy=policy({**EVERYTHING, "Principal": "*"}, no_one) if kind == "endpoint" else None,
    )
    bucket = bucket_side(
        named(SESSION),
        *([no_one] if kind == "bucket" else []),
        resource_control=((policy(no_one),),) if kind == "rcp" else (),
    )
    evaluation = at_bucket(SESSION, bucket, me)
    assert evaluation.verdict is DENIED
    ((layer, match),) = evaluation.explicit_denies
    assert layer.verdict is DENIED
    assert match.reasons


BOTH = [
    (True, True, ALLOWED),
    (True, False, ALLOWED),
    (False, True, ALLOWED),
    (False, False, DENIED),
]


@pytest.mark.parametrize(("by_bucket", "by_identity", "verdict"), BOTH)
def test_either_the_bucket_policy_or_an_identity_policy_is_enough(
    by_bucket: bool, by_identity: bool, verdict: Verdict
) -> None:
    """IAM User Guide, "Evaluating identity-based policies with resource-based policies"."""
    bucket = bucket_side(*([named(ROLE, resource=OBJECTS)] if by_bucket else []))
    evaluation = at_bucket(ROLE, bucket, side(*([EVERYTHING] if by_identity else [])))
    assert evaluation.verdict is verdict
    assert evaluation.foreign is Truth.NO
    assert set(verdicts(evaluation).values()) == {verdict.value}


def test_each_layer_keeps_what_its_own_policies_say() -> None:
    evaluation = at_bucket(ROLE, bucket_side(named(ROLE)), side())
    identity = evaluation.layer(LayerKind.IDENTITY_POLICY)
    assert identity is not None
    assert identity.decision is not None
    assert (identity.verdict, identity.decision.verdict) == (ALLOWED, DENIED)


@pytest.mark.parametrize(
    ("statements", "by_identity", "verdict"),
    [
        pytest.param([OWN_ACCOUNT], True, ALLOWED, id="delegation-and-identity"),
        pytest.param([OWN_ACCOUNT], False, DENIED, id="delegation-alone"),
        pytest.param([named(ROLE, action="kms:Decrypt")], False, ALLOWED, id="named-in-the-key-policy"),
        pytest.param([named(f"arn:aws:iam::{A}:role/other")], True, DENIED, id="identity-without-the-key-policy"),
        pytest.param(
            [named("*", Condition={"StringEquals": {"kms:CallerAccount": A}})], False, ALLOWED, id="CallerAccount"
        ),
    ],
)
def test_a_key_policy_comes_first(statements: list[Any], by_identity: bool, verdict: Verdict) -> None:
    """KMS Developer Guide, "Default key policy" and "kms:CallerAccount": the latter grants directly."""
    me = side(*([EVERYTHING] if by_identity else []))
    assert at_key(ROLE, key_side(*statements), me).verdict is verdict


def test_an_identity_deny_works_without_the_key_policys_leave() -> None:
    """KMS Developer Guide, "Default key policy": IAM policies that deny are effective all the same."""
    me = side(deny(None, "kms:Decrypt", KEY))
    assert at_key(ROLE, key_side(named(ROLE)), me).verdict is DENIED


def test_a_role_named_in_a_key_policy_is_limited_by_its_boundary() -> None:
    assert at_key(ROLE, key_side(named(ROLE)), side(boundary=SILENT)).verdict is DENIED
    assert at_key(SESSION, key_side(named(SESSION)), side(boundary=SILENT)).verdict is ALLOWED


@pytest.mark.parametrize(
    ("statements", "by_identity", "verdict"),
    [
        ([named(ROLE, action="sts:AssumeRole")], False, ALLOWED),
        ([named(f"arn:aws:iam::{A}:root", action="sts:AssumeRole")], False, DENIED),
        ([named(f"arn:aws:iam::{A}:root", action="sts:AssumeRole")], True, ALLOWED),
        ([named(USER, action="sts:AssumeRole")], True, DENIED),
    ],
)
def test_a_trust_policy_must_allow_too(statements: list[Any], by_identity: bool, verdict: Verdict) -> None:
    """IAM User Guide: role trust policies and key policies are exceptions to "either is enough"."""
    for statement in statements:
        del statement["Resource"]
    assert at_role(ROLE, role_side(*statements), side(*([EVERYTHING] if by_identity else []))).verdict is verdict


def test_a_policy_that_is_not_visible_leaves_it_open_unless_another_settles_it() -> None:
    hidden = CallerSide((opaque_document(FREE),))
    assert at_bucket(ROLE, bucket_side(), hidden).verdict is UNDETERMINED
    assert at_bucket(ROLE, bucket_side(named(ROLE)), hidden).verdict is UNDETERMINED  # it may deny
    assert at_bucket(ROLE, bucket_side(deny("*", "s3:*")), hidden).verdict is DENIED
    assert at_bucket(ROLE, bucket_side(), hidden).unknowns[0].is_same(FREE)


# IAM User Guide, "Permissions boundaries for IAM entities", "Evaluating effective permissions with boundaries"
@pytest.mark.parametrize(
    ("identity", "boundary", "verdict"),
    [
        pytest.param(True, True, ALLOWED, id="in-both"),
        pytest.param(True, False, DENIED, id="in-the-identity-policy-only"),
        pytest.param(False, True, DENIED, id="a-boundary-grants-nothing"),
    ],
)
def test_a_boundary_intersects_with_identity_policies(identity: bool, boundary: bool, verdict: Verdict) -> None:
    me = side(*([EVERYTHING] if identity else []), boundary=policy(EVERYTHING) if boundary else SILENT)
    assert at_bucket(USER, bucket_side(), me).verdict is verdict
    assert at_key(USER, key_side(OWN_ACCOUNT), me).verdict is verdict


def test_session_policies_intersect_with_identity_policies_and_add_up_among_themselves() -> None:
    """IAM User Guide, "Session policies"."""
    me = CallerSide(ADMIN.identity_policies, session_policies=(SILENT, policy(EVERYTHING)))
    assert at_bucket(SESSION, bucket_side(), me).verdict is ALLOWED
    assert at_bucket(SESSION, bucket_side(), CallerSide(ADMIN.identity_policies, session_policies=())).verdict is DENIED
