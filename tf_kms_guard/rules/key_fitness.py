"""KC: keys that are none, or that S3 cannot use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tf_kms_guard.estate.model import Algorithm, KeyForm
from tf_kms_guard.estate.objects import StoredObject
from tf_kms_guard.estate.replication import Replication
from tf_kms_guard.estate.texts import surely_set
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, Severity
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import spell
from tf_kms_guard.values.truth import Truth

_NO_KEY = "is no key id, key ARN or alias"


@rule(
    "KC002",
    "invalid-key-identifier",
    Severity.ERROR,
    "key-choice",
    "What stands for the key is no key identifier, or the algorithm takes no key",
    "Amazon S3 API Reference, ServerSideEncryptionByDefault",
)
def invalid_key_identifier(view: View) -> Iterator[Finding]:
    """A text that names no KMS key at all, or a key beside ``AES256``: of a bucket, its replicas, or an object that the
    code writes.
    """
    bucket = view.bucket
    encryption, name = bucket.encryption, wording.bucket_shown(bucket)
    if view.key_is_invalid and encryption.key is not None and encryption.key.value is not None:
        because = f'"{spell(encryption.key.value)}" {_NO_KEY}'
        message = f"nobody can write to {name} by its default encryption: {because}"
        fix = Fix("set kms_master_key_id to the ARN of a customer managed key: aws_kms_key.….arn")
        yield _finding(view, "KC002", bucket.address, message, because, encryption.span, fix)
    if view.judged.settled and encryption.stray_key is not None:
        message = (
            f"{name} does not get its default encryption: a key is set beside AES256, and S3 takes a key only with KMS"
        )
        fix = Fix('set sse_algorithm = "aws:kms" if the key is meant, else leave out kms_master_key_id')
        yield _finding(view, "KC002", bucket.address, message, "AES256 takes no key", encryption.span, fix)
    for written in view.estate.objects.of(bucket):
        yield from _of_object(view, written)
    for replication in view.judged.replications if view.judged.settled else ():
        yield from _of_replicas(view, replication)


def _of_object(view: View, written: StoredObject) -> Iterator[Finding]:
    choice = written.key_choice
    if choice is None or choice.value is None or surely_set(choice.value) is None:
        return
    if choice.form is KeyForm.INVALID:
        because = f'"{spell(choice.value)}" {_NO_KEY}'
        fix = Fix("set kms_key_id to the ARN of the bucket's key, or leave it out")
    elif written.algorithm is Algorithm.SSE_S3:
        because = "a key is set beside AES256, and S3 takes a key only with KMS"
        fix = Fix("leave out server_side_encryption if the key is meant, else kms_key_id")
    else:
        return
    message = f"{written.block} cannot be written to {wording.bucket_shown(view.bucket)}: {because}"
    yield _finding(view, "KC002", written.block, message, because, written.key_span, fix)


def _of_replicas(view: View, replication: Replication) -> Iterator[Finding]:
    for one in replication.rules if replication.settled is Truth.YES else ():
        choice = one.replica_key
        sure = one.enabled is Truth.YES and one.opted_in is Truth.YES and not one.untold
        if not sure or choice is None or choice.value is None or choice.form is not KeyForm.INVALID:
            continue
        because = f'"{spell(choice.value)}" {_NO_KEY}'
        message = f"objects of {wording.bucket_shown(view.bucket)} under KMS keys are not replicated: {because}"
        fix = Fix("set replica_kms_key_id to the ARN of a key of the destination's Region")
        yield _finding(view, "KC002", replication.address, message, because, one.spans[1], fix)


@rule(
    "KC004",
    "key-of-no-use-to-s3",
    Severity.ERROR,
    "key-choice",
    "S3 cannot use the key: its type, its usage, or because it is disabled or goes",
    "Amazon S3 User Guide, Using server-side encryption with AWS KMS keys (SSE-KMS)",
)
def key_of_no_use_to_s3(view: View) -> Iterator[Finding]:
    """The key is asymmetric or for something else than encryption, is disabled, or a plan deletes it while the bucket
    goes on naming it: nobody at all can read or write.
    """
    name, choice = wording.bucket_shown(view.bucket), view.bucket.encryption.key
    gone, hindrance = view.key_that_goes, view.hindrance
    if gone is not None and view.planned is not None:
        verb = view.planned.verb(gone.address)
        because = f"this plan {verb} {gone.address}, and the bucket goes on naming it"
        message = f"nobody can read from or write to {name}: {because}"
        label = "this names a key that the plan deletes"
        fix = Fix(
            "keep the key until the bucket has another one and no object needs the old one: copy the objects, or "
            "change their key with S3 Batch Operations or UpdateObjectEncryption"
        )
        yield _finding(view, "KC004", gone.address, message, label, view.bucket.encryption.span, fix)
    elif hindrance is not None and choice is not None and choice.key is not None:
        message = f"nobody can use {name} with its key: {choice.key.address} {hindrance.words}"
        label = f"the key {hindrance.words.partition(',')[0]}"
        yield _finding(view, "KC004", choice.key.address, message, label, hindrance.span, Fix(hindrance.fix))


def _finding(
    view: View, rule_id: str, resource: str, message: str, label: str, location: Span, fix: Fix, why: Sequence[str] = ()
) -> Finding:
    return Finding(
        rule=info_of(rule_id),
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        workspace=view.bucket.workspace,
        resource=resource,
        buckets=(view.bucket.address,),
        key=wording.key_shown(view.bucket.encryption.key),
        principal=None,
        actions=(),
        intent=(),
        message=message,
        label=label,
        why=(*wording.evidence(view.estate, view.bucket.account), *why),
        location=location,
        fix=fix,
    )
