"""KC005: objects that choose another key than the one that is shared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from tf_kms_guard.estate.access import Access
from tf_kms_guard.estate.gates import Gate, Passage
from tf_kms_guard.estate.model import Algorithm, KeyChoice, KeyForm
from tf_kms_guard.estate.objects import StoredObject
from tf_kms_guard.estate.passages import passage_to
from tf_kms_guard.iam.actions import Intent
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, Severity
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.compare import World
from tf_kms_guard.values.truth import Truth

_DOCUMENTED = "presumed, as S3 documents it: aws:kms without a key means aws/s3, whatever the bucket's default is"


@rule(
    "KC005",
    "object-picks-another-key",
    Severity.WARNING,
    "key-choice",
    "An object of a shared bucket picks another key than the one that is shared",
    "Amazon S3 API Reference, PutObject",
)
def object_picks_another_key(view: View) -> Iterator[Finding]:
    """An object that the code writes names a key of its own, or ``aws:kms`` without one, and an outsider that could
    read it under the bucket's key cannot read it under that one.
    """
    if not view.judged.settled or view.key_never_works or view.nobody_can:
        return
    readers = [
        access
        for access in view.accesses
        if Intent.READ in access.outsider.intents
        and access.verdict is not Verdict.DENIED
        and view.foreign(access) is Truth.YES
    ]
    told: set[str] = set()
    for written in view.estate.objects.of(view.bucket) if readers else ():
        choice = written.key_choice
        if choice is None or written.block in told or not _is_another(view, written, choice):
            continue
        losing = [access for access in readers if _loses(access, written, choice, access.estate.world)]
        if losing:
            told.add(written.block)
            yield _finding(view, written, choice, losing)


def _is_another(view: View, written: StoredObject, choice: KeyChoice) -> bool:
    """Whether an object's key surely is another one than the bucket's, and is known."""
    if written.algorithm not in (Algorithm.SSE_KMS, Algorithm.DSSE_KMS):
        return False
    if choice.form is KeyForm.AWS_MANAGED:
        return True
    default = view.bucket.encryption.key
    if choice.key is None or default is None or default.key is None:
        return False
    return choice.key.place != default.key.place


def _loses(access: Access, written: StoredObject, choice: KeyChoice, world: World) -> bool:
    """Whether somebody who could read an object under the bucket's key cannot do so under the one that it has."""
    by_default = _passage(access, written, access.bucket.encryption.key, world)
    policy = by_default.gate(Gate.BUCKET_POLICY)
    if by_default.verdict is Verdict.DENIED or policy is None or policy.verdict is not Verdict.ALLOWED:
        return False
    if choice.form is KeyForm.AWS_MANAGED:
        return True
    own = _passage(access, written, choice, world)
    return any(
        gate.verdict is Verdict.DENIED and gate.foreign is Truth.YES
        for gate in own.gates
        if gate.gate in (Gate.KEY_POLICY, Gate.IDENTITY_KMS)
    )


def _passage(access: Access, written: StoredObject, choice: KeyChoice | None, world: World) -> Passage:
    bucket = access.bucket
    if choice is not bucket.encryption.key:
        bucket = replace(bucket, encryption=replace(bucket.encryption, key=choice))
    return passage_to(bucket, access.outsider, access.estate, world, Intent.READ, written.key)


def _finding(view: View, written: StoredObject, choice: KeyChoice, losing: Sequence[Access]) -> Finding:
    managed = choice.form is KeyForm.AWS_MANAGED
    key = "the AWS managed key aws/s3" if managed or choice.key is None else choice.key.address
    first, *others = losing
    why = list(wording.evidence(view.estate, view.bucket.account))
    sure = True
    if managed and choice.value is None:
        sure = False
        why.append(_DOCUMENTED)
    if view.foreign(first, presume=False) is not Truth.YES:
        sure = False
        why.append(wording.presumption(first, view.bucket.account))
    default = view.bucket.encryption.key
    shared = "the bucket's key" if default is None or default.key is None else f"{default.key.address}.arn"
    more = f" (and {len(others)} more)" if others else ""
    return Finding(
        rule=info_of("KC005"),
        severity=Severity.WARNING,
        confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
        workspace=view.bucket.workspace,
        resource=written.block,
        buckets=(view.bucket.address,),
        key=wording.key_shown(default),
        principal=None,
        actions=("kms:Decrypt",),
        intent=("read",),
        message=f"{wording.who(first)}{more} cannot read {written.block} in {wording.bucket_shown(view.bucket)}: it is "
        f"encrypted with {key}, not with the key that is shared",
        label=f"this chooses {key}",
        why=tuple(why),
        location=written.key_span,
        related=wording.signs_related(first, written.key_span),
        fix=Fix(
            "leave out server_side_encryption and kms_key_id, so that the bucket's default counts, or set "
            f"kms_key_id = {shared}"
        ),
    )
