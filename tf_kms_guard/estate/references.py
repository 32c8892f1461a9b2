"""Arguments that take one whole thing: where a plan JSON names what such an argument refers to, that is its value.

A plan JSON lists what an expression refers to, without its text: ``x.arn`` and ``"${x.arn}/*"`` look alike. These
arguments take an id, a name, an ARN or a document, and nothing around it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.terraform.choices import alternatives
from tf_kms_guard.terraform.values import Choice, Value
from tf_kms_guard.values.text import Text, leading
from tf_kms_guard.values.unknown import Unknown


def _is_document(value: Value) -> bool:
    """A JSON document, as a policy document data source renders it."""
    if isinstance(value, Choice):
        return all(_is_document(alternative) for _, alternative in alternatives(value))
    return isinstance(value, (str, Text)) and leading(value).lstrip().startswith("{")


def _is_id(value: Value) -> bool:
    """An id, a name or an ARN."""
    return isinstance(value, Unknown) or (isinstance(value, (str, Text)) and not _is_document(value))


def _is_arn_of(service: str) -> Callable[[Value], bool]:
    def fits(value: Value) -> bool:
        parsed = parse_arn(value) if isinstance(value, (str, Text)) else None
        return isinstance(parsed, Arn) and leading(parsed.service) == service

    return fits


WHOLE: Final[Mapping[str, tuple[Callable[[Value], bool], str | None]]] = {
    "policy": (_is_document, "json"),
    "source_policy_documents": (_is_document, "json"),
    "override_policy_documents": (_is_document, "json"),
    "bucket": (_is_id, "id"),
    "role": (_is_id, "name"),
    "roles": (_is_id, "name"),
    "user": (_is_id, "name"),
    "users": (_is_id, "name"),
    "key_id": (_is_id, "key_id"),
    "target_key_id": (_is_id, "key_id"),
    "kms_master_key_id": (_is_arn_of("kms"), None),
    "kms_key_id": (_is_arn_of("kms"), None),
    "s3_kms_key_arn": (_is_arn_of("kms"), None),
    "s3_bucket_name": (_is_id, "id"),
    "target_bucket": (_is_id, "id"),
    "bucket_arn": (_is_arn_of("s3"), "arn"),
    "arn": (_is_arn_of("s3"), "arn"),
    "role_arn": (_is_arn_of("iam"), "arn"),
    "log_destination": (_is_arn_of("s3"), "arn"),
    "destination_resource_arn": (_is_arn_of("s3"), "arn"),
    "primary_key_arn": (_is_arn_of("kms"), "arn"),
    "replica_kms_key_id": (_is_arn_of("kms"), None),
    "policy_arn": (_is_arn_of("iam"), "arn"),
    "access_point_arn": (_is_arn_of("s3"), "arn"),
    "policy_id": (_is_id, "id"),
    "vpc_endpoint_id": (_is_id, "id"),
    "permissions_boundary": (_is_arn_of("iam"), "arn"),
    "identifiers": (_is_arn_of("iam"), "arn"),
    "grantee_principal": (_is_arn_of("iam"), "arn"),
    "resources": (_is_arn_of("kms"), "arn"),
}
"""By argument: whether a value may be its thing, and the attribute that is meant where only the resource is named.

An ARN of a key cannot be part of a longer one, so that a list of ``resources`` may name it; a bucket's can. In a
destination for logs it may be followed by a prefix, which nothing here asks for.
"""
