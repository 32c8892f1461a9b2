"""BP: the bucket policy gate."""

from __future__ import annotations

from collections.abc import Iterator

from tf_kms_guard.estate.access import Access, GateJudgement
from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.model import SlotState
from tf_kms_guard.rules import statements, wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, Severity
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.text import spell


@rule(
    "BP001",
    "bucket-policy-denies-outsider",
    Severity.ERROR,
    "bucket-policy",
    "The bucket policy does not allow the external principal",
    "IAM User Guide, Cross-account policy evaluation logic",
)
def bucket_policy_denies_outsider(view: View) -> Iterator[Finding]:
    """The outsider is meant to use the bucket, but the bucket policy does not let it in.

    Where only the key policy hints at the intent it is a note: a key may be shared for more than this.
    """
    for access in view.closed(Gate.BUCKET_POLICY):
        judged = access.gate(Gate.BUCKET_POLICY)
        if judged is not None:
            yield _finding(view, access, judged, Severity.ERROR)
    for access in view.hinted:
        judged = access.gate(Gate.BUCKET_POLICY)
        if judged is not None and judged.closed:
            yield _finding(view, access, judged, Severity.NOTE)


def _finding(view: View, access: Access, judged: GateJudgement, severity: Severity) -> Finding:
    bucket = access.bucket
    slot = bucket.policy
    intents, actions = wording.denied_intents(judged), wording.denied_actions(judged)
    deny = wording.explicit_deny(judged)
    spelled = " or ".join(actions)
    span = slot.span
    if deny is not None:
        words = deny.name
        span = deny.statement.origin or span
        because = f"{words} of the bucket policy denies it {spelled}"
        label = "this statement denies it, and a Deny outweighs every Allow"
        fix = Fix(f"leave {wording.who(access)} out of {words}", None, slot.form)
    else:
        absent = slot.state is SlotState.ABSENT
        because = "the bucket has no policy" if absent else f"the bucket policy does not allow it {spelled}"
        label = (
            "no policy lets anybody of another account in"
            if absent
            else f"nothing here allows {spelled} to {access.outsider.spelled}"
        )
        summary = (
            "give the bucket a policy with this statement" if absent else "add this statement to the bucket policy"
        )
        statement = statements.for_outsider(access, actions, [statements.objects_of(bucket)])
        where = f"in account {spell(access.estate.world.bind(bucket.account.id))}"
        fix = Fix(summary, statement, slot.form, where, statements.module_of(slot.source))
    why = list(wording.evidence(access.estate, bucket.account))
    if not judged.certain:
        why.append(wording.presumption(access, bucket.account))
    return Finding(
        rule=info_of("BP001"),
        severity=severity,
        confidence=Confidence.HIGH if judged.certain else Confidence.MEDIUM,
        workspace=view.bucket.workspace,
        resource=bucket.address,
        buckets=(bucket.address,),
        key=wording.key_shown(bucket.encryption.key),
        principal=wording.principal_shown(access),
        actions=actions,
        intent=tuple(intent.value for intent in access.outsider.intents),
        message=f"{wording.cannot(access, intents)}: {because}",
        label=label,
        why=tuple(why),
        location=span,
        related=wording.signs_related(access, span),
        gates=wording.gate_states(access, key_never_works=view.key_never_works),
        nearest=None if deny is not None else wording.nearest_words(judged),
        fix=fix,
    )
