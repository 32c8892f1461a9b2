"""The same requests, decided by us."""

from __future__ import annotations

from typing import Any

from tests.iam_oracle.generator import ANONYMOUS, POOLS
from tf_kms_guard.iam.context import ABSENT, Context, ContextValue
from tf_kms_guard.iam.decide import Request
from tf_kms_guard.iam.document import Document, parse_document
from tf_kms_guard.iam.evaluation import evaluate
from tf_kms_guard.iam.layers import CallerSide, Evaluation, LayerKind, ResourceSide
from tf_kms_guard.iam.principal import Principal, parse_principal
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown


def evaluated(asked: dict[str, Any]) -> Evaluation:
    """Our evaluation of a request in the form in which the simulator gets it."""
    principal = _principal(asked["principal"])
    request = Request(principal, asked["action"], asked["resource"], context_of(asked["context"]))
    caller = CallerSide(
        _documents(asked["identity"]),
        boundary=_maybe(asked["boundary"]),
        session_policies=None if asked["session"] is None else (parse_document(asked["session"]),),
        service_control=tuple(_documents(level) for level in asked["scps"]),
        endpoint_policy=_maybe(asked["endpoint"]),
    )
    kms = str(asked["action"]).startswith("kms:")
    resource = ResourceSide(
        LayerKind.KEY_POLICY if kms else LayerKind.BUCKET_POLICY,
        asked["account"],
        () if asked["policy"] is None else (parse_document(asked["policy"]),),
        resource_control=tuple(_documents(level) for level in asked["rcps"]),
        restrict_public_buckets=Truth.of(asked["blockPublicAccess"]),
    )
    return evaluate(request, caller, resource)


def context_of(given: dict[str, Any]) -> Context:
    """A request that has these keys and no other one; a key whose value is an ``Unknown`` may be absent too."""
    values: dict[str, ContextValue] = {key.lower(): ABSENT for key in POOLS}
    for key, value in given.items():
        unknown = isinstance(value, Unknown)
        values[key.lower()] = value if unknown else tuple(value) if isinstance(value, list) else (value,)
    return Context(values)


def _principal(value: Any) -> Principal:
    if value == ANONYMOUS:
        return parse_principal("*", "*")
    return parse_principal("Service" if value.endswith(".amazonaws.com") else "AWS", value)


def _documents(policies: list[Any]) -> tuple[Document, ...]:
    return tuple(parse_document(policy) for policy in policies)


def _maybe(policy: Any) -> Document | None:
    return None if policy is None else parse_document(policy)
