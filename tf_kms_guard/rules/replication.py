"""RE: replication of objects under KMS keys."""

from __future__ import annotations

from collections.abc import Iterator

from tf_kms_guard.estate.model import Algorithm, Bucket, KeyForm
from tf_kms_guard.estate.replication import Replication, ReplicationRule
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, PrincipalShown, Severity, Undetermined
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.compare import equal
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import known, spell
from tf_kms_guard.values.truth import Truth


@rule(
    "RE001",
    "replication-leaves-kms-objects",
    Severity.ERROR,
    "key-choice",
    "Replication of an SSE-KMS bucket does not take its KMS objects, or has no key that it can use for the replicas",
    "Amazon S3 User Guide, Replicating encrypted objects (SSE-C, SSE-S3, SSE-KMS, DSSE-KMS)",
)
def replication_leaves_kms_objects(view: View) -> Iterator[Finding]:
    """S3 leaves out objects under KMS keys unless a rule opts in and names a key of the destination's Region."""
    if not view.judged.settled:
        return
    for replication in view.judged.replications:
        source = replication.bucket.encryption
        if replication.settled is not Truth.YES or source.algorithm not in (Algorithm.SSE_KMS, Algorithm.DSSE_KMS):
            continue
        for one in replication.rules:
            if one.enabled is Truth.YES:
                found = _fault(view, replication, one)
                if found is not None:
                    yield _finding(view, replication, one, *found)


def _fault(view: View, replication: Replication, one: ReplicationRule) -> tuple[Span, str, str, str] | None:
    """Where the fault is, why nothing is replicated, what is to be seen there, and what to do."""
    if one.opted_in is Truth.NO:
        return (
            one.span,
            "the rule does not opt in to objects under KMS keys, and S3 leaves them out",
            "nothing here enables sse_kms_encrypted_objects",
            "enable source_selection_criteria { sse_kms_encrypted_objects } in this rule, and name a key of the "
            f"destination's Region as replica_kms_key_id{_needs_key(one)}",
        )
    if one.opted_in is not Truth.YES or one.untold:
        return None
    choice = one.replica_key
    if choice is None:
        return (
            one.spans[0],
            "the rule opts in to objects under KMS keys, but names no key for the replicas",
            "no replica_kms_key_id here",
            "name a key of the destination's Region as replica_kms_key_id",
        )
    if choice.form is KeyForm.AWS_MANAGED and _is_of_others(view, one) is Truth.YES:
        return (
            one.spans[1],
            "the key for the replicas is the AWS managed key aws/s3, which no other account can use",
            "an AWS managed key, for a bucket of another account",
            "name a customer managed key of the destination's account, whose policy lets the role encrypt",
        )
    here = None if choice.region is None else known(choice.region)
    there = None if one.bucket is None else known(one.bucket.region)
    named = choice.form in (KeyForm.ARN, KeyForm.ALIAS_ARN)
    if named and here is not None and there is not None and here != there:
        return (
            one.spans[1],
            f"the key for the replicas is in {here}, and the destination in {there}",
            f"this key is in {here}, the destination in {there}",
            f"name a key of {there} as replica_kms_key_id, or the replica there of a multi-Region key",
        )
    return None


def undetermined_replications(view: View) -> Iterator[Undetermined]:
    """Rules of a replication of which it cannot be told whether they take KMS objects, or under which key."""
    source = view.bucket.encryption.algorithm
    if source is Algorithm.SSE_S3:
        return
    for replication in view.judged.replications:
        for one in replication.rules:
            because = _hidden(view, replication, one)
            if because is not None and one.enabled is not Truth.NO:
                yield Undetermined(
                    workspace=replication.workspace,
                    gate="key-choice",
                    bucket=view.bucket.address,
                    principal=spell(replication.role.value),
                    because=because,
                    location=one.span,
                )


def _hidden(view: View, replication: Replication, one: ReplicationRule) -> str | None:
    if _fault(view, replication, one) is not None:
        return _doubt(view, replication, one)
    if one.opted_in is Truth.UNKNOWN:
        return "whether the rule takes objects under KMS keys is not known"
    if one.opted_in is Truth.YES and (one.replica_key is None or one.replica_key.form is KeyForm.UNKNOWN):
        return "which key the replicas get is not known"
    return None


def is_judged(view: View, replication: Replication, one: ReplicationRule) -> bool:
    """Whether a rule surely takes objects under KMS keys and names a key, so that what else it needs is to be asked."""
    return _is_complete(view, replication, one) and _doubt(view, replication, one) is None


def why_in_doubt(view: View, replication: Replication, one: ReplicationRule) -> str | None:
    """Why a rule that would be asked about is not surely in force, or not surely about objects under KMS keys."""
    if not _is_complete(view, replication, one) or one.enabled is Truth.NO:
        return None
    return _doubt(view, replication, one)


def _is_complete(view: View, replication: Replication, one: ReplicationRule) -> bool:
    choice = one.replica_key
    if replication.bucket.encryption.algorithm is Algorithm.SSE_S3 or choice is None or choice.form is KeyForm.UNKNOWN:
        return False
    return one.opted_in is Truth.YES and not one.untold and _fault(view, replication, one) is None


def _doubt(view: View, replication: Replication, one: ReplicationRule) -> str | None:
    source = replication.bucket.encryption
    if not view.judged.settled or source.algorithm is Algorithm.UNKNOWN:
        return "whether the bucket that is replicated is encrypted with KMS is not known"
    if replication.settled is not Truth.YES:
        return "whether this is the bucket's replication configuration is not known"
    return None if one.enabled is Truth.YES else "whether the rule is enabled is not known"


def _needs_key(one: ReplicationRule) -> str:
    return "" if one.replica_key is None else ", as it does already"


def _is_of_others(view: View, one: ReplicationRule) -> Truth:
    """Whether the destination surely, without any presumption, is of another account than the source."""
    there = one.account if one.bucket is None else one.bucket.account.id
    if there is None:
        return Truth.UNKNOWN
    return ~equal(there, view.bucket.account.id, view.estate.world.certain())


def _destination(one: ReplicationRule) -> str:
    if one.bucket is not None:
        return wording.bucket_shown(one.bucket)
    name = None if one.destination is None else known(one.destination)
    return "its destination" if name is None else f"s3://{name.rpartition(':')[2]}"


def _finding(
    view: View, replication: Replication, one: ReplicationRule, span: Span, because: str, label: str, todo: str
) -> Finding:
    bucket: Bucket = replication.bucket
    account = spell(view.estate.world.bind(bucket.account.id))
    return Finding(
        rule=info_of("RE001"),
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        workspace=replication.workspace,
        resource=replication.address,
        buckets=(bucket.address,),
        key=wording.key_shown(one.replica_key),
        principal=PrincipalShown(replication.role.kind.value, spell(replication.role.value)),
        actions=(),
        intent=("replicate",),
        message=f"{wording.bucket_shown(bucket)} is encrypted with KMS, and nothing of that reaches "
        f"{_destination(one)}: {because}",
        label=label,
        why=wording.evidence(view.estate, bucket.account),
        location=span,
        fix=Fix(todo, where=f"in account {account}"),
    )
