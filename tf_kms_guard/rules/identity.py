"""ID: the identity gates, for roles and users that are declared here."""

from __future__ import annotations

from collections.abc import Iterator

from tf_kms_guard.estate.access import Access, GateJudgement
from tf_kms_guard.estate.gates import Gate
from tf_kms_guard.estate.model import Identity
from tf_kms_guard.iam.decide import StatementMatch
from tf_kms_guard.iam.document import Effect
from tf_kms_guard.rules import statements, wording
from tf_kms_guard.rules.catalogue import info_of, rule
from tf_kms_guard.rules.finding import Confidence, Finding, Fix, Severity
from tf_kms_guard.rules.view import View
from tf_kms_guard.values.span import Span
from tf_kms_guard.values.text import TextLike, spell
from tf_kms_guard.values.truth import Truth


@rule(
    "ID001",
    "identity-misses-s3",
    Severity.ERROR,
    "identity-s3",
    "The external role or user has no S3 permission on the bucket",
    "IAM User Guide, Cross-account policy evaluation logic",
)
def identity_misses_s3(view: View) -> Iterator[Finding]:
    """None of the identity's own policies lets it use the bucket's objects."""
    for access, judged, identity in _closed(view, Gate.IDENTITY_S3):
        spelled = " or ".join(wording.denied_actions(judged))
        because = f"none of its own policies allows {spelled} on the bucket"
        resources = [statements.objects_of(access.bucket)]
        yield _finding(
            view,
            access,
            judged,
            identity,
            "ID001",
            identity.span,
            because,
            "nothing attached here allows it",
            resources,
        )


@rule(
    "ID002",
    "identity-misses-kms",
    Severity.ERROR,
    "identity-kms",
    "The external role or user has no KMS permission on the key",
    "AWS KMS Developer Guide, Allowing users in other accounts to use a KMS key",
)
def identity_misses_kms(view: View) -> Iterator[Finding]:
    """None of the identity's own policies lets it use the key; the S3 managed policies do not either."""
    for access, judged, identity in _closed(view, Gate.IDENTITY_KMS):
        if _wrong_key(judged) is None:
            spelled = " or ".join(wording.denied_actions(judged))
            because = f"none of its own policies allows {spelled} on the bucket's key{_managed_words(identity)}"
            yield _finding(
                view,
                access,
                judged,
                identity,
                "ID002",
                identity.span,
                because,
                "nothing attached here allows it",
                _key(access),
            )


@rule(
    "ID003",
    "identity-covers-another-key",
    Severity.ERROR,
    "identity-kms",
    "The external role's or user's KMS statement covers another key",
    "AWS KMS Developer Guide, Specifying KMS keys in IAM policy statements",
)
def identity_covers_another_key(view: View) -> Iterator[Finding]:
    """The identity may use keys, but its statements name others, or exclude calls that come by way of S3."""
    for access, judged, identity in _closed(view, Gate.IDENTITY_KMS):
        match = _wrong_key(judged)
        if match is not None:
            reasons = match.why or "covers another key"
            because = f"in its own policies {match.name} {reasons}"
            span = match.statement.origin or identity.span
            yield _finding(view, access, judged, identity, "ID003", span, because, reasons, _key(access))


def _closed(view: View, gate: Gate) -> Iterator[tuple[Access, GateJudgement, Identity]]:
    for access in view.closed(gate):
        judged = access.gate(gate)
        identity = access.outsider.identity
        if judged is not None and identity is not None:
            yield access, judged, identity


def _wrong_key(judged: GateJudgement) -> StatementMatch | None:
    """An Allow statement for the right action that another key or a condition keeps from counting."""
    if wording.explicit_deny(judged) is not None:
        return None
    wrong = [
        match
        for decision in wording.denied_decisions(judged)
        for match in decision.statements
        if match.statement.effect is Effect.ALLOW and match.action is Truth.YES and Truth.NO in _rest(match)
    ]
    return min(wrong, key=lambda match: _rest(match).count(Truth.NO), default=None)


def _rest(match: StatementMatch) -> tuple[Truth, Truth]:
    return match.resource, match.condition


def _managed_words(identity: Identity) -> str:
    """Names the AWS managed policies that people take for enough."""
    names = [policy.name for policy in identity.policies if policy.managed]
    if not names:
        return ""
    verb = "does" if len(names) == 1 else "do"
    return f"; {' and '.join(names)} {verb} not"


def _key(access: Access) -> list[TextLike]:
    return [statements.key_reference(access.bucket.encryption.key)]


def _finding(
    view: View,
    access: Access,
    judged: GateJudgement,
    identity: Identity,
    rule_id: str,
    span: Span,
    because: str,
    label: str,
    resources: list[TextLike],
) -> Finding:
    intents, actions = wording.denied_intents(judged), wording.denied_actions(judged)
    deny = wording.explicit_deny(judged)
    where = f"in account {spell(access.estate.world.bind(identity.account.id))}"
    fix = Fix(
        f"add this statement to a policy of {identity.address}",
        statements.allow(actions, resources),
        _form(identity),
        where,
        statements.module_of(identity.address),
    )
    if deny is not None:
        words = deny.name
        because, label = (
            f"{words} of its own policies denies it",
            "its own policies deny it, and a Deny outweighs every Allow",
        )
        fix = Fix(f"leave the bucket's objects and key out of {words}", None, _form(identity), where)
    why = list(wording.evidence(access.estate, access.bucket.account, identity.account))
    if not identity.exclusive:
        why.append(wording.nothing_attached(identity))
    if not judged.certain:
        why.append(wording.presumption(access, access.bucket.account))
    by_header = rule_id != "ID001" and wording.writes_only(access)
    if by_header:
        why.append(wording.HEADER_PRESUMED)
    sure = judged.certain and not by_header and (identity.exclusive or deny is not None)
    return Finding(
        rule=info_of(rule_id),
        severity=Severity.ERROR,
        confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
        workspace=identity.workspace,
        resource=identity.address,
        buckets=(access.bucket.address,),
        key=wording.key_shown(access.bucket.encryption.key),
        principal=wording.principal_shown(access),
        actions=actions,
        intent=tuple(intent.value for intent in access.outsider.intents),
        message=f"{wording.cannot(access, intents)}: {because}",
        label=label,
        why=tuple(why),
        location=span,
        related=wording.signs_related(access, span),
        gates=wording.gate_states(access, key_never_works=view.key_never_works),
        nearest=wording.nearest_words(judged) if rule_id != "ID003" and deny is None else None,
        fix=fix,
    )


def _form(identity: Identity) -> str:
    """How the identity's first own policy is written."""
    own = [policy for policy in identity.policies if not policy.managed]
    return own[0].form if own else "jsonencode"
