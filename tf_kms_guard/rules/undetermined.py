"""UN: what could not be decided."""

from __future__ import annotations

from collections.abc import Iterator

from tf_kms_guard.estate.access import Access
from tf_kms_guard.estate.model import Algorithm
from tf_kms_guard.estate.outsiders import unclear_of
from tf_kms_guard.iam.decide import Verdict
from tf_kms_guard.rules.catalogue import rule
from tf_kms_guard.rules.finding import Finding, Severity, Undetermined
from tf_kms_guard.rules.view import View
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


def undetermined_gates(view: View) -> Iterator[Undetermined]:
    """The gates that could not be decided, for outsiders that no other gate keeps out."""
    if view.uses_aws_managed_key:
        yield from _perhaps_outside(view)
    if view.key_never_works:
        return
    for access in view.accesses:
        if not _kept_out(access):
            yield from _of(view, access)
    yield from _unseen_policy(view)
    yield from _unclear_access(view)


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
