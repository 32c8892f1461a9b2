"""Short ways to put one request through all layers."""

from __future__ import annotations

from typing import Any

from tests.iam.cases import BUCKET, A, caller, kms_request, policy, s3_request
from tf_kms_guard.iam.context import Context
from tf_kms_guard.iam.decide import Request, Verdict
from tf_kms_guard.iam.document import Document
from tf_kms_guard.iam.evaluation import evaluate
from tf_kms_guard.iam.layers import CallerSide, Evaluation, LayerKind, ResourceSide
from tf_kms_guard.iam.principal import Principal
from tf_kms_guard.values.compare import PLAIN, World

ALLOWED, DENIED, UNDETERMINED = Verdict.ALLOWED, Verdict.DENIED, Verdict.UNDETERMINED
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ADMINISTRATOR = (policy(EVERYTHING),)
SILENT = policy({"Effect": "Allow", "Action": "ec2:*", "Resource": "*"})
"""Says nothing about S3, KMS or STS: an implicit deny."""
OWN_ACCOUNT = {
    "Sid": "Own",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{A}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
"""The default key policy (KMS Developer Guide, "Default key policy")."""


def named(*arns: str, action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement of a resource's policy that allows somebody something."""
    return {"Effect": "Allow", "Principal": {"AWS": list(arns)}, "Action": action, "Resource": resource, **more}


def key_side(*statements: Any, **more: Any) -> ResourceSide:
    """A's key with a policy of these statements."""
    return ResourceSide(LayerKind.KEY_POLICY, A, (policy(*statements),), **more)


def bucket_side(*statements: Any, **more: Any) -> ResourceSide:
    """A's bucket with a policy of these statements (without any: no policy)."""
    return ResourceSide(LayerKind.BUCKET_POLICY, A, (policy(*statements),) if statements else (), **more)


def role_side(*statements: Any, **more: Any) -> ResourceSide:
    """A's role with a trust policy of these statements."""
    return ResourceSide(LayerKind.TRUST_POLICY, A, (policy(*statements),), **more)


def side(*statements: Any, **more: Any) -> CallerSide:
    """A caller with one identity policy of these statements (without any: no policy)."""
    return CallerSide((policy(*statements),) if statements else (), **more)


ADMIN = CallerSide(ADMINISTRATOR)


def at_key(
    who: str | Principal,
    key: ResourceSide,
    me: CallerSide = ADMIN,
    action: str = "kms:Decrypt",
    world: World = PLAIN,
    **more: Any,
) -> Evaluation:
    """What KMS decides when S3 asks it for ``who``."""
    principal = caller(who) if isinstance(who, str) else who
    return evaluate(kms_request(principal, action, **more), me, key, world)


def at_bucket(
    who: str | Principal,
    bucket: ResourceSide,
    me: CallerSide = ADMIN,
    action: str = "s3:GetObject",
    context: dict[str, Any] | None = None,
) -> Evaluation:
    """What S3 decides about an object of A's bucket."""
    principal = caller(who) if isinstance(who, str) else who
    request = s3_request(principal, action)
    if context is not None:
        request = Request(principal, action, request.resource, request.context.with_values(context))
    return evaluate(request, me, bucket)


ROLE_OF_A = f"arn:aws:iam::{A}:role/reader-of-a"


def at_role(who: str | Principal, role: ResourceSide, me: CallerSide = ADMIN) -> Evaluation:
    """What STS decides when ``who`` wants to take on A's role."""
    principal = caller(who) if isinstance(who, str) else who
    return evaluate(Request(principal, "sts:AssumeRole", ROLE_OF_A, Context()), me, role)


def verdicts(evaluation: Evaluation) -> dict[str, str]:
    """What each layer contributes, by its name; of several levels the weakest."""
    found: dict[str, Verdict] = {}
    for layer in evaluation.layers:
        before = found.get(layer.kind.value, ALLOWED)
        found[layer.kind.value] = Verdict.weakest((before, layer.verdict))
    return {kind: verdict.value for kind, verdict in found.items()}


def full_access(*more: Any) -> tuple[Document, ...]:
    """One level of an organization: FullAWSAccess and further policies."""
    return (policy(EVERYTHING), *(policy(one) for one in more))


OBJECTS = f"{BUCKET}/*"
