"""UN: what could not be decided."""

from __future__ import annotations

from collections.abc import Iterator

from tf_kms_guard.estate.access import Access
from tf_kms_guard.estate.beyond import FAR_GATES, beyond
from tf_kms_guard.estate.model import Algorithm, Encryption, Estate, KeyForm
from tf_kms_guard.estate.outsiders import unclear_of
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.controls import controls_in_doubt
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, Severity, Undetermined
from tf_kms_guard.rules.key_condition import kept_from_writing
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.text import holes_of, spell
from tf_kms_guard.values.truth import Truth


@rule(
    "UN001",
    "gate-undetermined",
    Severity.NOTE,
    None,
    "A gate could not be decided",
    "three-valued evaluation: what cannot be known is neither open nor closed",
)
def gate_undetermined(_: View) -> Iterator[Finding]:
    """Gates that could not be decided are listed beside the findings, with what hides them and what would settle it."""
    return iter(())


@rule(
    "UN003",
    "existing-objects-keep-their-key",
    Severity.NOTE,
    None,
    "A plan changes the default encryption of a bucket whose objects keep the key that they have",
    "Amazon S3 User Guide, Setting default server-side encryption behavior for S3 buckets",
)
def existing_objects_keep_their_key(view: View) -> Iterator[Finding]:
    """Default encryption counts for objects that are written from now on: who reads older ones needs the older key.

    Nothing is said of a bucket that no other account uses, nor where the older key goes, of which CH001 speaks.
    """
    before = view.before
    if before is None or view.planned is None or not (view.accesses or before.accesses):
        return
    then, now = before.bucket.encryption, view.bucket.encryption
    if not (before.settled and view.judged.settled) or _same_encryption(then, now, view) is not Truth.NO:
        return
    if then.key is not None and then.key.key is not None and view.planned.removes(then.key.key.address):
        return
    name = wording.bucket_shown(view.bucket)
    yield Finding(
        rule=info_of("UN003"),
        severity=Severity.NOTE,
        confidence=Confidence.HIGH,
        workspace=view.bucket.workspace,
        resource=view.bucket.address,
        buckets=(view.bucket.address,),
        key=wording.key_shown(now.key),
        principal=None,
        actions=(),
        intent=(),
        message=f"what is in {name} already stays encrypted with {_encryption_shown(then)}: this plan changes its "
        f"default encryption to {_encryption_shown(now)}",
        label="this counts for objects that are written from now on",
        why=wording.evidence(view.estate, view.bucket.account),
        location=now.span,
        fix=Fix(
            "copy the objects in place, or change their key with S3 Batch Operations or UpdateObjectEncryption; until "
            "then every reader needs the older key as well"
        ),
    )


def _same_encryption(then: Encryption, now: Encryption, view: View) -> Truth:
    """Whether two default encryptions use the same key, or both none."""
    if Algorithm.UNKNOWN in (then.algorithm, now.algorithm):
        return Truth.UNKNOWN
    if then.key is None or now.key is None:
        return Truth.of(then.key is now.key)
    forms = (then.key.form, now.key.form)
    if KeyForm.AWS_MANAGED in forms:
        return Truth.of(forms[0] is forms[1]) if KeyForm.UNKNOWN not in forms else Truth.UNKNOWN
    if now.key.key is not None and view.planned is not None and view.planned.makes(now.key.key.address):
        return Truth.NO
    if then.key.key is not None and now.key.key is not None:
        return Truth.of(then.key.key.address == now.key.key.address)
    if then.key.arn is None or now.key.arn is None:
        return Truth.UNKNOWN
    return equal(then.key.arn, now.key.arn, view.estate.world)


def _encryption_shown(encryption: Encryption) -> str:
    if encryption.algorithm is Algorithm.SSE_S3:
        return "SSE-S3"
    if encryption.key is None or encryption.key.form is KeyForm.AWS_MANAGED:
        return "the AWS managed key aws/s3"
    return wording.key_shown(encryption.key) or "another key"


def undetermined_gates(view: View) -> Iterator[Undetermined]:
    """The gates that could not be decided, for outsiders that no other gate keeps out."""
    if view.uses_aws_managed_key:
        yield from _perhaps_outside(view)
    if view.key_never_works:
        return
    for access in view.accesses:
        if not _kept_out(access) and not kept_from_writing(view, access):
            yield from _of(view, access)
    yield from controls_in_doubt(view)
    if not view.bucket.outside:
        yield from _unseen_policy(view)
        yield from _unclear_access(view)
    yield from _unseen_material(view)


def _unseen_material(view: View) -> Iterator[Undetermined]:
    """A key whose material is imported cannot be used before that."""
    choice = view.bucket.encryption.key
    hidden = None if choice is None or choice.key is None else choice.key.material
    if hidden is None or view.hindrance is not None or all(map(_kept_out, view.accesses)):
        return
    yield Undetermined(
        workspace=view.bucket.workspace,
        gate="key-choice",
        bucket=view.bucket.address,
        principal="whoever uses the bucket",
        because=hidden.because,
        settle=hidden.settle,
        location=hidden.origin,
    )


def undeclared_buckets(estate: Estate) -> Iterator[Undetermined]:
    """Buckets that roles and users of the estate may use and no target declares: the far gates are not seen."""
    for one in beyond(estate):
        because = one.unknown
        for gate in FAR_GATES:
            yield Undetermined(
                workspace=one.identity.workspace,
                gate=gate.value,
                bucket=spell(one.bucket),
                principal=spell(one.identity.principal.value),
                because=because.because,
                settle=because.settle,
                location=because.origin,
            )


def _unclear_access(view: View) -> Iterator[Undetermined]:
    if view.bucket.encryption.algorithm is Algorithm.SSE_S3:
        return
    for principal, because in unclear_of(view.bucket, view.estate):
        yield Undetermined(
            workspace=view.bucket.workspace,
            gate="bucket-policy",
            bucket=view.bucket.address,
            principal=spell(principal.value),
            because=because.because,
            settle=because.settle,
            location=principal.origin or because.origin,
        )


def _unseen_policy(view: View) -> Iterator[Undetermined]:
    """A bucket policy that is not wholly visible may name outsiders that nobody can judge."""
    hidden = view.bucket.policy.document.incomplete
    if hidden is None or view.bucket.encryption.algorithm is Algorithm.SSE_S3 or view.bucket.policy.claimed:
        return
    yield Undetermined(
        workspace=view.bucket.workspace,
        gate="bucket-policy",
        bucket=view.bucket.address,
        principal="whoever the bucket policy names",
        because=hidden.because,
        settle=hidden.settle,
        location=hidden.origin or view.bucket.policy.span,
    )


def _perhaps_outside(view: View) -> Iterator[Undetermined]:
    """Principals that cannot use an AWS managed key if they are of another account, which is not known."""
    for access in view.accesses:
        if view.foreign(access) is Truth.UNKNOWN:
            unknown = next(iter(holes_of(access.outsider.principal.value)), None)
            yield Undetermined(
                workspace=view.bucket.workspace,
                gate="key-choice",
                bucket=access.bucket.address,
                principal=access.outsider.spelled,
                because="whether the principal is of another account is not known"
                if unknown is None
                else unknown.because,
                settle=None if unknown is None else unknown.settle,
                location=access.outsider.principal.origin,
            )


def _kept_out(access: Access) -> bool:
    return any(g.verdict is Verdict.DENIED and g.result.foreign is Truth.YES for g in access.gates)


def _of(view: View, access: Access) -> Iterator[Undetermined]:
    for judged in access.gates:
        if judged.verdict is Verdict.UNDETERMINED:
            because = judged.because
            yield Undetermined(
                workspace=view.bucket.workspace,
                gate=judged.gate.value,
                bucket=access.bucket.address,
                principal=access.outsider.spelled,
                because="it depends on a value that is not known" if because is None else because.because,
                settle=None if because is None else because.settle,
                location=None if because is None else because.origin,
            )
