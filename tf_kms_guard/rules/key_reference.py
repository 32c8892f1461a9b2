"""KR: the form in which a bucket's encryption names its key."""

from __future__ import annotations

from collections.abc import Iterator

from tf_kms_guard.estate.access import Access
from tf_kms_guard.estate.model import KeyChoice, KeyForm
from tf_kms_guard.iam.actions import Intent
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, Severity
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.truth import Truth

_RESOLVED = "S3 documents that it looks up such a name in the account of whoever writes, so another account's uploads"


@rule(
    "KR001",
    "alias-as-encryption-key",
    Severity.WARNING,
    "key-reference",
    "The bucket's encryption names its key by an alias",
    "Amazon S3 API Reference, ServerSideEncryptionByDefault",
)
def alias_as_encryption_key(view: View) -> Iterator[Finding]:
    """An alias name means another key, or none, in the account of a foreign writer; an alias ARN is not documented."""
    choice = _choice(view, KeyForm.ALIAS_NAME, KeyForm.ALIAS_ARN)
    if choice is None:
        return
    if choice.form is KeyForm.ALIAS_ARN:
        name = wording.bucket_shown(view.bucket)
        message = f"{name} names its key by an alias ARN, which S3 does not document for default encryption"
        yield _finding(view, None, "KR001", choice, message, "an alias ARN stands where S3 documents a key ARN")
        return
    yield from _by_writers(view, "KR001", choice, "an alias", "an alias means a key of whoever writes")


@rule(
    "KR002",
    "key-id-as-encryption-key",
    Severity.WARNING,
    "key-reference",
    "The bucket's encryption names its key by a bare key id",
    "Amazon S3 API Reference, ServerSideEncryptionByDefault",
)
def key_id_as_encryption_key(view: View) -> Iterator[Finding]:
    """A bare key id is looked up in the account of whoever writes."""
    choice = _choice(view, KeyForm.KEY_ID)
    if choice is not None:
        yield from _by_writers(view, "KR002", choice, "a bare key id", "a bare key id means a key of whoever writes")


def means_a_key_of_the_writer(view: View) -> bool:
    """Whether the bucket surely names its key so that it is looked up in the account of whoever writes."""
    return _choice(view, KeyForm.ALIAS_NAME, KeyForm.KEY_ID) is not None


def _choice(view: View, *forms: KeyForm) -> KeyChoice | None:
    choice = view.bucket.encryption.key
    if choice is None or choice.form not in forms or not view.judged.settled or view.key_never_works:
        return None
    return choice


def _by_writers(view: View, rule_id: str, choice: KeyChoice, words: str, label: str) -> Iterator[Finding]:
    writers = [
        access
        for access in view.accesses
        if Intent.WRITE in access.outsider.intents and view.foreign(access) is Truth.YES
    ]
    for access in writers:
        cannot = wording.cannot(access, [Intent.WRITE])
        message = f"{cannot} under its key: the bucket names the key by {words}. {_RESOLVED} ask for a key of its own"
        yield _finding(view, access, rule_id, choice, message, label)
    if not writers:
        message = (
            f"{wording.bucket_shown(view.bucket)} names its key by {words}. {_RESOLVED} would ask for a key of its own"
        )
        yield _finding(view, None, rule_id, choice, message, label)


def _finding(view: View, access: Access | None, rule_id: str, choice: KeyChoice, message: str, label: str) -> Finding:
    bucket = view.bucket
    why = list(wording.evidence(view.estate, bucket.account))
    if access is not None:
        why.append(wording.HEADER_PRESUMED)
        if view.foreign(access, presume=False) is not Truth.YES:
            why.append(wording.presumption(access, bucket.account))
    return Finding(
        rule=info_of(rule_id),
        severity=Severity.WARNING if access is None else Severity.ERROR,
        confidence=Confidence.HIGH if access is None else Confidence.MEDIUM,
        workspace=view.bucket.workspace,
        resource=bucket.address,
        buckets=(bucket.address,),
        key=wording.key_shown(choice),
        principal=None if access is None else wording.principal_shown(access),
        actions=(),
        intent=() if access is None else ("write",),
        message=message,
        label=label,
        why=tuple(why),
        location=bucket.encryption.span,
        related=() if access is None else wording.signs_related(access, bucket.encryption.span),
        gates=() if access is None else wording.gate_states(access, key_never_works=False),
        fix=Fix(f"name the key by its full ARN: kms_master_key_id = {wording.arn_reference(choice)}"),
    )
