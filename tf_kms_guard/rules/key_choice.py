"""KC: keys that no policy can open to another account."""

from __future__ import annotations

from collections.abc import Iterator

from tf_kms_guard.estate.access import Access
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, Related, Severity
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.text import spell
from tf_kms_guard.values.truth import Truth


@rule(
    "KC001",
    "aws-managed-key-on-shared-bucket",
    Severity.ERROR,
    "key-choice",
    "An AWS managed key encrypts a bucket that another account is meant to use",
    "Amazon S3 User Guide, Setting default server-side encryption behavior for S3 buckets",
)
def aws_managed_key_on_shared_bucket(view: View) -> Iterator[Finding]:
    """The policy of ``aws/s3`` cannot be changed, so no other account can ever use what it encrypts."""
    if not view.uses_aws_managed_key:
        return
    fix = Fix(
        "create an aws_kms_key whose policy lets the other account in, set its ARN as kms_master_key_id, "
        "and re-encrypt the objects that are there; or use SSE-S3 (AES256)"
    )
    label = "this is the AWS managed key aws/s3, whose policy nobody can change"
    if not view.accesses:
        name = wording.bucket_shown(view.bucket)
        message = f"{name} cannot be shared with another account: it uses the AWS managed key aws/s3"
        yield _finding(view, None, "KC001", Severity.NOTE, Confidence.HIGH, message, label, (), fix)
        return
    for access in view.accesses:
        why: list[str] = []
        confidence = Confidence.HIGH
        if view.foreign(access) is not Truth.YES:
            continue
        if wording.writes_only(access):
            confidence = Confidence.MEDIUM
            why.append(wording.HEADER_PRESUMED)
        if view.foreign(access, presume=False) is not Truth.YES:
            confidence = Confidence.MEDIUM
            why.append(wording.presumption(access, view.bucket.account))
        because = "the bucket uses the AWS managed key aws/s3, which no other account can use"
        message = f"{wording.cannot(access, access.outsider.intents)}: {because}"
        yield _finding(view, access, "KC001", Severity.ERROR, confidence, message, label, tuple(why), fix)


@rule(
    "KC003",
    "key-in-another-region",
    Severity.ERROR,
    "key-choice",
    "The key is in another Region than the bucket",
    "Amazon S3 User Guide, Specifying server-side encryption with AWS KMS (SSE-KMS)",
)
def key_in_another_region(view: View) -> Iterator[Finding]:
    """S3 uses keys of the bucket's own Region only: nobody at all can write there."""
    choice = view.bucket.encryption.key
    if not view.key_elsewhere or choice is None or choice.region is None:
        return
    here, there = spell(view.bucket.region), spell(choice.region)
    label = f"this key is in {there}, the bucket in {here}"
    why = (f"Region of {view.bucket.address} is {here}", f"Region of its key is {there}")
    fix = Fix(
        f"use a key of {here}: create it with the bucket's provider configuration, "
        "or use the replica there of a multi-Region key"
    )
    because = f"its key is in {there}, and S3 uses keys of the bucket's own Region, {here}, only"
    if not view.accesses:
        message = f"nobody can write to {wording.bucket_shown(view.bucket)} by its default encryption: {because}"
        yield _finding(view, None, "KC003", Severity.ERROR, Confidence.HIGH, message, label, why, fix)
    for access in view.accesses:
        message = f"{wording.cannot(access, access.outsider.intents)}: {because}"
        yield _finding(view, access, "KC003", Severity.ERROR, Confidence.HIGH, message, label, why, fix)


def _finding(
    view: View,
    access: Access | None,
    rule_id: str,
    severity: Severity,
    confidence: Confidence,
    message: str,
    label: str,
    why: tuple[str, ...],
    fix: Fix,
) -> Finding:
    bucket = view.bucket
    key = bucket.encryption.key
    related: tuple[Related, ...] = () if access is None else wording.signs_related(access, bucket.encryption.span)
    return Finding(
        rule=info_of(rule_id),
        severity=severity,
        confidence=confidence,
        workspace=view.bucket.workspace,
        resource=bucket.address,
        buckets=(bucket.address,),
        key=wording.key_shown(key),
        principal=None if access is None else wording.principal_shown(access),
        actions=(),
        intent=() if access is None else tuple(intent.value for intent in access.outsider.intents),
        message=message,
        label=label,
        why=(*wording.evidence(view.estate, bucket.account), *why),
        location=bucket.encryption.span,
        related=related,
        gates=() if access is None else wording.gate_states(access, key_never_works=True),
        fix=fix,
    )
