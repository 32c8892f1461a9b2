"""BP005: who owns the objects that other accounts write."""

from __future__ import annotations

from collections.abc import Iterator

from tf_kms_guard.estate.access import Access
from tf_kms_guard.estate.bucket_side import ACL, NO_HEADERS
from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.model import Bucket, Estate
from tf_kms_guard.estate.outsiders import named_by, names_bucket
from tf_kms_guard.estate.questions import keeper_of
from tf_kms_guard.iam.actions import Intent, intents_of
from tf_kms_guard.iam.context import ABSENT
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.iam.document import Effect, Statement
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.catalogue import rule
from tf_kms_guard.rules.finding import Finding, Fix, Severity
from tf_kms_guard.rules.view import View
from tf_kms_guard.rules.writers import finding_at_bucket, writers
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.truth import Truth


@rule(
    "BP005",
    "outsiders-own-what-they-write",
    Severity.WARNING,
    "bucket-policy",
    "Objects that other accounts write stay theirs, and the bucket policy does not reach them",
    "Amazon S3 User Guide, Controlling ownership of objects and disabling ACLs for your bucket",
)
def outsiders_own_what_they_write(view: View) -> Iterator[Finding]:
    """An account other than the owner's writes, its objects stay its own, and somebody else is meant to read them.

    An Allow of the bucket policy counts for objects of the bucket's owner alone. ``BucketOwnerPreferred`` hands over
    only what is written with the ACL ``bucket-owner-full-control``, which a statement of the policy may ask for.
    """
    bucket, ownership = view.bucket, view.bucket.ownership
    if ownership is None or ownership.setting not in ("ObjectWriter", "BucketOwnerPreferred"):
        return
    for access, judged in writers(view):
        gate = access.gate(Gate.BUCKET_POLICY)
        if gate is None or gate.verdict is Verdict.DENIED or not _read_by_another(view, access):
            continue
        if ownership.setting == "BucketOwnerPreferred":
            bare = keeper_of(access, judged).at_bucket(Intent.WRITE, {**NO_HEADERS, ACL: ABSENT})
            if bare.verdict is not Verdict.ALLOWED:
                continue
        yield finding_at_bucket(
            view,
            access,
            "BP005",
            view.foreign(access, presume=False) is Truth.YES,
            ownership.span,
            f"what {wording.who(access)} writes to {wording.bucket_shown(bucket)} stays its own: the bucket policy "
            "lets nobody read it",
            f"{ownership.setting} leaves objects to the account that writes them",
            Fix('object_ownership = "BucketOwnerEnforced"'),
        )


def _read_by_another(view: View, writer: Access) -> bool:
    """Whether the code means somebody else to read: another outsider, or somebody of the bucket's own account."""
    if any(Intent.READ in one.outsider.intents for one in view.accesses if one is not writer):
        return True
    return _is_read_at_home(view.bucket, view.estate)


def _is_read_at_home(bucket: Bucket, estate: Estate) -> bool:
    """Whether the bucket policy, or a role's or user's own, lets somebody of the bucket's account read."""
    for document in bucket.policy.documents:
        for statement in filter(_lets_read, document.statements):
            for principal in named_by(statement):
                account = principal.account
                if account is not None and equal(account, bucket.account.id, estate.world) is Truth.YES:
                    return True
    return any(
        equal(identity.account.id, bucket.account.id, estate.world) is Truth.YES
        and any(
            _lets_read(statement) and names_bucket(statement.resources, bucket, estate.world)
            for document in identity.documents
            for statement in document.statements
        )
        for identity in estate.identities
    )


def _lets_read(statement: Statement) -> bool:
    return statement.effect is Effect.ALLOW and Intent.READ in intents_of(statement.actions)
