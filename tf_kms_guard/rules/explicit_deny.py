"""Deny statements that close a gate: what they hit the outsider by, and what to change in them."""

from __future__ import annotations

from typing import Final

from tf_kms_guard.iam.decide import Decision, StatementMatch
from tf_kms_guard.iam.judgement import listed
from tf_kms_guard.rules import wording
from tf_kms_guard.rules.diagnosis import Closed, Explanation
from tf_kms_guard.rules.finding import Fix
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import known

_EXCEPTED: Final = (
    "kms:calleraccount",
    "kms:viaservice",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalarn",
)
"""Keys whose values in a negated condition are those that a Deny spares."""


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
    decision, deny = found
    return Explanation(
        deny.statement.origin or span,
        f"{deny.name} of {policy} denies it {closed.spelled}{_hit_by(deny)}",
        "this statement denies it, and a Deny outweighs every Allow",
        Fix(_remedy(closed, decision, deny), None, form),
        regardless=True,
    )


def _hit_by(deny: StatementMatch) -> str:
    """What makes the statement hit, where it is about others too."""
    words = [reason for reason in deny.reasons if reason.startswith("condition ")]
    if deny.statement.not_principals is not None:
        words[:0] = [f"it {reason}" for reason in deny.reasons if reason.startswith("names everyone but")]
    return f" ({'; '.join(words)})" if words else ""


def _remedy(closed: Closed, decision: Decision, deny: StatementMatch) -> str:
    who = wording.who(closed.access)
    if deny.statement.not_principals is not None:
        return (
            f'write Principal = "*" and a condition ArnNotEquals on aws:PrincipalArn in place of NotPrincipal in '
            f"{deny.name}, with {who} among its values"
        )
    conditions = deny.statement.conditions if isinstance(deny.statement.conditions, tuple) else ()
    for condition in conditions:
        key = known(condition.key) or ""
        given = decision.request.context.get(key)
        has = [known(value) for value in given] if isinstance(given, tuple) else [None]
        if key.lower() in _EXCEPTED and "Not" in condition.operator and None not in has:
            value = listed([text for text in has if text is not None])
            return f'add "{value}" to the exceptions of {deny.name}, the values of {key}'
    return f"leave {who} out of {deny.name}"
