"""ID: the identity gates, for roles and users that are declared here."""

from __future__ import annotations

from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.model import Identity
from tf_kms_guard.iam.decide import StatementMatch
from tf_kms_guard.rules import statements, wording
from tf_kms_guard.rules.diagnosis import Closed, Explanation, explains
from tf_kms_guard.rules.finding import Fix, Severity
from tf_kms_guard.values.text import TextLike, spell
from tf_kms_guard.values.truth import Truth


@explains(
    "ID001",
    "identity-misses-s3",
    Severity.ERROR,
    "The external role or user has no S3 permission on the bucket",
    "IAM User Guide, Cross-account policy evaluation logic",
    Gate.IDENTITY_S3,
)
def identity_misses_s3(closed: Closed) -> Explanation | None:
    """None of the identity's own policies lets it use the bucket's objects."""
    return Explanation(
        closed.identity.span,
        f"none of its own policies allows {closed.spelled} on the bucket",
        "nothing attached here allows it",
        allow_here(closed),
        wording.nearest_words(closed.judged),
    )


@explains(
    "ID002",
    "identity-misses-kms",
    Severity.ERROR,
    "The external role or user has no KMS permission on the key",
    "AWS KMS Developer Guide, Allowing users in other accounts to use a KMS key",
    Gate.IDENTITY_KMS,
)
def identity_misses_kms(closed: Closed) -> Explanation | None:
    """None of the identity's own policies lets it use the key; the S3 managed policies do not either."""
    return Explanation(
        closed.identity.span,
        f"none of its own policies allows {closed.spelled} on the bucket's key{_managed_words(closed.identity)}",
        "nothing attached here allows it",
        allow_here(closed),
        wording.nearest_words(closed.judged),
    )


@explains(
    "ID003",
    "identity-covers-another-key",
    Severity.ERROR,
    "The external role's or user's KMS statement covers another key",
    "AWS KMS Developer Guide, Specifying KMS keys in IAM policy statements",
    Gate.IDENTITY_KMS,
)
def identity_covers_another_key(closed: Closed) -> Explanation | None:
    """The identity may use keys, but its statements name others, or a condition excludes this use of it."""
    match = _wrong_key(closed)
    if match is None:
        return None
    reasons = match.why or "covers another key"
    return Explanation(
        match.statement.origin or closed.identity.span,
        f"in its own policies {match.name} {reasons}",
        reasons,
        allow_here(closed),
    )


def _wrong_key(closed: Closed) -> StatementMatch | None:
    """An Allow statement for the right action that another key or a condition keeps from counting."""
    wrong = [match for _, match in closed.allows() if match.action is Truth.YES and Truth.NO in _rest(match)]
    return min(wrong, key=lambda match: _rest(match).count(Truth.NO), default=None)


def _rest(match: StatementMatch) -> tuple[Truth, Truth]:
    return match.resource, match.condition


def _managed_words(identity: Identity) -> str:
    """Names the AWS managed policies that people take for enough."""
    names = [policy.name for policy in identity.policies if policy.managed]
    if not names:
        return ""
    verb = "does" if len(names) == 1 else "do"
    return f"; {' and '.join(names)} {verb} not"


def allow_here(closed: Closed, summary: str | None = None) -> Fix:
    """The statement that opens the identity's gate; ``summary`` says what to do with it."""
    access, identity = closed.access, closed.identity
    resource: TextLike = statements.objects_of(access.bucket)
    if closed.gate is Gate.IDENTITY_KMS:
        resource = statements.key_reference(access.bucket.encryption.key)
    return Fix(
        summary or f"add this statement to a policy of {identity.address}",
        statements.allow(closed.actions, [resource]),
        form_of(identity),
        f"in account {spell(access.estate.world.bind(identity.account.id))}",
        statements.module_of(identity.address),
    )


def form_of(identity: Identity) -> str:
    """How the identity's first own policy is written."""
    own = [policy for policy in identity.policies if not policy.managed]
    return own[0].form if own else "jsonencode"
