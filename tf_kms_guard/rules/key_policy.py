"""KP: the key policy gate."""

from __future__ import annotations

from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.model import SlotState
from tf_kms_guard.iam.decide import StatementMatch
from tf_kms_guard.iam.matching import is_near_miss
from tf_kms_guard.rules import statements, wording
from tf_kms_guard.rules.diagnosis import Closed, Explanation, explains
from tf_kms_guard.rules.explicit_deny import denied_by_policy
from tf_kms_guard.rules.finding import Fix, Severity
from tf_kms_guard.values.text import spell
from tf_kms_guard.values.truth import Truth


@explains(
    "KP001",
    "key-policy-denies-outsider",
    Severity.ERROR,
    "The key policy does not allow the external principal",
    "AWS KMS Developer Guide, Allowing users in other accounts to use a KMS key",
    Gate.KEY_POLICY,
)
def key_policy_denies_outsider(closed: Closed) -> Explanation | None:
    """No statement of the key policy lets the outsider use the key, and none comes near."""
    return Explanation(
        closed.key.policy.span,
        f"the key policy does not allow it {closed.spelled}",
        f"nothing here allows {closed.spelled} to {closed.access.outsider.spelled}",
        allow_here(closed, "add this statement to the key policy"),
        wording.nearest_words(closed.judged),
    )


@explains(
    "KP002",
    "shared-key-has-default-policy",
    Severity.ERROR,
    "The key of a shared bucket has the default key policy",
    "AWS KMS Developer Guide, Default key policy",
    Gate.KEY_POLICY,
)
def shared_key_has_default_policy(closed: Closed) -> Explanation | None:
    """The key has no policy of its own, so that AWS's default one counts, which knows the own account only."""
    key = closed.key
    if key.policy.state is not SlotState.DEFAULT:
        return None
    return Explanation(
        key.span,
        "the key has the default key policy, which lets its own account in and nobody else",
        "no policy is set here",
        allow_here(
            closed,
            f"set a policy on {key.address} of two statements: one that allows kms:* to "
            f"arn:aws:iam::{spell(closed.access.estate.world.bind(key.account.id))}:root, without which nobody could "
            "manage the key any more, and this one",
        ),
    )


@explains(
    "KP003",
    "key-policy-misses-action",
    Severity.ERROR,
    "The key policy names the external principal but does not allow the action that S3 needs",
    "Amazon S3 User Guide, Using server-side encryption with AWS KMS keys (SSE-KMS)",
    Gate.KEY_POLICY,
)
def key_policy_misses_action(closed: Closed) -> Explanation | None:
    """A statement names the outsider, but for other actions than S3 needs."""
    match = _naming(closed)
    if match is None:
        return None
    actions = " and ".join(closed.actions)
    return Explanation(
        match.statement.origin or closed.key.policy.span,
        f"the key policy names it, but does not allow {actions}",
        "; ".join(match.reasons) or f"does not allow {actions}",
        allow_here(closed, "allow the action: extend this statement, or add"),
    )


@explains(
    "KP005",
    "key-policy-explicit-deny",
    Severity.ERROR,
    "A Deny statement of the key policy hits the external principal",
    "AWS KMS Developer Guide, Policy evaluation; IAM User Guide, AWS JSON policy elements: NotPrincipal",
    Gate.KEY_POLICY,
)
def key_policy_explicit_deny(closed: Closed) -> Explanation | None:
    """A Deny statement certainly matches the outsider's request, and no Allow can make up for that.

    What hangs on the run of things (addresses, tags, an organization that the code does not tell) is undetermined.
    """
    slot = closed.key.policy
    return denied_by_policy(closed, "the key policy", slot.span, slot.form)


@explains(
    "KP007",
    "key-policy-names-another-principal",
    Severity.ERROR,
    "The key policy names a principal that differs from the external one in account or path only",
    "IAM User Guide, AWS JSON policy elements: Principal",
    Gate.KEY_POLICY,
)
def key_policy_names_another_principal(closed: Closed) -> Explanation | None:
    """A statement names a role or user of the same name in another account or under another path."""
    match = _near_miss(closed)
    if match is None:
        return None
    reasons = "; ".join(match.reasons) or "names another principal"
    return Explanation(
        match.statement.origin or closed.key.policy.span,
        f"the key policy {reasons}",
        reasons,
        allow_here(closed, "name the principal exactly as the bucket policy does: correct this statement, or add"),
    )


def _near_miss(closed: Closed) -> StatementMatch | None:
    """A statement that would open the gate, were it not for the account or path of whom it names."""
    caller, world = closed.access.outsider.principal, closed.access.estate.world
    for _, match in closed.allows():
        named = match.statement.principals
        if match.misses == ("principal",) and isinstance(named, tuple):
            if any(is_near_miss(one, caller, world) for one in named):
                return match
    return None


def _naming(closed: Closed) -> StatementMatch | None:
    """An Allow statement that covers the outsider and lacks just the action."""
    for _, match in closed.allows():
        if match.principal is Truth.YES and match.misses == ("action",):
            return match
    return None


def allow_here(closed: Closed, summary: str) -> Fix:
    """The statement that opens the key policy's gate; ``summary`` says what to do with it.

    A writer needs Decrypt too, for multipart uploads and bucket keys (S3 User Guide).
    """
    key, actions = closed.key, closed.actions
    if "kms:GenerateDataKey" in actions and "kms:Decrypt" not in actions:
        actions = (*actions, "kms:Decrypt")
    return Fix(
        summary,
        statements.for_outsider(closed.access, actions, ["*"]),
        key.policy.form,
        f"in account {spell(closed.access.estate.world.bind(key.account.id))}",
        statements.module_of(key.policy.source),
    )
