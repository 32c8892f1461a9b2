"""Deny with NotPrincipal meets a permissions boundary.

Source: IAM User Guide, "Permissions boundaries for IAM entities": such a statement denies every identity that has
a boundary, whatever the element lists.
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
        assert [layer.kind for layer in evaluation.closed] == [LayerKind.BOUNDARY]
        assert evaluation.closed[0].reason == (
            "a Deny with NotPrincipal bars identities that have a permissions boundary"
        )
