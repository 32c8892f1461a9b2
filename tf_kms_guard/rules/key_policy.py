"""KP: the key policy gate."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from tf_kms_guard.estate.access import Access, GateJudgement
from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.model import Key, SlotState
from tf_kms_guard.iam.decide import StatementMatch
from tf_kms_guard.iam.document import Effect
from tf_kms_guard.iam.matching import is_near_miss
from tf_kms_guard.rules import statements, wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, Severity
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import spell
from tf_kms_guard.values.truth import Truth


@rule(
    "KP001",
    "key-policy-denies-outsider",
    Severity.ERROR,
    "key-policy",
    "The key policy does not allow the external principal",
    "AWS KMS Developer Guide, Allowing users in other accounts to use a KMS key",
)
def key_policy_denies_outsider(view: View) -> Iterator[Finding]:
    """No statement of the key policy lets the outsider use the key, and none comes near."""
    for access, judged, key in _closed(view):
        if _diagnosis(access, judged, key) == "KP001":
            yield _denied(view, access, judged, key)


@rule(
    "KP002",
    "shared-key-has-default-policy",
    Severity.ERROR,
    "key-policy",
    "The key of a shared bucket has the default key policy",
    "AWS KMS Developer Guide, Default key policy",
)
def shared_key_has_default_policy(view: View) -> Iterator[Finding]:
    """The key has no policy of its own, so that AWS's default one counts, which knows the own account only."""
    for access, judged, key in _closed(view):
        if _diagnosis(access, judged, key) == "KP002":
            yield _finding(
                view,
                access,
                judged,
                key,
                "KP002",
                key.span,
                "the key has the default key policy, which lets its own account in and nobody else",
                "no policy is set here",
                f"set a policy on {key.address} of two statements: one that allows kms:* to "
                f"arn:aws:iam::{spell(access.estate.world.bind(key.account.id))}:root, without which nobody could "
                "manage the key any more, and this one",
            )


@rule(
    "KP003",
    "key-policy-misses-action",
    Severity.ERROR,
    "key-policy",
    "The key policy names the external principal but does not allow the action that S3 needs",
    "Amazon S3 User Guide, Using server-side encryption with AWS KMS keys (SSE-KMS)",
)
def key_policy_misses_action(view: View) -> Iterator[Finding]:
    """A statement names the outsider, but for other actions than S3 needs."""
    for access, judged, key in _closed(view):
        if _diagnosis(access, judged, key) == "KP003":
            match = _naming(judged)
            assert match is not None
            actions = " and ".join(wording.denied_actions(judged))
            yield _finding(
                view,
                access,
                judged,
                key,
                "KP003",
                match.statement.origin or key.policy.span,
                f"the key policy names it, but does not allow {actions}",
                "; ".join(match.reasons) or f"does not allow {actions}",
                "allow the action: extend this statement, or add",
            )


@rule(
    "KP007",
    "key-policy-names-another-principal",
    Severity.ERROR,
    "key-policy",
    "The key policy names a principal that differs from the external one in account or path only",
    "IAM User Guide, AWS JSON policy elements: Principal",
)
def key_policy_names_another_principal(view: View) -> Iterator[Finding]:
    """A statement names a role or user of the same name in another account or under another path."""
    for access, judged, key in _closed(view):
        if _diagnosis(access, judged, key) == "KP007":
            match = _near_miss(access, judged)
            assert match is not None
            reasons = "; ".join(match.reasons) or "names another principal"
            yield _finding(
                view,
                access,
                judged,
                key,
                "KP007",
                match.statement.origin or key.policy.span,
                f"the key policy {reasons}",
                reasons,
                "name the principal exactly as the bucket policy does: correct this statement, or add",
            )


def _closed(view: View) -> Iterator[tuple[Access, GateJudgement, Key]]:
    for access in view.closed(Gate.KEY_POLICY):
        judged = access.gate(Gate.KEY_POLICY)
        choice = access.bucket.encryption.key
        if judged is not None and choice is not None and choice.key is not None:
            yield access, judged, choice.key


def _diagnosis(access: Access, judged: GateJudgement, key: Key) -> str:
    """The most specific rule that explains the closed gate."""
    if wording.explicit_deny(judged) is not None:
        return "KP001"
    if key.policy.state is SlotState.DEFAULT:
        return "KP002"
    if _near_miss(access, judged) is not None:
        return "KP007"
    return "KP003" if _naming(judged) is not None else "KP001"


def _near_miss(access: Access, judged: GateJudgement) -> StatementMatch | None:
    """A statement that would open the gate, were it not for the account or path of whom it names."""
    for decision in wording.denied_decisions(judged):
        for match in decision.statements:
            named = match.statement.principals
            if (
                match.statement.effect is not Effect.ALLOW
                or match.principal is not Truth.NO
                or not isinstance(named, tuple)
            ):
                continue
            if match.action is Truth.NO or match.resource is Truth.NO or match.condition is Truth.NO:
                continue
            if any(is_near_miss(one, access.outsider.principal, access.estate.world) for one in named):
                return match
    return None


def _naming(judged: GateJudgement) -> StatementMatch | None:
    """An Allow statement that covers the outsider and lacks just the action."""
    for decision in wording.denied_decisions(judged):
        for match in decision.statements:
            allows = match.statement.effect is Effect.ALLOW and match.principal is Truth.YES
            if (
                allows
                and match.action is Truth.NO
                and match.resource is not Truth.NO
                and match.condition is not Truth.NO
            ):
                return match
    return None


def _denied(view: View, access: Access, judged: GateJudgement, key: Key) -> Finding:
    deny = wording.explicit_deny(judged)
    span = key.policy.span
    actions = " or ".join(wording.denied_actions(judged))
    if deny is None:
        return _finding(
            view,
            access,
            judged,
            key,
            "KP001",
            span,
            f"the key policy does not allow it {actions}",
            f"nothing here allows {actions} to {access.outsider.spelled}",
            "add this statement to the key policy",
        )
    words = deny.name
    finding = _finding(
        view,
        access,
        judged,
        key,
        "KP001",
        deny.statement.origin or span,
        f"{words} of the key policy denies it {actions}",
        "this statement denies it, and a Deny outweighs every Allow",
        "",
    )
    fix = Fix(f"leave {wording.who(access)} out of {words}", None, key.policy.form)
    return replace(finding, fix=fix, nearest=None)


def _finding(
    view: View,
    access: Access,
    judged: GateJudgement,
    key: Key,
    rule_id: str,
    span: Span,
    because: str,
    label: str,
    help_: str,
) -> Finding:
    intents, actions = wording.denied_intents(judged), wording.denied_actions(judged)
    why = list(wording.evidence(access.estate, key.account))
    if not judged.certain:
        why.append(wording.presumption(access, key.account))
    if wording.writes_only(access):
        why.append(wording.HEADER_PRESUMED)
    sure = judged.certain and not wording.writes_only(access)
    account = spell(access.estate.world.bind(key.account.id))
    return Finding(
        rule=info_of(rule_id),
        severity=Severity.ERROR,
        confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
        workspace=key.workspace,
        resource=key.address,
        buckets=(access.bucket.address,),
        key=key.address,
        principal=wording.principal_shown(access),
        actions=actions,
        intent=tuple(intent.value for intent in access.outsider.intents),
        message=f"{wording.cannot(access, intents)}: {because}",
        label=label,
        why=tuple(why),
        location=span,
        related=wording.signs_related(access, span),
        gates=wording.gate_states(access, key_never_works=False),
        nearest=wording.nearest_words(judged) if rule_id == "KP001" else None,
        fix=Fix(
            help_,
            statements.for_outsider(access, _needed(access, actions), ["*"]),
            key.policy.form,
            f"in account {account}",
            statements.module_of(key.policy.source),
        ),
    )


def _needed(access: Access, actions: tuple[str, ...]) -> tuple[str, ...]:
    """What to allow: a writer needs Decrypt too, for multipart uploads and bucket keys (S3 User Guide)."""
    if "kms:GenerateDataKey" in actions and "kms:Decrypt" not in actions:
        return (*actions, "kms:Decrypt")
    return actions
