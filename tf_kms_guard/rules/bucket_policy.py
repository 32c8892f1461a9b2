"""BP: the bucket policy gate."""

from __future__ import annotations

from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.model import SlotState
from tf_kms_guard.rules import statements, wording
from tf_kms_guard.rules.diagnosis import Closed, Explanation, explains
from tf_kms_guard.rules.finding import Fix, Severity
from tf_kms_guard.values.text import spell


@explains(
    "BP001",
    "bucket-policy-denies-outsider",
    Severity.ERROR,
    "The bucket policy does not allow the external principal",
    "IAM User Guide, Cross-account policy evaluation logic",
    Gate.BUCKET_POLICY,
)
def bucket_policy_denies_outsider(closed: Closed) -> Explanation | None:
    """The outsider is meant to use the bucket, but the bucket policy does not let it in.

    Where only the key policy hints at the intent it is a note: a key may be shared for more than this.
    """
    slot = closed.access.bucket.policy
    deny = wording.explicit_deny(closed.judged)
    if deny is not None:
        return Explanation(
            deny.statement.origin or slot.span,
            f"{deny.name} of the bucket policy denies it {closed.spelled}",
            "this statement denies it, and a Deny outweighs every Allow",
            Fix(f"leave {wording.who(closed.access)} out of {deny.name}", None, slot.form),
        )
    absent = slot.state is SlotState.ABSENT
    return Explanation(
        slot.span,
        "the bucket has no policy" if absent else f"the bucket policy does not allow it {closed.spelled}",
        "no policy lets anybody of another account in"
        if absent
        else f"nothing here allows {closed.spelled} to {closed.access.outsider.spelled}",
        allow_here(
            closed,
            "give the bucket a policy with this statement" if absent else "add this statement to the bucket policy",
        ),
        wording.nearest_words(closed.judged),
    )


def allow_here(closed: Closed, summary: str) -> Fix:
    """The statement that opens the bucket policy's gate; ``summary`` says what to do with it."""
    bucket = closed.access.bucket
    statement = statements.for_outsider(closed.access, closed.actions, [statements.objects_of(bucket)])
    where = f"in account {spell(closed.access.estate.world.bind(bucket.account.id))}"
    return Fix(summary, statement, bucket.policy.form, where, statements.module_of(bucket.policy.source))
