"""BP: the bucket policy gate."""

from __future__ import annotations

from collections.abc import Iterator

from tf_kms_guard.estate.bucket_side import restricted_by
from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.model import AccessPoint, SlotState
from tf_kms_guard.iam.decide import StatementMatch, Verdict
from tf_kms_guard.iam.layers import Layer, LayerKind
from tf_kms_guard.rules import statements, wording
from tf_kms_guard.rules.diagnosis import Closed, Explanation, explains
from tf_kms_guard.rules.finding import Fix, Related, Severity
from tf_kms_guard.values.text import spell


@explains(
    "BP004",
    "bucket-policy-denies-outsider-explicitly",
    Severity.ERROR,
    "A Deny statement of the bucket policy hits the external principal",
    "IAM User Guide, Policy evaluation logic",
    Gate.BUCKET_POLICY,
)
def bucket_policy_denies_explicitly(closed: Closed) -> Explanation | None:
    """A ``Deny`` of the bucket policy, or of the access point's, surely matches the outsider.

    One that depends on the request (its address, its endpoint, its headers) does not surely match.
    """
    for deny, policy in _denies(closed):
        return Explanation(
            deny.statement.origin or closed.access.bucket.policy.span,
            f"{deny.name} of {policy} denies it {closed.spelled}{_barred(deny)}",
            "this statement denies it, and a Deny outweighs every Allow",
            Fix(_spare(closed, deny), None, closed.access.bucket.policy.form),
        )
    return None


def _denies(closed: Closed) -> Iterator[tuple[StatementMatch, str]]:
    deny = wording.explicit_deny(closed.judged)
    if deny is not None:
        yield deny, "the bucket policy"
    for layer in _layers(closed, LayerKind.ACCESS_POINT_POLICY):
        if layer.decision is not None and layer.decision.explicit_deny is not None:
            yield layer.decision.explicit_deny, "the access point's policy"


def _barred(deny: StatementMatch) -> str:
    return ", for its NotPrincipal does not list it" if deny.statement.not_principals is not None else ""


def _spare(closed: Closed, deny: StatementMatch) -> str:
    who = wording.who(closed.access)
    if deny.statement.not_principals is not None:
        return (
            f"leave {who} out of {deny.name}: deny everyone (Principal *) with a condition ArnNotEquals on "
            "aws:PrincipalArn that lists those who are spared"
        )
    return f"leave {who} out of {deny.name}"


@explains(
    "BP003",
    "public-policy-restricted",
    Severity.ERROR,
    "RestrictPublicBuckets cancels the access that a public bucket policy gives to other accounts",
    "Amazon S3 User Guide, Blocking public access to your Amazon S3 storage",
    Gate.BUCKET_POLICY,
)
def public_policy_restricted(closed: Closed) -> Explanation | None:
    """S3 takes the bucket policy for public, and RestrictPublicBuckets then keeps every other account out.

    That holds for accounts which another statement of the policy names, too. Where it is not documented whether S3
    takes a policy for public, the gate is not known.
    """
    for layer in _layers(closed, LayerKind.PUBLIC_ACCESS_BLOCK):
        if layer.verdict is Verdict.DENIED:
            slot, point = closed.access.bucket.policy, _point(closed)
            source, span = restricted_by(closed.access.bucket, point)
            return Explanation(
                span,
                f"{source} sets RestrictPublicBuckets, and S3 takes the policy for public: {layer.reason}",
                "this keeps every other account out of a bucket whose policy is public",
                Fix(
                    "name the principals in that statement, or limit it by a fixed value of a condition key on S3's "
                    "list, such as aws:PrincipalOrgID",
                    None,
                    slot.form,
                ),
                related=(Related("this policy counts as public", slot.span),),
            )
    return None


@explains(
    "BP006",
    "access-point-not-delegated",
    Severity.ERROR,
    "An access point lets the external principal in, but the bucket policy does not",
    "Amazon S3 User Guide, Configuring IAM policies for using access points",
    Gate.BUCKET_POLICY,
)
def access_point_not_delegated(closed: Closed) -> Explanation | None:
    """The policy of an access point allows the request, but the bucket policy has to allow it as well.

    It does so by naming the outsider, or by leaving requests through access points to their policies.
    """
    point = _point(closed)
    at_point = [layer.verdict for layer in _layers(closed, LayerKind.ACCESS_POINT_POLICY)]
    if point is None or not at_point or Verdict.weakest(at_point) is not Verdict.ALLOWED:
        return None
    bucket = closed.access.bucket
    absent = bucket.policy.state is SlotState.ABSENT
    lacks = "the bucket has no policy" if absent else "the bucket policy does not leave it to access points"
    where = f"in account {spell(closed.access.estate.world.bind(bucket.account.id))}"
    return Explanation(
        bucket.policy.span,
        f"{point.address} lets it in, but {lacks}",
        "the bucket has to let in what comes by its access point",
        Fix(
            "give the bucket a policy with this statement" if absent else "add this statement to the bucket policy",
            statements.to_access_points(bucket, point.account),
            bucket.policy.form,
            where,
            statements.module_of(bucket.policy.source),
        ),
    )


def _layers(closed: Closed, kind: LayerKind) -> list[Layer]:
    """What else than the bucket policy was asked, for what is denied."""
    denied = (asked for asked in closed.judged.result.asked if asked.verdict is Verdict.DENIED)
    return [layer for asked in denied for layer in asked.layers if layer.kind is kind]


def _point(closed: Closed) -> AccessPoint | None:
    """The access point by which the denied request came."""
    denied = wording.denied_intents(closed.judged)
    return next((one.point for one in closed.access.intents if one.intent in denied and one.point is not None), None)


@explains(
    "BP001",
    "bucket-policy-denies-outsider",
    Severity.ERROR,
    "The bucket policy does not allow the external principal",
    "IAM User Guide, Cross-account policy evaluation logic",
    Gate.BUCKET_POLICY,
)
def bucket_policy_denies_outsider(closed: Closed) -> Explanation | None:
    """The outsider is meant to use the bucket, but the bucket policy does not let it in.

    Where only the key policy hints at the intent it is a note: a key may be shared for more than this.
    """
    slot = closed.access.bucket.policy
    absent = slot.state is SlotState.ABSENT
    return Explanation(
        slot.span,
        "the bucket has no policy" if absent else f"the bucket policy does not allow it {closed.spelled}",
        "no policy lets anybody of another account in"
        if absent
        else f"nothing here allows {closed.spelled} to {closed.access.outsider.spelled}",
        allow_here(
            closed,
            "give the bucket a policy with this statement" if absent else "add this statement to the bucket policy",
        ),
        wording.nearest_words(closed.judged),
    )


def allow_here(closed: Closed, summary: str) -> Fix:
    """The statement that opens the bucket policy's gate; ``summary`` says what to do with it."""
    bucket = closed.access.bucket
    statement = statements.for_outsider(closed.access, closed.actions, [statements.objects_of(bucket)])
    where = f"in account {spell(closed.access.estate.world.bind(bucket.account.id))}"
    return Fix(summary, statement, bucket.policy.form, where, statements.module_of(bucket.policy.source))
