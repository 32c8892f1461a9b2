"""Deny statements that close a gate: what they hit the outsider by, and what to change in them."""

from __future__ import annotations

from typing import Final

from tf_kms_guard.iam.decide import Decision, StatementMatch
from tf_kms_guard.iam.judgement import listed
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.diagnosis import Closed, Explanation
from tf_kms_guard.rules.finding import Fix
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import known, spell

_CALLERS_OWN: Final = ("kms:calleraccount", "aws:principalaccount", "aws:principalorgid", "aws:principalarn")


def deny_of(closed: Closed) -> tuple[Decision, StatementMatch] | None:
    """The Deny statement that certainly hits what is asked, with the decision that it stands behind."""
    for decision in closed.decisions:
        deny = decision.explicit_deny
        if deny is not None:
            return decision, deny
    return None


def denied_by_policy(closed: Closed, policy: str, span: Span, form: str) -> Explanation | None:
    """A Deny statement of the bucket or key policy ``policy``, which stands at ``span`` and is written in ``form``."""
    found = deny_of(closed)
    if found is None:
        return None
    _, deny = found
    return Explanation(
        deny.statement.origin or span,
        f"{deny.name} of {policy} denies it {closed.spelled}{_hit_by(deny)}",
        "this statement denies it, and a Deny outweighs every Allow",
        Fix(_remedy(closed, deny), None, form),
        regardless=True,
    )


def _hit_by(deny: StatementMatch) -> str:
    """What makes the statement hit, where it is about others too."""
    words = [reason for reason in deny.reasons if reason.startswith("condition ")]
    if deny.statement.not_principals is not None:
        words[:0] = [reason for reason in deny.reasons if reason.startswith("names everyone but")]
    return "".join(f", for it {word}" if word.startswith("names") else f", for its {word}" for word in words)


def _remedy(closed: Closed, deny: StatementMatch) -> str:
    who = wording.who(closed.access)
    if deny.statement.not_principals is not None:
        return (
            f'write Principal = "*" and a condition ArnNotEquals on aws:PrincipalArn in place of NotPrincipal in '
            f"{deny.name}, with {who} among its values"
        )
    conditions = deny.statement.conditions if isinstance(deny.statement.conditions, tuple) else ()
    for condition in conditions:
        key, values = (known(condition.key) or "").lower(), condition.values
        if key in _CALLERS_OWN and isinstance(values, tuple) and "Not" in condition.operator:
            there = listed([spell(value) for value in values])
            return (
                f"add {who} to the exceptions of {deny.name}: {condition.operator} on {spell(condition.key)} ({there})"
            )
    return f"leave {who} out of {deny.name}"
