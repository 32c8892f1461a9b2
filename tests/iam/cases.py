"""Short ways to write policies and requests in tests."""

from __future__ import annotations

from typing import Any

from tf_kms_guard.iam.context import Context, kms_via_s3_context, s3_context
from tf_kms_guard.iam.decide import Decision, Request, decide_identity_policies, decide_resource_policy
from tf_kms_guard.iam.document import Document, parse_document
from tf_kms_guard.iam.principal import Principal, parse_principal
from tf_kms_guard.values.compare import PLAIN, World
from tf_kms_guard.values.text import TextLike
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown

A, B, C = "111122223333", "444455556666", "777788889999"
BUCKET = "arn:aws:s3:::acme-data"
OBJECT = f"{BUCKET}/reports/today.csv"
REGION = "eu-west-1"
KEY = f"arn:aws:kms:{REGION}:{A}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
READER = f"arn:aws:iam::{B}:role/reader"

FREE = Unknown("var.x", "var.x has no value")


def caller(value: TextLike = READER, kind: str = "AWS") -> Principal:
    return parse_principal(kind, value)


def policy(*statements: Any, version: str = "2012-10-17") -> Document:
    return parse_document({"Version": version, "Statement": list(statements)})


def allow(principal: Any = None, action: Any = "kms:Decrypt", resource: Any = "*", **more: Any) -> dict[str, Any]:
    named = {} if principal is None else {"Principal": principal}
    return {"Effect": "Allow", **named, "Action": action, "Resource": resource, **more}


def deny(principal: Any = None, action: Any = "kms:Decrypt", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(principal, action, resource, **more), "Effect": "Deny"}


def kms_request(
    principal: Principal | None = None,
    action: str = "kms:Decrypt",
    bucket_key: Truth = Truth.NO,
    region: TextLike = REGION,
    **more: Any,
) -> Request:
    who = principal or caller()
    return Request(who, action, KEY, kms_via_s3_context(who, region, BUCKET, OBJECT, bucket_key, **more))


def s3_request(
    principal: Principal | None = None, action: str = "s3:GetObject", resource: TextLike = OBJECT, **more: Any
) -> Request:
    who = principal or caller()
    return Request(who, action, resource, s3_context(who, action=action, **more))


def key_policy(*statements: Any, request: Request | None = None, world: World = PLAIN) -> Decision:
    return decide_resource_policy([policy(*statements)], request or kms_request(), world)


def bucket_policy(*statements: Any, request: Request | None = None, world: World = PLAIN) -> Decision:
    return decide_resource_policy([policy(*statements)], request or s3_request(), world)


def identity(*statements: Any, request: Request | None = None, world: World = PLAIN) -> Decision:
    return decide_identity_policies([policy(*statements)], request or kms_request(), world)


def context(**values: Any) -> Context:
    return Context({key.replace("__", ":").lower(): value for key, value in values.items()})
