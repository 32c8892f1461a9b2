"""SD: services that deliver to a bucket as themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tf_kms_guard.estate.deliveries import ACCESS_LOGS, ACTION, Delivery, LogSource
from tf_kms_guard.estate.model import Algorithm, Key, KeyForm, SlotState
from tf_kms_guard.iam.decide import Decision, Verdict
from tf_kms_guard.rules import statements, wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, PrincipalShown, Related, Severity, Undetermined
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import spell
from tf_kms_guard.values.truth import Truth

_KMS: Final = (Algorithm.SSE_KMS, Algorithm.DSSE_KMS)


@rule(
    "SD001",
    "key-policy-misses-delivering-service",
    Severity.ERROR,
    "key-policy",
    "A service delivers to the bucket, and the policy of the key that it uses does not let it",
    "AWS CloudTrail User Guide, Configure AWS KMS key policies for CloudTrail; AWS Config Developer Guide, Permissions "
    "for the KMS Key for the AWS Config Delivery Channel; Amazon S3 User Guide, Configuring Amazon S3 Inventory",
)
def key_policy_misses_delivering_service(view: View) -> Iterator[Finding]:
    """A service that acts as itself has no identity policy: the key's policy alone lets it in."""
    for one in view.judged.delivered.services:
        if one.certain is not Truth.YES or (one.by_default and not _default_counts(view)):
            continue
        if _needs_another_key(one):
            yield _aws_managed(view, one)
        elif one.decision is not None and one.decision.verdict is Verdict.DENIED:
            yield _kept_out(view, one, one.decision)


@rule(
    "SD002",
    "logs-cannot-use-kms",
    Severity.ERROR,
    "key-choice",
    "Logs for which AWS supports SSE-S3 only go to a bucket that encrypts with KMS",
    "Elastic Load Balancing, Enable access logs for your Application Load Balancer; Amazon S3 User Guide, Enabling "
    "Amazon S3 server access logging",
)
def logs_cannot_use_kms(view: View) -> Iterator[Finding]:
    """AWS supports SSE-S3 only for the logs of Application Load Balancers and for S3's access logs.

    S3's have been seen to arrive under a customer managed key whose policy lets ``logging.s3.amazonaws.com`` in, and
    under ``aws/s3``: only a key policy that surely keeps it out is a violation. Of a load balancer's under ``aws/s3``
    too little has been seen for an error.
    """
    if not view.judged.settled or view.bucket.encryption.algorithm not in _KMS or _spoken_of(view):
        return
    for one in view.judged.delivered.logs:
        if one.certain is Truth.YES and (one.of_load_balancer or _denies(one)):
            yield _unwritten(view, one)


def undetermined_deliveries(view: View) -> Iterator[Undetermined]:
    """Deliveries of which it cannot be told whether the key lets them in, or whether there is a key at all."""
    delivered, algorithm = view.judged.delivered, view.bucket.encryption.algorithm
    for one in delivered.services:
        because = _hidden(view, one)
        if because is not None:
            yield _open(view, one.workspace, "key-policy", one.service.principal, because, one)
    if algorithm is Algorithm.SSE_S3:
        return
    sure = view.judged.settled and algorithm in _KMS
    for source in delivered.logs:
        if source.certain is not Truth.YES:
            words = f"whether {source.address} writes to this bucket is not known"
            yield _open(view, source.workspace, "key-choice", source.principal, words, source)
        elif not sure:
            words = "whether the bucket encrypts with KMS is not known"
            yield _open(view, source.workspace, "key-choice", source.principal, words, source)
        elif not source.of_load_balancer and not _decides(source):
            words = "AWS supports SSE-S3 only here; whether the logs arrive under this key is not known"
            yield _open(view, source.workspace, "key-choice", source.principal, words, source)


def _open(
    view: View, workspace: str, gate: str, principal: str, because: str, of: Delivery | LogSource
) -> Undetermined:
    return Undetermined(workspace, gate, view.bucket.address, principal, because, location=of.span)


def _hidden(view: View, one: Delivery) -> str | None:
    """Why a delivery is not decided, if it is not."""
    if one.key is None and view.bucket.encryption.algorithm is Algorithm.SSE_S3:
        return None  # there is no key
    if one.key is not None and one.key.form is KeyForm.AWS_MANAGED:
        if _needs_another_key(one):
            return None if one.certain is Truth.YES else f"whether {one.address} is there is not known"
        return f"whether {one.service.name} can use the AWS managed key aws/s3 is not known"
    if one.by_default and view.nobody_can:
        return None
    if one.decision is not None and one.decision.verdict is Verdict.ALLOWED:
        return None
    if one.decision is not None and one.decision.verdict is Verdict.DENIED:
        if one.by_default and not view.judged.settled:
            return "under which key the bucket encrypts is not known"
        return None if one.certain is Truth.YES else f"whether {one.address} delivers to this bucket is not known"
    if one.because is not None:
        return one.because.because
    return "the policy of the key that it uses is not visible"


def _default_counts(view: View) -> bool:
    """Whether it is known under which key the bucket encrypts, and no rule says that nobody can use that."""
    return view.judged.settled and not view.nobody_can


def _spoken_of(view: View) -> bool:
    """Whether KC001 says already that the bucket needs another encryption."""
    return view.uses_aws_managed_key and any(view.foreign(access) is Truth.YES for access in view.accesses)


def _decides(one: LogSource) -> bool:
    return one.decision is not None and one.decision.verdict is not Verdict.UNDETERMINED


def _denies(one: LogSource) -> bool:
    return one.decision is not None and one.decision.verdict is Verdict.DENIED


def _needs_another_key(one: Delivery) -> bool:
    return one.service.principal == "s3.amazonaws.com" and one.key is not None and one.key.form is KeyForm.AWS_MANAGED


def _finding(
    view: View,
    one: Delivery,
    resource: tuple[str, str],
    message: str,
    label: str,
    location: Span,
    fix: Fix,
    *,
    actions: tuple[str, ...] = (),
    nearest: str | None = None,
    closes: str | None = None,
) -> Finding:
    bucket, key = one.bucket, None if one.key is None else one.key.key
    related: tuple[Related, ...] = ()
    if one.span != location:
        related = (Related(f"{one.service.name} delivers to {wording.bucket_shown(bucket)}", one.span),)
    return Finding(
        rule=info_of("SD001"),
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        workspace=resource[0],
        resource=resource[1],
        buckets=(bucket.address,),
        key=wording.key_shown(one.key),
        principal=PrincipalShown(one.principal.kind.value, one.service.principal),
        actions=actions,
        intent=("deliver",),
        message=message,
        label=label,
        why=wording.evidence(view.estate, one.account if key is None else key.account),
        location=location,
        related=related,
        nearest=nearest,
        fix=fix,
        closes=closes,
    )


def _kept_out(view: View, one: Delivery, decision: Decision) -> Finding:
    assert one.key is not None
    assert one.key.key is not None
    key, service = one.key.key, one.service
    location, nearest = key.policy.span, None
    denies = decision.explicit_deny
    if denies is not None:
        because = f"{denies.name} of the key policy denies it {ACTION}"
        label = f"denies {ACTION} to {service.principal}"
        location = denies.statement.origin or location
        fix = Fix(f"exempt {service.principal} from this statement", where=_in_account(view, key))
        return _finding(view, one, key.place, _cannot(one, because), label, location, fix, actions=(ACTION,))
    if key.policy.state is SlotState.DEFAULT:
        because = "its key has the default key policy, which lets no service in that acts as itself"
        label = "no policy is set here"
        summary = (
            f"set a policy on {key.address} of two statements: one that allows kms:* to arn:aws:iam::"
            f"{spell(view.estate.world.bind(key.account.id))}:root, without which nobody could manage the key any "
            "more, and this one"
        )
    else:
        because = f"the policy of its key does not allow it {ACTION}"
        label = f"nothing here allows {ACTION} to {service.principal}"
        summary = "add this statement to the key policy"
        match = decision.nearest
        nearest = match.words if match is not None and match.reasons else None
    fix = Fix(
        summary, _statement(one), key.policy.form, _in_account(view, key), statements.module_of(key.policy.source)
    )
    return _finding(
        view, one, key.place, _cannot(one, because), label, location, fix, actions=(ACTION,), nearest=nearest
    )


def _aws_managed(view: View, one: Delivery) -> Finding:
    message = _cannot(one, "it is to use the AWS managed key aws/s3, which it cannot")
    label = "this is the AWS managed key aws/s3, whose policy nobody can change"
    fix = Fix("name a customer managed key whose policy lets s3.amazonaws.com in, or use sse_s3")
    place = (one.workspace, one.address)
    return _finding(view, one, place, message, label, one.span, fix, closes="key-choice")


def _cannot(one: Delivery, because: str) -> str:
    return f"{one.service.name} cannot deliver to {wording.bucket_shown(one.bucket)}: {because}"


def _in_account(view: View, key: Key) -> str:
    return f"in account {spell(view.estate.world.bind(key.account.id))}"


def _statement(one: Delivery) -> dict[str, Any]:
    """What lets the service in, on behalf of its source alone where that is known."""
    service = one.service
    statement: dict[str, Any] = {
        "Sid": "AllowDelivery",
        "Effect": "Allow",
        "Principal": {"Service": service.principal},
        "Action": list(service.actions),
        "Resource": "*",
    }
    if service.principal == "cloudtrail.amazonaws.com" and one.source_arn is not None:
        statement["Condition"] = {"StringEquals": {"aws:SourceArn": one.source_arn}}
    elif one.source_account is not None:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": one.source_account}}
    return statement


def _unwritten(view: View, one: LogSource) -> Finding:
    bucket, by_policy = one.bucket, not one.of_load_balancer
    managed = view.uses_aws_managed_key
    because = "the bucket encrypts with KMS, and AWS supports SSE-S3 only for these logs"
    if by_policy:
        because += f", and the key's policy does not let {ACCESS_LOGS} in"
    related = [Related("the bucket encrypts with KMS", bucket.encryption.span)]
    if by_policy and bucket.encryption.key is not None and bucket.encryption.key.key is not None:
        key = bucket.encryption.key.key
        related.append(Related(f"the policy of {key.address} does not let {ACCESS_LOGS} in", key.policy.span))
    reach = "may not reach" if managed else "do not reach"
    return Finding(
        rule=info_of("SD002"),
        severity=Severity.WARNING if managed else Severity.ERROR,
        confidence=Confidence.HIGH,
        workspace=one.workspace,
        resource=one.address,
        buckets=(bucket.address,),
        key=wording.key_shown(bucket.encryption.key),
        principal=PrincipalShown("service", one.principal),
        actions=(),
        intent=("deliver",),
        message=f"the logs of {one.name} {reach} {wording.bucket_shown(bucket)}: {because}",
        label="these logs go to a bucket that encrypts with KMS",
        why=wording.evidence(view.estate, bucket.account),
        location=one.span,
        related=tuple(related),
        fix=Fix("send these logs to a bucket of their own, with SSE-S3 (AES256) as its default encryption"),
    )
