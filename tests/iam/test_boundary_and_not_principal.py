"""Deny with NotPrincipal meets a permissions boundary.

Sources: IAM User Guide, "AWS JSON policy elements: NotPrincipal" and "Permissions boundaries for IAM entities": such
a statement denies every identity that has a boundary, whatever the element lists.
"""

from __future__ import annotations

import pytest

from tests.iam.cases import BUCKET, FREE, READER, B, caller, deny, policy, s3_request
from tests.iam.situations import (
    ADMINISTRATOR,
    ALLOWED,
    DENIED,
    EVERYTHING,
    UNDETERMINED,
    bucket_side,
    named,
)
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.iam.document import Document, opaque_document
from tf_kms_guard.iam.evaluation import evaluate
from tf_kms_guard.iam.layers import CallerSide, LayerKind

SESSION = f"arn:aws:sts::{B}:assumed-role/reader/job"
CHAIN = [READER, B, SESSION]
LIMIT = policy(EVERYTHING)


@pytest.mark.parametrize(
    ("boundary", "resource", "verdict"),
    [
        (None, f"{BUCKET}/*", ALLOWED),
        (LIMIT, f"{BUCKET}/*", DENIED),
        (LIMIT, "arn:aws:s3:::other/*", ALLOWED),
        (LIMIT, FREE, UNDETERMINED),
        (opaque_document(FREE), f"{BUCKET}/*", UNDETERMINED),
    ],
)
def test_a_deny_for_everyone_but_the_caller(boundary: Document | None, resource: object, verdict: Verdict) -> None:
    statement = deny(action="s3:*", resource=resource)
    statement["NotPrincipal"] = {"AWS": CHAIN}
    side = bucket_side(named(READER), statement)
    evaluation = evaluate(s3_request(caller(SESSION)), CallerSide(ADMINISTRATOR, boundary=boundary), side)
    assert evaluation.verdict is verdict
    if verdict is DENIED:
        ((layer, match),) = evaluation.explicit_denies
        assert layer.kind is LayerKind.BUCKET_POLICY
        assert "and bars whoever has a permissions boundary" in match.why
    if verdict is UNDETERMINED:
        assert evaluation.unknowns


@pytest.mark.parametrize(("boundary", "verdict"), [(None, ALLOWED), (LIMIT, DENIED)])
def test_a_deny_of_an_endpoint_policy_for_everyone_but_the_caller(boundary: Document | None, verdict: Verdict) -> None:
    statement = deny(action="s3:*", resource="*")
    statement["NotPrincipal"] = {"AWS": CHAIN}
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    me = CallerSide(ADMINISTRATOR, boundary=boundary, endpoint_policy=policy(everybody, statement))
    assert evaluate(s3_request(caller(SESSION)), me, bucket_side(named(READER))).verdict is verdict
