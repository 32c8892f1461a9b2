"""What a key's policy decides for a service that writes to a bucket as itself."""

from __future__ import annotations

from collections.abc import Mapping

from tf_kms_guard.estate.model import Bucket, Estate, Key
from tf_kms_guard.iam.context import kms_via_s3_context
from tf_kms_guard.iam.decide import Decision, Request, decide_resource_policy
from tf_kms_guard.iam.document import Effect
from tf_kms_guard.iam.principal import Principal
from tf_kms_guard.values.text import TextLike, join_text
from tf_kms_guard.values.truth import Truth
from tf_kms_guard.values.unknown import Unknown


def ask(
    estate: Estate,
    principal: Principal,
    action: str,
    bucket: Bucket,
    key: Key,
    source_account: TextLike | None = None,
    source_arn: TextLike | None = None,
    more: Mapping[str, TextLike] | None = None,
) -> Decision:
    """The decision of the policy of ``key`` for a service's own request.

    ``source_account`` and ``source_arn`` are on whose behalf it acts, ``None`` where that is not known; ``more``:
    further keys of the request's context. Nothing is presumed: a literal account may be one that is not known.
    """
    some = Unknown("some object", "which objects the service writes is not known")
    context = kms_via_s3_context(
        principal,
        bucket.region,
        bucket.arn,
        join_text((bucket.arn, "/", some)),
        Truth.UNKNOWN,
        key_account=key.account.id,
        source_account=source_account,
        source_arn=source_arn,
    )
    region = Unknown("request:aws:RequestedRegion", "in which Region the service asks is not known")
    context = context.with_values(
        {"aws:RequestedRegion": region, **{one: (text,) for one, text in (more or {}).items()}}
    )
    request = Request(principal, action, key.arn, context)
    return decide_resource_policy([key.policy.document], request, estate.world.certain())


def lets_in_by_name(decision: Decision) -> bool:
    """Whether a statement allows it, or may, other than by leaving the choice to an account."""
    return any(one.statement.effect is not Effect.DENY and not one.delegates for one in decision.matched)
