"""ID004, KR003: what else stands in a role's or user's own policies that keeps it out."""

from __future__ import annotations

import re
from typing import Final

from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.model import IdentityPolicy
from tf_kms_guard.iam.arn import Arn, parse_arn
from tf_kms_guard.iam.judgement import listed
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.diagnosis import Closed, Explanation, explains
from tf_kms_guard.rules.explicit_deny import deny_of
from tf_kms_guard.rules.finding import Fix, Severity
from tf_kms_guard.rules.identity import allow_here, form_of
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.text import TextLike, known, leading, spell
from tf_kms_guard.values.truth import Truth

_KEY_ID: Final = re.compile(r"(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)


@explains(
    "ID004",
    "identity-barred-by-its-limits",
    Severity.WARNING,
    "The permissions boundary, or a Deny statement, of the external role or user keeps it out",
    "IAM User Guide, Permissions boundaries for IAM entities; Policy evaluation logic",
    Gate.IDENTITY_S3,
    Gate.IDENTITY_KMS,
)
def identity_barred_by_its_limits(closed: Closed) -> Explanation | None:
    """The identity's policies allow what is needed, and its permissions boundary leaves it out or denies it.

    A Deny statement in its own policies has the same effect, and is an error.
    """
    boundary, found = closed.identity.boundary, deny_of(closed)
    for decision in closed.decisions:
        if boundary is not None and any(one is boundary.document for one in decision.documents):
            if found is not None and found[0] is decision:
                break
            return _left_out(closed, boundary)
    if found is None:
        return None
    decision, deny = found
    by_boundary = boundary is not None and any(one is boundary.document for one in decision.documents)
    whose = f"its permissions boundary {boundary.name}" if boundary is not None and by_boundary else "its own policies"
    return Explanation(
        deny.statement.origin or closed.identity.span,
        f"{deny.name} of {whose} denies it {closed.spelled}",
        "this statement denies it, and a Deny outweighs every Allow",
        Fix(f"leave the bucket's objects and key out of {deny.name}", None, _form(closed, boundary, by_boundary)),
        regardless=True,
        severity=None if by_boundary else Severity.ERROR,
    )


def _form(closed: Closed, boundary: IdentityPolicy | None, by_boundary: bool) -> str:
    return boundary.form if boundary is not None and by_boundary else form_of(closed.identity)


def _left_out(closed: Closed, boundary: IdentityPolicy) -> Explanation:
    by_aws = " (AWS manages this one: attach another boundary)" if boundary.managed else ""
    summary = f"let the boundary {boundary.name} allow it too{by_aws}: add this statement"
    return Explanation(
        boundary.span,
        f"its permissions boundary {boundary.name} does not allow {closed.spelled}, whatever its own policies allow",
        f"nothing in this boundary allows {closed.spelled}",
        allow_here(closed, summary),
        wording.nearest_words(closed.judged),
        regardless=True,
    )


@explains(
    "KR003",
    "identity-names-key-by-alias",
    Severity.ERROR,
    "The external role's or user's KMS statement names the key by an alias or a bare key id",
    "AWS KMS Developer Guide, Specifying KMS keys in IAM policy statements",
    Gate.IDENTITY_KMS,
)
def identity_names_key_by_alias(closed: Closed) -> Explanation | None:
    """``Resource`` of an identity policy names a key by its ARN. An alias there is the alias alone, an id nothing."""
    for _, match in closed.allows():
        resources = match.statement.resources
        if match.misses != ("resource",) or match.action is not Truth.YES or not isinstance(resources, tuple):
            continue
        named = [(resource, form) for resource in resources if (form := _other_form(closed, resource)) is not None]
        if named:
            shown = listed([spell(resource) for resource, _ in named])
            form = named[0][1]
            return Explanation(
                match.statement.origin or closed.identity.span,
                f"{match.name} of its own policies names the key by {form}, which covers no key",
                f"{shown} is {form}, and stands for no key in a policy",
                allow_here(closed, "name the key by its key ARN: correct this statement, or add"),
            )
    return None


def _other_form(closed: Closed, resource: TextLike) -> str | None:
    """``an alias``, ``an alias ARN`` or ``a bare key id``, if a resource names a key in such a way."""
    choice, world = closed.access.bucket.encryption.key, closed.access.estate.world
    arn, text = parse_arn(resource), known(resource)
    if isinstance(arn, Arn):
        return "an alias ARN" if known(arn.service) == "kms" and leading(arn.resource).startswith("alias/") else None
    if leading(resource).startswith("alias/"):
        return "an alias name"
    for alias in closed.access.estate.aliases:
        if equal(resource, alias.arn, world) is Truth.YES:
            return "an alias ARN"
    if choice is not None and choice.key is not None and equal(resource, choice.key.key_id, world) is Truth.YES:
        return "a bare key id"
    return "a bare key id" if text is not None and _KEY_ID.fullmatch(text) else None
